"""Probabilities of classes that have an order: that of the labels."""

import numpy as np

from services.metrics.statistics.definition import ScoreStatistic
from services.metrics.statistics.probabilities.distributions import Probabilities
from services.metrics.tables import Floats


def volume_under_surface(p: Probabilities) -> float:
    """How often one sample of each class, in the order of their expected classes, are in order.

    The way of counting is a sum over the samples of each class in turn, of the share of
    ordered choices that end at or before them; equal neighbours count one half.
    """
    order, ends = _order(p)
    codes = p.codes[order]
    weight = np.ones(len(codes)) if p.weight is None else p.weight[order]
    ways, reached = np.ones(len(codes)), np.ones(1)
    for k in range(p.n_classes):
        mine = np.where(codes == k, weight, 0.0)
        total = mine.sum()
        if total == 0:
            return np.nan
        steps = np.add.reduceat(mine * ways / total, np.concatenate(([0], ends[:-1])))
        reached = steps.cumsum()
        before = reached - steps / 2  # half of the equal ones
        ways = np.repeat(before, np.diff(ends, prepend=0))
    return float(reached[-1])


def _order(p: Probabilities) -> tuple[np.ndarray, np.ndarray]:
    """Samples by expected class, and where each run of equal ones ends."""
    expected: Floats = p.values.astype(np.float64) @ np.arange(p.n_classes, dtype=np.float64)
    order = np.argsort(expected)
    ordered = expected[order]
    # What differs by rounding alone is equal.
    apart = np.diff(ordered) > 1e-12 * p.n_classes
    return order, np.append(np.flatnonzero(apart) + 1, len(order))


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
