"""Probabilities of classes that have an order: that of the labels."""

import numpy as np

from services.metrics.statistics.definition import ScoreStatistic
from services.metrics.statistics.probabilities.distributions import Probabilities
from services.metrics.tables import Floats

DIGITS = 12


def volume_under_surface(p: Probabilities) -> float:
    """How often one sample of each class, in the order of their expected classes, are in order.

    The way of counting is a sum over the samples of each class in turn, of the share of
    ordered choices that end at or before them; equal neighbours count one half.
    """
    expected: Floats = p.values.astype(np.float64) @ np.arange(p.n_classes, dtype=np.float64)
    expected = expected.round(DIGITS)  # what differs by rounding alone is equal
    before, ways = np.empty(0), np.ones(1)  # of the class before: its samples, and the sums there
    for k in range(p.n_classes):
        members = np.flatnonzero(p.codes == k)
        members = members[np.argsort(expected[members])]
        own = expected[members]
        weight = np.ones(len(own)) if p.weight is None else p.weight[members]
        total = weight.sum()
        if total == 0:
            return np.nan
        if k:
            under, upto = (np.searchsorted(before, own, side=side) for side in ("left", "right"))
            weight = weight * (ways[under] + ways[upto]) / 2
        before, ways = own, np.concatenate(([0.0], weight.cumsum())) / total
    return float(ways[-1])


ORDERED = (
    ScoreStatistic(
        id="volume_under_surface",
        of="probabilities",
        title="Volume under the ROC surface of ordered classes",
        formula="P(of one sample of each class, expected classes sum k p_k are in the order of "
        "the classes), equal neighbours one half",
        group="probability",
        compute=volume_under_surface,
        undefined="a class is not true for any sample",
        aliases=("VUS",),
        reference="Mossman 1999, Medical Decision Making 19; Nakas & Yiannoutsos 2004, "
        "Statistics in Medicine 23",
    ),
)
