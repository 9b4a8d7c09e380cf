"""Measures of the surveys, and of SciPy's distances of booleans, that PyCM has not."""

import numpy as np

from services.metrics.statistics.distances.definition import UP, distance

SURVEY = (
    distance(
        "rogers_tanimoto",
        "Rogers and Tanimoto",
        "(a + d) / (a + 2 (b + c) + d)",
        lambda c: (c.tp + c.tn) / (c.n + c.wrong),
        UP,
    ),
    distance("russell_rao", "Russell and Rao", "a / n", lambda c: c.tp / c.n, UP),
    distance(
        "sokal_sneath_1",
        "Sokal and Sneath I",
        "a / (a + 2b + 2c)",
        lambda c: c.tp / (c.tp + 2 * c.wrong),
        UP,
    ),
    distance(
        "sokal_sneath_2",
        "Sokal and Sneath II, Gower and Legendre",
        "2 (a + d) / (2a + b + c + 2d)",
        lambda c: 2 * (c.tp + c.tn) / (c.n + c.tp + c.tn),
        UP,
    ),
    distance(
        "sokal_sneath_3",
        "Sokal and Sneath III",
        "(a + d) / (b + c)",
        lambda c: (c.tp + c.tn) / c.wrong,
        UP,
    ),
    distance(
        "sokal_sneath_4",
        "Sokal and Sneath IV",
        "(a / (a + b) + a / (a + c) + d / (b + d) + d / (c + d)) / 4",
        lambda c: (c.ppv + c.tpr + c.tnr + c.npv) / 4,
        UP,
    ),
    distance(
        "sokal_sneath_5",
        "Sokal and Sneath V",
        "ad / sqrt((a + b)(a + c)(b + d)(c + d))",
        lambda c: np.sqrt(c.ppv * c.tpr * c.tnr * c.npv),
        UP,
    ),
    distance("kulczynski_1", "Kulczynski I", "a / (b + c)", lambda c: c.tp / c.wrong, UP),
    distance(
        "tarwid",
        "Tarwid",
        "(na - (a + b)(a + c)) / (na + (a + b)(a + c))",
        lambda c: (c.n * c.tp - c.predicted * c.actual) / (c.n * c.tp + c.predicted * c.actual),
        UP,
    ),
    distance(
        "mountford",
        "Mountford",
        "2a / (ab + ac + 2bc)",
        lambda c: 2 * c.tp / (c.tp * c.wrong + 2 * c.fp * c.fn),
        UP,
    ),
    distance(
        "michael",
        "Michael",
        "4 (ad - bc) / ((a + d)^2 + (b + c)^2)",
        lambda c: 4 * c.cross / ((c.tp + c.tn) ** 2 + c.wrong**2),
        UP,
    ),
)
