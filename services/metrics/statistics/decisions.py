"""Losses of decision scores, which are no probabilities."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.arrays import Floats
from services.metrics.statistics.definition import UNBOUNDED, Best, ScoreStatistic


class Decisions:
    """Scores of any scale, larger for a surer class.

    Args:
        scores: Shape `(n, n_classes)`; for one score a sample, its negative and itself.
        codes: The class of each sample, integers in `[0, n_classes)`.
        weight: float64, shape `(n,)`; None if all weigh 1.
        single: Whether there is one score a sample, whose sign is the decision.
    """

    def __init__(
        self,
        scores: NDArray[Any],
        codes: NDArray[Any],
        weight: Floats | None = None,
        *,
        single: bool = False,
    ) -> None:
        self.scores, self.codes, self.weight, self.single = scores, codes, weight, single

    def margins(self) -> Floats:
        """The true class's score less the best of the others; for a single score y s."""
        rows = np.arange(len(self.codes))
        own = self.scores[rows, self.codes].astype(np.float64)
        if self.single:
            return own
        rest = self.scores.astype(np.float64)
        rest[rows, self.codes] = -np.inf
        return own - rest.max(axis=1)


def hinge_loss(decisions: Decisions, power: int = 1) -> float:
    """The mean of max(0, 1 - margin) to a power."""
    terms = np.maximum(0.0, 1 - decisions.margins()) ** power
    return float(np.average(terms, weights=decisions.weight))


DECISIONS = (
    ScoreStatistic(
        id="hinge_loss",
        of="decision",
        title="Hinge loss",
        formula="mean max(0, 1 - m), m = y s for one score, else own score - best other",
        group="ranking",
        compute=hinge_loss,
        high=UNBOUNDED,
        best=Best.LOWER,
        aliases=("hinge_loss",),
        reference="Crammer & Singer 2001, Journal of Machine Learning Research 2",
    ),
    ScoreStatistic(
        id="squared_hinge_loss",
        of="decision",
        title="Squared hinge loss",
        formula="mean max(0, 1 - m)^2",
        group="ranking",
        compute=lambda d: hinge_loss(d, 2),
        high=UNBOUNDED,
        best=Best.LOWER,
        reference="Crammer & Singer 2001, Journal of Machine Learning Research 2",
    ),
)
