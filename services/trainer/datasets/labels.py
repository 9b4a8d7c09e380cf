"""Labels as people bring them, numbers or names, as indices of classes; pure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.trainer.datasets.examples import in_natural_order, listed
from services.trainer.errors import DatasetUnusable


def class_indices(
    labels: Sequence[NDArray[Any]], class_names: Sequence[str] | None, where: str
) -> tuple[tuple[str, ...], list[NDArray[np.int64]]]:
    """The names of the classes, and each array of labels as indices into them.

    Args:
        labels: One array for each split, shape `(n,)`: whole numbers, or names.
        class_names: What the numbers 0, 1, ... stand for, if that was told.
        where: What the labels are called, for messages.

    Raises:
        DatasetUnusable: A label is no whole number, or stands for no name.
    """
    if all(array.dtype.kind == "U" for array in labels):
        columns = [np.char.strip(array) for array in labels]
        if (blank := sum(int((column == "").sum()) for column in columns)) > 0:
            raise DatasetUnusable(f"{where}: {blank} labels are empty")
        names = in_natural_order([str(name) for column in columns for name in np.unique(column)])
        order = np.array(names)
        by_name = np.argsort(order, kind="stable")
        return tuple(names), [
            by_name[np.searchsorted(order, column, sorter=by_name)].astype(np.int64)
            for column in columns
        ]
    numbers = [whole_numbers(array, where) for array in labels]
    values = np.unique(np.concatenate(numbers))
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
    if labels.dtype.kind not in "biuf":
        raise DatasetUnusable(
            f"{where}: expected whole numbers, or names. Received: type {labels.dtype}"
        )
    with np.errstate(invalid="ignore"):
        numbers = labels.astype(np.int64)
    wrong = np.flatnonzero(numbers != labels)
    if wrong.size:
        raise DatasetUnusable(
            f"{where}: {wrong.size} labels are no whole numbers. "
            f"Received: {labels[wrong[0]]} at index {wrong[0]}"
        )
    return numbers
