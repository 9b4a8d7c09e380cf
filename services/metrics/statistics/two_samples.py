"""Tests and intervals for proportions of two independent samples."""

from typing import Any

import numpy as np

from services.metrics import distributions, intervals
from services.metrics.arrays import silent
from services.metrics.statistics.unconditional import barnard_exact, boschloo_exact

# Fisher's test sums over as many tables as the least margin allows.
MAX_EXACT = 20_000


def two_proportions(
    x: int, n: int, y: int, m: int, level: float, *, exact: bool = True
) -> dict[str, Any]:
    """The difference, ratio and odds ratio of x / n and y / m, with intervals and p values.

    Args:
        x: Successes of the first sample.
        n: Its size, positive.
        y: Successes of the second sample.
        m: Its size, positive.
        level: Coverage of the intervals.
        exact: Whether to give the p values of the exact tests too: Fisher's, Barnard's and
            Boschloo's, null where there are too many tables to go through.

    References:
        Newcombe 1998, Statistics in Medicine 17: 873-890, method 10 (difference); Katz et al.
        1978, Biometrics 34 (ratio); Woolf 1955 (odds ratio); Pearson 1900; Fisher 1935.
    """
    first, second = x / n, y / m
    (low1, high1), (low2, high2) = (
        (float(bound) for bound in intervals.proportion(*pair, level, "wilson"))
        for pair in ((x, n), (y, m))
    )
    difference = first - second
    down = ((first - low1) ** 2 + (high2 - second) ** 2) ** 0.5
    up = ((high1 - first) ** 2 + (second - low2) ** 2) ** 0.5
    with silent():
        counts = [np.float64(count) for count in (x, n - x, y, m - y)]
        ratio = np.asarray(np.float64(first) / second)
        odds = np.asarray(counts[0] * counts[3] / (counts[1] * counts[2]))
        spread = np.asarray(1 / counts[0] - 1 / n + 1 / counts[2] - 1 / m)
        odds_spread = np.asarray(sum(1 / count for count in counts))
    return {
        "difference": difference,
        "difference_interval": [max(difference - down, -1.0), min(difference + up, 1.0)],
        "ratio": _finite(ratio),
        "ratio_interval": _pair(intervals.log_ratio(ratio, spread, level)),
        "odds_ratio": _finite(odds),
        "odds_ratio_interval": _pair(intervals.log_ratio(odds, odds_spread, level)),
        "chi_square_p_value": _pooled_p_value(x, n, y, m),
        "fisher_exact_p_value": fisher_exact(x, n, y, m) if exact else None,
        "barnard_exact_p_value": barnard_exact(x, n, y, m) if exact else None,
        "boschloo_exact_p_value": boschloo_exact(x, n, y, m) if exact else None,
    }


def _pooled_p_value(x: int, n: int, y: int, m: int) -> float:
    """Of the score test: 1 where all succeed, or none."""
    pooled = (x + y) / (n + m)
    spread = pooled * (1 - pooled) * (1 / n + 1 / m)
    if spread == 0:
        return 1.0
    return float(distributions.normal_two_sided((x / n - y / m) / spread**0.5))


def fisher_exact(x: int, n: int, y: int, m: int) -> float | None:
    """The two-sided p value: all tables with these margins that are no more likely.

    None where there are more than MAX_EXACT of them.
    """
    successes = x + y
    low, high = max(0, successes - m), min(n, successes)
    if high - low > MAX_EXACT:
        return None
    lf = distributions.log_factorial
    k = np.arange(low, high + 1, dtype=np.float64)
    logs = -(lf(k) + lf(n - k) + lf(successes - k) + lf(m - successes + k))
    logs -= logs.max()
    chance = np.exp(logs)
    as_rare = logs <= logs[x - low] + 1e-7
    return min(1.0, float(chance[as_rare].sum() / chance.sum()))


def unpaired_areas(
    first: tuple[float, float],
    second: tuple[float, float],
    level: float,
) -> dict[str, Any] | None:
    """The difference of two ROC areas on different samples; None if nothing varies.

    Args:
        first: Area and its variance.
        second: Likewise.
        level: Coverage of the interval.

    References:
        DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44.
    """
    difference, variance = first[0] - second[0], first[1] + second[1]
    if not variance > 0:
        return None
    half = intervals.z_of(level) * variance**0.5
    z = difference / variance**0.5
    return {
        "difference": difference,
        "interval": [max(difference - half, -1.0), min(difference + half, 1.0)],
        "z": z,
        "p_value": float(distributions.normal_two_sided(z)),
    }


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _pair(bounds: tuple[Any, Any]) -> list[float] | None:
    low, high = float(bounds[0]), float(bounds[1])
    return [low, high] if np.isfinite(low) and np.isfinite(high) else None
