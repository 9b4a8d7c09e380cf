"""Samples gathered by their probability: what the calibration is computed from."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.arrays import Floats, silent
from services.metrics.statistics.calibration.logistic import cox_line
from services.metrics.statistics.ranking.ranked import Ranked


@dataclass(frozen=True, slots=True)
class Bins:
    """Samples gathered by probability; empty bins are left out.

    Attributes:
        edges: The lower and upper edge of each bin; a bin holds what is above its lower edge
            and not above its upper, the first also 0.
        weight: The weight of the samples of each bin.
        probability: Their mean probability.
        outcome: How often the predicted thing was true.
    """

    edges: Floats
    weight: Floats
    probability: Floats
    outcome: Floats

    @property
    def gaps(self) -> Floats:
        """How much more often it was true than predicted."""
        return self.outcome - self.probability

    @property
    def shares(self) -> Floats:
        """Each bin's share of the weight."""
        return self.weight / self.weight.sum()


def equal_edges(n_bins: int) -> Floats:
    """The edges of bins of equal width over [0, 1]; each bin is `(low, high]`."""
    return np.linspace(0.0, 1.0, n_bins + 1)


class Calibration:
    """The calibration of the highest probability, or of one class's.

    Args:
        probability: The distinct probabilities, ascending, float64, shape `(m,)`.
        true: The weight of the samples at each where the predicted thing was true.
        weight: The weight of all samples at each.
        n_bins: How many bins the errors are taken over.
        weighted: Whether the weights are more than counts.
    """

    def __init__(
        self,
        probability: Floats,
        true: Floats,
        weight: Floats,
        n_bins: int,
        *,
        weighted: bool = False,
    ) -> None:
        self.probability, self.true, self.weight, self.n_bins = probability, true, weight, n_bins
        self.weighted = weighted
        self.memory: dict[Callable[..., Any], Any] = {}

    @classmethod
    def of_class(cls, ranked: Ranked, n_bins: int) -> "Calibration":
        """That of a class's probability, from its ranking."""
        weight = ranked.tp_steps + ranked.fp_steps
        return cls(
            ranked.thresholds[::-1],
            ranked.tp_steps[::-1],
            weight[::-1],
            n_bins,
            weighted=ranked.weighted,
        )

    @classmethod
    def of_samples(
        cls, probability: Floats, true: NDArray[Any], weight: Floats | None, n_bins: int
    ) -> "Calibration":
        """That of any statement, given for each sample its probability and whether it is true."""
        return cls.of_class(Ranked(probability, true.astype(np.intp), 1, 2, weight), n_bins)

    @cached_property
    def total(self) -> float:
        """The weight of all samples."""
        return float(self.weight.sum())

    @cached_property
    def equal_width(self) -> Bins:
        """Bins of equal width."""
        return self._gathered(equal_edges(self.n_bins))

    @cached_property
    def equal_mass(self) -> Bins:
        """Bins of about equal weight; equal probabilities stay together."""
        shares = np.arange(1, self.n_bins) / self.n_bins * self.total
        last = np.searchsorted(self.weight.cumsum(), shares)
        inner = np.unique(self.probability[last])
        return self._gathered(np.concatenate(([0.0], inner[(inner > 0) & (inner < 1)], [1.0])))

    @cached_property
    def line(self) -> tuple[float, float]:
        """Cox's intercept and slope."""
        return cox_line(self.logit, self.true, self.weight)

    @cached_property
    def logarithms(self) -> tuple[Floats, Floats]:
        """Natural ones of p and of 1 - p; -inf where they are 0."""
        with silent():
            return np.log(self.probability), np.log(1 - self.probability)

    @cached_property
    def logit(self) -> Floats:
        """Natural logarithm of p / (1 - p); infinite at 0 and 1."""
        of_true, of_false = self.logarithms
        return of_true - of_false

    @property
    def mean_probability(self) -> float:
        """Over the samples."""
        return float(self.weight @ self.probability / self.total)

    @property
    def mean_outcome(self) -> float:
        """How often it was true."""
        return float(self.true.sum() / self.total)

    def _gathered(self, edges: Floats) -> Bins:
        inner = np.searchsorted(self.probability, edges[1:-1], side="right")  # (low, high]
        starts = np.concatenate(([0], inner))
        kept = np.diff(starts, append=len(self.probability)) > 0
        first = starts[kept]
        weight = np.add.reduceat(self.weight, first)
        return Bins(
            np.stack((edges[:-1], edges[1:]), axis=1)[kept],
            weight,
            np.add.reduceat(self.weight * self.probability, first) / weight,
            np.add.reduceat(self.true, first) / weight,
        )
