"""The points of every curve, thinned to what a picture can show."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.arrays import Floats
from services.metrics.statistics.calibration.bins import Bins, Calibration
from services.metrics.statistics.probabilities.distributions import Probabilities
from services.metrics.statistics.probabilities.selective import risk_coverage
from services.metrics.statistics.ranking.costs import cost_curve
from services.metrics.statistics.ranking.steps import Steps

Curve = dict[str, Any]
DECISION_STEPS = 99
DISTRIBUTION_BINS = 50


def of_class(ranked: Steps, max_points: int) -> dict[str, Curve | None]:
    """The curves of one class's ranking; None where it has no positives or no negatives."""
    both = ranked.positives > 0 and ranked.negatives > 0
    return {
        "roc": _roc(ranked, max_points) if both else None,
        "precision_recall": _precision_recall(ranked, max_points) if ranked.positives else None,
        "det": _det(ranked, max_points) if both else None,
        "gain": _gain(ranked, max_points) if ranked.positives else None,
        "cost": cost_curve(ranked) if both else None,
        "counts": _counts(ranked, max_points),
        "distribution": _distribution(ranked),
    }


def _roc(ranked: Steps, max_points: int) -> Curve:
    kept = thinned(ranked.corners, max_points - 1)
    return {
        "false_positive_rate": [0.0, *(ranked.fp[kept] / ranked.negatives).tolist()],
        "true_positive_rate": [0.0, *(ranked.tp[kept] / ranked.positives).tolist()],
        "threshold": [None, *ranked.thresholds[kept].tolist()],
        "n_points": len(ranked.thresholds) + 1,
    }


def _precision_recall(ranked: Steps, max_points: int) -> Curve:
    kept = thinned(np.flatnonzero(_moves(ranked.tp)), max_points)
    return {
        "recall": [0.0, *ranked.tpr[kept].tolist()],
        "precision": [1.0, *ranked.precision[kept].tolist()],
        "threshold": [None, *ranked.thresholds[kept].tolist()],
        "n_points": len(ranked.thresholds) + 1,
    }


def _moves(tp: Floats) -> NDArray[np.bool_]:
    """Points where recall rises, and the last before it rises."""
    rises = np.diff(tp, prepend=0.0) > 0
    return rises | np.append(rises[1:], True)


def _det(ranked: Steps, max_points: int) -> Curve:
    first = [] if ranked.corners[0] == 0 else [0]  # the curve has no point before it
    kept = thinned(np.append(first, ranked.corners).astype(np.intp), max_points)
    return {
        "false_positive_rate": (ranked.fp[kept] / ranked.negatives).tolist(),
        "false_negative_rate": (1 - ranked.tp[kept] / ranked.positives).tolist(),
        "threshold": ranked.thresholds[kept].tolist(),
        "n_points": len(ranked.thresholds),
    }


def _gain(ranked: Steps, max_points: int) -> Curve:
    kept = thinned(ranked.corners, max_points - 1)
    tp, fp = ranked.tp[kept], ranked.fp[kept]
    share, gain = (tp + fp) / (ranked.positives + ranked.negatives), tp / ranked.positives
    return {
        "share_of_samples": [0.0, *share.tolist()],
        "gain": [0.0, *gain.tolist()],
        "lift": [None, *(gain / share).tolist()],
        "n_points": len(ranked.thresholds) + 1,
    }


def _counts(ranked: Steps, max_points: int) -> Curve:
    """The confusion matrix at every threshold."""
    kept = thinned(np.arange(len(ranked.thresholds)), max_points)
    tp, fp = ranked.tp[kept], ranked.fp[kept]
    return {
        "threshold": ranked.thresholds[kept].tolist(),
        "true_positives": tp.tolist(),
        "false_positives": fp.tolist(),
        "false_negatives": (ranked.positives - tp).tolist(),
        "true_negatives": (ranked.negatives - fp).tolist(),
        "n_points": len(ranked.thresholds),
    }


def _distribution(ranked: Steps) -> Curve:
    """How the scores of the class and of the others are spread, in bins of equal width."""
    edges = np.linspace(ranked.thresholds[-1], ranked.thresholds[0], DISTRIBUTION_BINS + 1)
    # What lies at an inner edge belongs to the bin above it.
    above = np.searchsorted(-ranked.thresholds, -edges[1:-1], side="right")
    tp, fp = (np.concatenate(([0.0], part))[above] for part in (ranked.tp, ranked.fp))
    return {
        "edges": edges.tolist(),
        "positives": (-np.diff(tp, prepend=ranked.positives, append=0.0)).tolist(),
        "negatives": (-np.diff(fp, prepend=ranked.negatives, append=0.0)).tolist(),
    }


def calibration(c: Calibration) -> Curve:
    """The reliability diagram, in bins of equal width and of equal mass."""
    return {"equal_width": _bins(c.equal_width), "equal_mass": _bins(c.equal_mass)}


def _bins(bins: Bins) -> list[dict[str, float]]:
    rows = zip(bins.edges.tolist(), bins.weight, bins.probability, bins.outcome, strict=True)
    return [
        {
            "low": low,
            "high": high,
            "weight": float(weight),
            "mean_probability": float(probability),
            "outcome_rate": float(outcome),
        }
        for (low, high), weight, probability, outcome in rows
    ]


def decision(ranked: Steps) -> Curve:
    """Net benefit over threshold probabilities, beside treating all and none.

    References:
        Vickers & Elkin 2006, Medical Decision Making 26.
    """
    t = np.arange(1, DECISION_STEPS + 1) / (DECISION_STEPS + 1)
    n = ranked.positives + ranked.negatives
    # Scores at or above t are treated; thresholds fall along the arrays.
    last = np.searchsorted(-ranked.thresholds, -t, side="right")
    tp = np.concatenate(([0.0], ranked.tp))[last]
    fp = np.concatenate(([0.0], ranked.fp))[last]
    odds = t / (1 - t)
    prevalence = ranked.positives / n
    return {
        "threshold_probability": t.tolist(),
        "net_benefit": ((tp - fp * odds) / n).tolist(),
        "treat_all": (prevalence - (1 - prevalence) * odds).tolist(),
        "treat_none": 0.0,
        "standardized_net_benefit": ((tp - fp * odds) / ranked.positives).tolist()
        if ranked.positives
        else None,
    }


def selective(p: Probabilities, max_points: int) -> Curve:
    """Error among the surest samples, as more are covered."""
    coverage, risk = risk_coverage(p)
    kept = thinned(np.arange(len(coverage)), max_points)
    return {
        "coverage": coverage[kept].tolist(),
        "risk": risk[kept].tolist(),
        "n_points": len(coverage),
    }


def thinned(indices: NDArray[np.intp], max_points: int) -> NDArray[np.intp]:
    """At most so many of the indices, evenly, both ends among them."""
    if len(indices) <= max_points:
        return indices
    return indices[np.linspace(0, len(indices) - 1, max_points).round().astype(np.intp)]
