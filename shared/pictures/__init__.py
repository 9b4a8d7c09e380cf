"""Files of pictures to arrays of pixels: what inference is sent, and what people train on."""
