"""How much knowing one set helps to guess the other."""

import numpy as np

from services.metrics.arrays import Floats
from services.metrics.binary_counts import BinaryCounts
from services.metrics.statistics.distances.definition import UP, distance


def _row_maxima(c: BinaryCounts) -> Floats:
    return np.maximum(c.tp, c.fp) + np.maximum(c.fn, c.tn)


def _column_maxima(c: BinaryCounts) -> Floats:
    return np.maximum(c.tp, c.fn) + np.maximum(c.fp, c.tn)


def _margin_maxima(c: BinaryCounts) -> Floats:
    return np.maximum(c.predicted, c.rejected) + np.maximum(c.actual, c.negatives)


ERROR_REDUCTION = (
    distance(
        "anderberg_d",
        "Anderberg's D",
        "(sum of row and column maxima - sum of margin maxima) / (2 n)",
        lambda c: (_row_maxima(c) + _column_maxima(c) - _margin_maxima(c)) / (2 * c.n),
        UP,
    ),
    distance(
        "goodman_kruskal_lambda",
        "Goodman and Kruskal's lambda",
        "(s - t) / (2 n - t), s row and column maxima, t margin maxima",
        lambda c: (
            (_row_maxima(c) + _column_maxima(c) - _margin_maxima(c)) / (2 * c.n - _margin_maxima(c))
        ),
        UP,
    ),
    distance(
        "goodman_kruskal_lambda_r",
        "Goodman and Kruskal's lambda-r",
        "(a + d - t / 2) / (n - t / 2), t margin maxima",
        lambda c: (c.tp + c.tn - _margin_maxima(c) / 2) / (c.n - _margin_maxima(c) / 2),
        UP,
    ),
    distance(
        "guttman_lambda_a",
        "Guttman's lambda A",
        "(max(a, c) + max(b, d) - max(a + b, c + d)) / (n - max(a + b, c + d))",
        lambda c: (
            (_column_maxima(c) - np.maximum(c.predicted, c.rejected))
            / (c.n - np.maximum(c.predicted, c.rejected))
        ),
        UP,
    ),
    distance(
        "guttman_lambda_b",
        "Guttman's lambda B",
        "(max(a, b) + max(c, d) - max(a + c, b + d)) / (n - max(a + c, b + d))",
        lambda c: (
            (_row_maxima(c) - np.maximum(c.actual, c.negatives))
            / (c.n - np.maximum(c.actual, c.negatives))
        ),
        UP,
    ),
)
