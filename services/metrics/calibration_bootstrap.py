"""The interval of the expected calibration error, which resampling alone does not give.

The error adds up absolute gaps, so noise makes it larger and never smaller: that of samples of a
perfectly calibrated model is above 0, and that of resampled samples larger still. Intervals
of its replicates miss the truth then, so it is the gaps themselves that are resampled here. With
noise e in the gaps g, the triangle inequality bounds how much too large sum |g + e| is, by
sum |e|; and too small it is by no more than the sum of e with the signs of g.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics import intervals
from services.metrics.arrays import Floats
from services.metrics.bootstrap import Bootstrap
from services.metrics.statistics.calibration.bins import equal_edges


def expected_error_interval(
    probability: Floats,
    true: NDArray[np.bool_],
    weight: Floats | None,
    n_bins: int,
    plan: Bootstrap,
) -> list[float]:
    """An interval for the error that infinitely many samples would have in the same bins.

    From a few hundred samples on it holds that at least as often as the plan says.

    Args:
        probability: What was said of each sample, shape `(n,)`.
        true: Whether it came true, alike.
        weight: float64, shape `(n,)`; None if all weigh 1.
        n_bins: Bins of equal width, `(low, high]`.
        plan: How many replicates, and which coverage; its method is for other statistics.
    """
    n = len(probability)
    each = np.ones(n) if weight is None else weight
    bins = np.searchsorted(equal_edges(n_bins)[1:-1], probability, side="left")

    def gaps(outcome: NDArray[Any], counted: Floats) -> Floats:
        apart = np.bincount(bins, counted * (outcome - probability), n_bins)
        return apart / counted.sum()

    # A stream of its own leaves the other intervals of a seed as they are.
    rng = np.random.default_rng([plan.seed, 1])
    observed = gaps(true, each)
    resampled = np.empty((plan.replicates, n_bins))
    as_said = np.empty_like(resampled)
    for row in range(plan.replicates):
        times = np.bincount(rng.integers(0, n, n), minlength=n) * each
        resampled[row] = gaps(true, times) - observed
        # Where few samples are wrong, resampling them knows too little of the noise.
        as_said[row] = gaps(rng.random(n) < probability, each)
    error, tail = float(np.abs(observed).sum()), (1 - plan.level) / 2
    too_large = max(
        float(np.quantile(np.abs(noise).sum(axis=1), 1 - tail)) for noise in (resampled, as_said)
    )
    too_small = intervals.z_of(plan.level) * float(resampled.var(axis=0).sum()) ** 0.5
    return [max(error - too_large, 0.0), min(error + too_small, 1.0)]
