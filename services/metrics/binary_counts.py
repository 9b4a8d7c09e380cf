"""One class against the rest: the four counts, their sums, and the rates that follow."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from services.metrics.arrays import Floats


@dataclass(frozen=True, slots=True)
class Parameters:
    """The free constants of the formulas that have one.

    Attributes:
        beta: How many times recall counts as much as precision in the F-beta score.
        iba_alpha: Weight of the dominance in the index of balanced accuracy.
        tversky_alpha: Weight of false negatives in the Tversky index.
        tversky_beta: Weight of false positives in the Tversky index.
        threshold_probability: Where net benefit weighs false against true positives.
        prevalence: The share of positives where a class's predictive values are wished for.
        degenerate_matthews: What Matthews' coefficient is where a margin is empty: `null`
            (undefined), `zero`, or `limit`: 1 if all samples are of one class and right, -1
            if all are of one class and predicted as one other, else 0.
        agreement_weights: The system of credits for near misses in weighted agreement.
        cost_matrix: What a sample costs by true and predicted class, shape `(K, K)`; None if
            every error costs 1.
    """

    beta: float = 2.0
    iba_alpha: float = 1.0
    tversky_alpha: float = 0.5
    tversky_beta: float = 0.5
    threshold_probability: float = 0.5
    prevalence: float = 0.5
    degenerate_matthews: str = "null"
    agreement_weights: str = "ordinal"
    cost_matrix: Floats | None = None


def mended_matthews(value: Floats, cells: Any, right: Any, rule: str) -> Floats:
    """Matthews' coefficient with what stands for 0/0.

    Args:
        value: NaN where a margin is empty.
        cells: How many cells of the matrix are not empty.
        right: Whether there are hits.
        rule: As in `Parameters.degenerate_matthews`.

    References:
        Chicco & Jurman 2020, BMC Genomics 21:6.
    """
    if rule == "null":
        return value
    single = np.where(right, 1.0, -1.0) if rule == "limit" else 0.0
    return np.where(np.isnan(value), np.where(cells == 1, single, 0.0), value)


class BinaryCounts:
    """True and false positives and negatives, float64 arrays of one shape, and their sums."""

    def __init__(
        self, tp: Floats, fp: Floats, fn: Floats, tn: Floats, parameters: Parameters | None = None
    ) -> None:
        self.tp, self.fp, self.fn, self.tn = tp, fp, fn, tn
        self.parameters = parameters or Parameters()

    @cached_property
    def actual(self) -> Floats:
        """Samples of the class: TP + FN."""
        return self.tp + self.fn

    @cached_property
    def negatives(self) -> Floats:
        """Samples of other classes: FP + TN."""
        return self.fp + self.tn

    @cached_property
    def predicted(self) -> Floats:
        """Samples predicted as the class: TP + FP."""
        return self.tp + self.fp

    @cached_property
    def rejected(self) -> Floats:
        """Samples predicted as another class: FN + TN."""
        return self.fn + self.tn

    @cached_property
    def wrong(self) -> Floats:
        """FP + FN."""
        return self.fp + self.fn

    @cached_property
    def n(self) -> Floats:
        """All samples."""
        return self.tp + self.fp + self.fn + self.tn

    @cached_property
    def tpr(self) -> Floats:
        """True positive rate, recall."""
        return self.tp / self.actual

    @cached_property
    def tnr(self) -> Floats:
        """True negative rate, specificity."""
        return self.tn / self.negatives

    @cached_property
    def ppv(self) -> Floats:
        """Positive predictive value, precision."""
        return self.tp / self.predicted

    @cached_property
    def npv(self) -> Floats:
        """Negative predictive value."""
        return self.tn / self.rejected

    @cached_property
    def fpr(self) -> Floats:
        """False positive rate."""
        return self.fp / self.negatives

    @cached_property
    def fnr(self) -> Floats:
        """False negative rate."""
        return self.fn / self.actual

    @cached_property
    def cross(self) -> Floats:
        """TP x TN - FP x FN."""
        return self.tp * self.tn - self.fp * self.fn

    def summed(self) -> "BinaryCounts":
        """The counts of all classes added up: what micro-averages are computed from."""
        tp, fp, fn, tn = (
            x.sum(axis=-1, keepdims=True) for x in (self.tp, self.fp, self.fn, self.tn)
        )
        return BinaryCounts(tp, fp, fn, tn, self.parameters)
