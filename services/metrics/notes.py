"""What stands out in a confusion matrix, and the matrix in other forms."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from services.metrics.arrays import Floats, silent
from services.metrics.error_spread import error_deviates, expected_errors
from services.metrics.labels import Label
from services.metrics.statistics.association.information import truth_entropy
from services.metrics.statistics.clustering import pair_counts
from services.metrics.tables import Table

MOST_CONFUSED = 10


def noted(table: Table, labels: Sequence[Label]) -> dict[str, Any]:
    """The `notes` member of an answer.

    Args:
        table: One table.
        labels: Its classes.
    """
    with silent():
        effective = float(np.exp(truth_entropy(table)))
    return {
        "never_predicted": [labels[i] for i in np.flatnonzero(table.predicted == 0).tolist()],
        "absent_from_truth": [labels[i] for i in np.flatnonzero(table.actual == 0).tolist()],
        "effective_classes": effective,
        "most_confused": _most_confused(table, labels),
    }


def matrices(table: Table) -> dict[str, Any]:
    """The `matrices` member of an answer: the matrix in shares, and against independence.

    References:
        Agresti 2013, Categorical Data Analysis, section 3.3 (standardized residuals);
        Godbole 2002 (dissimilarity).
    """
    expected = expected_errors(table)
    with silent():
        by_true = table.matrix / table.actual[:, None]
        by_predicted = table.matrix / table.predicted[None, :]
        return {
            "normalized_by_true": _nested(by_true),
            "normalized_by_predicted": _nested(by_predicted),
            "normalized_by_all": _nested(table.matrix / table.n),
            "expected_if_independent": _nested(_expected(table)),
            "standardized_residuals": _nested(_residuals(table)),
            "dissimilarity": _nested(_dissimilarity(table)),
            "pair_confusion": _nested(_pairs(table)),
            "expected_errors": _nested(expected),
            "error_deviates": _nested(error_deviates(table, expected)),
        }


def _most_confused(table: Table, labels: Sequence[Label]) -> list[dict[str, Any]]:
    off = table.matrix.copy()
    np.fill_diagonal(off, 0)
    # The tenth of the rows' greatest cells is no greater than the tenth of all cells.
    least = np.sort(off.max(axis=-1))[-MOST_CONFUSED:][0]
    flat = off.ravel()
    places = np.flatnonzero((flat >= least) & (flat > 0))
    places = places[np.argsort(-flat[places], kind="stable")][:MOST_CONFUSED]
    k = table.n_classes
    return [
        {
            "true": labels[place // k],
            "predicted": labels[place % k],
            "weight": float(flat[place]),
            "share_of_true": float(flat[place] / table.actual[place // k]),
        }
        for place in places.tolist()
    ]


def _expected(table: Table) -> Floats:
    return table.actual_shares[:, None] * table.predicted[None, :]


def _residuals(table: Table) -> Floats:
    expected = _expected(table)
    rest = (1 - table.actual_shares)[:, None] * (1 - table.predicted_shares)[None, :]
    return (table.matrix - expected) / np.sqrt(expected * rest)


def _dissimilarity(table: Table) -> Floats:
    """How differently two true classes are predicted: sum of |C[a, j] - C[b, j]|."""
    return np.array([np.abs(table.matrix - row).sum(axis=-1) for row in table.matrix])


def _pairs(table: Table) -> Floats:
    """Ordered pairs of samples: rows apart and together in truth, columns in prediction."""
    both, prediction_only, truth_only, apart = pair_counts(table)
    if not table.whole:
        return np.full((2, 2), np.nan)
    return np.array([[apart, prediction_only], [truth_only, both]])


def _nested(values: Floats) -> list[list[float | None]]:
    rows: list[list[float | None]] = values.tolist()
    for i, j in np.argwhere(~np.isfinite(values)).tolist():
        rows[i][j] = None
    return rows
