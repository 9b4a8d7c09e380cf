"""Labels as positions in a list of candidates, whatever they are and however they are spread."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.faults import InvalidLabels, TooManyClasses, one_fault, shown
from services.metrics.labels import (
    Label,
    LabelArray,
    LabelKind,
    from_array,
    from_strings,
    kind_of_all,
)

# Up to this many consecutive integers, or as many as make a table of no more cells than there
# are samples, a label less the least is its position.
DENSE_SPAN = 512
# A table of one flag for each integer in the range is made up to here; beyond, labels are sorted.
PRESENCE_SPAN = 1 << 24
# Long enough to hide the cost of a call, short enough to stay in a core's cache.
CHUNK_SAMPLES = 1 << 16


@dataclass(frozen=True, slots=True)
class Coding:
    """How labels become positions in a list of candidates.

    Attributes:
        labels: The candidates, in order.
        low: For integers, what is taken off before the lookup.
        lookups: One table for each column; None where position = label - low.
        ascending: The candidates as an array to search, where they are spread too widely
            for a table.
    """

    labels: Sequence[Label]
    low: int
    lookups: tuple[NDArray[np.intp] | None, ...]
    ascending: NDArray[np.int64] | None = None

    def positions(self, column: int, codes: NDArray[Any]) -> NDArray[np.intp]:
        """The positions in `labels` of some samples of a column."""
        if self.ascending is not None:
            return np.searchsorted(self.ascending, codes)
        lookup = self.lookups[column]
        if lookup is None:
            return np.subtract(codes, self.low, dtype=np.intp, casting="unsafe")
        if self.low == 0:
            return lookup[codes]
        return lookup[np.subtract(codes, self.low, dtype=np.intp, casting="unsafe")]


def make_coding(columns: Sequence[LabelArray], kind: LabelKind, max_classes: int) -> Coding:
    """The candidates among which all labels of the columns are, ascending.

    Raises:
        TooManyClasses: There are more than `max_classes`.
    """
    match kind:
        case LabelKind.BOOLEAN:
            return Coding((False, True), 0, (None,) * len(columns))
        case LabelKind.STRING:
            return _string_coding(columns, max_classes)
        case _:
            return _integer_coding(columns, max_classes)


def encode(
    column: LabelArray, labels: LabelArray, max_classes: int, pointer: str
) -> NDArray[np.intp]:
    """The position of each label in the list of classes, shape `(n,)`.

    Raises:
        InvalidLabels: A label is not in the list, or the list has one twice.
    """
    pairs = [(pointer, column), ("#/labels", labels)]
    declared = declared_labels(labels, max_classes)
    coding = make_coding([column, labels], kind_of_all(pairs), max_classes)
    places = np.array([position_of(coding, name) for name in declared], dtype=np.intp)
    refuse_undeclared(coding, places, pairs[:1])
    order = np.empty(len(coding.labels), np.intp)
    order[places] = np.arange(len(places))
    positions = coding.positions(0, column.codes)
    return positions if np.array_equal(order, np.arange(len(order))) else order[positions]


def occurring_labels(columns: Sequence[tuple[str, LabelArray]], max_classes: int) -> LabelArray:
    """The distinct labels of several arrays, each given with its pointer, ascending.

    Raises:
        InvalidLabels: The arrays hold labels of different kinds.
        TooManyClasses: There are more than `max_classes`.
    """
    kind = kind_of_all(columns)
    arrays = [column for _, column in columns]
    coding = make_coding(arrays, kind, max_classes)
    seen = np.zeros(len(coding.labels), np.bool_)
    for index, array in enumerate(arrays):
        seen[coding.positions(index, array.codes)] = True
    names = [coding.labels[i] for i in np.flatnonzero(seen).tolist()]
    if kind is LabelKind.STRING:
        return from_strings([str(name) for name in names])
    return from_array(np.array(names), "#/labels")


def declared_labels(labels: LabelArray, max_classes: int) -> tuple[Label, ...]:
    """The classes as the caller lists them.

    Raises:
        InvalidLabels: One stands twice.
        TooManyClasses: There are more than `max_classes`.
    """
    if len(labels) > max_classes:
        raise too_many_classes(len(labels), max_classes)
    names: dict[Label, int] = {}
    for index in range(len(labels)):
        name = labels.label(index)
        if name in names:
            detail = f"A class may stand in labels once. Received: {shown(name)} twice."
            raise one_fault(InvalidLabels, f"#/labels/{index}", detail)
        names[name] = index
    return tuple(names)


def refuse_undeclared(
    coding: Coding, declared: NDArray[np.intp], columns: Sequence[tuple[str, LabelArray]]
) -> None:
    """Raise InvalidLabels at the first label that was not declared."""
    allowed = np.zeros(len(coding.labels), np.bool_)
    allowed[declared] = True
    if allowed.all():
        return
    for column, (pointer, values) in enumerate(columns):
        for start in range(0, len(values), CHUNK_SAMPLES):
            positions = coding.positions(column, values.codes[start : start + CHUNK_SAMPLES])
            outside = np.flatnonzero(~allowed[positions])
            if outside.size:
                index = start + int(outside[0])
                expected = ", ".join(shown(coding.labels[i]) for i in declared[:10].tolist())
                more = ", …" if declared.size > 10 else ""  # noqa: PLR2004  ten are shown
                detail = (
                    f"The label is not among those declared ({expected}{more}). "
                    f"Received: {shown(values.label(index))} at index {index}."
                )
                raise one_fault(InvalidLabels, f"{pointer}/{index}", detail)


def too_many_classes(received: int, limit: int) -> TooManyClasses:
    """The error that names the number of classes and the limit."""
    return TooManyClasses(
        f"A matrix is made for at most {limit} classes (setting METRICS_MAX_CLASSES). "
        f"Received: {received} distinct labels."
    )


def position_of(coding: Coding, label: Label) -> int:
    """The position of a candidate."""
    if isinstance(label, int) and isinstance(coding.labels, range):
        return label - coding.low
    return _bisect(coding.labels, label)


def _bisect(labels: Sequence[Label], label: Label) -> int:
    low, high = 0, len(labels)
    while low < high:
        middle = (low + high) // 2
        if labels[middle] < label:  # type: ignore[operator]  # all of one kind
            low = middle + 1
        else:
            high = middle
    return low


def _string_coding(columns: Sequence[LabelArray], max_classes: int) -> Coding:
    names = sorted(set().union(*(column.categories for column in columns)))
    if len(names) > max_classes:
        raise too_many_classes(len(names), max_classes)
    position = {name: code for code, name in enumerate(names)}
    lookups = tuple(
        np.array([position[name] for name in column.categories], dtype=np.intp)
        for column in columns
    )
    return Coding(names, 0, lookups)


def _integer_coding(columns: Sequence[LabelArray], max_classes: int) -> Coding:
    # Read without sign, a negative label is a huge one: one pass finds the usual case.
    greatest = max(int(unsigned(column.codes).max()) for column in columns)
    dense = min(max(DENSE_SPAN, isqrt(max(map(len, columns)))), max_classes)
    if greatest < dense:
        return Coding(range(greatest + 1), 0, (None,) * len(columns))
    low = min(int(column.codes.min()) for column in columns)
    high = max(int(column.codes.max()) for column in columns)
    span = high - low + 1
    if span <= dense:
        return Coding(range(low, high + 1), low, (None,) * len(columns))
    if span <= PRESENCE_SPAN:
        present = np.zeros(span, np.bool_)
        for column in columns:
            present[np.subtract(column.codes, low, dtype=np.intp, casting="unsafe")] = True
        values = np.flatnonzero(present) + low
        lookup = np.cumsum(present, dtype=np.intp) - 1
        if len(values) > max_classes:
            raise too_many_classes(len(values), max_classes)
        return Coding(values.tolist(), low, (lookup,) * len(columns))
    return _sorted_coding(columns, max_classes)


def unsigned(codes: NDArray[Any]) -> NDArray[Any]:
    """The same bits without sign: what is negative becomes huge."""
    return codes.view(f"u{codes.dtype.itemsize}")


def _sorted_coding(columns: Sequence[LabelArray], max_classes: int) -> Coding:
    """Integers spread too widely for a table of flags."""
    ascending = np.unique(np.concatenate([np.unique(column.codes) for column in columns]))
    if len(ascending) > max_classes:
        raise too_many_classes(len(ascending), max_classes)
    ascending = ascending.astype(np.int64)
    return Coding(ascending.tolist(), 0, (None,) * len(columns), ascending)
