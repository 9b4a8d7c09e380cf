"""Two groups compared within strata, so that it does not matter how strata are mixed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics import distributions, intervals
from services.metrics.arrays import Floats, silent

Counts = NDArray[np.int64]


def mantel_haenszel(x: Counts, n: Counts, y: Counts, m: Counts, level: float) -> dict[str, Any]:
    """The odds of success that two groups have in common over all strata.

    Strata without a sample of either group, a success or a failure say nothing and are left out.

    Args:
        x: Successes of the first group in each stratum, shape `(n_strata,)`.
        n: Its samples there.
        y: Successes of the second group.
        m: Its samples.
        level: Coverage of the interval.

    Returns:
        How many strata count, the pooled odds ratio with its interval, the test that it is 1,
        and the test that it is the same in all strata; null where they are undefined.

    References:
        Mantel & Haenszel 1959, JNCI 22; Robins, Breslow & Greenland 1986, Biometrics 42;
        Breslow & Day 1980, IARC; Tarone 1985, Biometrika 72.
    """
    told = (n > 0) & (m > 0) & (x + y > 0) & (x + y < n + m)
    a, b, c, d = (part[told].astype(np.float64) for part in (x, n - x, y, m - y))
    with silent():
        ratio, spread = _pooled(a, b, c, d)
        low, high = intervals.log_ratio(np.asarray(ratio), np.asarray(spread), level)
        statistic = _statistic(a, b, c, d)
        p_value = float(distributions.chi_square_tail(statistic, 1))
        found = {"odds_ratio": float(ratio), "statistic": float(statistic), "p_value": p_value}
        alike, freedom = _heterogeneity(a, b, c, d, ratio)
    bounds = [float(low), float(high)]
    usable = freedom > 0 and bool(np.isfinite(alike))
    return {
        "strata": int(told.sum()),
        **{name: value if np.isfinite(value) else None for name, value in found.items()},
        "odds_ratio_interval": bounds if np.isfinite(bounds).all() else None,
        "breslow_day_tarone": {
            "statistic": float(alike),
            "degrees_of_freedom": freedom,
            "p_value": float(distributions.chi_square_tail(alike, freedom)),
        }
        if usable
        else None,
    }


def _pooled(a: Floats, b: Floats, c: Floats, d: Floats) -> tuple[np.float64, np.float64]:
    """The odds ratio of Mantel and Haenszel, and the variance of its logarithm."""
    n = a + b + c + d
    along, across = a * d / n, b * c / n
    p, q = (a + d) / n, (b + c) / n
    r, s = along.sum(), across.sum()
    variance = (
        (p * along).sum() / (2 * r**2)
        + (p * across + q * along).sum() / (2 * r * s)
        + (q * across).sum() / (2 * s**2)
    )
    return np.float64(r / s), np.float64(variance)


def _statistic(a: Floats, b: Floats, c: Floats, d: Floats) -> np.float64:
    """Cochran, Mantel and Haenszel's, without correction for continuity."""
    n, first, successes = a + b + c + d, a + b, a + c
    distance = (a - first * successes / n).sum()
    variance = first * (c + d) * successes * (b + d) / (n**2 * (n - 1))
    return np.float64(distance**2 / variance.sum())


def _heterogeneity(
    a: Floats, b: Floats, c: Floats, d: Floats, ratio: np.float64
) -> tuple[np.float64, int]:
    """Breslow and Day's statistic as Tarone corrects it, and its degrees of freedom."""
    first, second, successes = a + b, c + d, a + c
    # The count that the common odds ratio would give: the root within the margins.
    square, linear = 1 - ratio, second - successes + ratio * (first + successes)
    root = np.sqrt(linear**2 + 4 * square * ratio * first * successes)
    expected = 2 * ratio * first * successes / (linear + root)
    cells = np.stack(
        (expected, first - expected, successes - expected, second - successes + expected)
    )
    variance = 1 / (1 / cells).sum(axis=0)
    statistic = ((a - expected) ** 2 / variance).sum()
    statistic -= (a - expected).sum() ** 2 / variance.sum()
    return np.float64(statistic), len(a) - 1
