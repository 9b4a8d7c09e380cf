"""Similarities that count the matches, hits and correct rejections alike."""

import numpy as np

from services.metrics.arrays import Floats
from services.metrics.binary_counts import BinaryCounts
from services.metrics.statistics.distances.definition import DOWN, UP, distance


def _koppen(c: BinaryCounts) -> Floats:
    product = (2 * c.tp + c.wrong) * (2 * c.tn + c.wrong) / 4
    return 1 - c.wrong / 2 / product


MATCHING = (
    distance(
        "ample",
        "AMPLE",
        "|a / (a + b) - c / (c + d)|",
        lambda c: np.abs(c.ppv - c.fn / c.rejected),
        UP,
    ),
    distance(
        "andres_marzo_delta",
        "Andrés and Marzo's delta",
        "(a + d - 2 sqrt(bc)) / n",
        lambda c: (c.tp + c.tn - 2 * np.sqrt(c.fp * c.fn)) / c.n,
        UP,
    ),
    distance(
        "batagelj_bren",
        "Batagelj and Bren",
        "bc / (ad)",
        lambda c: c.fp * c.fn / (c.tp * c.tn),
        DOWN,
    ),
    distance(
        "consonni_todeschini_1",
        "Consonni and Todeschini I",
        "ln(1 + a + d) / ln(1 + n)",
        lambda c: np.log1p(c.tp + c.tn) / np.log1p(c.n),
        UP,
    ),
    distance(
        "consonni_todeschini_2",
        "Consonni and Todeschini II",
        "(ln(1 + n) - ln(1 + b + c)) / ln(1 + n)",
        lambda c: 1 - np.log1p(c.wrong) / np.log1p(c.n),
        UP,
    ),
    distance(
        "consonni_todeschini_3",
        "Consonni and Todeschini III",
        "ln(1 + a) / ln(1 + n)",
        lambda c: np.log1p(c.tp) / np.log1p(c.n),
        UP,
    ),
    distance(
        "consonni_todeschini_4",
        "Consonni and Todeschini IV",
        "ln(1 + a) / ln(1 + a + b + c)",
        lambda c: np.log1p(c.tp) / np.log1p(c.tp + c.wrong),
        UP,
    ),
    distance(
        "consonni_todeschini_5",
        "Consonni and Todeschini V",
        "(ln(1 + ad) - ln(1 + bc)) / ln(1 + n^2 / 4)",
        lambda c: (np.log1p(c.tp * c.tn) - np.log1p(c.fp * c.fn)) / np.log1p(c.n**2 / 4),
        UP,
    ),
    distance("faith", "Faith", "(a + d / 2) / n", lambda c: (c.tp + c.tn / 2) / c.n, UP),
    distance(
        "fleiss_levin_paik",
        "Fleiss, Levin and Paik",
        "2d / (2d + b + c)",
        lambda c: 2 * c.tn / (2 * c.tn + c.wrong),
        UP,
    ),
    distance(
        "goodall",
        "Goodall",
        "2 / pi arcsin(sqrt((a + d) / n))",
        lambda c: 2 / np.pi * np.arcsin(np.sqrt((c.tp + c.tn) / c.n)),
        UP,
    ),
    distance("hamann", "Hamann", "(a + d - b - c) / n", lambda c: 1 - 2 * c.wrong / c.n, UP),
    distance(
        "kendall_tau_matches",
        "Kendall's tau of the matches",
        "2 (a + d - b - c) / (n (n - 1))",
        lambda c: 2 * (c.tp + c.tn - c.wrong) / (c.n * (c.n - 1)),
        UP,
    ),
    distance(
        "koppen_1",
        "Köppen I",
        "1 - (b + c) / 2 / (((2a + b + c) / 2)((2d + b + c) / 2))",
        _koppen,
        UP,
    ),
    distance("koppen_2", "Köppen II", "a + (b + c) / 2", lambda c: c.tp + c.wrong / 2, UP),
)
