"""Areas over all scores of all classes together: what micro averages are."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.statistics.ranking.areas import average_precision, roc_auc
from services.metrics.statistics.ranking.ranked import Ranked
from services.metrics.tables import Floats


@dataclass(frozen=True, slots=True)
class PooledAreas:
    """Areas where every sample counts once for each class, positive for its own."""

    roc_auc: float
    average_precision: float


def pooled_areas(
    scores: NDArray[Any], own: NDArray[np.bool_], weight: Floats | None
) -> PooledAreas:
    """The areas of all scores together.

    Args:
        scores: float32 or float64, shape `(n, n_classes)`.
        own: Whether the class is true for the sample, the same shape.
        weight: float64, shape `(n,)`; None if all weigh 1.
    """
    if weight is not None:
        repeated = np.repeat(weight, scores.shape[1])
        ranked = Ranked(scores.ravel(), own.ravel().astype(np.intp), 1, 2, repeated)
        return PooledAreas(roc_auc(ranked), average_precision(ranked))
    # Numbers are sorted several times faster than the order of numbers is found, and both
    # areas are sums over the positives of how many stand above each.
    everything, positive = np.sort(scores, axis=None), np.sort(scores[own])
    n_positive = np.float64(len(positive))
    n_negative = len(everything) - n_positive
    at_least, above = _not_below(everything, positive)
    own_at_least, own_above = _not_below(positive, positive)
    negatives_above = (at_least - own_at_least + above - own_above).sum() / 2
    return PooledAreas(
        float(1 - negatives_above / n_positive / n_negative),
        float((own_at_least / at_least).sum() / n_positive),
    )


def _not_below(ordered: NDArray[Any], values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """How many are at least each value, and how many are above it."""
    n = len(ordered)
    return (
        n - np.searchsorted(ordered, values, side="left"),
        n - np.searchsorted(ordered, values, side="right"),
    )
