"""Summaries of a class's four counts in one number."""

import numpy as np

from services.metrics.arrays import Floats
from services.metrics.binary_counts import BinaryCounts, mended_matthews
from services.metrics.statistics.definition import (
    NO_ACTUAL,
    NO_BOTH,
    NO_MARGIN,
    NO_NEGATIVE,
    NO_POSITIVE,
    NO_PREDICTED,
    UNBOUNDED,
    Best,
    ClassStatistic,
)


def f_beta(counts: BinaryCounts, beta: float) -> Floats:
    """(1 + b2) TP / ((1 + b2) TP + b2 FN + FP), from counts, so defined wherever they are."""
    squared = beta * beta
    hits = (1 + squared) * counts.tp
    return hits / (hits + squared * counts.fn + counts.fp)


def _adjusted_f(counts: BinaryCounts) -> Floats:
    swapped = BinaryCounts(counts.tn, counts.fn, counts.fp, counts.tp)
    return np.sqrt(f_beta(counts, 2.0) * f_beta(swapped, 0.5))


def _adjusted_geometric_mean(counts: BinaryCounts) -> Floats:
    share = counts.negatives / counts.n
    mean = (np.sqrt(counts.tpr * counts.tnr) + counts.tnr * share) / (1 + share)
    return np.where(counts.tpr == 0, 0.0, mean)


def _matthews(counts: BinaryCounts) -> Floats:
    margins = counts.actual * counts.predicted * counts.negatives * counts.rejected
    value = counts.cross / np.sqrt(margins)
    cells = sum((x > 0) * 1 for x in (counts.tp, counts.fp, counts.fn, counts.tn))
    right = counts.tp + counts.tn > 0
    return mended_matthews(value, cells, right, counts.parameters.degenerate_matthews)


def _bayes(c: BinaryCounts, right: Floats, wrong: Floats, *, of_positives: bool) -> Floats:
    """The share of right ones among calls, from the rates and the prevalence of the option."""
    q = c.parameters.prevalence if of_positives else 1 - c.parameters.prevalence
    return q * right / (q * right + (1 - q) * wrong)


INDICES = (
    ClassStatistic(
        id="f_beta_score",
        title="F-beta score",
        formula="(1 + b^2) TP / ((1 + b^2) TP + b^2 FN + FP), b = beta",
        group="indices",
        compute=lambda c: f_beta(c, c.parameters.beta),
        undefined=NO_POSITIVE,
        aliases=("F_beta", "fbeta_score"),
        reference="van Rijsbergen 1979, Information Retrieval",
        fills=True,
    ),
    ClassStatistic(
        id="f05_score",
        title="F0.5 score",
        formula="1.25 TP / (1.25 TP + 0.25 FN + FP)",
        group="indices",
        compute=lambda c: f_beta(c, 0.5),
        undefined=NO_POSITIVE,
        aliases=("F0.5",),
        reference="van Rijsbergen 1979, Information Retrieval",
        fills=True,
    ),
    ClassStatistic(
        id="f2_score",
        title="F2 score",
        formula="5 TP / (5 TP + 4 FN + FP)",
        group="indices",
        compute=lambda c: f_beta(c, 2.0),
        undefined=NO_POSITIVE,
        aliases=("F2",),
        reference="van Rijsbergen 1979, Information Retrieval",
        fills=True,
    ),
    ClassStatistic(
        id="jaccard_index",
        title="Jaccard index",
        formula="TP / (TP + FP + FN)",
        group="indices",
        compute=lambda c: c.tp / (c.tp + c.wrong),
        undefined=NO_POSITIVE,
        aliases=("J", "IoU", "threat score", "critical success index", "jaccard_score"),
        reference="Jaccard 1912, New Phytologist 11; Gilbert 1884",
        fills=True,
    ),
    ClassStatistic(
        id="matthews_corrcoef",
        title="Matthews correlation coefficient",
        formula="(TP TN - FP FN) / sqrt((TP + FN)(TP + FP)(TN + FP)(TN + FN))",
        group="indices",
        compute=_matthews,
        low=-1.0,
        undefined=NO_MARGIN,
        aliases=("MCC", "phi coefficient"),
        reference="Matthews 1975, Biochimica et Biophysica Acta 405",
    ),
    ClassStatistic(
        id="informedness",
        title="Informedness",
        formula="TPR + TNR - 1",
        group="indices",
        compute=lambda c: c.tpr + c.tnr - 1,
        low=-1.0,
        undefined=NO_BOTH,
        aliases=("BM", "Y", "GI", "Youden's J", "Peirce skill score", "true skill statistic"),
        reference="Youden 1950, Cancer 3; Peirce 1884, Science 4",
    ),
    ClassStatistic(
        id="markedness",
        title="Markedness",
        formula="PPV + NPV - 1",
        group="indices",
        compute=lambda c: c.ppv + c.npv - 1,
        low=-1.0,
        undefined="the class is predicted for every sample or for none",
        aliases=("MK", "delta P"),
        reference="Powers 2011, Journal of Machine Learning Technologies 2",
    ),
    ClassStatistic(
        id="balanced_accuracy",
        title="Balanced accuracy of the class",
        formula="(TPR + TNR) / 2",
        group="indices",
        compute=lambda c: (c.tpr + c.tnr) / 2,
        undefined=NO_BOTH,
        aliases=("AUC (single point)", "auc_single_point"),
        reference="Brodersen et al. 2010, ICPR",
    ),
    ClassStatistic(
        id="precision_recall_mean",
        title="Mean of precision and recall",
        formula="(TPR + PPV) / 2",
        group="indices",
        compute=lambda c: (c.tpr + c.ppv) / 2,
        undefined=f"{NO_ACTUAL}, or {NO_PREDICTED}",
        aliases=("AUPR (single point)", "aupr_single_point"),
    ),
    ClassStatistic(
        id="fowlkes_mallows_index",
        title="Fowlkes-Mallows index of the class",
        formula="TP / sqrt((TP + FP)(TP + FN))",
        group="indices",
        compute=lambda c: c.tp / np.sqrt(c.predicted * c.actual),
        undefined=f"{NO_ACTUAL}, or {NO_PREDICTED}",
        aliases=("G", "G-measure", "OOC", "Otsuka-Ochiai", "cosine similarity"),
        reference="Fowlkes & Mallows 1983, JASA 78; Ochiai 1957",
    ),
    ClassStatistic(
        id="geometric_mean",
        title="Geometric mean of recall and specificity",
        formula="sqrt(TPR TNR)",
        group="indices",
        compute=lambda c: np.sqrt(c.tpr * c.tnr),
        undefined=NO_BOTH,
        aliases=("GM", "G-mean"),
        reference="Kubat & Matwin 1997, ICML",
    ),
    ClassStatistic(
        id="adjusted_geometric_mean",
        title="Adjusted geometric mean",
        formula="(GM + TNR N / n) / (1 + N / n); 0 if TPR = 0",
        group="indices",
        compute=_adjusted_geometric_mean,
        undefined=NO_BOTH,
        aliases=("AGM",),
        reference="Batuwita & Palade 2009, ICMLA",
    ),
    ClassStatistic(
        id="adjusted_f_score",
        title="Adjusted F score",
        formula="sqrt(F2 F0.5'), F0.5' with positive and negative swapped",
        group="indices",
        compute=_adjusted_f,
        undefined="the class is the whole truth or none of it, and is predicted so",
        aliases=("AGF",),
        reference="Maratea, Petrosino & Manzo 2014, Information Sciences 257",
    ),
    ClassStatistic(
        id="optimized_precision",
        title="Optimized precision",
        formula="(TP + TN) / n - |TNR - TPR| / (TNR + TPR)",
        group="indices",
        compute=lambda c: (c.tp + c.tn) / c.n - np.abs(c.tnr - c.tpr) / (c.tnr + c.tpr),
        low=-1.0,
        undefined=f"{NO_BOTH}, or TPR + TNR = 0",
        aliases=("OP",),
        reference="Ranawana & Palade 2006, IEEE CEC",
    ),
    ClassStatistic(
        id="index_of_balanced_accuracy",
        title="Index of balanced accuracy",
        formula="(1 + a (TPR - TNR)) TPR TNR, a = iba_alpha",
        group="indices",
        compute=lambda c: (1 + c.parameters.iba_alpha * (c.tpr - c.tnr)) * c.tpr * c.tnr,
        undefined=NO_BOTH,
        aliases=("IBA", "IBA_alpha"),
        reference="García, Mollineda & Sánchez 2009, IbPRIA",
    ),
    ClassStatistic(
        id="individual_classification_success_index",
        title="Individual classification success index",
        formula="PPV + TPR - 1",
        group="indices",
        compute=lambda c: c.ppv + c.tpr - 1,
        low=-1.0,
        undefined=f"{NO_ACTUAL}, or {NO_PREDICTED}",
        aliases=("ICSI", "McConnaughey"),
        reference="Labatut & Cherifi 2011, ICIT",
    ),
    ClassStatistic(
        id="net_benefit",
        title="Net benefit",
        formula="(TP - FP w) / n, w = t / (1 - t), t = threshold_probability",
        group="indices",
        compute=lambda c: (
            (
                c.tp
                - c.fp
                * c.parameters.threshold_probability
                / (1 - c.parameters.threshold_probability)
            )
            / c.n
        ),
        low=-UNBOUNDED,
        aliases=("NB",),
        reference="Vickers & Elkin 2006, Medical Decision Making 26",
    ),
    ClassStatistic(
        id="precision_at_prevalence",
        title="Precision at another prevalence",
        formula="q TPR / (q TPR + (1 - q) FPR), q the option prevalence",
        group="indices",
        compute=lambda c: _bayes(c, c.tpr, c.fpr, of_positives=True),
        undefined=f"{NO_ACTUAL}, or {NO_NEGATIVE}, or nothing is called positive",
        aliases=("PPV at a prevalence",),
        reference="Altman & Bland 1994, BMJ 309; Mercaldo, Lau & Zhou 2007, Statistics in "
        "Medicine 26",
    ),
    ClassStatistic(
        id="negative_predictive_value_at_prevalence",
        title="Negative predictive value at another prevalence",
        formula="(1 - q) TNR / ((1 - q) TNR + q FNR), q the option prevalence",
        group="indices",
        compute=lambda c: _bayes(c, c.tnr, c.fnr, of_positives=False),
        undefined=f"{NO_ACTUAL}, or {NO_NEGATIVE}, or everything is called positive",
        aliases=("NPV at a prevalence",),
        reference="Altman & Bland 1994, BMJ 309; Mercaldo, Lau & Zhou 2007, Statistics in "
        "Medicine 26",
    ),
    ClassStatistic(
        id="prevalence_threshold",
        title="Prevalence threshold",
        formula="(sqrt(TPR FPR) - FPR) / (TPR - FPR)",
        group="indices",
        compute=lambda c: (np.sqrt(c.tpr * c.fpr) - c.fpr) / (c.tpr - c.fpr),
        best=Best.LOWER,
        undefined=f"{NO_ACTUAL}, or {NO_NEGATIVE}, or TPR = FPR",
        aliases=("PT",),
        reference="Balayla 2020, PLOS ONE 15",
    ),
)
