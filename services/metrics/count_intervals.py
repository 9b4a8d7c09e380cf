"""Confidence intervals of the statistics of a class, from its four counts."""

from collections.abc import Callable

from services.metrics.arrays import Floats
from services.metrics.binary_counts import BinaryCounts
from services.metrics.intervals import Bounds, proportion
from services.metrics.options.evaluation import IntervalMethod

# Statistics of a class that are a count of successes in a count of trials.
PROPORTIONS: dict[str, Callable[[BinaryCounts], tuple[Floats, Floats]]] = {
    "precision": lambda c: (c.tp, c.predicted),
    "recall": lambda c: (c.tp, c.actual),
    "specificity": lambda c: (c.tn, c.negatives),
    "negative_predictive_value": lambda c: (c.tn, c.rejected),
    "false_negative_rate": lambda c: (c.fn, c.actual),
    "false_positive_rate": lambda c: (c.fp, c.negatives),
    "false_discovery_rate": lambda c: (c.fp, c.predicted),
    "false_omission_rate": lambda c: (c.fn, c.rejected),
    "one_vs_rest_accuracy": lambda c: (c.tp + c.tn, c.n),
    "one_vs_rest_error": lambda c: (c.wrong, c.n),
    "prevalence": lambda c: (c.actual, c.n),
    "predicted_positive_rate": lambda c: (c.predicted, c.n),
    "jaccard_index": lambda c: (c.tp, c.tp + c.wrong),
}


def f1_score(counts: BinaryCounts, level: float, method: IntervalMethod) -> Bounds:
    """F1 = 2 J / (1 + J) rises with the Jaccard index J, which is a conditional proportion.

    References:
        Hand, Christen & Kirielle 2021, Machine Learning 110; Lam, Gopal & Qian 2023,
        arXiv:2309.14621.
    """
    low, high = proportion(counts.tp, counts.tp + counts.wrong, level, method)
    return 2 * low / (1 + low), 2 * high / (1 + high)


# Ratios whose logarithm is nearly normal, with its variance.
RATIOS: dict[str, Callable[[BinaryCounts], tuple[Floats, Floats]]] = {
    "positive_likelihood_ratio": lambda c: (
        c.tpr / c.fpr,
        1 / c.tp - 1 / c.actual + 1 / c.fp - 1 / c.negatives,
    ),
    "negative_likelihood_ratio": lambda c: (
        c.fnr / c.tnr,
        1 / c.fn - 1 / c.actual + 1 / c.tn - 1 / c.negatives,
    ),
    "diagnostic_odds_ratio": lambda c: (
        c.tp * c.tn / (c.fp * c.fn),
        1 / c.tp + 1 / c.fp + 1 / c.fn + 1 / c.tn,
    ),
}
