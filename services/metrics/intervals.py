"""Confidence intervals of proportions, and of ratios of them."""

from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np

from services.metrics import distributions
from services.metrics.arrays import Floats, silent
from services.metrics.options.evaluation import IntervalMethod

Bounds = tuple[Floats, Floats]

BISECTIONS = 60


def z_of(level: float) -> float:
    """The normal quantile that leaves (1 - level) / 2 above it."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def proportion(successes: Any, trials: Any, level: float, method: IntervalMethod) -> Bounds:
    """An interval for a proportion; NaN where there are no trials.

    Args:
        successes: Any shape; need not be whole, as with weights.
        trials: The same shape.
        level: Coverage, in (0, 1).
        method: Which interval.

    References:
        Wilson 1927; Clopper & Pearson 1934; Agresti & Coull 1998; Newcombe 1998, method 4;
        Berry & Armitage 1995, The Statistician 44 (mid-p); Brown, Cai & DasGupta 2001,
        Statistical Science 16.
    """
    x, n = np.asarray(successes, np.float64), np.asarray(trials, np.float64)
    with silent():
        low, high = _PROPORTION[method](x, np.where(n > 0, n, np.nan), level)
    return low, high


def _wilson(x: Floats, n: Floats, level: float) -> Bounds:
    z, share = z_of(level), x / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return np.where(x == 0, 0.0 * n, centre - half), np.where(x == n, 1.0, centre + half)


def _wilson_continuity(x: Floats, n: Floats, level: float) -> Bounds:
    z, share = z_of(level), x / n
    below = z * np.sqrt(z * z - 2 - 1 / n + 4 * share * (n * (1 - share) + 1))
    above = z * np.sqrt(z * z + 2 - 1 / n + 4 * share * (n * (1 - share) - 1))
    low = (2 * x + z * z - 1 - below) / (2 * (n + z * z))
    high = (2 * x + z * z + 1 + above) / (2 * (n + z * z))
    return np.where(x == 0, 0.0 * n, np.maximum(low, 0)), np.where(x == n, 1.0, np.minimum(high, 1))


def _clopper_pearson(x: Floats, n: Floats, level: float) -> Bounds:
    tail = (1 - level) / 2
    low = distributions.beta_quantile(tail, x, n - x + 1)
    high = distributions.beta_quantile(1 - tail, x + 1, n - x)
    return np.where(x == 0, 0.0 * n, low), np.where(x == n, 1.0, high)


def _jeffreys(x: Floats, n: Floats, level: float) -> Bounds:
    tail = (1 - level) / 2
    low = distributions.beta_quantile(tail, x + 0.5, n - x + 0.5)
    high = distributions.beta_quantile(1 - tail, x + 0.5, n - x + 0.5)
    return np.where(x == 0, 0.0 * n, low), np.where(x == n, 1.0, high)


def _agresti_coull(x: Floats, n: Floats, level: float) -> Bounds:
    z = z_of(level)
    low, high = _wald(x + z * z / 2, n + z * z, level)
    return np.maximum(low, 0.0), np.minimum(high, 1.0)


def _wald(x: Floats, n: Floats, level: float) -> Bounds:
    share = x / n
    half = z_of(level) * np.sqrt(share * (1 - share) / n)
    return share - half, share + half


def _mid_p(x: Floats, n: Floats, level: float) -> Bounds:
    """Where the chance of more, and of half of as many, is the tail: within Clopper-Pearson's."""
    tail, (low, high) = (1 - level) / 2, _clopper_pearson(x, n, level)

    def at_least(share: Floats) -> Floats:
        as_many = np.where(x > 0, distributions.beta_at_most(share, x, n - x + 1), 1.0)
        more = np.where(x < n, distributions.beta_at_most(share, x + 1, n - x), 0.0)
        return (as_many + more) / 2

    return (
        np.where(x == 0, 0.0 * n, _crossing(lambda p: at_least(p) - tail, low, x / n)),
        np.where(x == n, 1.0, _crossing(lambda p: at_least(p) - (1 - tail), x / n, high)),
    )


def _likelihood_ratio(x: Floats, n: Floats, level: float) -> Bounds:
    """The shares that the likelihood does not tell from the observed one."""
    share, limit = x / n, z_of(level) ** 2 / 2

    def loss(other: Floats) -> Floats:
        of_hits = np.where(x > 0, x * np.log(share / other), 0.0)
        return of_hits + np.where(x < n, (n - x) * np.log((1 - share) / (1 - other)), 0.0)

    low = _crossing(lambda p: limit - loss(p), 0.0 * n, share)
    high = _crossing(lambda p: loss(p) - limit, share, 1 + 0.0 * n)
    return np.where(x == 0, 0.0 * n, low), np.where(x == n, 1.0, high)


def _crossing(rising: Callable[[Floats], Floats], low: Floats, high: Floats) -> Floats:
    """Where a rising function is zero, of each entry on its own."""
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        below = rising(middle) < 0
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(np.isnan(low), np.nan, high)


def _logit(x: Floats, n: Floats, level: float) -> Bounds:
    """Wald's on the scale of log odds; Clopper and Pearson's where the odds are 0 or infinite."""
    inside = (x > 0) & (x < n)
    log_odds, half = np.log(x / (n - x)), z_of(level) * np.sqrt(n / (x * (n - x)))
    low, high = _clopper_pearson(x, n, level)
    return (
        np.where(inside, 1 / (1 + np.exp(half - log_odds)), low),
        np.where(inside, 1 / (1 + np.exp(-half - log_odds)), high),
    )


def _arcsine(x: Floats, n: Floats, level: float) -> Bounds:
    """Wald's on the scale that makes the variance constant, with Anscombe's share."""
    angle = np.arcsin(np.sqrt((x + 3 / 8) / (n + 3 / 4)))
    half = z_of(level) / (2 * np.sqrt(n))
    return (
        np.sin(np.maximum(angle - half, 0)) ** 2,
        np.sin(np.minimum(angle + half, np.pi / 2)) ** 2,
    )


_PROPORTION: dict[str, Callable[[Floats, Floats, float], Bounds]] = {
    "wilson": _wilson,
    "wilson_continuity": _wilson_continuity,
    "clopper_pearson": _clopper_pearson,
    "jeffreys": _jeffreys,
    "agresti_coull": _agresti_coull,
    "mid_p": _mid_p,
    "likelihood_ratio": _likelihood_ratio,
    "logit": _logit,
    "arcsine": _arcsine,
    "wald": _wald,
}


def log_ratio(value: Floats, variance: Floats, level: float) -> Bounds:
    """exp(ln value -+ z sqrt(variance)); NaN where a count is zero, or nothing varies."""
    with silent():
        half = z_of(level) * np.sqrt(variance)
        usable = np.isfinite(half) & (half > 0) & (value > 0)
        low, high = value * np.exp(-half), value * np.exp(half)
        return np.where(usable, low, np.nan), np.where(usable, high, np.nan)
