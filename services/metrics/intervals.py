"""Confidence intervals of proportions, and of ratios of them."""

from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np

from services.metrics import distributions
from services.metrics.arrays import Floats, silent
from services.metrics.binary_counts import BinaryCounts
from services.metrics.options.evaluation import IntervalMethod

Bounds = tuple[Floats, Floats]


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
        Brown, Cai & DasGupta 2001, Statistical Science 16.
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


_PROPORTION: dict[str, Callable[[Floats, Floats, float], Bounds]] = {
    "wilson": _wilson,
    "wilson_continuity": _wilson_continuity,
    "clopper_pearson": _clopper_pearson,
    "jeffreys": _jeffreys,
    "agresti_coull": _agresti_coull,
    "wald": _wald,
}

# Statistics of a class that are a count of successes in a count of trials.
PROPORTIONS: dict[str, Callable[[BinaryCounts], tuple[Floats, Floats]]] = {
    "precision": lambda c: (c.tp, c.predicted),
    "recall": lambda c: (c.tp, c.actual),
    "specificity": lambda c: (c.tn, c.negatives),
    "negative_predictive_value": lambda c: (c.tn, c.rejected),
    "false_negative_rate": lambda c: (c.fn, c.actual),
    "false_positive_rate": lambda c: (c.fp, c.negatives),
    "false_discovery_rate": lambda c: (c.fp, c.predicted),
    "false_omission_rate": lambda c: (c.fn, c.rejected),
    "one_vs_rest_accuracy": lambda c: (c.tp + c.tn, c.n),
    "one_vs_rest_error": lambda c: (c.wrong, c.n),
    "prevalence": lambda c: (c.actual, c.n),
    "predicted_positive_rate": lambda c: (c.predicted, c.n),
    "jaccard_index": lambda c: (c.tp, c.tp + c.wrong),
}


def f1_score(counts: BinaryCounts, level: float, method: IntervalMethod) -> Bounds:
    """F1 = 2 J / (1 + J) rises with the Jaccard index J, which is a conditional proportion.

    References:
        Hand, Christen & Kirielle 2021, Machine Learning 110; Lam, Gopal & Qian 2023,
        arXiv:2309.14621.
    """
    low, high = proportion(counts.tp, counts.tp + counts.wrong, level, method)
    return 2 * low / (1 + low), 2 * high / (1 + high)


def log_ratio(value: Floats, variance: Floats, level: float) -> Bounds:
    """exp(ln value -+ z sqrt(variance)); NaN where a count is zero, or nothing varies."""
    with silent():
        half = z_of(level) * np.sqrt(variance)
        usable = np.isfinite(half) & (half > 0) & (value > 0)
        low, high = value * np.exp(-half), value * np.exp(half)
        return np.where(usable, low, np.nan), np.where(usable, high, np.nan)


# Ratios whose logarithm is nearly normal, with its variance.
RATIOS: dict[str, Callable[[BinaryCounts], tuple[Floats, Floats]]] = {
    "positive_likelihood_ratio": lambda c: (
        c.tpr / c.fpr,
        1 / c.tp - 1 / c.actual + 1 / c.fp - 1 / c.negatives,
    ),
    "negative_likelihood_ratio": lambda c: (
        c.fnr / c.tnr,
        1 / c.fn - 1 / c.actual + 1 / c.tn - 1 / c.negatives,
    ),
    "diagnostic_odds_ratio": lambda c: (
        c.tp * c.tn / (c.fp * c.fn),
        1 / c.tp + 1 / c.fp + 1 / c.fn + 1 / c.tn,
    ),
}
