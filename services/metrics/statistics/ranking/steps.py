"""What each threshold adds: all that curves and areas are computed from."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.arrays import Floats


class Steps:
    """The way from the highest threshold to the lowest; ties are one step.

    Args:
        thresholds: The distinct scores, descending, float64, shape `(m,)`.
        tp_steps: Weight of the positives at each threshold.
        fp_steps: Weight of the negatives at each threshold.

    Attributes:
        weighted: Whether the weights are more than counts.
        costs: What a sample costs, `[[TN, FP], [FN, TP]]`; None if nobody says, or if there are
            more than two classes.
    """

    costs: Floats | None = None

    def __init__(
        self, thresholds: Floats, tp_steps: Floats, fp_steps: Floats, *, weighted: bool = False
    ) -> None:
        self.thresholds, self.tp_steps, self.fp_steps = thresholds, tp_steps, fp_steps
        self.weighted = weighted
        self.memory: dict[Callable[..., Any], Any] = {}

    @classmethod
    def of_scores(cls, scores: NDArray[Any], positive: NDArray[Any]) -> "Steps":
        """Those of samples that all weigh 1.

        Numbers are sorted several times faster than the order of numbers is found, and it is
        enough to know where the positives stand.

        Args:
            scores: The scores of all samples, any shape.
            positive: The scores of the positives, which are among them.
        """
        ordered = np.sort(scores, axis=None)
        ends = ends_of(ordered)
        distinct = ordered[ends]
        hits = np.bincount(np.searchsorted(distinct, np.sort(positive)), minlength=len(ends))
        sizes = np.diff(ends, prepend=-1)
        thresholds, tp_steps, fp_steps = (
            values[::-1].astype(np.float64) for values in (distinct, hits, sizes - hits)
        )
        return cls(thresholds, tp_steps, fp_steps)

    @cached_property
    def tp(self) -> Floats:
        """True positives when every score at or above the threshold is positive."""
        return self.tp_steps.cumsum()

    @cached_property
    def fp(self) -> Floats:
        """False positives, likewise."""
        return self.fp_steps.cumsum()

    @cached_property
    def called(self) -> Floats:
        """The weight of all samples at or above each threshold."""
        return self.tp + self.fp

    @cached_property
    def positives(self) -> float:
        """Weight of the positives."""
        return float(self.tp[-1])

    @cached_property
    def negatives(self) -> float:
        """Weight of the negatives."""
        return float(self.fp[-1])

    @cached_property
    def tpr(self) -> Floats:
        """Recall at each threshold; NaN without positives."""
        return self.tp / self.positives

    @cached_property
    def fpr(self) -> Floats:
        """False positive rate at each threshold; NaN without negatives."""
        return self.fp / self.negatives

    @cached_property
    def roc(self) -> tuple[Floats, Floats]:
        """False and true positive rates at the corners, from (0, 0)."""
        kept = self.corners
        return (
            np.concatenate(([0.0], self.fp[kept] / self.negatives)),
            np.concatenate(([0.0], self.tp[kept] / self.positives)),
        )

    @cached_property
    def precision(self) -> Floats:
        """Precision at each threshold."""
        return self.tp / self.called

    @cached_property
    def corners(self) -> NDArray[np.intp]:
        """The thresholds at which the ROC curve turns, and the last.

        Lines through (0, 0) and these points are the whole curve. They are the corners of
        every other curve too whose coordinates are sums of true and false positives.
        """
        up, along = self.tp_steps, self.fp_steps
        taken = np.flatnonzero(up + along) if self.weighted else None
        if taken is not None:  # a step of no weight would hide the corner before it
            up, along = up[taken], along[taken]
        turns = np.flatnonzero(along[:-1] * up[1:] != along[1:] * up[:-1])
        return np.append(turns if taken is None else taken[turns], len(self.tp_steps) - 1)

    @cached_property
    def positives_above(self) -> Floats:
        """For each threshold, the weight of positives above it and half of those at it."""
        return self.tp - self.tp_steps / 2

    @cached_property
    def negatives_below(self) -> Floats:
        """For each threshold, the weight of negatives below it and half of those at it."""
        return self.negatives - self.fp + self.fp_steps / 2


def ends_of(ordered: NDArray[Any]) -> NDArray[np.intp]:
    """Where each run of equal scores ends."""
    return np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)
