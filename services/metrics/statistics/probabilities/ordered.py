"""Probabilities of classes that have an order: that of the labels."""

import numpy as np
from numpy.typing import NDArray

from services.metrics.arrays import Floats
from services.metrics.statistics.definition import ScoreStatistic
from services.metrics.statistics.probabilities.distributions import Probabilities

DIGITS = 12


def volume_under_surface(p: Probabilities) -> float:
    """How often one sample of each class, in the order of their expected classes, are in order.

    Of m equal neighbours one order in m! is the right one. The way of counting is a sum for
    each class in turn, over where it stands, of the share of ordered choices that end there: a
    run of equal classes k ... j adds the choices of the classes before k that end below it.
    """
    expected: Floats = p.values.astype(np.float64) @ np.arange(p.n_classes, dtype=np.float64)
    # What differs by rounding alone is equal.
    _, places = np.unique(expected.round(DIGITS), return_inverse=True)
    stands: list[NDArray[np.intp]] = []  # of each class, ascending
    shares: list[Floats] = []
    ways: list[Floats] = []  # of each class, the sums up to before each of its places
    for k in range(p.n_classes):
        members = np.flatnonzero(p.codes == k)
        found, which = np.unique(places[members], return_inverse=True)
        weight = np.bincount(which, None if p.weight is None else p.weight[members])
        if not weight.sum() > 0:
            return np.nan
        stands.append(found)
        shares.append(weight / weight.sum())
        ways.append(np.concatenate(([0.0], _ending(stands, shares, ways).cumsum())))
        if not ways[-1][-1] > 0:  # nor will it be with more classes
            return 0.0
    return float(ways[-1][-1])


def _ending(stands: list[NDArray[np.intp]], shares: list[Floats], ways: list[Floats]) -> Floats:
    """The share of ordered choices from the classes so far that end at each place of the last."""
    last = len(stands) - 1
    ended = np.zeros(len(stands[last]))
    at, run = np.arange(len(ended)), shares[last]
    for k in range(last, -1, -1):
        if k < last:
            _, kept, there = np.intersect1d(
                stands[last][at], stands[k], assume_unique=True, return_indices=True
            )
            at, run = at[kept], run[kept] * shares[k][there] / (last - k + 1)
        if not run.any():
            break
        below = ways[k - 1][np.searchsorted(stands[k - 1], stands[last][at])] if k else 1.0
        ended[at] += run * below
    return ended


ORDERED = (
    ScoreStatistic(
        id="volume_under_surface",
        of="probabilities",
        title="Volume under the ROC surface of ordered classes",
        formula="P(of one sample of each class, expected classes sum k p_k are in the order of "
        "the classes), a run of m equal ones 1 / m!",
        group="probability",
        compute=volume_under_surface,
        undefined="a class is not true for any sample",
        aliases=("VUS",),
        reference="Mossman 1999, Medical Decision Making 19; Nakas & Yiannoutsos 2004, "
        "Statistics in Medicine 23",
    ),
)
