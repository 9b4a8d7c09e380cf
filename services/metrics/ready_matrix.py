"""Evaluates a confusion matrix that somebody else counted."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics import bootstrap
from services.metrics.coding import declared_labels
from services.metrics.confusion import Confusion
from services.metrics.faults import (
    InvalidNumbers,
    InvalidOption,
    LengthMismatch,
    TooManyClasses,
    one_fault,
    shown,
)
from services.metrics.labels import LabelArray, LabelKind
from services.metrics.limits import Limits
from services.metrics.marking import (
    asides,
    chosen_parameters,
    label_intervals,
    marked,
    selected,
)
from services.metrics.options.evaluation import EvaluationOptions
from services.metrics.report import Undefined
from services.metrics.resampling import table_plan
from services.metrics.scored import positive_index
from services.metrics.tables import Table
from services.metrics.values import compute

# Up to here every whole number is a float64, and sums are exact.
MOST_COUNTED = 2.0**53
# What is said of single samples, of which a matrix knows nothing.
_OF_SAMPLES = ("ignore", "strata", "threshold", "score_type", "score_bootstrap_replicates")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyMatrix:
    """A confusion matrix in the place of samples.

    Attributes:
        matrix: int64 counts or float64 weights, shape `(K, K)`, rows are the truth.
        labels: The classes in the order of the lines.
        cost_matrix: What a sample costs by true and predicted class, shape `(K, K)`.
    """

    matrix: NDArray[Any]
    labels: LabelArray
    cost_matrix: NDArray[Any] | None = None

    @property
    def counts(self) -> bool:
        """Whether the cells are counts of samples, not sums of weights."""
        return np.issubdtype(self.matrix.dtype, np.integer)


def ready_matrix(
    cells: NDArray[Any], labels: LabelArray | None, cost_matrix: NDArray[Any] | None = None
) -> ReadyMatrix:
    """A matrix with its classes, checked.

    Args:
        cells: Finite numbers. If all are whole they are counts, else weights.
        labels: The classes in the order of the lines; by default 0, 1, 2, ...
        cost_matrix: What a sample costs by true and predicted class.

    Raises:
        InvalidNumbers: It is not square, a cell is negative, or there is no sample, or too many.
        LengthMismatch: There is not one label for each line.
    """
    at = "#/confusion_matrix"
    if cells.ndim != 2 or cells.shape[0] != cells.shape[1]:  # noqa: PLR2004  rows and columns
        detail = f"A row and a column are needed for each class. Received: shape {cells.shape}."
        raise one_fault(InvalidNumbers, at, detail)
    if (cells < 0).any():
        i, j = (int(axis) for axis in np.argwhere(cells < 0)[0])
        detail = (
            "A cell counts samples or adds up their weights: zero or more. "
            f"Received: {shown(cells[i, j].item())} in row {i}, column {j}."
        )
        raise one_fault(InvalidNumbers, f"{at}/{i}/{j}", detail)
    total = float(cells.sum(dtype=np.float64))
    if not 0 < total <= MOST_COUNTED:
        detail = f"The cells must sum to more than 0 and at most 2^53. Received: a sum of {total}."
        raise one_fault(InvalidNumbers, at, detail)
    labels = labels or LabelArray(LabelKind.INTEGER, np.arange(len(cells)))
    if len(labels) != len(cells):
        detail = f"A label is needed for each of the {len(cells)} lines. Received: {len(labels)}."
        raise one_fault(LengthMismatch, "#/labels", detail)
    whole = bool((cells == np.floor(cells)).all())
    matrix = cells.astype(np.int64 if whole else np.float64)
    return ReadyMatrix(matrix=matrix, labels=labels, cost_matrix=cost_matrix)


def evaluate_matrix(
    ready: ReadyMatrix, options: EvaluationOptions, limits: Limits
) -> dict[str, Any]:
    """The answer to an evaluation of a matrix, as JSON writes it but for the matrix.

    What needs single samples is null and listed: which they are, and of weights how many, and
    so all intervals.

    Args:
        ready: The matrix.
        options: What the caller chose.
        limits: The most that a caller may ask for.

    Raises:
        InvalidInput: An option needs samples, or does not fit the matrix.
    """
    _refuse_what_needs_samples(ready, options)
    if len(ready.matrix) > limits.max_classes:
        detail = (
            f"There may be {limits.max_classes} classes (setting METRICS_MAX_CLASSES). "
            f"Received: {len(ready.matrix)}."
        )
        raise one_fault(TooManyClasses, "#/confusion_matrix", detail)
    names = declared_labels(ready.labels, limits.max_classes)
    squares = None if ready.counts else np.nan  # of the samples' weights, which nobody knows
    confusion = Confusion(names, ready.matrix, int(ready.matrix.sum()), squares)
    selection = selected(options, costs=ready.cost_matrix is not None)
    table = Table(ready.matrix, chosen_parameters(options, ready.cost_matrix, len(names)))
    values, undefined = compute(table, selection), Undefined()
    positive = positive_index(names, options.positive_label)
    answer = marked(confusion, table, values, selection, positive, undefined)
    answer |= asides(table, answer, selection)
    answer["intervals"] = label_intervals(confusion, table, values, selection, options)
    if not ready.counts:
        answer["n_samples"] = None
        unknown = "a matrix of weights does not say how many samples there are"
        for place in ("#/n_samples", "#/intervals/effective_samples"):
            undefined.note(np.nan, place, unknown)
    if "positions" in selection.groups:
        answer["positions"] = None
        undefined.note(np.nan, "#/positions", "a confusion matrix has no single samples")
    if options.bootstrap_replicates is not None:
        drawn = replace(selection, replicable_only=True)
        plan = table_plan(options, drawn, len(names), 0, limits)
        answer["bootstrap"] = bootstrap.report(
            ready.matrix, names, drawn, table.parameters, plan, None
        )
    answer["undefined"] = undefined.entries
    return answer


def _refuse_what_needs_samples(ready: ReadyMatrix, options: EvaluationOptions) -> None:
    for name in _OF_SAMPLES:
        if getattr(options, name) is not None:
            detail = f"A confusion matrix has no single samples. Received: {name}."
            raise one_fault(InvalidOption, f"#/{name}", detail)
    if options.bootstrap_replicates is not None and not ready.counts:
        detail = "Samples are drawn from counts. Received: a confusion matrix of weights."
        raise one_fault(InvalidOption, "#/bootstrap_replicates", detail)
