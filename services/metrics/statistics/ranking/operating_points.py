"""Thresholds worth choosing, and what is reached at given rates."""

from collections.abc import Callable
from functools import partial

import numpy as np

from services.metrics.statistics.definition import UNBOUNDED, Best, ScoreStatistic
from services.metrics.statistics.ranking.areas import NO_POSITIVE, ONE_SIDED
from services.metrics.statistics.ranking.ranked import Ranked
from services.metrics.tables import Floats, remembered


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


def _at_level(ranked: Ranked, compute: Callable[[Ranked, float], float], level: float) -> float:
    return compute(ranked, level)


def lift_at(ranked: Ranked, share: float) -> float:
    """Precision among the highest-scored share of samples over prevalence, ties shared out."""
    total = ranked.positives + ranked.negatives
    reached = np.concatenate(([0.0], ranked.tp + ranked.fp)) / total
    gained = np.concatenate(([0.0], ranked.tp)) / np.float64(ranked.positives)
    return float(np.interp(share, reached, gained) / share)


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
    *(
        ScoreStatistic(
            id=f"{name}_{round(100 * level)}",
            of="ranking",
            title=f"{title} {level}",
            formula=formula,
            group="operating_points",
            compute=partial(_at_level, compute=compute, level=level),
            high=UNBOUNDED if name == "lift_at" else 1.0,
            undefined=reason,
            aliases=aliases,
        )
        for name, title, formula, compute, levels, reason, aliases in (
            (
                "recall_at_precision",
                "Greatest recall at a precision of at least",
                "max TPR over thresholds with PPV >= the level",
                recall_at_precision,
                (0.9, 0.95, 0.99),
                f"{NO_POSITIVE}, or no threshold reaches the precision",
                ("recall_at_fixed_precision",),
            ),
            (
                "precision_at_recall",
                "Greatest precision at a recall of at least",
                "max PPV over thresholds with TPR >= the level",
                precision_at_recall,
                (0.9, 0.95, 0.99),
                NO_POSITIVE,
                ("precision_at_fixed_recall",),
            ),
            (
                "recall_at_false_positive_rate",
                "Greatest recall at a false positive rate of at most",
                "max TPR over thresholds with FPR <= the level",
                recall_at_fpr,
                (0.01, 0.05, 0.1),
                ONE_SIDED,
                ("sensitivity_at_specificity",),
            ),
            (
                "specificity_at_recall",
                "Greatest specificity at a recall of at least",
                "max TNR over thresholds with TPR >= the level",
                specificity_at_recall,
                (0.9, 0.95, 0.99),
                ONE_SIDED,
                ("specificity_at_sensitivity",),
            ),
            (
                "lift_at",
                "Lift among the highest-scored share",
                "precision of the top share / prevalence",
                lift_at,
                (0.05, 0.1, 0.2),
                NO_POSITIVE,
                ("lift table",),
            ),
        )
        for level in levels
    ),
)
