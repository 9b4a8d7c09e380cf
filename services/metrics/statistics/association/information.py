"""Entropies, and what truth and prediction say about each other."""

import numpy as np

from services.metrics.arrays import Floats, remembered, xlogx
from services.metrics.statistics.definition import UNBOUNDED, Best, OverallStatistic
from services.metrics.tables import Table

LN2 = np.log(2.0)


def entropy(shares: Floats) -> Floats:
    """Entropy of shares along the last axis, in nats."""
    return -xlogx(shares).sum(-1)


@remembered
def truth_entropy(table: Table) -> Floats:
    """Entropy of the true classes, in nats."""
    return entropy(table.actual_shares)


@remembered
def prediction_entropy(table: Table) -> Floats:
    """Entropy of the predicted classes, in nats."""
    return entropy(table.predicted_shares)


@remembered
def joint_entropy(table: Table) -> Floats:
    """Entropy of the cells, in nats."""
    return np.log(table.n) - table.logs[0].sum(-1) / table.n


@remembered
def mutual_information(table: Table) -> Floats:
    """In nats; rounding below zero is cut off."""
    margins = truth_entropy(table) + prediction_entropy(table)
    return np.maximum(margins - joint_entropy(table), 0.0)


@remembered
def _cross_entropy(table: Table) -> Floats:
    actual, predicted = table.actual_shares, table.predicted_shares
    return -np.where(actual > 0, actual * np.log(predicted), 0.0).sum(-1)


INFORMATION = (
    OverallStatistic(
        id="reference_entropy_bits",
        title="Entropy of the truth",
        formula="H(T) = -sum P/n log2 P/n",
        group="association",
        compute=lambda t: truth_entropy(t) / LN2,
        high=UNBOUNDED,
        best=Best.NEITHER,
        aliases=("Reference Entropy",),
        reference="Shannon 1948, Bell System Technical Journal 27",
    ),
    OverallStatistic(
        id="response_entropy_bits",
        title="Entropy of the predictions",
        formula="H(R) = -sum TOP/n log2 TOP/n",
        group="association",
        compute=lambda t: prediction_entropy(t) / LN2,
        high=UNBOUNDED,
        best=Best.NEITHER,
        aliases=("Response Entropy",),
        reference="Shannon 1948, Bell System Technical Journal 27",
    ),
    OverallStatistic(
        id="joint_entropy_bits",
        title="Joint entropy",
        formula="H(T, R) = -sum C/n log2 C/n",
        group="association",
        compute=lambda t: joint_entropy(t) / LN2,
        high=UNBOUNDED,
        best=Best.NEITHER,
        aliases=("Joint Entropy",),
        reference="Shannon 1948, Bell System Technical Journal 27",
    ),
    OverallStatistic(
        id="conditional_entropy_bits",
        title="Entropy of the predictions given the truth",
        formula="H(R | T) = H(T, R) - H(T)",
        group="association",
        compute=lambda t: np.maximum(joint_entropy(t) - truth_entropy(t), 0.0) / LN2,
        high=UNBOUNDED,
        best=Best.LOWER,
        aliases=("Conditional Entropy",),
        reference="Shannon 1948, Bell System Technical Journal 27",
    ),
    OverallStatistic(
        id="marginal_cross_entropy_bits",
        title="Cross entropy of the class frequencies",
        formula="-sum P/n log2 TOP/n",
        group="association",
        compute=lambda t: _cross_entropy(t) / LN2,
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined="a class that occurs is never predicted",
        aliases=("Cross Entropy",),
    ),
    OverallStatistic(
        id="marginal_kl_divergence_bits",
        title="Kullback-Leibler divergence of the class frequencies",
        formula="sum P/n log2 (P / TOP)",
        group="association",
        compute=lambda t: (_cross_entropy(t) - truth_entropy(t)) / LN2,
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined="a class that occurs is never predicted",
        aliases=("KL Divergence",),
        reference="Kullback & Leibler 1951, Annals of Mathematical Statistics 22",
    ),
    OverallStatistic(
        id="mutual_information_bits",
        title="Mutual information, bits",
        formula="H(T) + H(R) - H(T, R)",
        group="association",
        compute=lambda t: mutual_information(t) / LN2,
        high=UNBOUNDED,
        aliases=("Mutual Information",),
        reference="Shannon 1948, Bell System Technical Journal 27",
    ),
    OverallStatistic(
        id="mutual_information_nats",
        title="Mutual information, nats",
        formula="the same with natural logarithms",
        group="association",
        compute=mutual_information,
        high=UNBOUNDED,
        aliases=("mutual_info_score",),
        reference="Shannon 1948, Bell System Technical Journal 27",
    ),
    OverallStatistic(
        id="uncertainty_coefficient_truth",
        title="Theil's U of the truth given the predictions",
        formula="MI / H(T)",
        group="association",
        compute=lambda t: mutual_information(t) / truth_entropy(t),
        undefined="the truth has one class",
        aliases=("RCI", "relative classifier information", "proficiency", "theils_u"),
        reference="Theil 1970, American Journal of Sociology 76; Sindhwani et al. 2001",
    ),
    OverallStatistic(
        id="uncertainty_coefficient_prediction",
        title="Theil's U of the predictions given the truth",
        formula="MI / H(R)",
        group="association",
        compute=lambda t: mutual_information(t) / prediction_entropy(t),
        undefined="one class is predicted for every sample",
        reference="Theil 1970, American Journal of Sociology 76",
    ),
)
