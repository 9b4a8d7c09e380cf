"""Analytic intervals of statistics of scores."""

import numpy as np

from services.metrics import intervals
from services.metrics.arrays import Floats, silent
from services.metrics.statistics.ranking.areas import (
    average_precision,
    hanley_mcneil_error,
    roc_auc,
    roc_auc_variance,
)
from services.metrics.statistics.ranking.ranked import Ranked


def roc_auc_interval(ranked: Ranked, level: float) -> list[float] | None:
    """Normal, with DeLong's variance, cut off at 0 and 1; None with fewer than two of a kind."""
    with silent():
        variance = roc_auc_variance(ranked)
    if not np.isfinite(variance):
        return None
    area, half = roc_auc(ranked), intervals.z_of(level) * variance**0.5
    return [max(area - half, 0.0), min(area + half, 1.0)]


def roc_auc_logit_interval(ranked: Ranked, level: float) -> list[float] | None:
    """The same on the logit scale: within (0, 1), and better for areas near 1.

    References:
        Pepe 2003, The Statistical Evaluation of Medical Tests, section 5.2.
    """
    with silent():
        area, variance = roc_auc(ranked), roc_auc_variance(ranked)
    if not (0 < area < 1 and np.isfinite(variance)):
        return None
    return _around_logit(area, variance**0.5 / (area * (1 - area)), level)


def hanley_mcneil_interval(ranked: Ranked, level: float) -> list[float] | None:
    """Normal, with an error that needs the area and the numbers of samples alone, cut off.

    References:
        Hanley & McNeil 1982, Radiology 143.
    """
    with silent():
        area = roc_auc(ranked)
    if not np.isfinite(area):
        return None
    half = intervals.z_of(level) * hanley_mcneil_error(
        area, ranked.effective_positives, ranked.effective_negatives
    )
    return [max(area - half, 0.0), min(area + half, 1.0)]


def average_precision_interval(ranked: Ranked, level: float) -> list[float] | None:
    """Normal on the logit scale with error 1 / sqrt(P AP (1 - AP)).

    References:
        Boyd, Eng & Page 2013, ECML.
    """
    value = average_precision(ranked)
    if not 0 < value < 1:
        return None
    error = 1 / np.sqrt(ranked.effective_positives * value * (1 - value))
    return _around_logit(value, float(error), level)


def _around_logit(value: float, error: float, level: float) -> list[float]:
    centre, half = np.log(value / (1 - value)), intervals.z_of(level) * error
    return [float(1 / (1 + np.exp(-(centre + side * half)))) for side in (-1, 1)]


def mean_interval(terms: Floats, level: float, weight: Floats | None = None) -> list[float] | None:
    """The mean, give or take z standard errors; weighted samples are worth their Kish number."""
    share = np.full(len(terms), 1 / len(terms)) if weight is None else weight / weight.sum()
    worth = 1 / float(share @ share)
    if worth < 1 + 1e-9 or not np.isfinite(terms).all():
        return None
    mean = float(share @ terms)
    spread = float(share**2 @ (terms - mean) ** 2) * worth / (worth - 1)
    half = intervals.z_of(level) * spread**0.5
    return [float(mean - half), float(mean + half)]
