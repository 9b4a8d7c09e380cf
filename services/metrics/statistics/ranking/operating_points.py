"""Thresholds worth choosing, and what is reached at given rates."""

from collections.abc import Callable

import numpy as np

from services.metrics.arrays import Floats, remembered
from services.metrics.statistics.definition import UNBOUNDED, Best, ScoreStatistic
from services.metrics.statistics.ranking.areas import NO_POSITIVE, ONE_SIDED
from services.metrics.statistics.ranking.steps import Steps

# A value and the threshold that reaches it.
Reached = tuple[float, float]
Rule = Callable[[Steps, float], Reached]


@remembered
def best_f1(ranked: Steps) -> tuple[float, float]:
    """The greatest F1 over all thresholds, and the threshold."""
    return _best(ranked, 2 * ranked.tp / (ranked.tp + ranked.fp + ranked.positives))


@remembered
def best_informedness(ranked: Steps) -> tuple[float, float]:
    """The greatest TPR - FPR, and the threshold."""
    return _best(ranked, ranked.tpr - ranked.fpr)


@remembered
def best_matthews(ranked: Steps) -> tuple[float, float]:
    """The greatest Matthews correlation, and the threshold."""
    tp, fp, p, n = ranked.tp, ranked.fp, ranked.positives, ranked.negatives
    called = tp + fp
    margins = np.sqrt(p * n * called * (p + n - called))
    return _best(ranked, np.where(margins > 0, (tp * n - fp * p) / margins, -np.inf))


@remembered
def closest_corner(ranked: Steps) -> tuple[float, float]:
    """The least distance to TPR = 1, FPR = 0, and the threshold."""
    square, threshold = _best(ranked, -(ranked.fpr**2 + (1 - ranked.tpr) ** 2))
    return (-square) ** 0.5, threshold


def _best(ranked: Steps, values: Floats) -> tuple[float, float]:
    if np.isnan(values).all() or not np.isfinite(values).any():
        return np.nan, np.nan
    index = int(np.nanargmax(values))
    return float(values[index]), float(ranked.thresholds[index])


def recall_at_precision(ranked: Steps, precision: float) -> Reached:
    """The greatest recall at a precision of at least this."""
    fits = np.flatnonzero(ranked.precision >= precision)
    if not fits.size or np.isnan(ranked.tpr[-1]):
        return np.nan, np.nan
    # Recall never falls, and with the same recall precision was greater before.
    return _first_with_recall_of(ranked, int(fits[-1]))


def precision_at_recall(ranked: Steps, recall: float) -> Reached:
    """The greatest precision at a recall of at least this."""
    start = int(np.searchsorted(ranked.tpr, recall))
    if np.isnan(ranked.tpr[-1]) or start == len(ranked.tpr):
        return np.nan, np.nan
    place = start + int(ranked.precision[start:].argmax())
    return float(ranked.precision[place]), float(ranked.thresholds[place])


def recall_at_fpr(ranked: Steps, fpr: float) -> Reached:
    """The greatest recall at a false positive rate of at most this; at worst none is called."""
    if np.isnan(ranked.tpr[-1]) or np.isnan(ranked.fpr[-1]):
        return np.nan, np.nan
    last = int(np.searchsorted(ranked.fpr, fpr, side="right")) - 1
    return _first_with_recall_of(ranked, last) if last >= 0 else (0.0, np.nan)


def specificity_at_recall(ranked: Steps, recall: float) -> Reached:
    """The greatest specificity at a recall of at least this."""
    start = int(np.searchsorted(ranked.tpr, recall))
    if np.isnan(ranked.tpr[-1]) or np.isnan(ranked.fpr[-1]) or start == len(ranked.tpr):
        return np.nan, np.nan
    return float(1 - ranked.fpr[start]), float(ranked.thresholds[start])


def _first_with_recall_of(ranked: Steps, place: int) -> Reached:
    first = int(np.searchsorted(ranked.tp, ranked.tp[place]))
    return float(ranked.tpr[place]), float(ranked.thresholds[first])


def value_of(ranked: Steps, rule: Rule, level: float) -> float:
    """What a rule reaches at a level; NaN if nothing does."""
    return rule(ranked, level)[0]


def threshold_of(ranked: Steps, rule: Rule, level: float) -> float:
    """The highest threshold that reaches it; NaN if there is none."""
    return rule(ranked, level)[1]


def gain_at(ranked: Steps, share: float) -> float:
    """The share of the positives among the highest-scored share of samples, ties shared out."""
    reached = share * (ranked.positives + ranked.negatives)
    called = ranked.called
    place = int(np.searchsorted(called, reached))
    before = (called[place - 1], ranked.tp[place - 1]) if place else (0.0, 0.0)
    part = (reached - before[0]) / (called[place] - before[0])
    gained = before[1] + part * (ranked.tp[place] - before[1])
    return float(gained / np.float64(ranked.positives))


def lift_at(ranked: Steps, share: float) -> float:
    """Precision among the highest-scored share of samples over prevalence, ties shared out."""
    return gain_at(ranked, share) / share


def precision_of_top(ranked: Steps, share: float) -> float:
    """The share of positives among the highest-scored share of samples, ties shared out."""
    total = ranked.positives + ranked.negatives
    return lift_at(ranked, share) * ranked.positives / total


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
