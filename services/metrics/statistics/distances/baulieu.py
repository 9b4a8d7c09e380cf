"""Baulieu's fifteen dissimilarities."""

from collections.abc import Callable
from typing import Any

import numpy as np

from services.metrics.binary_counts import BinaryCounts
from services.metrics.statistics.definition import Best
from services.metrics.statistics.distances.definition import DOWN, UP, distance

_BAULIEU: tuple[tuple[str, str, Callable[[BinaryCounts], Any], Best], ...] = (
    ("I", "1 - a^2 / ((a + b)(a + c))", lambda c: 1 - c.tp**2 / (c.predicted * c.actual), DOWN),
    (
        "II",
        "a^2 d^2 / ((a + b)(a + c)(b + d)(c + d))",
        lambda c: c.tp**2 * c.tn**2 / (c.predicted * c.actual * c.negatives * c.rejected),
        UP,
    ),
    ("III", "(n^2 - 4 (ad - bc)) / (2 n^2)", lambda c: 0.5 - 2 * c.cross / c.n**2, DOWN),
    (
        "IV",
        "(b + c - (a + 1/2)(d + 1/2) d e) / n, e = 2.718...",
        lambda c: (c.wrong - (c.tp + 0.5) * (c.tn + 0.5) * c.tn * np.e) / c.n,
        DOWN,
    ),
    (
        "V",
        "(b + c + 1) / (a + b + c + 1)",
        lambda c: (c.wrong + 1) / (c.tp + c.wrong + 1),
        DOWN,
    ),
    ("VI", "(b + c) / (a + b + c + 1)", lambda c: c.wrong / (c.tp + c.wrong + 1), DOWN),
    (
        "VII",
        "(b + c) / (n + a (a - 4)^2)",
        lambda c: c.wrong / (c.n + c.tp * (c.tp - 4) ** 2),
        DOWN,
    ),
    ("VIII", "(b - c)^2 / n^2", lambda c: ((c.fp - c.fn) / c.n) ** 2, DOWN),
    ("IX", "(b + 2c) / (n + c)", lambda c: (c.fp + 2 * c.fn) / (c.n + c.fn), DOWN),
    (
        "X",
        "(b + c + max(b, c)) / (n + max(b, c))",
        lambda c: (c.wrong + np.maximum(c.fp, c.fn)) / (c.n + np.maximum(c.fp, c.fn)),
        DOWN,
    ),
    ("XI", "(b + c) / (b + c + d)", lambda c: c.wrong / (c.wrong + c.tn), DOWN),
    ("XII", "(b + c) / (a + b + c - 1)", lambda c: c.wrong / (c.tp + c.wrong - 1), DOWN),
    (
        "XIII",
        "(b + c) / (a + b + c + a (a - 4)^2)",
        lambda c: c.wrong / (c.tp + c.wrong + c.tp * (c.tp - 4) ** 2),
        DOWN,
    ),
    (
        "XIV",
        "(b + 2c) / (a + b + 2c)",
        lambda c: (c.fp + 2 * c.fn) / (c.tp + c.fp + 2 * c.fn),
        DOWN,
    ),
    (
        "XV",
        "(b + c + max(b, c)) / (a + b + c + max(b, c))",
        lambda c: (c.wrong + np.maximum(c.fp, c.fn)) / (c.tp + c.wrong + np.maximum(c.fp, c.fn)),
        DOWN,
    ),
)


BAULIEU = (
    *(
        distance(f"baulieu_{place}", f"Baulieu {numeral}", formula, compute, best)
        for place, (numeral, formula, compute, best) in enumerate(_BAULIEU, 1)
    ),
)
