"""Labels as people bring them, numbers or names, as indices of classes; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.trainer.datasets.examples import in_natural_order, listed
from services.trainer.datasets.limits import DataLimits, check_class_name
from services.trainer.errors import DatasetUnusable


@dataclass(frozen=True, slots=True)
class NamedLabels:
    """Labels that are names: an array of text would be as wide in each row as in the widest.

    Attributes:
        names: Of which a label is one; two may be equal.
        codes: int32, shape `(n,)`: indices into them.
    """

    names: tuple[str, ...]
    codes: NDArray[np.int32]


class LabelReader:
    """Takes in labels that are names, a part at a time, and keeps each name once.

    Args:
        where: What the labels are called, for messages.
        limits: How many classes there may be.
    """

    def __init__(self, where: str, limits: DataLimits) -> None:
        self._where = where
        self._limits = limits
        self._codes: dict[str, int] = {}
        self._parts: list[NDArray[np.int32]] = [np.empty(0, np.int32)]

    def add(self, labels: Iterable[str]) -> None:
        """Take in more of them; white space around a name is left out.

        Raises:
            DatasetUnusable: A name is too long or no text, or there are too many.
        """
        self._parts.append(np.array([self._code(label.strip()) for label in labels], np.int32))

    def labels(self) -> NamedLabels:
        """All that were taken in."""
        return NamedLabels(tuple(self._codes), np.concatenate(self._parts))

    def _code(self, name: str) -> int:
        code = self._codes.get(name)
        if code is None:
            check_class_name(name, self._where)
            code = self._codes[name] = len(self._codes)
            self._limits.check_classes(len(self._codes), more_may_come=True)
        return code


def class_indices(
    labels: Sequence[NamedLabels | NDArray[Any]],
    class_names: Sequence[str] | None,
    where: str,
    limits: DataLimits,
) -> tuple[tuple[str, ...], list[NDArray[np.int64]]]:
    """The names of the classes, and the labels of each split as indices into them.

    Args:
        labels: Of each split: names, or an array of whole numbers of shape `(n,)`.
        class_names: The classes in their order, if that was told: 0, 1, ... stand for them.
        where: What the labels are called, for messages.
        limits: How many classes there may be.

    Raises:
        DatasetUnusable: A label is no whole number, or stands for no name, or there are too many.
    """
    named = [column for column in labels if isinstance(column, NamedLabels)]
    numbers = [
        whole_numbers(column, where) for column in labels if not isinstance(column, NamedLabels)
    ]
    if named and numbers:
        raise DatasetUnusable(
            f"{where}: expected names in every split, or whole numbers in every split. "
            "Received: both"
        )
    if named:
        return _by_name(named, class_names, where)
    values = np.unique(np.concatenate(numbers))
    limits.check_classes(len(values))
    if class_names is None:
        names = [str(value) for value in values]
        return tuple(names), [np.searchsorted(values, column) for column in numbers]
    outside = values[(values < 0) | (values >= len(class_names))]
    if outside.size:
        raise DatasetUnusable(
            f"{where}: expected 0 to {len(class_names) - 1}, the {len(class_names)} class names. "
            f"Received: {listed([str(value) for value in outside])}"
        )
    return tuple(class_names), numbers


def whole_numbers(labels: NDArray[Any], where: str) -> NDArray[np.int64]:
    """Labels as integers; 3.0 is one, 3.5 is none.

    Raises:
        DatasetUnusable: One is no whole number.
    """
    with np.errstate(invalid="ignore"):
        numbers = labels.astype(np.int64)
    wrong = np.flatnonzero(numbers != labels)
    if wrong.size:
        raise DatasetUnusable(
            f"{where}: {wrong.size} labels are no whole numbers. "
            f"Received: {labels[wrong[0]]} at index {wrong[0]}"
        )
    return numbers


def _by_name(
    columns: list[NamedLabels], class_names: Sequence[str] | None, where: str
) -> tuple[tuple[str, ...], list[NDArray[np.int64]]]:
    if blank := sum(int(np.isin(c.codes, _blanks(c.names)).sum()) for c in columns):
        raise DatasetUnusable(f"{where}: {blank} labels are empty")
    present = in_natural_order([name for column in columns for name in column.names])
    names = present if class_names is None else class_names
    index = {name: i for i, name in enumerate(names)}
    if unknown := [name for name in present if name not in index]:
        raise DatasetUnusable(
            f"{where}: expected only names of classes, {listed(names)}. Received: {listed(unknown)}"
        )
    return tuple(names), [
        np.array([index[name] for name in column.names], np.int64)[column.codes]
        for column in columns
    ]


def _blanks(names: Sequence[str]) -> list[int]:
    return [code for code, name in enumerate(names) if not name]
