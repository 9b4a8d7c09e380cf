"""Labels as compact arrays of one kind: integers, strings or booleans."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.faults import InvalidLabels, one_fault, shown

Label = int | str | bool

INT64 = np.iinfo(np.int64)


class LabelKind(StrEnum):
    """What all labels of a request are."""

    INTEGER = "integer"
    STRING = "string"
    BOOLEAN = "boolean"


_KIND_OF: dict[type, LabelKind] = {
    int: LabelKind.INTEGER,
    str: LabelKind.STRING,
    bool: LabelKind.BOOLEAN,
}


@dataclass(frozen=True, slots=True)
class LabelArray:
    """One label for each sample.

    Attributes:
        kind: What the labels are.
        codes: Any integer dtype, shape `(n,)`. For integers the labels themselves, for
            booleans 0 and 1, for strings positions in `categories`.
        categories: The distinct strings that `codes` points into; empty for other kinds.
    """

    kind: LabelKind
    codes: NDArray[Any]
    categories: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.codes)

    def label(self, index: int) -> Label:
        """The label of one sample, as Python writes it."""
        code = int(self.codes[index])
        match self.kind:
            case LabelKind.STRING:
                return self.categories[code]
            case LabelKind.BOOLEAN:
                return bool(code)
            case _:
                return code


def from_values(values: Sequence[object], pointer: str) -> LabelArray:
    """Labels from Python values, all of one kind.

    Args:
        values: Integers, strings or booleans.
        pointer: Where they came from, for errors: `#/y_true`.

    Raises:
        InvalidLabels: A value is of another kind than the first, nested, missing or no label.
    """
    kinds = set(map(type, values))
    if len(kinds) != 1 or not kinds <= _KIND_OF.keys():
        raise _not_of_one_kind(values, pointer)
    match _KIND_OF[kinds.pop()]:
        case LabelKind.STRING:
            return from_strings(values)  # type: ignore[arg-type]  # the kinds were just checked
        case LabelKind.BOOLEAN:
            return from_array(np.fromiter(values, np.bool_, len(values)), pointer)
        case _:
            return LabelArray(LabelKind.INTEGER, _integers(values, pointer))


def from_strings(values: Sequence[str]) -> LabelArray:
    """Labels from strings, each distinct one looked at once."""
    categories = tuple(dict.fromkeys(values))
    position = {category: code for code, category in enumerate(categories)}
    codes = np.fromiter(map(position.__getitem__, values), np.intp, len(values))
    return LabelArray(LabelKind.STRING, codes, categories)


def from_array(array: NDArray[Any], pointer: str) -> LabelArray:
    """Labels from a NumPy array of integers, booleans or strings, shape `(n,)`.

    Raises:
        InvalidLabels: The array has another shape or dtype, or integers beyond 64 bits.
    """
    if array.ndim != 1:
        detail = f"Labels are a list with one entry for each sample. Received: shape {array.shape}."
        raise one_fault(InvalidLabels, pointer, detail)
    match array.dtype.kind:
        case "b":
            return LabelArray(LabelKind.BOOLEAN, array.view(np.uint8))
        case "i" | "u":
            return LabelArray(LabelKind.INTEGER, _signed(array, pointer))
        case "U":
            return from_strings(array.tolist())  # hashing is faster than sorting text
        case _:
            detail = f"Labels are integers, strings or booleans. Received: dtype {array.dtype}."
            raise one_fault(InvalidLabels, pointer, detail)


def kind_of_all(columns: Sequence[tuple[str, LabelArray]]) -> LabelKind:
    """The one kind of several label arrays, each given with its pointer.

    Raises:
        InvalidLabels: Two of them differ; 1, `"1"` and `true` are three different labels.
    """
    (first_pointer, first), *others = columns
    for pointer, column in others:
        if column.kind != first.kind:
            detail = (
                f"All labels must be of one kind: {first_pointer} holds {first.kind} labels "
                f"and {pointer} {column.kind} labels. Received: {shown(first.label(0))} "
                f"and {shown(column.label(0))}."
            )
            raise one_fault(InvalidLabels, pointer, detail)
    return first.kind


def _signed(array: NDArray[Any], pointer: str) -> NDArray[Any]:
    """Integers in the machine's byte order, 64-bit ones signed."""
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype != np.uint64:
        return array
    if array.size and int(array.max()) > INT64.max:
        index = int(array.argmax())
        raise one_fault(InvalidLabels, f"{pointer}/{index}", _too_big(int(array[index])))
    return array.astype(np.int64)


def _integers(values: Sequence[object], pointer: str) -> NDArray[np.int64]:
    try:
        return np.fromiter(values, np.int64, len(values))
    except OverflowError:
        index, value = next(
            (i, v)
            for i, v in enumerate(values)
            if isinstance(v, int) and not INT64.min <= v <= INT64.max
        )
        raise one_fault(InvalidLabels, f"{pointer}/{index}", _too_big(value)) from None


def _too_big(value: int) -> str:
    return f"Integer labels have at most 64 bits, with sign. Received: {value}."


def _not_of_one_kind(values: Sequence[object], pointer: str) -> InvalidLabels:
    first = type(values[0])
    for index, value in enumerate(values):
        at = f"{pointer}/{index}"
        if isinstance(value, list | tuple | dict):
            detail = f"Labels may not be nested. Received: {shown(value)} at index {index}."
            return one_fault(InvalidLabels, at, detail)
        if type(value) not in _KIND_OF:
            detail = (
                "Labels are integers, strings or booleans. "
                f"Received: {shown(value)} at index {index}."
            )
            return one_fault(InvalidLabels, at, detail)
        if type(value) is not first:
            detail = (
                f"All labels must be of one kind; those before index {index} are "
                f"{_KIND_OF[first]} labels. Received: {shown(value)} at index {index}."
            )
            return one_fault(InvalidLabels, at, detail)
    return one_fault(InvalidLabels, pointer, "There is no label.")
