"""One class against what chance would give: odds, likelihood ratios, skill, information."""

import numpy as np

from services.metrics import distributions
from services.metrics.statistics.definition import (
    NO_ACTUAL,
    NO_BOTH,
    NO_MARGIN,
    NO_POSITIVE,
    NO_PREDICTED,
    UNBOUNDED,
    Best,
    ClassStatistic,
    LineStatistic,
)
from services.metrics.tables import BinaryCounts, Floats, Table, xlogx


def _chance_hits(counts: BinaryCounts) -> Floats:
    return counts.actual * counts.predicted / counts.n


def _gilbert_skill(counts: BinaryCounts) -> Floats:
    # n (TP - r) = TP TN - FP FN, which keeps the digits that the difference would lose.
    return counts.cross / (counts.cross + counts.n * counts.wrong)


def _log_odds_sum(counts: BinaryCounts) -> Floats:
    return np.log(counts.tp / counts.fn) + np.log(counts.tn / counts.fp)


def _extremal_dependency(counts: BinaryCounts) -> Floats:
    false_alarms, hits = np.log(counts.fpr), np.log(counts.tpr)
    return (false_alarms - hits) / (false_alarms + hits)


def _symmetric_extremal_dependency(counts: BinaryCounts) -> Floats:
    false_alarms, hits = np.log(counts.fpr), np.log(counts.tpr)
    rest = np.log(counts.tnr) - np.log(counts.fnr)
    total = np.log(counts.tnr) + np.log(counts.fnr)
    return (false_alarms - hits - rest) / (false_alarms + hits + total)


def confusion_entropy(table: Table, whole: Floats) -> Floats:
    """Entropy of a class's errors, as shares of `whole`, to the base 2 (K - 1).

    Wei et al. 2010 sum a log a over the errors of row and column, a = count / whole; since
    log a = log count - log whole, one logarithm for each cell serves all classes.
    """
    of_rows, of_columns = table.logs
    logs = of_rows + of_columns - 2 * xlogx(table.hits)
    entropy = -(logs - table.one_vs_rest.wrong * np.log(whole)) / whole
    return entropy / np.log(np.float64(2 * (table.n_classes - 1)))


CHANCE = (
    ClassStatistic(
        id="positive_likelihood_ratio",
        title="Positive likelihood ratio",
        formula="TPR / FPR",
        group="chance",
        compute=lambda c: c.tpr / c.fpr,
        high=UNBOUNDED,
        undefined=f"{NO_BOTH}, or there is no false positive",
        aliases=("PLR", "LR+", "class_likelihood_ratios"),
        reference="Simel, Samsa & Matchar 1991, Journal of Clinical Epidemiology 44",
    ),
    ClassStatistic(
        id="negative_likelihood_ratio",
        title="Negative likelihood ratio",
        formula="FNR / TNR",
        group="chance",
        compute=lambda c: c.fnr / c.tnr,
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined=f"{NO_BOTH}, or there is no true negative",
        aliases=("NLR", "LR-"),
        reference="Simel, Samsa & Matchar 1991, Journal of Clinical Epidemiology 44",
    ),
    ClassStatistic(
        id="diagnostic_odds_ratio",
        title="Diagnostic odds ratio",
        formula="TP TN / (FP FN)",
        group="chance",
        compute=lambda c: c.tp * c.tn / (c.fp * c.fn),
        high=UNBOUNDED,
        undefined="FP FN = 0",
        aliases=("DOR", "cross-product ratio"),
        reference="Glas et al. 2003, Journal of Clinical Epidemiology 56",
    ),
    ClassStatistic(
        id="diagnostic_odds_ratio_haldane",
        title="Diagnostic odds ratio, Haldane-Anscombe corrected",
        formula="(TP + 1/2)(TN + 1/2) / ((FP + 1/2)(FN + 1/2))",
        group="chance",
        compute=lambda c: (c.tp + 0.5) * (c.tn + 0.5) / ((c.fp + 0.5) * (c.fn + 0.5)),
        high=UNBOUNDED,
        reference="Haldane 1956, Annals of Human Genetics 20; Anscombe 1956, Biometrika 43",
    ),
    ClassStatistic(
        id="yule_q",
        title="Yule's Q",
        formula="(TP TN - FP FN) / (TP TN + FP FN)",
        group="chance",
        compute=lambda c: c.cross / (c.tp * c.tn + c.fp * c.fn),
        low=-1.0,
        undefined="TP TN + FP FN = 0",
        aliases=("Q", "odds ratio skill score", "coefficient of association"),
        reference="Yule 1900, Philosophical Transactions A 194",
    ),
    ClassStatistic(
        id="yule_y",
        title="Yule's Y",
        formula="(sqrt(TP TN) - sqrt(FP FN)) / (sqrt(TP TN) + sqrt(FP FN))",
        group="chance",
        compute=lambda c: (
            (np.sqrt(c.tp * c.tn) - np.sqrt(c.fp * c.fn))
            / (np.sqrt(c.tp * c.tn) + np.sqrt(c.fp * c.fn))
        ),
        low=-1.0,
        undefined="TP TN + FP FN = 0",
        aliases=("coefficient of colligation",),
        reference="Yule 1912, Journal of the Royal Statistical Society 75",
    ),
    ClassStatistic(
        id="one_vs_rest_kappa",
        title="Cohen's kappa of the class against the rest",
        formula="2 (TP TN - FP FN) / ((TP + FP)(FP + TN) + (TP + FN)(FN + TN))",
        group="chance",
        compute=lambda c: 2 * c.cross / (c.predicted * c.negatives + c.actual * c.rejected),
        low=-1.0,
        undefined="the class is the whole truth or none of it, and is predicted so",
        aliases=("Heidke skill score", "HSS"),
        reference="Cohen 1960, Educational and Psychological Measurement 20; Heidke 1926",
    ),
    ClassStatistic(
        id="gilbert_skill_score",
        title="Gilbert skill score",
        formula="(TP - r) / (TP + FP + FN - r), r = (TP + FN)(TP + FP) / n",
        group="chance",
        compute=_gilbert_skill,
        low=-1 / 3,
        undefined="the class is the whole truth or none of it, and is predicted so",
        aliases=("ETS", "equitable threat score"),
        reference="Gilbert 1884, American Meteorological Journal 1",
    ),
    ClassStatistic(
        id="random_accuracy",
        title="Random accuracy of the class",
        formula="(TP + FN)(TP + FP) / n^2",
        group="chance",
        compute=lambda c: _chance_hits(c) / c.n,
        best=Best.NEITHER,
        aliases=("RACC",),
        reference="Cohen 1960, Educational and Psychological Measurement 20",
    ),
    ClassStatistic(
        id="random_accuracy_unbiased",
        title="Random accuracy of the class, common margins",
        formula="((2 TP + FN + FP) / (2 n))^2",
        group="chance",
        compute=lambda c: np.square((c.actual + c.predicted) / (2 * c.n)),
        best=Best.NEITHER,
        aliases=("RACCU",),
        reference="Scott 1955, Public Opinion Quarterly 19",
    ),
    ClassStatistic(
        id="lift",
        title="Lift",
        formula="PPV / prevalence = n TP / ((TP + FP)(TP + FN))",
        group="chance",
        compute=lambda c: c.tp * c.n / (c.predicted * c.actual),
        high=UNBOUNDED,
        undefined=f"{NO_ACTUAL}, or {NO_PREDICTED}",
        aliases=("LS", "lift score", "Forbes I"),
        reference="Brin et al. 1997, SIGMOD; Forbes 1907",
    ),
    ClassStatistic(
        id="information_score_bits",
        title="Information score",
        formula="log2(lift)",
        group="chance",
        compute=lambda c: np.log2(c.tp * c.n / (c.predicted * c.actual)),
        low=-UNBOUNDED,
        high=UNBOUNDED,
        undefined=f"{NO_ACTUAL}, or {NO_PREDICTED}, or TP = 0",
        aliases=("IS",),
        reference="Kononenko & Bratko 1991, Machine Learning 6",
    ),
    ClassStatistic(
        id="discriminant_power",
        title="Discriminant power, natural logarithm",
        formula="sqrt(3) / pi (ln(TPR / (1 - TPR)) + ln(TNR / (1 - TNR)))",
        group="chance",
        compute=lambda c: np.sqrt(3) / np.pi * _log_odds_sum(c),
        low=-UNBOUNDED,
        high=UNBOUNDED,
        undefined=f"{NO_BOTH}, or TPR or TNR is 0 or 1",
        reference="Blakeley & Oddone 1995, JAMA; Sokolova, Japkowicz & Szpakowicz 2006",
    ),
    ClassStatistic(
        id="discriminant_power_log10",
        title="Discriminant power, logarithm to base 10",
        formula="sqrt(3) / pi (log10(TPR / (1 - TPR)) + log10(TNR / (1 - TNR)))",
        group="chance",
        compute=lambda c: np.sqrt(3) / np.pi * _log_odds_sum(c) / np.log(10),
        low=-UNBOUNDED,
        high=UNBOUNDED,
        undefined=f"{NO_BOTH}, or TPR or TNR is 0 or 1",
        aliases=("DP",),
        reference="Bekkar, Djemaa & Alitouche 2013, J. Information Engineering and Applications 3",
    ),
    ClassStatistic(
        id="sensitivity_index",
        title="Sensitivity index d'",
        formula="probit(TPR) - probit(FPR)",
        group="chance",
        compute=lambda c: distributions.probit(c.tpr) - distributions.probit(c.fpr),
        low=-UNBOUNDED,
        high=UNBOUNDED,
        undefined=f"{NO_BOTH}, or TPR or FPR is 0 or 1",
        aliases=("d'", "d-prime"),
        reference="Green & Swets 1966, Signal Detection Theory and Psychophysics",
    ),
    ClassStatistic(
        id="extreme_dependency_score",
        title="Extreme dependency score",
        formula="2 ln((TP + FN) / n) / ln(TP / n) - 1",
        group="chance",
        compute=lambda c: 2 * np.log(c.actual / c.n) / np.log(c.tp / c.n) - 1,
        low=-1.0,
        undefined=f"{NO_ACTUAL}, or TP = n",
        aliases=("EDS",),
        reference="Stephenson et al. 2008, Meteorological Applications 15",
    ),
    ClassStatistic(
        id="symmetric_extreme_dependency_score",
        title="Symmetric extreme dependency score",
        formula="(ln((TP + FP) / n) + ln((TP + FN) / n)) / ln(TP / n) - 1",
        group="chance",
        compute=lambda c: (
            (np.log(c.predicted / c.n) + np.log(c.actual / c.n)) / np.log(c.tp / c.n) - 1
        ),
        low=-1.0,
        undefined=f"{NO_POSITIVE}, or TP = n",
        aliases=("SEDS",),
        reference="Hogan, O'Connor & Illingworth 2009, QJRMS 135",
    ),
    ClassStatistic(
        id="extremal_dependence_index",
        title="Extremal dependence index",
        formula="(ln FPR - ln TPR) / (ln FPR + ln TPR)",
        group="chance",
        compute=_extremal_dependency,
        low=-1.0,
        undefined=f"{NO_BOTH}, or FPR or TPR is 0, or both are 1",
        aliases=("EDI",),
        reference="Ferro & Stephenson 2011, Weather and Forecasting 26",
    ),
    ClassStatistic(
        id="symmetric_extremal_dependence_index",
        title="Symmetric extremal dependence index",
        formula=("(ln FPR - ln TPR - ln TNR + ln FNR) / (ln FPR + ln TPR + ln TNR + ln FNR)"),
        group="chance",
        compute=_symmetric_extremal_dependency,
        low=-1.0,
        undefined=f"{NO_MARGIN}, or a rate is 0 or 1",
        aliases=("SEDI",),
        reference="Ferro & Stephenson 2011, Weather and Forecasting 26",
    ),
)

ENTROPIES = (
    LineStatistic(
        id="confusion_entropy",
        title="Confusion entropy of the class",
        formula="-sum of a log a over the errors of row and column, a = C / (P + TOP), "
        "base 2 (K - 1)",
        group="chance",
        compute=lambda t: confusion_entropy(t, t.actual + t.predicted),
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined=f"{NO_POSITIVE}, or there is one class",
        aliases=("CEN",),
        reference="Wei et al. 2010, Expert Systems with Applications 37",
    ),
    LineStatistic(
        id="modified_confusion_entropy",
        title="Modified confusion entropy of the class",
        formula="as confusion entropy, with a = C / (P + TOP - TP)",
        group="chance",
        compute=lambda t: confusion_entropy(t, t.actual + t.predicted - t.hits),
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined=f"{NO_POSITIVE}, or there is one class",
        aliases=("MCEN",),
        reference="Delgado & Núñez-González 2019, PLOS ONE 14",
    ),
)
