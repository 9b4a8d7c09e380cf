"""A picture to the tensors that a model was trained on.

Which way is right is written in the model card (`preprocessing`), so that training and
serving cannot disagree. A picture that already is what the model takes, of its size and
on black, passes through untouched.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from services.inference.pictures.digits.finding import Box, FoundDigits, digits_on
from services.inference.pictures.fashion import garment_on
from shared.manifest import Preprocessing
from shared.pictures.picture import Grey, Picture
from shared.pictures.resizing import resized

# No model here sees more than a few dozen pixels a side; what is larger is averaged down.
WORKING_SIDE_PIXELS = 1024
DEFAULT_MAX_DIGITS = 16

_FAINT_CONTRAST = 0.15
_LIKELY_FILLS = (0.04, 0.36)  # of the mean over 28x28; those of MNIST lie from 0.05 to 0.3
_WIDEST = 1.6  # width to height of a digit
_NOTHING = "Nothing that looks like a digit was found on the picture."
_FAINT = "The drawing is faint: there is little contrast between it and its ground."
_UNLIKE = "What was found does not look much like a digit."
_WIDE = "What was found is wide for a digit: several that touch are read as one."
_ONE_COLOUR = "The picture is of one colour."

Shape = tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What the model will see.

    Attributes:
        images: float32, shape `(n, height, width, channels)`, in [0, 1]; at least one.
        boxes: Where each digit lies; empty where no digit was found or looked for.
        prominent: The index of the image that stands for the whole picture.
        warnings: What makes the answer doubtful, in words.
    """

    images: NDArray[np.float32]
    boxes: tuple[Box, ...] = ()
    prominent: int = 0
    warnings: tuple[str, ...] = ()


def prepare(
    picture: Picture,
    preprocessing: Preprocessing,
    shape: Shape,
    max_digits: int = DEFAULT_MAX_DIGITS,
) -> Prepared:
    """The tensors that a model of this preprocessing and input shape takes.

    Args:
        picture: Of any size.
        preprocessing: Of the model card.
        shape: Height, width and channels of the model's input.
        max_digits: The most digits that are read.
    """
    height, width, channels = shape
    if channels == 1 and picture.full_size == (width, height):
        grey = picture.luminance()
        if preprocessing == "none" or _is_on_black(grey):
            box = _box_of(grey) if preprocessing == "mnist-digit" else None
            return Prepared(grey[None, ..., None], (box,) if box else ())
    match preprocessing:
        case "mnist-digit":
            return _digits(digits_on(picture, max_digits), shape, max_digits)
        case "fashion":
            return _garment(picture, shape)
        case "none":
            return Prepared(_plain(picture, shape)[None])


def _digits(found: FoundDigits, shape: Shape, max_digits: int) -> Prepared:
    if not found.digits:
        return Prepared(np.zeros((1, *shape), np.float32), warnings=(_NOTHING,))
    by_prominence = sorted(found.digits, key=lambda digit: -digit.prominence)
    read = by_prominence[:max_digits]
    digits = [digit for digit in found.digits if digit in read]
    warnings = _doubts(found, by_prominence[0].box, by_prominence[0].image)
    if len(found.digits) > max_digits:
        warnings.append(f"There are more digits than are read: the {max_digits} most prominent.")
    elif len(digits) > 1:
        warnings.append(f"{len(digits)} digits were found; the label is the most prominent one's.")
    return Prepared(
        np.stack([_as_input(digit.image, shape) for digit in digits]),
        tuple(digit.box for digit in digits),
        digits.index(by_prominence[0]),
        tuple(warnings),
    )


def _doubts(found: FoundDigits, box: Box, image: Grey) -> list[str]:
    """What makes the most prominent digit doubtful."""
    least, most = _LIKELY_FILLS
    doubts = {
        _FAINT: found.contrast < _FAINT_CONTRAST,
        _UNLIKE: not least <= float(image.mean()) <= most,
        _WIDE: box.width > _WIDEST * box.height,
    }
    return [text for text, holds in doubts.items() if holds]


def _garment(picture: Picture, shape: Shape) -> Prepared:
    garment = garment_on(picture)
    if garment is None:
        return Prepared(np.zeros((1, *shape), np.float32), warnings=(_ONE_COLOUR,))
    return Prepared(_as_input(garment, shape)[None])


def _plain(picture: Picture, shape: Shape) -> NDArray[np.float32]:
    return _as_input(picture.luminance() if shape[2] == 1 else picture.colours(), shape)


def _as_input(planes: NDArray[np.float32], shape: Shape) -> NDArray[np.float32]:
    """Grey `(h, w)` or colours `(h, w, 3)` as a tensor of a model's input shape."""
    return resized(planes if planes.ndim == 3 else planes[..., None], shape[:2])  # noqa: PLR2004  has channels


def _is_on_black(grey: Grey) -> bool:
    """Whether most of the outermost pixels are dark; for pictures of a few pixels."""
    ring = grey.take(_outline(*grey.shape))
    return 2 * int(np.count_nonzero(ring < 0.5)) > ring.size  # noqa: PLR2004  half of the range


@lru_cache(maxsize=16)
def _outline(height: int, width: int) -> NDArray[np.intp]:
    """The flat indices of the outermost pixels."""
    inner = np.zeros((height, width), bool)
    inner[1:-1, 1:-1] = True
    return np.flatnonzero(~inner)


def _box_of(grey: Grey) -> Box | None:
    """The box around all that is not black; for pictures of a few pixels.

    The first and the last such pixel are sought in bytes, row by row and column by column:
    NumPy's `any` along each axis takes three times as long here.
    """
    inked = grey > 0
    by_rows, by_columns = inked.tobytes(), inked.T.tobytes()
    height, width = grey.shape
    first = by_rows.find(1)
    if first < 0:
        return None
    top, left = first // width, by_columns.find(1) // height
    bottom, right = by_rows.rfind(1) // width, by_columns.rfind(1) // height
    return Box(left, top, right + 1 - left, bottom + 1 - top)
