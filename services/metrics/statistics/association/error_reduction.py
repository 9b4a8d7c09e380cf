"""How much knowing the one helps to guess the other."""

import numpy as np

from services.metrics.arrays import Floats
from services.metrics.statistics.definition import OverallStatistic


def _lambda(best: Floats, largest: Floats, n: Floats) -> Floats:
    return (best - largest) / (n - largest)


def goodman_kruskal_tau(squares: Floats, given: Floats, target: Floats) -> Floats:
    """Proportional reduction of error in guessing the target's class.

    Args:
        squares: Sums of the squared cells of each given class, `(..., K)`.
        given: The weight of each given class.
        target: The weight of each class that is guessed.
    """
    n = given.sum(-1)
    conditional = (squares / np.where(given > 0, given, 1.0)).sum(-1) / n
    chance = np.square(target).sum(-1) / n**2
    return (conditional - chance) / (1 - chance)


ERROR_REDUCTION = (
    OverallStatistic(
        id="lambda_truth_from_prediction",
        title="Goodman and Kruskal's lambda, truth from prediction",
        formula="(sum over columns of max C - max P) / (n - max P)",
        group="association",
        compute=lambda t: _lambda(t.matrix.max(-2).sum(-1), t.actual.max(-1), t.n),
        undefined="the truth has one class",
        aliases=("Lambda A",),
        reference="Goodman & Kruskal 1954, JASA 49",
    ),
    OverallStatistic(
        id="lambda_prediction_from_truth",
        title="Goodman and Kruskal's lambda, prediction from truth",
        formula="(sum over rows of max C - max TOP) / (n - max TOP)",
        group="association",
        compute=lambda t: _lambda(t.matrix.max(-1).sum(-1), t.predicted.max(-1), t.n),
        undefined="one class is predicted for every sample",
        aliases=("Lambda B",),
        reference="Goodman & Kruskal 1954, JASA 49",
    ),
    OverallStatistic(
        id="tau_truth_from_prediction",
        title="Goodman and Kruskal's tau, truth from prediction",
        formula="(sum C^2 / (n TOP) - sum (P / n)^2) / (1 - sum (P / n)^2)",
        group="association",
        compute=lambda t: goodman_kruskal_tau(t.squares[1], t.predicted, t.actual),
        undefined="the truth has one class",
        reference="Goodman & Kruskal 1954, JASA 49",
    ),
    OverallStatistic(
        id="tau_prediction_from_truth",
        title="Goodman and Kruskal's tau, prediction from truth",
        formula="(sum C^2 / (n P) - sum (TOP / n)^2) / (1 - sum (TOP / n)^2)",
        group="association",
        compute=lambda t: goodman_kruskal_tau(t.squares[0], t.actual, t.predicted),
        undefined="one class is predicted for every sample",
        reference="Goodman & Kruskal 1954, JASA 49",
    ),
)
