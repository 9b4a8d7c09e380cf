"""Bootstrap intervals of statistics of scores.

A replicate weighs every sample by how often it was drawn. The scores are sorted once: for each
replicate the weights are put in that order, and sums at the positives give the areas.

References:
    Efron & Tibshirani 1993, An Introduction to the Bootstrap.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from services.metrics.arrays import Floats, mean_defined, silent
from services.metrics.bootstrap import Bootstrap, bounds
from services.metrics.labels import Label
from services.metrics.statistics.probabilities.distributions import Probabilities
from services.metrics.statistics.ranking.multiclass import Rankings
from services.metrics.statistics.ranking.ranked import Ranked
from services.metrics.statistics.ranking.steps import Steps

Point = Callable[[Steps], float]
NO_POINTS: Mapping[str, Point] = {}


def report(
    rankings: Rankings,
    probabilities: Probabilities | None,
    weight: Floats | None,
    labels: Sequence[Label],
    plan: Bootstrap,
    points: Mapping[str, Point] = NO_POINTS,
) -> dict[str, Any]:
    """The `bootstrap` member of the scores: intervals of areas and of proper scores.

    Args:
        rankings: Of every class.
        probabilities: If the scores are some.
        weight: float64, shape `(n,)`; None if all weigh 1.
        labels: The classes.
        plan: How many replicates, and what to make of them.
        points: Further statistics of each class, by id.
    """
    n = rankings.n_samples
    rng = np.random.default_rng(plan.seed)
    observed = _statistics(
        rankings, probabilities, np.ones(n) if weight is None else weight, points
    )
    drawn: dict[str, list[Any]] = {name: [] for name in observed}
    for _ in range(plan.replicates):
        times = np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)
        if weight is not None:
            times *= weight
        for name, value in _statistics(rankings, probabilities, times, points).items():
            drawn[name].append(value)
    found = {name: bounds(np.array(values), observed[name], plan) for name, values in drawn.items()}
    names = ("roc_auc", "average_precision", *points)
    per_class = {name: found.pop(name) for name in names}
    return {
        "method": plan.method,
        "replicates": plan.replicates,
        "seed": plan.seed,
        "confidence_level": plan.level,
        "overall": found,
        "per_class": [
            {"label": label, **{name: column[k] for name, column in per_class.items()}}
            for k, label in enumerate(labels)
        ],
    }


def _statistics(
    rankings: Rankings,
    probabilities: Probabilities | None,
    weight: Floats,
    points: Mapping[str, Point],
) -> dict[str, Floats]:
    with silent():
        areas = np.array([_areas(ranked, weight) for ranked in rankings.classes])
        answer = {
            "roc_auc": areas[:, 0],
            "average_precision": areas[:, 1],
            "roc_auc_ovr_macro": mean_defined(areas[:, 0]),
            "average_precision_macro": mean_defined(areas[:, 1]),
        }
        if points:
            drawn = [
                Steps(ranked.thresholds, *ranked.steps_with(weight), weighted=True)
                for ranked in rankings.classes
            ]
            for name, compute in points.items():
                answer[name] = np.array([compute(one) for one in drawn], np.float64)
        if probabilities is not None:
            for name, terms in (
                ("log_loss", probabilities.log_terms),
                ("brier_score", probabilities.brier_terms),
            ):
                counted = np.where(weight > 0, terms * weight, 0.0)
                answer[name] = counted.sum() / weight.sum()
    return answer


def _areas(ranked: Ranked, weight: Floats) -> tuple[float, float]:
    """ROC area and average precision, from the thresholds that positives have alone."""
    positives, negatives, fp = ranked.own_steps_with(weight)
    tp, all_positives = positives.cumsum(), positives.sum()
    all_negatives = weight.sum() - all_positives
    below = all_negatives - fp + negatives / 2
    precision = np.divide(tp, tp + fp, out=np.zeros_like(tp), where=tp + fp > 0)
    area = (positives * below).sum() / (all_positives * all_negatives)
    return float(area), float((positives * precision).sum() / all_positives)
