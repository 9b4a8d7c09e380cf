"""Counts every pair of true and predicted label once; all else follows from the table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.coding import (
    CHUNK_SAMPLES,
    DENSE_SPAN,
    Coding,
    declared_labels,
    make_coding,
    position_of,
    refuse_undeclared,
    too_many_classes,
    unsigned,
)
from services.metrics.labels import Label, LabelArray, LabelKind, kind_of_all


@dataclass(frozen=True, slots=True)
class Confusion:
    """The confusion matrix of a set of samples.

    Attributes:
        labels: The classes, in the order of the lines of the matrix.
        matrix: int64 (float64 when weighted), shape `(n_classes, n_classes)`; entry `[i, j]`
            is the weight of the samples of class i that were predicted as class j.
        n_samples: How many samples were counted, whatever their weight.
        squared_weight_sum: Sum of the squared weights; None without weights.
    """

    labels: tuple[Label, ...]
    matrix: NDArray[Any]
    n_samples: int
    squared_weight_sum: float | None = None


def count(
    y_true: LabelArray,
    y_pred: LabelArray,
    *,
    labels: LabelArray | None = None,
    sample_weight: NDArray[np.float64] | None = None,
    max_classes: int,
) -> Confusion:
    """The confusion matrix of true and predicted labels.

    Args:
        y_true: The true label of each sample.
        y_pred: The predicted label of each sample, of the same kind and length.
        labels: The classes and their order; must hold every label that occurs. By default
            the labels that occur, ascending.
        sample_weight: float64, shape `(n,)`, finite and not negative; 1 by default.
        max_classes: The most classes that a matrix is made for.

    Raises:
        InvalidLabels: Kinds differ, a label occurs that is not declared, or one is declared twice.
        TooManyClasses: There are more classes than `max_classes`.
    """
    columns = [("#/y_true", y_true), ("#/y_pred", y_pred)]
    declared = None if labels is None else declared_labels(labels, max_classes)
    if labels is not None:
        columns.append(("#/labels", labels))
    coding, table = _counted(columns, sample_weight, max_classes)
    squared = None if sample_weight is None else float(np.square(sample_weight).sum())
    if declared is None:
        seen = np.flatnonzero(_occurring(table, coding, y_true, y_pred, sample_weight))
        names = tuple(coding.labels[i] for i in seen.tolist())
    else:
        names = declared
        seen = np.array([position_of(coding, name) for name in declared], dtype=np.intp)
        refuse_undeclared(coding, seen, columns[:2])
    if len(names) > max_classes:
        raise too_many_classes(len(names), max_classes)
    whole = len(seen) == len(table) and bool((np.diff(seen) == 1).all())
    return Confusion(names, table if whole else table[np.ix_(seen, seen)], len(y_true), squared)


def _counted(
    columns: Sequence[tuple[str, LabelArray]],
    sample_weight: NDArray[np.float64] | None,
    max_classes: int,
) -> tuple[Coding, NDArray[Any]]:
    """The candidates and the table over them."""
    kind = kind_of_all(columns)
    arrays = [column for _, column in columns]
    if kind is LabelKind.INTEGER and len(arrays) == 2:  # noqa: PLR2004  no labels declared
        table = _count_small(arrays[0], arrays[1], sample_weight, min(DENSE_SPAN, max_classes))
        if table is not None:
            return Coding(range(len(table)), 0, (None, None)), table
    coding = make_coding(arrays, kind, max_classes)
    return coding, count_table(coding, arrays[0], arrays[1], sample_weight)


def _count_small(
    y_true: LabelArray,
    y_pred: LabelArray,
    sample_weight: NDArray[np.float64] | None,
    limit: int,
) -> NDArray[Any] | None:
    """The table over 0, 1, 2, ... in one pass over memory; None if a label is not below limit.

    The greatest label so far sets the size of the table, which grows when a piece of the
    samples has a greater one.
    """
    size = 0
    table = np.zeros((0, 0), np.int64 if sample_weight is None else np.float64)
    buffer = np.empty(CHUNK_SAMPLES, np.intp)
    for start in range(0, len(y_true), CHUNK_SAMPLES):
        piece = slice(start, start + CHUNK_SAMPLES)
        true, predicted = y_true.codes[piece], y_pred.codes[piece]
        # Read without sign, a negative label is a huge one.
        greatest = max(int(unsigned(true).max()), int(unsigned(predicted).max()))
        if greatest >= limit:
            return None
        if greatest >= size:
            table = np.pad(table, (0, greatest + 1 - size))
            size = greatest + 1
        index = buffer[: len(true)]
        np.multiply(true, size, out=index, dtype=np.intp, casting="unsafe")
        np.add(index, predicted, out=index, dtype=np.intp, casting="unsafe")
        weights = None if sample_weight is None else sample_weight[piece]
        table += np.bincount(index, weights, minlength=size * size).reshape(size, size)
    return table


def count_table(
    coding: Coding,
    y_true: LabelArray,
    y_pred: LabelArray,
    sample_weight: NDArray[np.float64] | None = None,
) -> NDArray[Any]:
    """The table over all candidates, counted in pieces that need little memory."""
    size = len(coding.labels)
    cells = size * size
    table = np.zeros(cells, np.int64 if sample_weight is None else np.float64)
    step = max(CHUNK_SAMPLES, min(4 * cells, 1 << 22))
    for start in range(0, len(y_true), step):
        piece = slice(start, start + step)
        index = coding.positions(0, y_true.codes[piece]) * size
        index += coding.positions(1, y_pred.codes[piece])
        weights = None if sample_weight is None else sample_weight[piece]
        table += np.bincount(index, weights, minlength=cells)
    return table.reshape(size, size)


def _occurring(
    table: NDArray[Any],
    coding: Coding,
    y_true: LabelArray,
    y_pred: LabelArray,
    sample_weight: NDArray[np.float64] | None,
) -> NDArray[np.bool_]:
    """Which candidates occur; a sample of weight zero occurs too."""
    if sample_weight is not None and not sample_weight.all():
        table = count_table(coding, y_true, y_pred)
    return np.logical_or(table.any(axis=0), table.any(axis=1))
