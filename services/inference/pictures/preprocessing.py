"""Pixels to the tensor that a model was trained on; pure NumPy.

Which way is right is written in the model card (`preprocessing`), so that training and
serving cannot disagree. A picture that already is what the model takes, of its size and
on black, passes through untouched.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shared.images import mnist_layout
from shared.manifest import Preprocessing
from shared.pictures.picture import Picture

Grey = NDArray[np.float32]

# No model here sees more than a few dozen pixels a side.
WORKING_SIDE_PIXELS = 1280
BORDER_FRACTION = 0.05  # of the shorter side: the ring that shows what the ground is
INK_PERCENTILE = 99.5
FAINT_INK = 0.25  # of full ink; less is paper grain and compression noise
LEAST_CONTRAST = 0.08  # of the range of luminance; below it nothing was drawn


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the model will see.

    Attributes:
        image: float32, shape `(height, width, channels)`, in [0, 1].
        warnings: What makes the answer doubtful, in words.
    """

    image: NDArray[np.float32]
    warnings: tuple[str, ...] = ()


def prepare(
    picture: Picture, preprocessing: Preprocessing, shape: tuple[int, int, int]
) -> Prepared:
    """The tensor that a model of this preprocessing and input shape takes."""
    height, width, channels = shape
    if channels == 1 and picture.full_size == (width, height):
        grey = picture.luminance()
        if preprocessing == "none" or _is_on_black(grey):
            return Prepared(grey[..., None])
    return _WAYS[preprocessing](picture, shape)


def _mnist_digit(picture: Picture, shape: tuple[int, int, int]) -> Prepared:
    ink, contrast = _ink(picture.luminance())
    if contrast < LEAST_CONTRAST:
        blank = np.zeros(shape, np.float32)
        return Prepared(blank, ("Nothing is drawn: the picture is of one colour.",))
    ink[ink < FAINT_INK] = 0.0
    return Prepared(_resized(mnist_layout(ink), shape))


def _fashion(picture: Picture, shape: tuple[int, int, int]) -> Prepared:
    ink, contrast = _ink(picture.luminance())
    height, width = ink.shape
    side = max(height, width)
    square = np.zeros((side, side), np.float32)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = ink
    warnings = ("The picture is of one colour.",) if contrast < LEAST_CONTRAST else ()
    return Prepared(_resized(square, shape), warnings)


def _none(picture: Picture, shape: tuple[int, int, int]) -> Prepared:
    if shape[2] == 1:
        return Prepared(_resized(picture.luminance(), shape))
    pixels = picture.colours()
    planes = [_resized(pixels[..., plane], (*shape[:2], 1)) for plane in range(3)]
    return Prepared(np.concatenate(planes, axis=2))


_WAYS: dict[Preprocessing, Callable[[Picture, tuple[int, int, int]], Prepared]] = {
    "mnist-digit": _mnist_digit,
    "fashion": _fashion,
    "none": _none,
}


def _is_on_black(grey: Grey) -> bool:
    """Whether most of the outermost pixels are dark; for pictures of a few pixels."""
    ring = grey.ravel()[_outline(*grey.shape)]
    return 2 * int(np.count_nonzero(ring < 0.5)) > ring.size  # noqa: PLR2004  half of the range


@lru_cache(maxsize=16)
def _outline(height: int, width: int) -> NDArray[np.intp]:
    """The flat indices of the outermost pixels."""
    inner = np.zeros((height, width), bool)
    inner[1:-1, 1:-1] = True
    return np.flatnonzero(~inner)


def _ink(grey: Grey) -> tuple[Grey, float]:
    """How much ink lies on each pixel, in [0, 1], and the contrast to the ground it lies on."""
    ground = float(np.median(_ring(grey)))
    darker, lighter = ground - grey, grey - ground
    # The ink is what departs furthest from the colour of the border, to either side.
    ink = max(darker, lighter, key=lambda side: float(np.percentile(side, INK_PERCENTILE)))
    full = float(np.percentile(ink, INK_PERCENTILE))
    if full <= 0.0:
        full = float(ink.max())
    if full <= 0.0:
        return np.zeros_like(grey), 0.0
    return np.clip(ink / np.float32(full), 0.0, 1.0), full


def _ring(grey: Grey) -> Grey:
    thickness = max(1, round(BORDER_FRACTION * min(grey.shape)))
    return np.concatenate(
        [
            grey[:thickness].ravel(),
            grey[-thickness:].ravel(),
            grey[:, :thickness].ravel(),
            grey[:, -thickness:].ravel(),
        ]
    )


def _resized(grey: Grey, shape: tuple[int, int, int]) -> NDArray[np.float32]:
    height, width, _ = shape
    if grey.shape != (height, width):
        shrinks = grey.shape[0] >= height and grey.shape[1] >= width
        method = Image.Resampling.BOX if shrinks else Image.Resampling.BICUBIC
        picture = Image.fromarray(np.ascontiguousarray(grey)).resize((width, height), method)
        grey = np.clip(np.asarray(picture, np.float32), 0.0, 1.0)
    return np.ascontiguousarray(grey[..., None])
