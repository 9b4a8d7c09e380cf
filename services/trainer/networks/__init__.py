"""The networks, in Keras: from normalised pixels to one score (logit) for each class."""
