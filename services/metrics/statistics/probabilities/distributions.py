"""A distribution over the classes for each sample."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.arrays import Floats
from services.metrics.options.evaluation import Ties
from services.metrics.statistics.ranking.ranked import Ranked


class Probabilities:
    """A distribution over the classes for each sample.

    Args:
        probabilities: float32 or float64, shape `(n, n_classes)`, rows sum to one.
        codes: The class of each sample, integers in `[0, n_classes)`.
        weight: float64, shape `(n,)`; None if all weigh 1.
        ties: What equal probabilities are to the rank of the true class.
    """

    def __init__(
        self,
        probabilities: NDArray[Any],
        codes: NDArray[Any],
        weight: Floats | None = None,
        ties: Ties = "label_order",
    ) -> None:
        self.ties: Ties = ties
        self.values, self.codes, self.weight = probabilities, codes, weight
        self.n_classes = probabilities.shape[1]

    @cached_property
    def of_truth(self) -> Floats:
        """The probability of each sample's own class."""
        rows = np.arange(len(self.codes))
        return self.values[rows, self.codes].astype(np.float64)

    @cached_property
    def predicted(self) -> NDArray[np.intp]:
        """The class of the highest probability, the first of equals."""
        return self.values.argmax(axis=1)

    @cached_property
    def confidence(self) -> Floats:
        """The highest probability of each sample."""
        rows = np.arange(len(self.codes))
        return self.values[rows, self.predicted].astype(np.float64)

    @cached_property
    def hit(self) -> NDArray[np.bool_]:
        """Whether the class of the highest probability is the true one."""
        return self.predicted == self.codes

    @cached_property
    def surest(self) -> Ranked:
        """The samples in the order of confidence; positive where it is justified."""
        return Ranked(self.confidence, self.hit.astype(np.intp), 1, 2, self.weight)

    @cached_property
    def square_sum(self) -> Floats:
        """The sum of each sample's squared probabilities."""
        wide = self.values.astype(np.float64, copy=False)
        return np.einsum("ij,ij->i", wide, wide)

    @cached_property
    def ranks_of_truth(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """How many classes come before the true one, and in at most how many more orders.

        The true class has each rank from the first to the first plus the second alike: where
        ties are settled one way, there is one rank and the second is 0.
        """
        own = self.values[np.arange(len(self.codes)), self.codes][:, None]
        above, equal = self.values > own, self.values == own
        none = np.zeros(len(self.codes), np.intp)
        match self.ties:
            case "label_order":
                earlier = np.arange(self.n_classes) < self.codes[:, None]
                return (above | (equal & earlier)).sum(axis=1), none
            case "pessimistic":
                return (above | equal).sum(axis=1) - 1, none
            case "optimistic":
                return above.sum(axis=1), none
            case "expected":
                return above.sum(axis=1), equal.sum(axis=1) - 1

    @cached_property
    def class_shares(self) -> Floats:
        """The share of each class in the truth."""
        counts = np.bincount(self.codes, self.weight, minlength=self.n_classes)
        return counts / counts.sum()

    @cached_property
    def brier_terms(self) -> Floats:
        """Each sample's sum of squared differences, expanded so that no copy is made."""
        return self.square_sum - 2 * self.of_truth + 1

    @cached_property
    def log_terms(self) -> Floats:
        """Each sample's -ln p of its own class; infinite at p = 0."""
        return -np.log(self.of_truth)

    def mean(self, values: NDArray[Any]) -> float:
        """The weighted mean over the samples."""
        if self.weight is None:
            return float(values.mean(dtype=np.float64))
        return float((values * self.weight).sum() / self.weight.sum())
