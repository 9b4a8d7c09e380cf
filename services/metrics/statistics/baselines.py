"""What a guess would reach, and tests against it."""

import numpy as np

from services.metrics import distributions
from services.metrics.arrays import Floats
from services.metrics.statistics.definition import NO_COUNT, UNBOUNDED, Best, OverallStatistic
from services.metrics.tables import Table


def no_information_rate(table: Table) -> Floats:
    """The share of the most frequent true class."""
    return table.actual.max(-1) / table.n


def no_information_p_value(table: Table) -> Floats:
    """P(Bin(n, NIR) >= correct); undefined for weights, which are no counts."""
    correct = table.hits.sum(-1)
    if not table.whole:
        return np.full_like(correct, np.nan)
    return distributions.binomial_at_least(correct, table.n, no_information_rate(table))


BASELINES = (
    OverallStatistic(
        id="no_information_rate",
        title="No-information rate",
        formula="max P / n",
        group="baselines",
        compute=no_information_rate,
        best=Best.NEITHER,
        aliases=("NIR",),
        reference="Kuhn 2008, Journal of Statistical Software 28",
    ),
    OverallStatistic(
        id="no_information_p_value",
        title="One-sided exact test of accuracy against the no-information rate",
        formula="P(Bin(n, NIR) >= tr C)",
        group="baselines",
        compute=no_information_p_value,
        best=Best.LOWER,
        undefined=NO_COUNT,
        aliases=("P-Value",),
        reference="Kuhn 2008, Journal of Statistical Software 28",
    ),
    OverallStatistic(
        id="expected_accuracy_prior",
        title="Expected accuracy of guessing at the true frequencies",
        formula="sum of (P / n)^2",
        group="baselines",
        compute=lambda t: np.square(t.actual_shares).sum(-1),
        best=Best.NEITHER,
    ),
    OverallStatistic(
        id="expected_accuracy_uniform",
        title="Expected accuracy of guessing uniformly",
        formula="1 / K",
        group="baselines",
        compute=lambda t: np.full_like(t.n, 1 / t.n_classes),
        best=Best.NEITHER,
    ),
    OverallStatistic(
        id="skill_over_majority",
        title="Accuracy's skill over always answering the most frequent class",
        formula="(accuracy - NIR) / (1 - NIR)",
        group="baselines",
        compute=lambda t: (t.accuracy - no_information_rate(t)) / (1 - no_information_rate(t)),
        low=-UNBOUNDED,
        undefined="the truth has one class",
    ),
    OverallStatistic(
        id="imbalance_ratio",
        title="Imbalance ratio",
        formula="max P / min P over the classes that occur in the truth",
        group="baselines",
        compute=lambda t: t.actual.max(-1) / np.where(t.actual > 0, t.actual, np.inf).min(-1),
        low=1.0,
        high=UNBOUNDED,
        best=Best.NEITHER,
    ),
)
