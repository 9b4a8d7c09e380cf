"""Clothes on plain ground, as Fashion-MNIST's makers laid them out.

References:
    Xiao, Rasul, Vollgraf (2017), Fashion-MNIST, section 2: trim what has the colour of the
    corners, longest edge to 28 pixels, sharpen, extend to 28x28 with the thing in the middle,
    negate, 8-bit grey.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from services.inference.pictures.digits.arrays import Grey, Mask
from services.inference.pictures.digits.components import components_of
from shared.pictures.picture import Picture

SIDE_PIXELS = 28
_WORKING_SIDE_PIXELS = 224
_CORNER_FRACTION = 0.05  # of the shorter side
_CORNER_APART = 0.25  # of a colour's range: what departs so far from the other corners is no ground
_GROUND_DEVIATIONS = 5.0
_GROUND_TOLERANCE = 0.05  # of a colour's range: compression, and light that falls off
_SPECK_AREA = 0.02  # of the largest thing's area
_BRIGHTEST_PERCENTILE, _BRIGHTEST = 99, 0.95
_SHARPENED = ImageFilter.UnsharpMask(radius=1, percent=50, threshold=0)

Colours = NDArray[np.float32]


def garment_on(picture: Picture) -> Grey | None:
    """The thing on a picture, light on black; `None` where there is nothing but ground.

    Its brightness is how far it departs from its ground, towards dark or light, whichever
    the greater part of it does: so the negative of a product photo on white, and as well
    a picture that is light on dark already.

    Returns:
        float32 `(28, 28)` in [0, 1].
    """
    colours = _at_working_size(picture.colours())
    ground, deviation = _ground(colours)
    apart = np.abs(colours - ground).max(axis=2)
    thing = _largest(apart > max(_GROUND_TOLERANCE, _GROUND_DEVIATIONS * deviation))
    if thing is None:
        return None
    rows, columns = np.flatnonzero(thing.any(axis=1)), np.flatnonzero(thing.any(axis=0))
    brightness = np.where(thing, _brightness(colours, ground, thing), np.float32(0))
    return _laid_out(brightness[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _at_working_size(colours: Colours) -> Colours:
    step = -(-max(colours.shape) // _WORKING_SIDE_PIXELS)
    if step == 1:
        return colours
    factors = (min(step, colours.shape[1]), min(step, colours.shape[0]))
    planes = [Image.fromarray(colours[..., c]).reduce(factors) for c in range(3)]
    return np.stack([np.asarray(plane) for plane in planes], axis=2)


def _ground(colours: Colours) -> tuple[Colours, float]:
    """The colour of the ground at each pixel, between those of the corners, and its noise."""
    height, width = colours.shape[:2]
    side = max(1, round(_CORNER_FRACTION * min(height, width)))
    corners = np.array(
        [
            [colours[rows, columns].reshape(-1, 3) for columns in (slice(side), slice(-side, None))]
            for rows in (slice(side), slice(-side, None))
        ]
    )
    middles = np.median(corners, axis=2)
    common = np.median(middles.reshape(4, 3), axis=0)
    covered = np.abs(middles - common).max(axis=2) > _CORNER_APART
    deviations = np.abs(corners - middles[:, :, None]).mean(axis=(2, 3))
    middles[covered] = common
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    across = np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
    top = middles[0, 0] * (1 - across) + middles[0, 1] * across
    bottom = middles[1, 0] * (1 - across) + middles[1, 1] * across
    return np.asarray(top * (1 - down) + bottom * down, np.float32), float(np.median(deviations))


def _largest(apart: Mask) -> Mask | None:
    """What is not ground, without specks."""
    found = components_of(apart)
    if len(found) == 0:
        return None
    is_kept = np.concatenate([[False], found.area >= _SPECK_AREA * found.area.max()])
    kept: Mask = is_kept[found.labels]
    return kept


def _brightness(colours: Colours, ground: Colours, thing: Mask) -> Grey:
    """How far each pixel is from the ground, towards dark or towards light, in [0, 1]."""
    darker = np.clip(ground - colours, 0, 1).mean(axis=2)
    lighter = np.clip(colours - ground, 0, 1).mean(axis=2)
    bright = darker if darker[thing].sum() >= lighter[thing].sum() else lighter
    brightest = float(np.percentile(bright[thing], _BRIGHTEST_PERCENTILE))
    if brightest <= 0:
        return bright
    return np.clip(bright * np.float32(max(1.0, _BRIGHTEST / brightest)), 0, 1)


def _laid_out(brightness: Grey) -> Grey:
    """The thing in the middle of 28x28, its longer side filling it."""
    height, width = brightness.shape
    factor = SIDE_PIXELS / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    image = Image.fromarray(np.rint(brightness * 255).astype(np.uint8))
    if image.size != size:
        way = Image.Resampling.BOX if factor < 1 else Image.Resampling.BICUBIC
        image = image.resize(size, way).filter(_SHARPENED)
    canvas = Image.new("L", (SIDE_PIXELS, SIDE_PIXELS))
    canvas.paste(image, ((SIDE_PIXELS - size[0]) // 2, (SIDE_PIXELS - size[1]) // 2))
    return np.asarray(canvas, np.float32) / np.float32(255)
