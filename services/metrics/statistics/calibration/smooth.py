"""How far probabilities are from a smooth curve through the outcomes."""

from functools import partial

import numpy as np

from services.metrics.arrays import Floats, remembered
from services.metrics.statistics.calibration.bins import Calibration
from services.metrics.statistics.definition import Best, ScoreStatistic

# More distinct probabilities are gathered to so many neighbours of about equal weight.
MAX_POINTS = 128
SPAN = 0.75


@remembered
def smooth_gaps(c: Calibration) -> tuple[Floats, Floats]:
    """|outcome - probability| on a local line through the outcomes, ascending, and the weights.

    Lines are fitted with tricube weights over the nearest three quarters of the samples.

    References:
        Cleveland 1979, JASA 74; Austin & Steyerberg 2019, Statistics in Medicine 38.
    """
    x, outcome, weight = _gathered(c)
    apart = np.abs(x[:, None] - x)
    order = np.argsort(apart, axis=1)
    within = weight[order].cumsum(axis=1) >= SPAN * weight.sum() * (1 - 1e-12)
    nearest = np.take_along_axis(apart, order, axis=1)
    reach = nearest[np.arange(len(x)), within.argmax(axis=1)][:, None]
    share = np.divide(apart, reach, out=np.zeros_like(apart), where=reach > 0)
    near = np.where(apart <= reach, (1 - np.minimum(share, 1.0) ** 3) ** 3, 0.0) * weight
    gaps = np.abs(_local_lines(x, outcome, near) - x)
    ascending = np.argsort(gaps)
    return gaps[ascending], weight[ascending]


def _local_lines(x: Floats, y: Floats, near: Floats) -> Floats:
    """The value at each x of the line that fits best with that row of weights."""
    total = near.sum(axis=1)
    middle_x, middle_y = near @ x / total, near @ y / total
    spread = np.maximum(near @ x**2 / total - middle_x**2, 0.0)
    slope = np.divide(
        near @ (x * y) / total - middle_x * middle_y,
        spread,
        out=np.zeros_like(spread),
        where=spread > 1e-14,  # noqa: PLR2004  all but one point
    )
    return middle_y + slope * (x - middle_x)


def _gathered(c: Calibration) -> tuple[Floats, Floats, Floats]:
    """Probabilities, mean outcomes and weights of at most MAX_POINTS groups."""
    x, true, weight = c.probability, c.true, c.weight
    if not weight.all():
        kept = weight > 0
        x, true, weight = x[kept], true[kept], weight[kept]
    if len(x) > MAX_POINTS:
        reached = weight.cumsum()
        shares = np.arange(MAX_POINTS) / MAX_POINTS * reached[-1]
        starts = np.unique(np.searchsorted(reached, shares))
        some = np.add.reduceat(weight, starts)
        x, true = np.add.reduceat(weight * x, starts) / some, np.add.reduceat(true, starts)
        weight = some
    return x, true / weight, weight


def gap_quantile(c: Calibration, share: float) -> float:
    """The least gap that so large a share of the samples does not exceed."""
    gaps, weight = smooth_gaps(c)
    reached = weight.cumsum() >= share * weight.sum() * (1 - 1e-12)
    return float(gaps[reached.argmax()])


def mean_gap(c: Calibration) -> float:
    """The mean gap over the samples."""
    gaps, weight = smooth_gaps(c)
    return float(gaps @ weight / weight.sum())


AUSTIN = "Austin & Steyerberg 2019, Statistics in Medicine 38"

SMOOTH = (
    ScoreStatistic(
        id="integrated_calibration_index",
        of="calibration",
        title="Integrated calibration index",
        formula="mean |outcome - probability|, outcome on local lines over 3/4 of the samples",
        group="calibration",
        compute=mean_gap,
        best=Best.LOWER,
        aliases=("ICI",),
        reference=AUSTIN,
    ),
    *(
        ScoreStatistic(
            id=f"calibration_gap_{percent}",
            of="calibration",
            title=f"{title} of the distances to the smooth calibration curve",
            formula=f"quantile {percent / 100} of |outcome - probability|, outcome as in the "
            "integrated index",
            group="calibration",
            compute=partial(gap_quantile, share=percent / 100),
            best=Best.LOWER,
            aliases=(f"E{percent}",),
            reference=AUSTIN,
        )
        for percent, title in ((50, "Median"), (90, "90th percentile"))
    ),
)
