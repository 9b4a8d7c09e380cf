"""Checks that values make the tensor that a model takes."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.inference.servables import Signature
from shared.errors import InvalidInput

Shape = tuple[int, ...]
MAX_ECHO_CHARACTERS = 200


def checked_images(flat: NDArray[np.float32], signature: Signature) -> NDArray[np.float32]:
    """The examples as the engine takes them; their number was checked before.

    Raises:
        InvalidInput: A value is no number, infinite, or outside [0, 1] where these are bound.
    """
    images = flat.reshape(-1, *signature.input_shape)
    low, high = (0.0, 1.0) if signature.in_unit_range else _FINITE
    # Comparisons with NaN are false, so this refuses it too.
    if not (images.min() >= low and images.max() <= high):
        raise _bad_value(images, signature, low, high)
    return images


def tensor_of(value: Any, shape: Shape) -> NDArray[np.float32]:
    """The tensor of this shape in nested lists, checked number by number.

    Raises:
        InvalidInput: The lists are ragged, of another shape, or hold what is no number; in
            the words of TensorFlow Serving.
    """
    found = _shape_of(value)
    if found != shape:
        _check_first(value)
        raise InvalidInput(f"Expecting shape {_shown(shape)} but got: {_shown(found)}")
    numbers: list[float] = []
    _gather(value, shape, 0, numbers)
    with np.errstate(over="ignore"):
        return np.array(numbers, np.float64).astype(np.float32).reshape(shape)


def json_type(value: Any) -> str:
    """The name of a JSON value's type, as RapidJSON prints it."""
    match value:
        case None:
            return "Null"
        case bool():
            return "True" if value else "False"
        case int() | float():
            return "Number"
        case str():
            return "String"
        case list():
            return "Array"
        case _:
            return "Object"


def echo(value: Any) -> str:
    """A value as JSON, cut short."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= MAX_ECHO_CHARACTERS else text[:MAX_ECHO_CHARACTERS] + "..."


_FINITE = (float(np.finfo(np.float32).min), float(np.finfo(np.float32).max))


def _shape_of(value: Any) -> Shape:
    """The shape that the first elements suggest."""
    shape: list[int] = []
    while isinstance(value, list):
        shape.append(len(value))
        if not value:
            break
        value = value[0]
    return tuple(shape)


def _check_first(value: Any) -> None:
    """Refuse a first number that is none: that says more than its place does."""
    while isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, list):
        _gather(value, (), 0, [])


def _gather(value: Any, shape: Shape, level: int, numbers: list[float]) -> None:
    if level == len(shape):
        # bool is an int to Python, and not a number to JSON
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidInput(
                f"JSON Value: {echo(value)} Type: {json_type(value)} is not of expected type: float"
            )
        numbers.append(_as_float(value))
        return
    if not isinstance(value, list):
        raise InvalidInput(
            f"JSON Value: {echo(value)} Type: {json_type(value)} is not of expected type: list"
        )
    if len(value) != shape[level]:
        raise InvalidInput(
            f"Encountered list at unexpected size: {len(value)} at level: {level} "
            f"expected size: {shape[level]}"
        )
    for item in value:
        _gather(item, shape, level + 1, numbers)


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _shown(shape: Sequence[int]) -> str:
    return "[" + ",".join(map(str, shape)) + "]"


def _bad_value(
    images: NDArray[np.float32], signature: Signature, low: float, high: float
) -> InvalidInput:
    bad = ~((images >= low) & (images <= high))
    place = tuple(int(index) for index in np.argwhere(bad)[0])
    value = float(images[place])
    rule = "must lie in [0, 1]" if signature.in_unit_range else "must be finite"
    advice = "; divide pixels by 255" if 1 < value <= 255 and signature.in_unit_range else ""  # noqa: PLR2004  the largest byte
    return InvalidInput(
        f"Values of input {signature.input_name} {rule}. "
        f"Received: {value:g} at {_shown(place)}{advice}"
    )
