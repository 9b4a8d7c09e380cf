"""What is to be marked: arrays with one entry for each sample, checked against each other."""

from collections.abc import Mapping, Sized
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.arrays import Floats
from services.metrics.faults import InvalidNumbers, LengthMismatch, one_fault, shown
from services.metrics.labels import LabelArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """The arrays of one evaluation.

    Attributes:
        y_true: The true label of each sample.
        y_pred: The predicted label of each sample; None if the scores say it.
        labels: The classes and their order; None if the samples say them.
        sample_weight: float64, shape `(n,)`, not negative; None if all weigh 1.
        y_score: float32 or float64, shape `(n,)` for the positive class of two, or
            `(n, n_classes)` in the order of `labels`.
        groups: By name, the group of each sample.
        cost_matrix: What a sample costs, by true and predicted class in the order of
            `labels`, shape `(n_classes, n_classes)`.
    """

    y_true: LabelArray
    y_pred: LabelArray | None = None
    labels: LabelArray | None = None
    sample_weight: Floats | None = None
    y_score: NDArray[Any] | None = None
    groups: Mapping[str, LabelArray] = field(default_factory=dict)
    cost_matrix: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together.

        Raises:
            LengthMismatch: Lengths differ, there is no sample, or nothing was predicted.
        """
        n = len(self.y_true)
        if n == 0:
            raise one_fault(
                LengthMismatch, "#/y_true", "At least one sample is needed. Received: none."
            )
        if self.labels is not None and len(self.labels) == 0:
            detail = "At least one class is needed. Received: none."
            raise one_fault(LengthMismatch, "#/labels", detail)
        if self.y_pred is None and self.y_score is None:
            detail = "y_pred or y_score is needed. Received: neither."
            raise one_fault(LengthMismatch, "#/y_pred", detail)
        for name in ("y_pred", "sample_weight", "y_score"):
            check_length(getattr(self, name), n, f"#/{name}")
        for name, values in self.groups.items():
            check_length(values, n, f"#/groups/{name}")


def check_length(values: Sized | None, n: int, pointer: str) -> None:
    """Raise LengthMismatch unless there is one entry for each of n samples, or no array."""
    if values is not None and len(values) != n:
        detail = f"One entry is needed for each of the {n} in y_true. Received: {len(values)}."
        raise one_fault(LengthMismatch, pointer, detail)


def checked_weights(values: NDArray[Any], pointer: str = "#/sample_weight") -> Floats:
    """Sample weights as float64.

    Raises:
        InvalidNumbers: One is not finite or negative, or their sum is not a positive number.
    """
    weights = _numbers(values, pointer, dimensions=(1,)).astype(np.float64, copy=False)
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if wrong.size:
        index = int(wrong[0])
        detail = (
            "A weight is a finite number, zero or more. "
            f"Received: {shown(float(weights[index]))} at index {index}."
        )
        raise one_fault(InvalidNumbers, f"{pointer}/{index}", detail)
    total = float(weights.sum())
    if weights.size and not 0 < total < np.inf:
        detail = f"The weights must have a finite sum above zero. Received: a sum of {total}."
        raise one_fault(InvalidNumbers, pointer, detail)
    return weights


def checked_scores(values: NDArray[Any], pointer: str = "#/y_score") -> NDArray[Any]:
    """Scores as float32 or float64, finite.

    Raises:
        InvalidNumbers: One is not finite, or the array is not one for each sample, or one
            for each sample and class.
    """
    scores = _numbers(values, pointer, dimensions=(1, 2))
    if scores.dtype not in (np.float32, np.float64):
        scores = scores.astype(np.float64)
    # A sum is finite only if all terms are; large ones may overflow, so it proves one way.
    if not np.isfinite(scores.sum()) and not (finite := np.isfinite(scores)).all():
        place = tuple(int(axis) for axis in np.argwhere(~finite)[0])
        detail = (
            f"A score is a finite number. Received: {shown(float(scores[place]))} at {list(place)}."
        )
        raise one_fault(InvalidNumbers, "/".join([pointer, *map(str, place)]), detail)
    return scores


def _numbers(values: NDArray[Any], pointer: str, *, dimensions: tuple[int, ...]) -> NDArray[Any]:
    if values.dtype.kind not in "fiu" or values.dtype.itemsize > 8:  # noqa: PLR2004  bytes
        detail = f"Numbers are expected. Received: dtype {values.dtype}."
        raise one_fault(InvalidNumbers, pointer, detail)
    if values.ndim not in dimensions:
        shapes = " or ".join("(n,)" if d == 1 else "(n, n_classes)" for d in dimensions)
        detail = f"An array of shape {shapes} is expected. Received: shape {values.shape}."
        raise one_fault(InvalidNumbers, pointer, detail)
    return values.astype(values.dtype.newbyteorder("="), copy=False)
