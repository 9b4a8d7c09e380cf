"""Lays a drawn digit out as MNIST's makers did; the trainer and inference must agree on it.

References:
    LeCun, Bottou, Bengio, Haffner (1998), Gradient-based learning applied to document
    recognition: fitted into 20x20 keeping the aspect, then placed in 28x28 by centre of mass.
    In the 60,000 training images the centre lies within half a pixel of index 14 on both axes.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE_PIXELS = 28
BOX_PIXELS = 20
CENTRE_INDEX = 14


def mnist_layout(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """The digit as MNIST would show it: 28x28, white ink on black, centred by mass.

    Args:
        ink: float32, shape `(height, width)`, in [0, 1]; 1 is full ink, 0 is ground.

    Returns:
        float32, shape `(28, 28)`, in [0, 1]; all zero if there is no ink.
    """
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    canvas = np.zeros((SIDE_PIXELS, SIDE_PIXELS), np.float32)
    if rows.size == 0:
        return canvas
    digit = _scaled(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    top, left = (_start(digit, axis) for axis in (0, 1))
    canvas[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return canvas


def _scaled(digit: NDArray[np.float32]) -> NDArray[np.float32]:
    """The digit with its longest side at 20 pixels, averaged down or interpolated up."""
    height, width = digit.shape
    factor = BOX_PIXELS / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    method = Image.Resampling.BOX if factor < 1 else Image.Resampling.BICUBIC
    resized = Image.fromarray(np.ascontiguousarray(digit)).resize(size, method)
    return np.clip(np.asarray(resized, np.float32), 0.0, 1.0)


def _start(digit: NDArray[np.float32], axis: int) -> int:
    """Where the digit begins on an axis, so that its centre of mass lies at index 14."""
    mass = digit.sum(axis=1 - axis)
    total = float(mass.sum(dtype=np.float64))
    centre = float(np.arange(mass.size) @ mass.astype(np.float64)) / total if total else 0.0
    return max(0, min(round(CENTRE_INDEX - centre), SIDE_PIXELS - int(mass.size)))
