"""Statistics of one class's ranking: how well its score tells it from the rest."""

from collections.abc import Callable
from functools import partial

import numpy as np

from services.metrics.statistics.definition import UNBOUNDED, Best, ScoreStatistic
from services.metrics.statistics.ranked import Ranked
from services.metrics.tables import Floats

ONE_SIDED = "the class is true for every sample, or for none"
NO_POSITIVE = "the class is true for no sample"


def roc_auc(ranked: Ranked) -> float:
    """The share of pairs in which the positive has the higher score, ties one half."""
    won = (ranked.fp_steps * ranked.positives_above).sum()
    return float(np.float64(won) / (ranked.positives * ranked.negatives))


def roc_auc_variance(ranked: Ranked) -> float:
    """DeLong's variance of the ROC area, from the placements of the samples.

    References:
        DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44; Sun & Xu 2014, IEEE SPL 21.
    """
    positives, negatives = np.float64(ranked.positives), np.float64(ranked.negatives)
    return float(
        _spread(ranked.negatives_below / negatives, ranked.tp_steps) / positives
        + _spread(ranked.positives_above / positives, ranked.fp_steps) / negatives
    )


def _spread(values: Floats, counts: Floats) -> np.float64:
    total = counts.sum()
    mean = (values * counts).sum() / total
    return (counts * (values - mean) ** 2).sum() / (total - 1)


def average_precision(ranked: Ranked) -> float:
    """Sum of the steps in recall times the precision there."""
    return float((ranked.tp_steps * ranked.precision).sum() / np.float64(ranked.positives))


def pr_auc_trapezoid(ranked: Ranked) -> float:
    """The area under straight lines between the points, the first drawn level to recall 0."""
    precision = np.concatenate((ranked.precision[:1], ranked.precision))
    middle = (precision[1:] + precision[:-1]) / 2
    return float((ranked.tp_steps * middle).sum() / np.float64(ranked.positives))


def pr_auc_interpolated(ranked: Ranked) -> float:
    """The area with false positives growing evenly between the points.

    Between two points precision is x / (a x + b) over x true positives, whose integral is
    x / a - b ln(a x + b) / a^2.

    References:
        Davis & Goadrich 2006, ICML; Boyd, Eng & Page 2013, ECML.
    """
    rises = ranked.tp_steps > 0
    end, step = ranked.tp[rises], ranked.tp_steps[rises]
    extra = ranked.fp_steps[rises]
    before = ranked.fp[rises] - extra
    a, start = 1 + extra / step, end - step
    b = before - (a - 1) * start
    logs = np.where(b == 0, 0.0, b * np.log((a * end + b) / (a * start + b)))
    return float((step / a - logs / a**2).sum() / np.float64(ranked.positives))


def kolmogorov_smirnov(ranked: Ranked) -> float:
    """The greatest gap between recall and false positive rate."""
    return float(np.abs(ranked.tpr - ranked.fpr).max())


def partial_auc(ranked: Ranked, max_fpr: float) -> float:
    """McClish's standardised area up to a false positive rate.

    References:
        McClish 1989, Medical Decision Making 9.
    """
    x, y = np.concatenate(([0.0], ranked.fpr)), np.concatenate(([0.0], ranked.tpr))
    if np.isnan(x[-1]) or np.isnan(y[-1]):
        return np.nan
    stop = int(np.searchsorted(x, max_fpr, side="right"))
    last = (
        y[-1]
        if stop == len(x)
        else np.interp(max_fpr, x[stop - 1 : stop + 1], y[stop - 1 : stop + 1])
    )
    area = np.trapezoid(np.append(y[:stop], last), np.append(x[:stop], max_fpr))
    least = max_fpr**2 / 2
    return float((1 + (area - least) / (max_fpr - least)) / 2)


def equal_error_rate(ranked: Ranked) -> float:
    """Where the ROC curve meets FPR = 1 - TPR, on the straight line between two points."""
    x, y = np.concatenate(([0.0], ranked.fpr)), np.concatenate(([0.0], ranked.tpr))
    gap = x + y - 1  # rises from -1 to 1
    if np.isnan(gap[-1]):
        return np.nan
    after = int(np.searchsorted(gap, 0.0))
    if gap[after] == 0:
        return float(x[after])
    share = -gap[after - 1] / (gap[after] - gap[after - 1])
    return float(x[after - 1] + share * (x[after] - x[after - 1]))


def log_auc(ranked: Ranked, low: float = 0.001, high: float = 0.1) -> float:
    """The mean recall over log10 FPR between two rates, on straight lines in FPR."""
    x, y = np.concatenate(([0.0], ranked.fpr)), np.concatenate(([0.0], ranked.tpr))
    if np.isnan(x[-1]) or np.isnan(y[-1]):
        return np.nan
    inside = (x > low) & (x < high)
    # Among points of equal FPR the last is the curve's upper end there.
    xs = np.concatenate(([low], x[inside], [high]))
    ys = np.concatenate(([_upper(x, y, low)], y[inside], [_upper(x, y, high)]))
    width, slope = np.diff(xs), np.diff(ys)
    steep = np.where(width > 0, slope / np.where(width > 0, width, 1.0), 0.0)
    parts = (ys[:-1] - steep * xs[:-1]) * np.log(xs[1:] / xs[:-1]) + steep * width
    return float(parts.sum() / np.log(high / low))


def _upper(x: Floats, y: Floats, at: float) -> float:
    stop = int(np.searchsorted(x, at, side="right"))
    if stop == len(x) or x[stop - 1] == at:
        return float(y[stop - 1])
    return float(np.interp(at, x[stop - 1 : stop + 1], y[stop - 1 : stop + 1]))


def best_f1(ranked: Ranked) -> tuple[float, float]:
    """The greatest F1 over all thresholds, and the threshold."""
    return _best(ranked, 2 * ranked.tp / (ranked.tp + ranked.fp + ranked.positives))


def best_informedness(ranked: Ranked) -> tuple[float, float]:
    """The greatest TPR - FPR, and the threshold."""
    return _best(ranked, ranked.tpr - ranked.fpr)


def best_matthews(ranked: Ranked) -> tuple[float, float]:
    """The greatest Matthews correlation, and the threshold."""
    tp, fp, p, n = ranked.tp, ranked.fp, ranked.positives, ranked.negatives
    called = tp + fp
    margins = np.sqrt(p * n * called * (p + n - called))
    return _best(ranked, np.where(margins > 0, (tp * n - fp * p) / margins, -np.inf))


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


RANKING = (
    ScoreStatistic(
        id="roc_auc",
        of="ranking",
        title="Area under the ROC curve",
        formula="P(score of a positive > of a negative) + P(equal) / 2",
        group="ranking",
        compute=roc_auc,
        undefined=ONE_SIDED,
        aliases=("AUROC", "c-statistic", "roc_auc_score", "auroc"),
        reference="Hanley & McNeil 1982, Radiology 143; Fawcett 2006",
    ),
    ScoreStatistic(
        id="average_precision",
        of="ranking",
        title="Average precision",
        formula="sum of (R_k - R_(k-1)) P_k over thresholds",
        group="ranking",
        compute=average_precision,
        undefined=NO_POSITIVE,
        aliases=("AP", "average_precision_score"),
        reference="Su, Yuan & Zhu 2015; Manning, Raghavan & Schütze 2008, chapter 8",
    ),
    ScoreStatistic(
        id="gini",
        of="ranking",
        title="Gini coefficient of the ranking",
        formula="2 AUC - 1",
        group="operating_points",
        compute=lambda r: 2 * roc_auc(r) - 1,
        low=-1.0,
        undefined=ONE_SIDED,
        aliases=("accuracy ratio", "gain capture"),
        reference="Engelmann, Hayden & Tasche 2003, Risk 16",
    ),
    ScoreStatistic(
        id="kolmogorov_smirnov",
        of="ranking",
        title="Kolmogorov-Smirnov statistic",
        formula="max |TPR - FPR| over thresholds",
        group="operating_points",
        compute=kolmogorov_smirnov,
        undefined=ONE_SIDED,
        aliases=("KS",),
        reference="Smirnov 1939",
    ),
    ScoreStatistic(
        id="pr_auc_interpolated",
        of="ranking",
        title="Area under the precision-recall curve, interpolated",
        formula="integral of precision over recall, false positives growing evenly between points",
        group="operating_points",
        compute=pr_auc_interpolated,
        undefined=NO_POSITIVE,
        aliases=("auc_precision_recall",),
        reference="Davis & Goadrich 2006, ICML",
    ),
    ScoreStatistic(
        id="pr_auc_trapezoid",
        of="ranking",
        title="Area under the precision-recall curve, trapezoids",
        formula="trapezoids over recall; optimistic",
        group="operating_points",
        compute=pr_auc_trapezoid,
        undefined=NO_POSITIVE,
        aliases=("auc(recall, precision)",),
        reference="Davis & Goadrich 2006, ICML",
    ),
    ScoreStatistic(
        id="pr_baseline",
        of="ranking",
        title="Precision of a random ranking",
        formula="P / n",
        group="operating_points",
        compute=lambda r: r.positives / (r.positives + r.negatives),
        best=Best.NEITHER,
        aliases=("prevalence",),
    ),
    *(
        ScoreStatistic(
            id=f"partial_roc_auc_{round(100 * limit)}",
            of="ranking",
            title=f"Partial ROC area up to FPR {limit}",
            formula="(1 + (A - A_min) / (A_max - A_min)) / 2",
            group="operating_points",
            compute=partial(partial_auc, max_fpr=limit),
            undefined=ONE_SIDED,
            aliases=(f"roc_auc_score(max_fpr={limit})",),
            reference="McClish 1989, Medical Decision Making 9",
        )
        for limit in (0.05, 0.1, 0.2)
    ),
    ScoreStatistic(
        id="equal_error_rate",
        of="ranking",
        title="Equal error rate",
        formula="FPR where FPR = FNR, between points by a straight line",
        group="operating_points",
        compute=equal_error_rate,
        best=Best.LOWER,
        undefined=ONE_SIDED,
        aliases=("EER",),
    ),
    ScoreStatistic(
        id="log_auc",
        of="ranking",
        title="Mean recall over log FPR from 0.001 to 0.1",
        formula="integral of TPR over log10 FPR / 2",
        group="operating_points",
        compute=log_auc,
        undefined=ONE_SIDED,
        aliases=("logAUC",),
        reference="Mysinger & Shoichet 2010, JCIM 50",
    ),
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
