"""The headline of a whole table, and further summaries."""

import numpy as np

from services.metrics.arrays import Floats, mean_defined, remembered
from services.metrics.binary_counts import mended_matthews
from services.metrics.statistics.definition import UNBOUNDED, Best, OverallStatistic
from services.metrics.tables import Table

ONE_CLASS = "one class alone is both true and predicted"


NO_VARIATION = "every sample is of one class, or is predicted as one class"


def matthews(table: Table) -> Floats:
    """Gorodkin's R_K: (n tr C - sum P TOP) / sqrt((n^2 - sum P^2)(n^2 - sum TOP^2))."""
    n, actual, predicted = table.n, table.actual, table.predicted
    covariance = n * table.hits.sum(-1) - (actual * predicted).sum(-1)
    # n^2 - sum P^2 = sum P (n - P), which is exactly zero for a single class.
    spread_actual = (actual * (n[..., None] - actual)).sum(-1)
    spread_predicted = (predicted * (n[..., None] - predicted)).sum(-1)
    value = covariance / np.sqrt(spread_actual * spread_predicted)
    rule = table.parameters.degenerate_matthews
    if rule == "null":
        return value
    cells, right = (table.matrix > 0).sum((-2, -1)), table.hits.sum(-1) > 0
    return mended_matthews(value, cells, right, rule)


def kappa(table: Table) -> Floats:
    """(p_o - p_e) / (1 - p_e), as (n tr C - sum P TOP) / (n^2 - sum P TOP)."""
    n = table.n
    chance = (table.actual * table.predicted).sum(-1)
    return (n * table.hits.sum(-1) - chance) / (n * n - chance)


@remembered
def balanced_accuracy(table: Table) -> Floats:
    """The mean recall over the classes that occur in the truth."""
    return mean_defined(table.one_vs_rest.tpr)


def balanced_accuracy_adjusted(table: Table) -> Floats:
    """Balanced accuracy, scaled so that a constant prediction scores 0."""
    chance = 1 / (table.actual > 0).sum(-1)
    return np.where(chance < 1, (balanced_accuracy(table) - chance) / (1 - chance), np.nan)


def f1_of_macro_averages(table: Table) -> Floats:
    """The harmonic mean of macro precision and macro recall."""
    precision = mean_defined(table.one_vs_rest.ppv)
    recall = mean_defined(table.one_vs_rest.tpr)
    return 2 * precision * recall / (precision + recall)


OVERALL = (
    OverallStatistic(
        id="accuracy",
        title="Accuracy",
        formula="tr C / n",
        compute=lambda t: t.accuracy,
        aliases=("Overall ACC", "p_o", "accuracy_score", "micro F1", "PPV Micro", "TPR Micro"),
    ),
    OverallStatistic(
        id="error_rate",
        title="Error rate",
        formula="1 - accuracy",
        compute=lambda t: (t.n - t.hits.sum(-1)) / t.n,
        best=Best.LOWER,
        aliases=("Hamming Loss", "hamming_loss", "zero_one_loss", "FNR Micro"),
    ),
    OverallStatistic(
        id="balanced_accuracy",
        title="Balanced accuracy",
        formula="mean of TPR over the classes that occur in the truth",
        compute=balanced_accuracy,
        aliases=("balanced_accuracy_score", "unweighted average recall"),
        reference="Brodersen et al. 2010, ICPR; Mosley 2013",
    ),
    OverallStatistic(
        id="cohen_kappa",
        title="Cohen's kappa",
        formula="(p_o - p_e) / (1 - p_e), p_e = sum of P TOP / n^2",
        compute=kappa,
        low=-1.0,
        undefined=ONE_CLASS,
        aliases=("Kappa", "cohen_kappa_score", "Heidke skill score"),
        reference="Cohen 1960, Educational and Psychological Measurement 20",
    ),
    OverallStatistic(
        id="matthews_corrcoef",
        title="Matthews correlation coefficient, multiclass",
        formula="(n tr C - sum P TOP) / sqrt((n^2 - sum P^2)(n^2 - sum TOP^2))",
        compute=matthews,
        low=-1.0,
        undefined=NO_VARIATION,
        aliases=("Overall MCC", "R_K", "matthews_corrcoef"),
        reference="Gorodkin 2004, Computational Biology and Chemistry 28",
    ),
    OverallStatistic(
        id="f1_of_macro_averages",
        title="F1 of macro precision and macro recall",
        formula="2 P R / (P + R), P and R the means of precision and recall over the classes",
        group="summary",
        compute=f1_of_macro_averages,
        undefined="macro precision and macro recall are both 0, or one is undefined",
        aliases=("f1_of_macro_pr", "macro F1*"),
        reference="Sokolova & Lapalme 2009; Opitz & Burst 2019, arXiv:1911.03347",
    ),
    OverallStatistic(
        id="balanced_accuracy_adjusted",
        title="Balanced accuracy, adjusted for chance",
        formula="(BA - 1/m) / (1 - 1/m), m = classes that occur in the truth",
        group="summary",
        compute=balanced_accuracy_adjusted,
        low=-1.0,
        undefined="the truth has one class",
        aliases=("balanced_accuracy_score(adjusted=True)",),
    ),
    OverallStatistic(
        id="zero_one_loss_count",
        title="Number of errors",
        formula="n - tr C",
        group="summary",
        compute=lambda t: t.n - t.hits.sum(-1),
        high=UNBOUNDED,
        best=Best.LOWER,
        aliases=("Zero-one Loss",),
    ),
    OverallStatistic(
        id="geometric_mean_recall",
        title="Geometric mean of the recalls",
        formula="(product of TPR)^(1/m) over the m classes that occur in the truth",
        group="summary",
        compute=lambda t: np.exp(mean_defined(np.log(t.one_vs_rest.tpr))),
        aliases=("G-mean", "geometric_mean_score"),
        reference="Sun, Kamel & Wang 2006, ICDM",
    ),
    OverallStatistic(
        id="class_balance_accuracy",
        title="Class balance accuracy",
        formula="mean of C[c, c] / max(P, TOP) over the classes that occur",
        group="summary",
        compute=lambda t: mean_defined(t.hits / np.maximum(t.actual, t.predicted)),
        aliases=("CBA",),
        reference="Mosley 2013, Iowa State University",
    ),
    OverallStatistic(
        id="classification_success_index",
        title="Classification success index",
        formula="mean of PPV + TPR - 1 over the classes where both are defined",
        group="summary",
        compute=lambda t: mean_defined(t.one_vs_rest.ppv + t.one_vs_rest.tpr - 1),
        low=-1.0,
        undefined="no class is both true and predicted",
        aliases=("CSI",),
        reference="Labatut & Cherifi 2011, ICIT",
    ),
    OverallStatistic(
        id="mean_one_vs_rest_balanced_accuracy",
        title="Mean balanced accuracy of the classes",
        formula="mean of (TPR + TNR) / 2",
        group="summary",
        compute=lambda t: mean_defined((t.one_vs_rest.tpr + t.one_vs_rest.tnr) / 2),
        undefined="no class has both samples and others",
        aliases=("AUNU (single point)",),
        reference="Ferri, Hernández-Orallo & Modroiu 2009, Pattern Recognition Letters 30",
    ),
    OverallStatistic(
        id="weighted_one_vs_rest_balanced_accuracy",
        title="Mean balanced accuracy of the classes, weighted by prevalence",
        formula="sum of P / n (TPR + TNR) / 2",
        group="summary",
        compute=lambda t: mean_defined((t.one_vs_rest.tpr + t.one_vs_rest.tnr) / 2, t.actual),
        undefined="no class has both samples and others",
        aliases=("AUNP (single point)",),
        reference="Ferri, Hernández-Orallo & Modroiu 2009, Pattern Recognition Letters 30",
    ),
    OverallStatistic(
        id="global_performance_index",
        title="Global performance index",
        formula="sum of TOP / K",
        group="summary",
        compute=lambda t: t.n / t.n_classes,
        high=UNBOUNDED,
        best=Best.NEITHER,
        aliases=("RR",),
    ),
    OverallStatistic(
        id="peirce_skill_score",
        title="Peirce skill score, multicategory",
        formula="(p_o - sum P TOP / n^2) / (1 - sum P^2 / n^2)",
        group="summary",
        compute=lambda t: (
            (t.accuracy - (t.actual_shares * t.predicted_shares).sum(-1))
            / (t.actual_shares * (1 - t.actual_shares)).sum(-1)
        ),
        low=-1.0,
        undefined="the truth has one class",
        aliases=("Hanssen-Kuipers discriminant", "true skill statistic"),
        reference="Peirce 1884, Science 4; Jolliffe & Stephenson 2012, Forecast Verification",
    ),
)
