"""Samples in the order of a score: what every curve and area is computed from."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.arrays import Floats
from services.metrics.statistics.ranking.steps import Steps, ends_of


class Ranked(Steps):
    """One class against the rest, from the highest score to the lowest; ties are one step.

    Args:
        score: float32 or float64, shape `(n,)`, larger for a surer positive.
        codes: The class of each sample, integers in `[0, n_classes)`, shape `(n,)`.
        positive: The class that counts as positive.
        n_classes: K.
        weight: float64, shape `(n,)`; None if all weigh 1.
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
        super().__init__(
            ordered[ends].astype(np.float64),
            _steps(hits, self._weight, ends),
            _steps(~hits, self._weight, ends),
            weighted=weight is not None,
        )

    def steps_with(self, weight: Floats) -> tuple[Floats, Floats]:
        """The steps of positives and of negatives if the samples had other weights."""
        ordered, hits = weight[self._order], self._codes == self._positive
        return _steps(hits, ordered, self._ends), _steps(~hits, ordered, self._ends)

    @cached_property
    def _own_steps(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """The steps that hold positives: their places, the first of each step, the steps."""
        places = np.flatnonzero(self._codes == self._positive)
        steps, firsts = np.unique(np.searchsorted(self._ends, places), return_index=True)
        return places, firsts, steps

    def own_steps_with(self, weight: Floats) -> tuple[Floats, Floats, Floats]:
        """What the areas need of the samples if they had other weights, and little more.

        Returns:
            At each threshold that a positive has: the weight of positives, of negatives, and of
            all negatives there and above; each of shape `(m,)`. And no positive is elsewhere.
        """
        places, firsts, steps = self._own_steps
        ordered = weight[self._order]
        upto = np.zeros(len(ordered) + 1)
        np.cumsum(ordered, out=upto[1:])
        positives = np.add.reduceat(ordered[places], firsts) if len(places) else np.zeros(0)
        last = upto[self._ends[steps] + 1]
        first = upto[np.where(steps > 0, self._ends[steps - 1] + 1, 0)]
        return positives, last - first - positives, last - positives.cumsum()

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

    @cached_property
    def effective_negatives(self) -> float:
        """How many equal negatives the weighted ones are worth."""
        return float(self.negatives**2 / np.float64(self.square_steps[1].sum()))

    def around_positives(self) -> tuple[Floats, Floats, Floats]:
        """Weights of every class below and at each score that a positive has, ascending.

        Returns:
            Below and at, of shape `(m, n_classes)`; and the positives' weights there.
        """
        own = np.flatnonzero(self.tp_steps > 0)  # steps with positives, from the highest score
        # Each step: an odd place if positives are there, even ones for what lies between.
        place = (self.tp_steps > 0).cumsum() * 2
        place[own] -= 1
        if len(self._ends) < len(self._codes):
            place = np.repeat(place, np.diff(self._ends, prepend=-1))
        k = self._n_classes
        cells = np.bincount(place * k + self._codes, self._weight, (2 * len(own) + 1) * k)
        weights = cells.reshape(-1, k)[::-1]
        at, upto = weights[1::2].astype(np.float64), weights.cumsum(axis=0, dtype=np.float64)
        return upto[:-1:2], at, self.tp_steps[own][::-1]

    def won_against(self) -> NDArray[Any]:
        """Pairs won against each other class, ties one half: shape `(n_classes,)`."""
        above = self.positives_above
        if len(self._ends) < len(self._codes):
            above = np.repeat(above, np.diff(self._ends, prepend=-1))
        if self._weight is not None:
            above = above * self._weight
        return np.bincount(self._codes, above, minlength=self._n_classes)


def pooled_steps(scores: NDArray[Any], own: NDArray[np.bool_], weight: Floats | None) -> Steps:
    """All scores together, as if each were a sample.

    Args:
        scores: float32 or float64, shape `(n, n_classes)`.
        own: Whether the class is true for the sample, the same shape.
        weight: float64, shape `(n,)`; None if all weigh 1.
    """
    if weight is None:
        return Steps.of_scores(scores, scores[own])
    repeated = np.repeat(weight, scores.shape[1])
    return Ranked(scores.ravel(), own.ravel(), 1, 2, repeated)


def _steps(chosen: NDArray[np.bool_], weight: Floats | None, ends: NDArray[np.intp]) -> Floats:
    values = chosen if weight is None else np.where(chosen, weight, 0.0)
    if len(ends) == len(chosen):
        return values.astype(np.float64)
    starts = np.concatenate(([0], ends[:-1] + 1))
    return np.add.reduceat(values, starts, dtype=np.float64)
