"""Hits beyond those that the margins let expect, on various scales."""

import numpy as np

from services.metrics import distributions
from services.metrics.arrays import Floats
from services.metrics.binary_counts import BinaryCounts
from services.metrics.statistics.distances.definition import UP, distance


def _excess(c: BinaryCounts) -> Floats:
    """Hits beyond those expected from the margins."""
    return c.tp - c.predicted * c.actual / c.n


def _spreads(c: BinaryCounts) -> tuple[Floats, Floats]:
    return c.predicted * (1 - c.predicted / c.n), c.actual * (1 - c.actual / c.n)


def _gilbert_wells(c: BinaryCounts) -> Floats:
    margins = (c.predicted, c.actual, c.negatives, c.rejected)
    lf = distributions.log_factorial
    cells = sum(lf(x) for x in (c.n, c.tp, c.fp, c.fn, c.tn))
    logs = sum(np.log(x) for x in margins)
    return 3 * np.log(c.n) - np.log(2 * np.pi) - logs + 2 * (cells - sum(lf(x) for x in margins))


def _kuhns_three(c: BinaryCounts) -> Floats:
    total = 2 * c.tp + c.wrong
    return _excess(c) / ((1 - c.tp / total) * (total - c.predicted * c.actual / c.n))


def _digby(c: BinaryCounts) -> Floats:
    agree, differ = (c.tp * c.tn) ** 0.75, (c.fp * c.fn) ** 0.75
    return (agree - differ) / (agree + differ)


COVARIANCE = (
    distance(
        "benini_1",
        "Benini I",
        "(ad - bc) / ((a + c)(c + d))",
        lambda c: c.cross / (c.actual * c.rejected),
        UP,
    ),
    distance(
        "benini_2",
        "Benini II",
        "(ad - bc) / min((a + c)(c + d), (a + b)(b + d))",
        lambda c: c.cross / np.minimum(c.actual * c.rejected, c.predicted * c.negatives),
        UP,
    ),
    distance(
        "dennis",
        "Dennis",
        "(a - e) / sqrt(e), e = (a + b)(a + c) / n",
        lambda c: _excess(c) / np.sqrt(c.predicted * c.actual / c.n),
        UP,
    ),
    distance(
        "digby",
        "Digby",
        "((ad)^(3/4) - (bc)^(3/4)) / ((ad)^(3/4) + (bc)^(3/4))",
        _digby,
        UP,
    ),
    distance("dispersion", "Dispersion", "(ad - bc) / n^2", lambda c: c.cross / c.n**2, UP),
    distance(
        "doolittle",
        "Doolittle",
        "(na - (a + b)(a + c))^2 / ((a + b)(a + c)(b + d)(c + d))",
        lambda c: c.cross**2 / (c.predicted * c.actual * c.negatives * c.rejected),
        UP,
    ),
    distance(
        "eyraud",
        "Eyraud",
        "(a - (a + b)(a + c)) / ((a + b)(a + c)(b + d)(c + d))",
        lambda c: (
            (c.tp - c.predicted * c.actual) / (c.predicted * c.actual * c.negatives * c.rejected)
        ),
        UP,
    ),
    distance(
        "forbes_2",
        "Forbes II",
        "(bc - ad) / ((a + b)(a + c) - n min(a + b, a + c))",
        lambda c: -c.cross / (c.predicted * c.actual - c.n * np.minimum(c.predicted, c.actual)),
        UP,
    ),
    distance(
        "fossum",
        "Fossum",
        "n (a - 1/2)^2 / ((a + b)(a + c))",
        lambda c: c.n * (c.tp - 0.5) ** 2 / (c.predicted * c.actual),
        UP,
    ),
    distance(
        "gilbert_wells",
        "Gilbert and Wells",
        "ln(n^3 / (2 pi margins)) + 2 ln(n! a! b! c! d! / product of margins!)",
        _gilbert_wells,
        UP,
    ),
    distance(
        "kuder_richardson",
        "Kuder and Richardson",
        "4 (ad - bc) / ((a + b)(c + d) + (a + c)(b + d) + 2 (ad - bc))",
        lambda c: 4 * c.cross / (c.predicted * c.rejected + c.actual * c.negatives + 2 * c.cross),
        UP,
    ),
    distance(
        "kuhns_1",
        "Kuhns I",
        "2 x / n, x = a - (a + b)(a + c) / n",
        lambda c: 2 * _excess(c) / c.n,
        UP,
    ),
    distance(
        "kuhns_2",
        "Kuhns II",
        "x / max(a + b, a + c)",
        lambda c: _excess(c) / np.maximum(c.predicted, c.actual),
        UP,
    ),
    distance(
        "kuhns_3",
        "Kuhns III",
        "x / ((1 - a / (2a + b + c))(2a + b + c - (a + b)(a + c) / n))",
        _kuhns_three,
        UP,
    ),
    distance(
        "kuhns_4",
        "Kuhns IV",
        "x / min(a + b, a + c)",
        lambda c: _excess(c) / np.minimum(c.predicted, c.actual),
        UP,
    ),
    distance(
        "kuhns_5",
        "Kuhns V",
        "x / max((a + b)(1 - (a + b) / n), (a + c)(1 - (a + c) / n))",
        lambda c: _excess(c) / np.maximum(*_spreads(c)),
        UP,
    ),
    distance(
        "kuhns_6",
        "Kuhns VI",
        "x / min((a + b)(1 - (a + b) / n), (a + c)(1 - (a + c) / n))",
        lambda c: _excess(c) / np.minimum(*_spreads(c)),
        UP,
    ),
    distance(
        "kuhns_7",
        "Kuhns VII",
        "x / sqrt((a + b)(a + c))",
        lambda c: _excess(c) / np.sqrt(c.predicted * c.actual),
        UP,
    ),
)
