"""Samples in the order of a score: what every curve and area is computed from."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.tables import Floats


class Ranked:
    """One class against the rest, from the highest score to the lowest; ties are one step.

    Args:
        score: float32 or float64, shape `(n,)`, larger for a surer positive.
        codes: The class of each sample, integers in `[0, n_classes)`, shape `(n,)`.
        positive: The class that counts as positive.
        n_classes: K.
        weight: float64, shape `(n,)`; None if all weigh 1.

    Attributes:
        thresholds: The distinct scores, descending, shape `(m,)`.
        tp_steps: Weight of the positives at each threshold.
        fp_steps: Weight of the negatives at each threshold.
    """

    def __init__(
        self,
        score: NDArray[Any],
        codes: NDArray[Any],
        positive: int,
        n_classes: int,
        weight: Floats | None = None,
    ) -> None:
        order = np.argsort(score)[::-1]
        ordered = score[order]
        self._order, self._positive, self._ends = order, positive, ends_of(ordered)
        self._codes = codes[order]
        self._weight = None if weight is None else weight[order]
        self._n_classes = n_classes
        ends = self._ends
        hits = self._codes == positive
        self.thresholds: Floats = ordered[ends].astype(np.float64)
        self.tp_steps = _steps(hits, self._weight, ends)
        self.fp_steps = _steps(~hits, self._weight, ends)
        self._sizes = np.diff(ends, prepend=-1)
        self.weighted = weight is not None
        self.memory: dict[Callable[..., Any], Any] = {}

    def steps_with(self, weight: Floats) -> tuple[Floats, Floats]:
        """The steps of positives and of negatives if the samples had other weights."""
        ordered, hits = weight[self._order], self._codes == self._positive
        return _steps(hits, ordered, self._ends), _steps(~hits, ordered, self._ends)

    @cached_property
    def square_steps(self) -> tuple[Floats, Floats]:
        """The squared weights of the positives, and of the negatives, at each threshold."""
        if self._weight is None:
            return self.tp_steps, self.fp_steps
        hits, squares = self._codes == self._positive, self._weight**2
        return _steps(hits, squares, self._ends), _steps(~hits, squares, self._ends)

    @cached_property
    def effective_positives(self) -> float:
        """How many equal positives the weighted ones are worth (Kish 1965)."""
        return float(self.positives**2 / np.float64(self.square_steps[0].sum()))

    @property
    def ascending(self) -> tuple[NDArray[np.intp], NDArray[Any], Floats | None]:
        """The samples from the lowest score to the highest: places, classes and weights."""
        weight = None if self._weight is None else self._weight[::-1]
        return self._order[::-1], self._codes[::-1], weight

    @cached_property
    def tp(self) -> Floats:
        """True positives when every score at or above the threshold is positive."""
        return self.tp_steps.cumsum()

    @cached_property
    def fp(self) -> Floats:
        """False positives, likewise."""
        return self.fp_steps.cumsum()

    @property
    def distinct(self) -> bool:
        """Whether no two samples have the same score."""
        return len(self._ends) == len(self._codes)

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
        """False and true positive rates, from (0, 0)."""
        return np.concatenate(([0.0], self.fpr)), np.concatenate(([0.0], self.tpr))

    @cached_property
    def precision(self) -> Floats:
        """Precision at each threshold."""
        return self.tp / self.called

    @cached_property
    def positives_above(self) -> Floats:
        """For each threshold, the weight of positives above it and half of those at it."""
        return self.tp - self.tp_steps / 2

    @cached_property
    def negatives_below(self) -> Floats:
        """For each threshold, the weight of negatives below it and half of those at it."""
        return self.negatives - self.fp + self.fp_steps / 2

    def won_against(self) -> NDArray[Any]:
        """Pairs won against each other class, ties one half: shape `(n_classes,)`."""
        above = np.repeat(self.positives_above, self._sizes)
        if self._weight is not None:
            above = above * self._weight
        return np.bincount(self._codes, above, minlength=self._n_classes)


def ends_of(ordered: NDArray[Any]) -> NDArray[np.intp]:
    """Where each run of equal scores ends."""
    return np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)


def _steps(chosen: NDArray[np.bool_], weight: Floats | None, ends: NDArray[np.intp]) -> Floats:
    values = chosen if weight is None else np.where(chosen, weight, 0.0)
    if len(ends) == len(chosen):
        return values.astype(np.float64)
    starts = np.concatenate(([0], ends[:-1] + 1))
    return np.add.reduceat(values, starts, dtype=np.float64)
