"""Ranking three or more classes at once."""

import numpy as np

from services.metrics.arrays import Floats, mean_defined, remembered
from services.metrics.statistics.definition import ScoreStatistic
from services.metrics.statistics.ranking.multiclass import Rankings

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
    below, at, own = rankings.classes[k].around_positives()
    others = np.arange(rankings.n_classes) != k
    below, at = (
        below[:, others] / rankings.support[others],
        at[:, others] / rankings.support[others],
    )
    if at.any():
        products = sum(
            share * (below + node * at).prod(axis=1)
            for node, share in zip(nodes, shares, strict=True)
        )
    else:
        products = below.prod(axis=1)
    return float(products @ own / own.sum())


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
