"""Ranking three or more classes at once."""

from typing import Any

import numpy as np

from services.metrics.statistics.definition import ScoreStatistic
from services.metrics.statistics.ranking.multiclass import Rankings
from services.metrics.tables import Floats, mean_defined, remembered

ABSENT = "a class is not true for any sample"


@remembered
def discrimination_by_class(rankings: Rankings) -> Floats:
    """For each class: how often, of one sample of every class, its own has its highest score.

    Where t others score the same, it has it in one case of t + 1; the mean over all draws is
    the integral over u from 0 to 1 of the product of (below + u x equal) over the classes,
    a polynomial that Gauss's rule integrates exactly.

    Returns:
        Shape `(n_classes,)`; NaN if a class is not true for any sample.

    References:
        Van Calster et al. 2012, Statistics in Medicine 31 (PDI).
    """
    if not (rankings.support > 0).all():
        return np.full(rankings.n_classes, np.nan)
    nodes, shares = np.polynomial.legendre.leggauss((rankings.n_classes + 1) // 2)
    return np.array([_own_first(rankings, k, (nodes + 1) / 2, shares / 2)
                     for k in range(rankings.n_classes)])  # fmt: skip


def _own_first(rankings: Rankings, k: int, nodes: Floats, shares: Floats) -> float:
    score, members, weights = rankings.column(k)
    own, distinct = score[members[k]], rankings.classes[k].distinct
    products: Any = np.ones((1, len(own)))
    for other in range(rankings.n_classes):
        if other == k:
            continue
        upto = np.concatenate(([0.0], weights[other].cumsum())) / weights[other].sum()
        if distinct:  # then their places say which is above
            products = products * upto[np.searchsorted(members[other], members[k])]
            continue
        theirs = score[members[other]]
        left = np.searchsorted(theirs, own, side="left")
        right = np.searchsorted(theirs, own, side="right")
        below = upto[left]
        if products.shape[0] == 1 and not (right > left).any():
            products = products * below
            continue
        equal = upto[right] - below
        products = products * (below + nodes[:, None] * equal)
    means = products @ weights[k] / weights[k].sum()
    return float(shares @ means) if len(means) > 1 else float(means[0])


POLYTOMOUS = (
    ScoreStatistic(
        id="polytomous_discrimination_index",
        of="rankings",
        title="Polytomous discrimination index",
        formula="mean over classes of P(of one sample of every class, the class's own has its "
        "highest score), ties shared",
        group="operating_points",
        compute=lambda r: (
            float(mean_defined(discrimination_by_class(r))) if r.n_classes > 1 else np.nan
        ),
        undefined=f"{ABSENT}, or there is one class",
        aliases=("PDI",),
        reference="Van Calster et al. 2012, Statistics in Medicine 31",
    ),
)
