"""The width of the strokes, brought towards that of MNIST's pens."""

import numpy as np

from services.inference.pictures.digits.arrays import Grey, Mask
from shared.images import BOX_PIXELS

# Measured as here on MNIST's training images, in its pixels: 90 in 100 lie from 1.6 to 3.6,
# half of them from 2.0 to 2.8.
THINNEST_PIXELS, WIDENED_PIXELS = 1.6, 2.1
THICKEST_PIXELS, NARROWED_PIXELS = 4.0, 3.5


def stroke_width(ink: Grey) -> float:
    """The mean width of the strokes in pixels: twice their area over the length of their edge.

    The length of the edge is the total variation, so that grey edges count as sharp ones.
    """
    padded = np.zeros((ink.shape[0] + 2, ink.shape[1] + 2), np.float32)
    padded[1:-1, 1:-1] = ink
    here = padded[:-1, :-1]
    down, across = padded[1:, :-1] - here, padded[:-1, 1:] - here
    edge = float(np.sqrt(down * down + across * across).sum())
    return 2 * float(ink.sum()) / edge if edge > 0 else 0.0


def largest_square(mask: Mask) -> int:
    """The side of the largest square that fits into a mask, in pixels."""
    total = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), np.int32)
    np.cumsum(np.cumsum(mask, 0, np.int32), 1, out=total[1:, 1:])
    least, beyond = 1, min(mask.shape) + 1
    while beyond - least > 1:
        side = (least + beyond) // 2
        covered = total[side:, side:] - total[:-side, side:]
        covered = covered - total[side:, :-side] + total[:-side, :-side]
        least, beyond = (side, beyond) if (covered == side * side).any() else (least, side)
    return least


def normalised(ink: Grey) -> Grey:
    """The digit with strokes as wide, for its size, as MNIST's; margin is added for them.

    Args:
        ink: float32 `(height, width)` in [0, 1], the box of one digit.
    """
    scale = BOX_PIXELS / max(ink.shape)
    width = stroke_width(ink) * scale
    if width <= 0 or THINNEST_PIXELS <= width <= THICKEST_PIXELS:
        return ink
    wanted = WIDENED_PIXELS if width < THINNEST_PIXELS else NARROWED_PIXELS
    radius = (wanted - width) / 2 / scale
    if radius > 0:
        return _widened(np.pad(ink, int(radius) + 1), radius)
    return 1 - _widened(1 - ink, -radius)


def _widened(ink: Grey, radius: float) -> Grey:
    """Every stroke wider by a disc of this radius; its edge falls off within a pixel."""
    reach = int(np.ceil(radius))
    height, width = ink.shape
    padded = np.pad(ink, reach, "edge")
    wide = ink.copy()
    for down in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            weight = min(1.0, radius + 1 - float(np.hypot(down, across)))
            if weight > 0 and (down or across):
                part = padded[reach + down :, reach + across :][:height, :width]
                np.maximum(wide, np.float32(weight) * part, out=wide)
    return wide
