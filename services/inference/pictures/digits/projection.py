"""One grey value for each pixel: the mixture of colours in which ink differs most from paper."""

import numpy as np

from services.inference.pictures.digits.arrays import Grey, blurred
from shared.pictures.picture import GREY_ALPHA, Picture

_SAMPLED_SIDE_PIXELS = 128
_SURROUNDINGS_FRACTION = 0.25  # of the longer side
# Colour has more noise than lightness, so it must show clearly more.
_CLEARLY_MORE = 2.5


def grey_of(picture: Picture) -> Grey:
    """Grey, float32 `(height, width)` in [0, 1], in which the drawing stands out.

    Lightness, unless the drawing is told from its ground by hue: red on green, say. Then
    it is the direction in the colour cube along which pixels differ most from what surrounds
    them.
    """
    lightness = picture.luminance()
    step = max(1, max(lightness.shape) // _SAMPLED_SIDE_PIXELS)
    sample = Picture(np.ascontiguousarray(picture.pixels[::step, ::step]), picture.full_size)
    if not _has_colour(sample):
        return lightness
    radius = max(1, round(_SURROUNDINGS_FRACTION * _SAMPLED_SIDE_PIXELS))
    colours = sample.colours()
    apart = np.stack([_apart(colours[..., channel], radius) for channel in range(3)])
    _, directions = np.linalg.eigh(apart @ apart.T)
    direction = directions[:, -1].astype(np.float32)
    direction /= np.abs(direction).sum()  # black to white, or hue to hue, is a way of length 1
    by_lightness = _apart(lightness[::step, ::step], radius)
    if np.square(direction @ apart).sum() < _CLEARLY_MORE * np.square(by_lightness).sum():
        return lightness
    lowest = float(direction[direction < 0].sum())
    return np.asarray(picture.colours() @ direction - lowest, np.float32)


def _has_colour(sample: Picture) -> bool:
    if sample.pixels.shape[2] <= GREY_ALPHA:
        return False
    red, green, blue = (sample.pixels[..., channel] for channel in range(3))
    return not (np.array_equal(red, green) and np.array_equal(green, blue))


def _apart(grey: Grey, radius: int) -> Grey:
    return (grey - blurred(grey, radius)).ravel()
