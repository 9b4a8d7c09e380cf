"""Thresholds worth choosing, and what is reached at given rates."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from services.metrics.statistics.definition import UNBOUNDED, Best, ScoreStatistic
from services.metrics.statistics.ranking.areas import NO_POSITIVE, ONE_SIDED
from services.metrics.statistics.ranking.ranked import Ranked
from services.metrics.tables import Floats, remembered

Rule = Callable[[Ranked, float], float]


@remembered
def best_f1(ranked: Ranked) -> tuple[float, float]:
    """The greatest F1 over all thresholds, and the threshold."""
    return _best(ranked, 2 * ranked.tp / (ranked.tp + ranked.fp + ranked.positives))


@remembered
def best_informedness(ranked: Ranked) -> tuple[float, float]:
    """The greatest TPR - FPR, and the threshold."""
    return _best(ranked, ranked.tpr - ranked.fpr)


@remembered
def best_matthews(ranked: Ranked) -> tuple[float, float]:
    """The greatest Matthews correlation, and the threshold."""
    tp, fp, p, n = ranked.tp, ranked.fp, ranked.positives, ranked.negatives
    called = tp + fp
    margins = np.sqrt(p * n * called * (p + n - called))
    return _best(ranked, np.where(margins > 0, (tp * n - fp * p) / margins, -np.inf))


@remembered
def closest_corner(ranked: Ranked) -> tuple[float, float]:
    """The least distance to TPR = 1, FPR = 0, and the threshold."""
    distance, threshold = _best(ranked, -np.hypot(ranked.fpr, 1 - ranked.tpr))
    return -distance, threshold


def _best(ranked: Ranked, values: Floats) -> tuple[float, float]:
    if np.isnan(values).all() or not np.isfinite(values).any():
        return np.nan, np.nan
    index = int(np.nanargmax(values))
    return float(values[index]), float(ranked.thresholds[index])


def recall_at_precision(ranked: Ranked, precision: float) -> float:
    """The greatest recall at a precision of at least this; NaN if there is none."""
    fits = ranked.precision >= precision
    return float(ranked.tpr[fits].max()) if fits.any() else np.nan


def precision_at_recall(ranked: Ranked, recall: float) -> float:
    """The greatest precision at a recall of at least this."""
    fits = ranked.tpr >= recall
    return float(ranked.precision[fits].max()) if fits.any() else np.nan


def recall_at_fpr(ranked: Ranked, fpr: float) -> float:
    """The greatest recall at a false positive rate of at most this; 0 is always feasible."""
    if np.isnan(ranked.tpr[-1]) or np.isnan(ranked.fpr[-1]):
        return np.nan
    fits = ranked.fpr <= fpr
    return float(ranked.tpr[fits].max()) if fits.any() else 0.0


def specificity_at_recall(ranked: Ranked, recall: float) -> float:
    """The greatest specificity at a recall of at least this."""
    fits = ranked.tpr >= recall
    return float(1 - ranked.fpr[fits].min()) if fits.any() else np.nan


def threshold_of(ranked: Ranked, compute: Rule, level: float) -> float:
    """The highest threshold that reaches what a rule reaches at a level."""
    reached = compute(ranked, level)
    if np.isnan(reached):
        return np.nan
    values, fits = _REACHED[compute](ranked, level)
    places = np.flatnonzero(fits & (values == reached))
    return float(ranked.thresholds[places[0]]) if places.size else np.nan


def at_level(ranked: Ranked, compute: Rule, level: float) -> float:
    """What a rule reaches at a level."""
    return compute(ranked, level)


def lift_at(ranked: Ranked, share: float) -> float:
    """Precision among the highest-scored share of samples over prevalence, ties shared out."""
    total = ranked.positives + ranked.negatives
    reached = np.concatenate(([0.0], ranked.tp + ranked.fp)) / total
    gained = np.concatenate(([0.0], ranked.tp)) / np.float64(ranked.positives)
    return float(np.interp(share, reached, gained) / share)


def gain_at(ranked: Ranked, share: float) -> float:
    """The share of the positives among the highest-scored share of samples, ties shared out."""
    return lift_at(ranked, share) * share


def precision_of_top(ranked: Ranked, share: float) -> float:
    """The share of positives among the highest-scored share of samples, ties shared out."""
    total = ranked.positives + ranked.negatives
    return lift_at(ranked, share) * ranked.positives / total


# For each rule: what it maximises, and which thresholds it may choose.
_REACHED: dict[Rule, Callable[[Ranked, float], tuple[Floats, NDArray[np.bool_]]]] = {
    recall_at_precision: lambda r, level: (r.tpr, r.precision >= level),
    precision_at_recall: lambda r, level: (r.precision, r.tpr >= level),
    recall_at_fpr: lambda r, level: (r.tpr, r.fpr <= level),
    specificity_at_recall: lambda r, level: (1 - r.fpr, r.tpr >= level),
}

OPERATING_POINTS = (
    ScoreStatistic(
        id="best_f1_score",
        of="ranking",
        title="Greatest F1 over all thresholds",
        formula="max 2 TP / (2 TP + FP + FN)",
        group="operating_points",
        compute=lambda r: best_f1(r)[0],
        undefined=NO_POSITIVE,
        aliases=("F-max",),
    ),
    ScoreStatistic(
        id="best_f1_threshold",
        of="ranking",
        title="Threshold of the greatest F1",
        formula="argmax; scores at or above it are positive",
        group="operating_points",
        compute=lambda r: best_f1(r)[1],
        low=-UNBOUNDED,
        high=UNBOUNDED,
        best=Best.NEITHER,
        undefined=NO_POSITIVE,
    ),
    ScoreStatistic(
        id="best_informedness_threshold",
        of="ranking",
        title="Threshold of the greatest TPR - FPR",
        formula="argmax; scores at or above it are positive",
        group="operating_points",
        compute=lambda r: best_informedness(r)[1],
        low=-UNBOUNDED,
        high=UNBOUNDED,
        best=Best.NEITHER,
        undefined=ONE_SIDED,
        aliases=("Youden threshold",),
        reference="Youden 1950, Cancer 3",
    ),
    ScoreStatistic(
        id="best_matthews_corrcoef",
        of="ranking",
        title="Greatest Matthews correlation over all thresholds",
        formula="max MCC",
        group="operating_points",
        compute=lambda r: best_matthews(r)[0],
        low=-1.0,
        undefined=ONE_SIDED,
    ),
    ScoreStatistic(
        id="best_matthews_threshold",
        of="ranking",
        title="Threshold of the greatest Matthews correlation",
        formula="argmax; scores at or above it are positive",
        group="operating_points",
        compute=lambda r: best_matthews(r)[1],
        low=-UNBOUNDED,
        high=UNBOUNDED,
        best=Best.NEITHER,
        undefined=ONE_SIDED,
    ),
    ScoreStatistic(
        id="closest_corner_threshold",
        of="ranking",
        title="Threshold closest to the ideal corner of the ROC plane",
        formula="argmin sqrt(FPR^2 + (1 - TPR)^2)",
        group="operating_points",
        compute=lambda r: closest_corner(r)[1],
        low=-UNBOUNDED,
        high=UNBOUNDED,
        best=Best.NEITHER,
        undefined=ONE_SIDED,
    ),
)
