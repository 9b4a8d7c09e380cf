"""What a ranking costs where the two kinds of error cost differently."""

import numpy as np
from numpy.typing import NDArray

from services.metrics import distributions
from services.metrics.arrays import Floats, remembered
from services.metrics.statistics.definition import UNBOUNDED, Best, ScoreStatistic
from services.metrics.statistics.ranking.areas import ONE_SIDED
from services.metrics.statistics.ranking.steps import Steps

# A pass over all points at once is worth it as long as it removes one in so many.
WORTHWHILE = 20
COST_STEPS = 101


@remembered
def roc_hull(ranked: Steps) -> tuple[Floats, Floats]:
    """The corners of the ROC curve's convex hull, from (0, 0) to (1, 1); NaN if one-sided.

    A point under the chord of its neighbours is no corner, whichever other points go with it;
    so all such points are taken out at once, again and again.
    """
    x, y = ranked.roc
    while len(x) > 2:  # noqa: PLR2004  the two ends
        under = _turns(x, y) >= 0
        if not under.any():
            break
        if under.sum() * WORTHWHILE < len(x):
            return _scanned(x, y)
        kept = np.concatenate(([True], ~under, [True]))
        x, y = x[kept], y[kept]
    return x, y


def _turns(x: Floats, y: Floats) -> Floats:
    """Positive where the way turns left at a point, 0 where it goes straight on."""
    dx, dy = np.diff(x), np.diff(y)
    return dx[:-1] * dy[1:] - dy[:-1] * dx[1:]


def _scanned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The upper hull of points in order, one after the other.

    References:
        Andrew 1979, Information Processing Letters 9.
    """
    hull: list[tuple[float, float]] = []
    for px, py in zip(x.tolist(), y.tolist(), strict=True):
        while len(hull) > 1:
            (ax, ay), (bx, by) = hull[-2:]
            if (bx - ax) * (py - by) < (by - ay) * (px - bx):
                break
            hull.pop()
        hull.append((px, py))
    points = np.array(hull)
    return points[:, 0], points[:, 1]


def h_measure(ranked: Steps) -> float:
    """One less the share of the least expected cost that remains, over a distribution of costs.

    A false positive costs c and a false negative 1 - c, c from the beta distribution
    (1 + P / n, 1 + N / n), whose mode is at the costs that make both classes weigh the same.
    """
    x, y = roc_hull(ranked)
    n = ranked.positives + ranked.negatives
    positive, negative = ranked.positives / n, ranked.negatives / n
    if not 0 < positive < 1:
        return np.nan
    a, b = 1 + positive, 1 + negative
    # Between two corners of the hull it does not matter which; c falls along the curve.
    rise, run = positive * np.diff(y), negative * np.diff(x)
    ends = np.concatenate(([1.0], rise / (rise + run), [0.0]))
    false_positive = -np.diff(distributions.beta_at_most(ends, a + 1, b)) * a / (a + b)
    false_negative = -np.diff(distributions.beta_at_most(ends, a, b + 1)) * b / (a + b)
    cost = (negative * x * false_positive + positive * (1 - y) * false_negative).sum()
    rejecting = positive * (1 - distributions.beta_at_most(positive, a, b + 1)) * b / (a + b)
    accepting = negative * distributions.beta_at_most(positive, a + 1, b) * a / (a + b)
    # Without scores one rejects all where c is great, and accepts all where it is small.
    return float(1 - cost / (rejecting + accepting))


@remembered
def least_cost(ranked: Steps) -> tuple[float, float]:
    """The least mean cost over all thresholds, and the highest threshold that has it.

    The threshold is infinite where it costs least to call no sample positive.
    """
    if ranked.costs is None:
        return np.nan, np.nan
    (tn_cost, fp_cost), (fn_cost, tp_cost) = ranked.costs.tolist()
    tp, fp = np.concatenate(([0.0], ranked.tp)), np.concatenate(([0.0], ranked.fp))
    total = tp * tp_cost + (ranked.positives - tp) * fn_cost
    total += fp * fp_cost + (ranked.negatives - fp) * tn_cost
    best = int(total.argmin())
    threshold = ranked.thresholds[best - 1] if best else np.inf
    return float(total[best] / (ranked.positives + ranked.negatives)), float(threshold)


def cost_curve(ranked: Steps) -> dict[str, list[float]]:
    """The least normalised expected cost over probability costs, beside not looking at all.

    References:
        Drummond & Holte 2006, Machine Learning 65.
    """
    x, y = roc_hull(ranked)
    share: NDArray[np.float64] = np.linspace(0.0, 1.0, COST_STEPS)
    costs = np.outer(share, 1 - y) + np.outer(1 - share, x)
    return {
        "probability_cost": share.tolist(),
        "normalized_expected_cost": costs.min(axis=1).tolist(),
        "trivial": np.minimum(share, 1 - share).tolist(),
    }


_NOT_TWO = "there are more than two classes"

COSTS = (
    ScoreStatistic(
        id="least_expected_cost",
        of="ranking",
        title="Least expected cost over all thresholds",
        formula="min sum C cost / n for two classes",
        group="costs",
        compute=lambda r: least_cost(r)[0],
        low=-UNBOUNDED,
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined=_NOT_TWO,
        reference="Elkan 2001, IJCAI",
    ),
    ScoreStatistic(
        id="least_expected_cost_threshold",
        of="ranking",
        title="Threshold of the least expected cost",
        formula="argmin; scores at or above it are positive",
        group="costs",
        compute=lambda r: least_cost(r)[1],
        low=-UNBOUNDED,
        high=UNBOUNDED,
        best=Best.NEITHER,
        undefined=f"{_NOT_TWO}, or it costs least to call no sample positive (a limit)",
        reference="Elkan 2001, IJCAI",
    ),
    ScoreStatistic(
        id="h_measure",
        of="ranking",
        title="H-measure",
        formula="1 - L / L_0, L the least expected cost on the ROC hull, L_0 without scores, over "
        "c ~ Beta(1 + P / n, 1 + N / n)",
        group="operating_points",
        compute=h_measure,
        best=Best.HIGHER,
        undefined=ONE_SIDED,
        reference="Hand 2009, Machine Learning 77; Hand & Anagnostopoulos 2014, Pattern "
        "Recognition Letters 40",
    ),
)
