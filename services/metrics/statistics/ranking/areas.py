"""Areas and distances of one class's curves: how well its score tells it from the rest."""

from functools import partial

import numpy as np

from services.metrics.arrays import Floats, remembered
from services.metrics.statistics.definition import UNBOUNDED, Best, ScoreStatistic
from services.metrics.statistics.ranking.ranked import Ranked
from services.metrics.statistics.ranking.steps import Steps

ONE_SIDED = "the class is true for every sample, or for none"


NO_POSITIVE = "the class is true for no sample"


@remembered
def roc_auc(ranked: Steps) -> float:
    """The share of pairs in which the positive has the higher score, ties one half."""
    won = (ranked.fp_steps * ranked.positives_above).sum()
    return float(np.float64(won) / (ranked.positives * ranked.negatives))


@remembered
def roc_auc_variance(ranked: Ranked) -> float:
    """DeLong's variance of the ROC area, from the placements of the samples.

    With weights each placement counts by its squared share of the weight, and as many samples
    as the weighted ones are worth (Kish 1965).

    References:
        DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44; Sun & Xu 2014, IEEE SPL 21.
    """
    positives, negatives = np.float64(ranked.positives), np.float64(ranked.negatives)
    of_positives, of_negatives = ranked.square_steps
    return float(
        _variance(ranked.negatives_below / negatives, ranked.tp_steps, of_positives)
        + _variance(ranked.positives_above / positives, ranked.fp_steps, of_negatives)
    )


def hanley_mcneil_error(area: float, positives: float, negatives: float) -> float:
    """The standard error of a ROC area if scores were exponential, from the area alone.

    References:
        Hanley & McNeil 1982, Radiology 143.
    """
    square = area**2
    two_positives = area / (2 - area) - square  # both above one negative
    two_negatives = 2 * square / (1 + area) - square  # one above both
    spread = area * (1 - area) + (positives - 1) * two_positives + (negatives - 1) * two_negatives
    return float(max(spread, 0.0) / (positives * negatives)) ** 0.5


def _variance(values: Floats, weights: Floats, squares: Floats) -> np.float64:
    """Of the weighted mean."""
    total, square = weights.sum(), squares.sum()
    mean = (values * weights).sum() / total
    worth = total**2 / square
    return (squares * (values - mean) ** 2).sum() / total**2 * worth / (worth - 1)


def pr_gain_auc(ranked: Steps) -> float:
    """The area under precision gain over recall gain, from recall gain 0 on.

    Gains are linear in 1 / TP, so straight lines between counts stay straight lines.

    References:
        Flach & Kull 2015, NeurIPS.
    """
    odds = ranked.positives / np.float64(ranked.negatives)
    least = ranked.positives / (1 + 1 / odds)  # true positives at which recall gain is 0
    tp, fp = np.concatenate(([0.0], ranked.tp)), np.concatenate(([0.0], ranked.fp))
    if np.isnan(odds) or np.isinf(odds) or odds == 0:
        return np.nan
    first = int(np.searchsorted(tp, least, side="left"))
    part = (least - tp[first - 1]) / (tp[first] - tp[first - 1])
    start = fp[first - 1] + part * (fp[first] - fp[first - 1])
    tp, fp = np.concatenate(([least], tp[first:])), np.concatenate(([start], fp[first:]))
    recall_gain = 1 - odds * (ranked.positives - tp) / tp
    return float(np.trapezoid(1 - odds * fp / tp, recall_gain))


@remembered
def average_precision(ranked: Steps) -> float:
    """Sum of the steps in recall times the precision there."""
    return float((ranked.tp_steps * ranked.precision).sum() / np.float64(ranked.positives))


def pr_auc_trapezoid(ranked: Steps) -> float:
    """The area under straight lines between the points, the first drawn level to recall 0."""
    precision = np.concatenate((ranked.precision[:1], ranked.precision))
    middle = (precision[1:] + precision[:-1]) / 2
    return float((ranked.tp_steps * middle).sum() / np.float64(ranked.positives))


def pr_auc_interpolated(ranked: Steps) -> float:
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


def kolmogorov_smirnov(ranked: Steps) -> float:
    """The greatest gap between recall and false positive rate."""
    return float(np.abs(ranked.tpr - ranked.fpr).max())


def partial_auc(ranked: Steps, max_fpr: float) -> float:
    """McClish's standardised area up to a false positive rate.

    References:
        McClish 1989, Medical Decision Making 9.
    """
    x, y = ranked.roc
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


def equal_error_rate(ranked: Steps) -> float:
    """Where the ROC curve meets FPR = 1 - TPR, on the straight line between two points."""
    x, y = ranked.roc
    gap = x + y - 1  # rises from -1 to 1
    if np.isnan(gap[-1]):
        return np.nan
    after = int(np.searchsorted(gap, 0.0))
    if gap[after] == 0:
        return float(x[after])
    share = -gap[after - 1] / (gap[after] - gap[after - 1])
    return float(x[after - 1] + share * (x[after] - x[after - 1]))


def log_auc(ranked: Steps, low: float = 0.001, high: float = 0.1) -> float:
    """The mean recall over log10 FPR between two rates, on straight lines in FPR."""
    x, y = ranked.roc
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


AREAS = (
    ScoreStatistic(
        id="roc_auc",
        of="ranking",
        title="Area under the ROC curve",
        formula="P(score of a positive > of a negative) + P(equal) / 2",
        group="ranking",
        compute=roc_auc,
        undefined=ONE_SIDED,
        aliases=("AUROC", "c-statistic", "roc_auc_score", "auroc", "ROCCurve.area()"),
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
        id="pr_gain_auc",
        of="ranking",
        title="Area under the precision-recall-gain curve",
        formula="trapezoids of 1 - P FP / (N TP) over 1 - P FN / (N TP), from 0 on",
        group="operating_points",
        compute=pr_gain_auc,
        low=-UNBOUNDED,
        undefined=ONE_SIDED,
        aliases=("AUPRG",),
        reference="Flach & Kull 2015, NeurIPS",
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
)
