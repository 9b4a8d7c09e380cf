"""Similarities and distances of two sets, the true and the predicted members of a class.

With a = TP, b = FP, c = FN, d = TN, n their sum. Each is found, under these names, in the
surveys of Choi, Cha & Tappert 2010 and Hubálek 1982.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from services.metrics import distributions
from services.metrics.statistics.definition import UNBOUNDED, Best, ClassStatistic
from services.metrics.tables import BinaryCounts, Floats

SURVEYS = (
    "Choi, Cha & Tappert 2010, Journal of Systemics, Cybernetics and Informatics 8; "
    "Hubálek 1982, Biological Reviews 57"
)


def _row_maxima(c: BinaryCounts) -> Floats:
    return np.maximum(c.tp, c.fp) + np.maximum(c.fn, c.tn)


def _column_maxima(c: BinaryCounts) -> Floats:
    return np.maximum(c.tp, c.fn) + np.maximum(c.fp, c.tn)


def _margin_maxima(c: BinaryCounts) -> Floats:
    return np.maximum(c.predicted, c.rejected) + np.maximum(c.actual, c.negatives)


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


def _harris_lahey(c: BinaryCounts) -> Floats:
    present = c.tp / (c.tp + c.wrong) * (2 * c.tn + c.wrong)
    absent = c.tn / (c.tn + c.wrong) * (2 * c.tp + c.wrong)
    return (present + absent) / (2 * c.n)


def _koppen(c: BinaryCounts) -> Floats:
    product = (2 * c.tp + c.wrong) * (2 * c.tn + c.wrong) / 4
    return 1 - c.wrong / 2 / product


def _kent_foster(hits: Floats, c: BinaryCounts) -> Floats:
    one, other = hits + c.fp, hits + c.fn
    chance = one * other / (hits + c.wrong)
    return (hits - chance) / (hits - chance + c.wrong)


def _kuhns_three(c: BinaryCounts) -> Floats:
    total = 2 * c.tp + c.wrong
    return _excess(c) / ((1 - c.tp / total) * (total - c.predicted * c.actual / c.n))


def _digby(c: BinaryCounts) -> Floats:
    agree, differ = (c.tp * c.tn) ** 0.75, (c.fp * c.fn) ** 0.75
    return (agree - differ) / (agree + differ)


def _distance(
    name: str, title: str, formula: str, compute: Callable[[BinaryCounts], Any], best: Best
) -> ClassStatistic:
    return ClassStatistic(
        id=name,
        title=title,
        formula=formula,
        group="distances",
        low=-UNBOUNDED,
        high=UNBOUNDED,
        best=best,
        undefined="its denominator is zero for these counts",
        reference=SURVEYS,
        compute=compute,
        averaged=False,
    )


_UP, _DOWN = Best.HIGHER, Best.LOWER

_BAULIEU: tuple[tuple[str, str, Callable[[BinaryCounts], Any], Best], ...] = (
    ("I", "1 - a^2 / ((a + b)(a + c))", lambda c: 1 - c.tp**2 / (c.predicted * c.actual), _DOWN),
    (
        "II",
        "a^2 d^2 / ((a + b)(a + c)(b + d)(c + d))",
        lambda c: c.tp**2 * c.tn**2 / (c.predicted * c.actual * c.negatives * c.rejected),
        _UP,
    ),
    ("III", "(n^2 - 4 (ad - bc)) / (2 n^2)", lambda c: 0.5 - 2 * c.cross / c.n**2, _DOWN),
    (
        "IV",
        "(b + c - (a + 1/2)(d + 1/2) d e) / n, e = 2.718...",
        lambda c: (c.wrong - (c.tp + 0.5) * (c.tn + 0.5) * c.tn * np.e) / c.n,
        _DOWN,
    ),
    (
        "V",
        "(b + c + 1) / (a + b + c + 1)",
        lambda c: (c.wrong + 1) / (c.tp + c.wrong + 1),
        _DOWN,
    ),
    ("VI", "(b + c) / (a + b + c + 1)", lambda c: c.wrong / (c.tp + c.wrong + 1), _DOWN),
    (
        "VII",
        "(b + c) / (n + a (a - 4)^2)",
        lambda c: c.wrong / (c.n + c.tp * (c.tp - 4) ** 2),
        _DOWN,
    ),
    ("VIII", "(b - c)^2 / n^2", lambda c: ((c.fp - c.fn) / c.n) ** 2, _DOWN),
    ("IX", "(b + 2c) / (n + c)", lambda c: (c.fp + 2 * c.fn) / (c.n + c.fn), _DOWN),
    (
        "X",
        "(b + c + max(b, c)) / (n + max(b, c))",
        lambda c: (c.wrong + np.maximum(c.fp, c.fn)) / (c.n + np.maximum(c.fp, c.fn)),
        _DOWN,
    ),
    ("XI", "(b + c) / (b + c + d)", lambda c: c.wrong / (c.wrong + c.tn), _DOWN),
    ("XII", "(b + c) / (a + b + c - 1)", lambda c: c.wrong / (c.tp + c.wrong - 1), _DOWN),
    (
        "XIII",
        "(b + c) / (a + b + c + a (a - 4)^2)",
        lambda c: c.wrong / (c.tp + c.wrong + c.tp * (c.tp - 4) ** 2),
        _DOWN,
    ),
    (
        "XIV",
        "(b + 2c) / (a + b + 2c)",
        lambda c: (c.fp + 2 * c.fn) / (c.tp + c.fp + 2 * c.fn),
        _DOWN,
    ),
    (
        "XV",
        "(b + c + max(b, c)) / (a + b + c + max(b, c))",
        lambda c: (c.wrong + np.maximum(c.fp, c.fn)) / (c.tp + c.wrong + np.maximum(c.fp, c.fn)),
        _DOWN,
    ),
)

DISTANCES = (
    _distance(
        "ample",
        "AMPLE",
        "|a / (a + b) - c / (c + d)|",
        lambda c: np.abs(c.ppv - c.fn / c.rejected),
        _UP,
    ),
    _distance(
        "anderberg_d",
        "Anderberg's D",
        "(sum of row and column maxima - sum of margin maxima) / (2 n)",
        lambda c: (_row_maxima(c) + _column_maxima(c) - _margin_maxima(c)) / (2 * c.n),
        _UP,
    ),
    _distance(
        "andres_marzo_delta",
        "Andrés and Marzo's delta",
        "(a + d - 2 sqrt(bc)) / n",
        lambda c: (c.tp + c.tn - 2 * np.sqrt(c.fp * c.fn)) / c.n,
        _UP,
    ),
    _distance(
        "baroni_urbani_buser_1",
        "Baroni-Urbani and Buser I",
        "(sqrt(ad) + a) / (sqrt(ad) + a + b + c)",
        lambda c: (np.sqrt(c.tp * c.tn) + c.tp) / (np.sqrt(c.tp * c.tn) + c.tp + c.wrong),
        _UP,
    ),
    _distance(
        "baroni_urbani_buser_2",
        "Baroni-Urbani and Buser II",
        "(sqrt(ad) + a - b - c) / (sqrt(ad) + a + b + c)",
        lambda c: (np.sqrt(c.tp * c.tn) + c.tp - c.wrong) / (np.sqrt(c.tp * c.tn) + c.tp + c.wrong),
        _UP,
    ),
    _distance(
        "batagelj_bren",
        "Batagelj and Bren",
        "bc / (ad)",
        lambda c: c.fp * c.fn / (c.tp * c.tn),
        _DOWN,
    ),
    *(
        _distance(f"baulieu_{place}", f"Baulieu {numeral}", formula, compute, best)
        for place, (numeral, formula, compute, best) in enumerate(_BAULIEU, 1)
    ),
    _distance(
        "benini_1",
        "Benini I",
        "(ad - bc) / ((a + c)(c + d))",
        lambda c: c.cross / (c.actual * c.rejected),
        _UP,
    ),
    _distance(
        "benini_2",
        "Benini II",
        "(ad - bc) / min((a + c)(c + d), (a + b)(b + d))",
        lambda c: c.cross / np.minimum(c.actual * c.rejected, c.predicted * c.negatives),
        _UP,
    ),
    _distance(
        "canberra",
        "Canberra",
        "(b + c) / (2a + b + c)",
        lambda c: c.wrong / (2 * c.tp + c.wrong),
        _DOWN,
    ),
    _distance(
        "clement",
        "Clement",
        "a / (a + b) (1 - (a + b) / n) + d / (c + d) (1 - (c + d) / n)",
        lambda c: c.ppv * c.rejected / c.n + c.npv * c.predicted / c.n,
        _UP,
    ),
    _distance(
        "consonni_todeschini_1",
        "Consonni and Todeschini I",
        "ln(1 + a + d) / ln(1 + n)",
        lambda c: np.log1p(c.tp + c.tn) / np.log1p(c.n),
        _UP,
    ),
    _distance(
        "consonni_todeschini_2",
        "Consonni and Todeschini II",
        "(ln(1 + n) - ln(1 + b + c)) / ln(1 + n)",
        lambda c: 1 - np.log1p(c.wrong) / np.log1p(c.n),
        _UP,
    ),
    _distance(
        "consonni_todeschini_3",
        "Consonni and Todeschini III",
        "ln(1 + a) / ln(1 + n)",
        lambda c: np.log1p(c.tp) / np.log1p(c.n),
        _UP,
    ),
    _distance(
        "consonni_todeschini_4",
        "Consonni and Todeschini IV",
        "ln(1 + a) / ln(1 + a + b + c)",
        lambda c: np.log1p(c.tp) / np.log1p(c.tp + c.wrong),
        _UP,
    ),
    _distance(
        "consonni_todeschini_5",
        "Consonni and Todeschini V",
        "(ln(1 + ad) - ln(1 + bc)) / ln(1 + n^2 / 4)",
        lambda c: (np.log1p(c.tp * c.tn) - np.log1p(c.fp * c.fn)) / np.log1p(c.n**2 / 4),
        _UP,
    ),
    _distance(
        "dennis",
        "Dennis",
        "(a - e) / sqrt(e), e = (a + b)(a + c) / n",
        lambda c: _excess(c) / np.sqrt(c.predicted * c.actual / c.n),
        _UP,
    ),
    _distance(
        "digby",
        "Digby",
        "((ad)^(3/4) - (bc)^(3/4)) / ((ad)^(3/4) + (bc)^(3/4))",
        _digby,
        _UP,
    ),
    _distance("dispersion", "Dispersion", "(ad - bc) / n^2", lambda c: c.cross / c.n**2, _UP),
    _distance(
        "doolittle",
        "Doolittle",
        "(na - (a + b)(a + c))^2 / ((a + b)(a + c)(b + d)(c + d))",
        lambda c: c.cross**2 / (c.predicted * c.actual * c.negatives * c.rejected),
        _UP,
    ),
    _distance(
        "eyraud",
        "Eyraud",
        "(a - (a + b)(a + c)) / ((a + b)(a + c)(b + d)(c + d))",
        lambda c: (
            (c.tp - c.predicted * c.actual) / (c.predicted * c.actual * c.negatives * c.rejected)
        ),
        _UP,
    ),
    _distance(
        "fager_mcgowan",
        "Fager and McGowan",
        "a / sqrt((a + b)(a + c)) - 1 / (2 sqrt(max(a + b, a + c)))",
        lambda c: (
            c.tp / np.sqrt(c.predicted * c.actual)
            - 0.5 / np.sqrt(np.maximum(c.predicted, c.actual))
        ),
        _UP,
    ),
    _distance("faith", "Faith", "(a + d / 2) / n", lambda c: (c.tp + c.tn / 2) / c.n, _UP),
    _distance(
        "fleiss_levin_paik",
        "Fleiss, Levin and Paik",
        "2d / (2d + b + c)",
        lambda c: 2 * c.tn / (2 * c.tn + c.wrong),
        _UP,
    ),
    _distance(
        "forbes_2",
        "Forbes II",
        "(bc - ad) / ((a + b)(a + c) - n min(a + b, a + c))",
        lambda c: -c.cross / (c.predicted * c.actual - c.n * np.minimum(c.predicted, c.actual)),
        _UP,
    ),
    _distance(
        "fossum",
        "Fossum",
        "n (a - 1/2)^2 / ((a + b)(a + c))",
        lambda c: c.n * (c.tp - 0.5) ** 2 / (c.predicted * c.actual),
        _UP,
    ),
    _distance(
        "gilbert_wells",
        "Gilbert and Wells",
        "ln(n^3 / (2 pi margins)) + 2 ln(n! a! b! c! d! / product of margins!)",
        _gilbert_wells,
        _UP,
    ),
    _distance(
        "goodall",
        "Goodall",
        "2 / pi arcsin(sqrt((a + d) / n))",
        lambda c: 2 / np.pi * np.arcsin(np.sqrt((c.tp + c.tn) / c.n)),
        _UP,
    ),
    _distance(
        "goodman_kruskal_lambda",
        "Goodman and Kruskal's lambda",
        "(s - t) / (2 n - t), s row and column maxima, t margin maxima",
        lambda c: (
            (_row_maxima(c) + _column_maxima(c) - _margin_maxima(c)) / (2 * c.n - _margin_maxima(c))
        ),
        _UP,
    ),
    _distance(
        "goodman_kruskal_lambda_r",
        "Goodman and Kruskal's lambda-r",
        "(a + d - t / 2) / (n - t / 2), t margin maxima",
        lambda c: (c.tp + c.tn - _margin_maxima(c) / 2) / (c.n - _margin_maxima(c) / 2),
        _UP,
    ),
    _distance(
        "guttman_lambda_a",
        "Guttman's lambda A",
        "(max(a, c) + max(b, d) - max(a + b, c + d)) / (n - max(a + b, c + d))",
        lambda c: (
            (_column_maxima(c) - np.maximum(c.predicted, c.rejected))
            / (c.n - np.maximum(c.predicted, c.rejected))
        ),
        _UP,
    ),
    _distance(
        "guttman_lambda_b",
        "Guttman's lambda B",
        "(max(a, b) + max(c, d) - max(a + c, b + d)) / (n - max(a + c, b + d))",
        lambda c: (
            (_row_maxima(c) - np.maximum(c.actual, c.negatives))
            / (c.n - np.maximum(c.actual, c.negatives))
        ),
        _UP,
    ),
    _distance("hamann", "Hamann", "(a + d - b - c) / n", lambda c: 1 - 2 * c.wrong / c.n, _UP),
    _distance(
        "harris_lahey",
        "Harris and Lahey",
        "a (2d + b + c) / (2n (a + b + c)) + d (2a + b + c) / (2n (b + c + d))",
        _harris_lahey,
        _UP,
    ),
    _distance(
        "hawkins_dotson",
        "Hawkins and Dotson",
        "(a / (a + b + c) + d / (b + c + d)) / 2",
        lambda c: (c.tp / (c.tp + c.wrong) + c.tn / (c.tn + c.wrong)) / 2,
        _UP,
    ),
    _distance(
        "kendall_tau_matches",
        "Kendall's tau of the matches",
        "2 (a + d - b - c) / (n (n - 1))",
        lambda c: 2 * (c.tp + c.tn - c.wrong) / (c.n * (c.n - 1)),
        _UP,
    ),
    _distance(
        "kent_foster_1",
        "Kent and Foster I",
        "(a - e) / (a - e + b + c), e = (a + b)(a + c) / (a + b + c)",
        lambda c: _kent_foster(c.tp, c),
        _UP,
    ),
    _distance(
        "kent_foster_2",
        "Kent and Foster II",
        "(d - e) / (d - e + b + c), e = (b + d)(c + d) / (b + c + d)",
        lambda c: _kent_foster(c.tn, c),
        _UP,
    ),
    _distance(
        "koppen_1",
        "Köppen I",
        "1 - (b + c) / 2 / (((2a + b + c) / 2)((2d + b + c) / 2))",
        _koppen,
        _UP,
    ),
    _distance("koppen_2", "Köppen II", "a + (b + c) / 2", lambda c: c.tp + c.wrong / 2, _UP),
    _distance(
        "kuder_richardson",
        "Kuder and Richardson",
        "4 (ad - bc) / ((a + b)(c + d) + (a + c)(b + d) + 2 (ad - bc))",
        lambda c: 4 * c.cross / (c.predicted * c.rejected + c.actual * c.negatives + 2 * c.cross),
        _UP,
    ),
    _distance(
        "kuhns_1",
        "Kuhns I",
        "2 x / n, x = a - (a + b)(a + c) / n",
        lambda c: 2 * _excess(c) / c.n,
        _UP,
    ),
    _distance(
        "kuhns_2",
        "Kuhns II",
        "x / max(a + b, a + c)",
        lambda c: _excess(c) / np.maximum(c.predicted, c.actual),
        _UP,
    ),
    _distance(
        "kuhns_3",
        "Kuhns III",
        "x / ((1 - a / (2a + b + c))(2a + b + c - (a + b)(a + c) / n))",
        _kuhns_three,
        _UP,
    ),
    _distance(
        "kuhns_4",
        "Kuhns IV",
        "x / min(a + b, a + c)",
        lambda c: _excess(c) / np.minimum(c.predicted, c.actual),
        _UP,
    ),
    _distance(
        "kuhns_5",
        "Kuhns V",
        "x / max((a + b)(1 - (a + b) / n), (a + c)(1 - (a + c) / n))",
        lambda c: _excess(c) / np.maximum(*_spreads(c)),
        _UP,
    ),
    _distance(
        "kuhns_6",
        "Kuhns VI",
        "x / min((a + b)(1 - (a + b) / n), (a + c)(1 - (a + c) / n))",
        lambda c: _excess(c) / np.minimum(*_spreads(c)),
        _UP,
    ),
    _distance(
        "kuhns_7",
        "Kuhns VII",
        "x / sqrt((a + b)(a + c))",
        lambda c: _excess(c) / np.sqrt(c.predicted * c.actual),
        _UP,
    ),
)
