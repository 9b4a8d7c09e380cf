"""Similarities by how much the two sets overlap."""

import numpy as np

from services.metrics.arrays import Floats
from services.metrics.binary_counts import BinaryCounts
from services.metrics.statistics.distances.definition import DOWN, UP, distance


def _harris_lahey(c: BinaryCounts) -> Floats:
    present = c.tp / (c.tp + c.wrong) * (2 * c.tn + c.wrong)
    absent = c.tn / (c.tn + c.wrong) * (2 * c.tp + c.wrong)
    return (present + absent) / (2 * c.n)


def _kent_foster(hits: Floats, c: BinaryCounts) -> Floats:
    one, other = hits + c.fp, hits + c.fn
    chance = one * other / (hits + c.wrong)
    return (hits - chance) / (hits - chance + c.wrong)


OVERLAP = (
    distance(
        "baroni_urbani_buser_1",
        "Baroni-Urbani and Buser I",
        "(sqrt(ad) + a) / (sqrt(ad) + a + b + c)",
        lambda c: (np.sqrt(c.tp * c.tn) + c.tp) / (np.sqrt(c.tp * c.tn) + c.tp + c.wrong),
        UP,
    ),
    distance(
        "baroni_urbani_buser_2",
        "Baroni-Urbani and Buser II",
        "(sqrt(ad) + a - b - c) / (sqrt(ad) + a + b + c)",
        lambda c: (np.sqrt(c.tp * c.tn) + c.tp - c.wrong) / (np.sqrt(c.tp * c.tn) + c.tp + c.wrong),
        UP,
    ),
    distance(
        "canberra",
        "Canberra",
        "(b + c) / (2a + b + c)",
        lambda c: c.wrong / (2 * c.tp + c.wrong),
        DOWN,
    ),
    distance(
        "clement",
        "Clement",
        "a / (a + b) (1 - (a + b) / n) + d / (c + d) (1 - (c + d) / n)",
        lambda c: c.ppv * c.rejected / c.n + c.npv * c.predicted / c.n,
        UP,
    ),
    distance(
        "fager_mcgowan",
        "Fager and McGowan",
        "a / sqrt((a + b)(a + c)) - 1 / (2 sqrt(max(a + b, a + c)))",
        lambda c: (
            c.tp / np.sqrt(c.predicted * c.actual)
            - 0.5 / np.sqrt(np.maximum(c.predicted, c.actual))
        ),
        UP,
    ),
    distance(
        "harris_lahey",
        "Harris and Lahey",
        "a (2d + b + c) / (2n (a + b + c)) + d (2a + b + c) / (2n (b + c + d))",
        _harris_lahey,
        UP,
    ),
    distance(
        "hawkins_dotson",
        "Hawkins and Dotson",
        "(a / (a + b + c) + d / (b + c + d)) / 2",
        lambda c: (c.tp / (c.tp + c.wrong) + c.tn / (c.tn + c.wrong)) / 2,
        UP,
    ),
    distance(
        "kent_foster_1",
        "Kent and Foster I",
        "(a - e) / (a - e + b + c), e = (a + b)(a + c) / (a + b + c)",
        lambda c: _kent_foster(c.tp, c),
        UP,
    ),
    distance(
        "kent_foster_2",
        "Kent and Foster II",
        "(d - e) / (d - e + b + c), e = (b + d)(c + d) / (b + c + d)",
        lambda c: _kent_foster(c.tn, c),
        UP,
    ),
)
