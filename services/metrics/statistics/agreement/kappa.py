"""Kappas: agreement beyond the chance of each one's own margins."""

from collections.abc import Callable

import numpy as np

from services.metrics.arrays import Floats
from services.metrics.statistics.definition import UNBOUNDED, Best, OverallStatistic
from services.metrics.tables import Table

ONE_CLASS = "one class alone is both true and predicted"


def beyond(observed: Floats, chance: Floats) -> Floats:
    """Agreement as a share of what chance leaves."""
    return (observed - chance) / (1 - chance)


def observed_disagreement(table: Table, power: int) -> Floats:
    """The mean distance of truth and prediction, to a power."""
    return table.by_distance @ np.arange(table.n_classes, dtype=np.float64) ** power / table.n


def expected_disagreement(rows: Floats, columns: Floats, power: int) -> Floats:
    """The mean distance of two independent draws, |i - j| or its square, from the margins."""
    lines = np.arange(rows.shape[-1], dtype=np.float64)
    if power == 1:  # |i - j| counts the lines between, so those that one has passed alone
        passed_row, passed_column = rows.cumsum(-1), columns.cumsum(-1)
        return (passed_row * (1 - passed_column) + passed_column * (1 - passed_row)).sum(-1)
    return rows @ lines**2 + columns @ lines**2 - 2 * (rows @ lines) * (columns @ lines)


def weighted_kappa(table: Table, power: int) -> Floats:
    """1 - sum w C / sum w E, with w growing by a power of the distance of the classes."""
    expected = expected_disagreement(table.actual_shares, table.predicted_shares, power)
    return 1 - observed_disagreement(table, power) / expected


def _of_two(table: Table, compute: Callable[[Table], Floats]) -> Floats:
    two = table.n_classes == 2  # noqa: PLR2004  two classes
    return compute(table) if two else np.full_like(table.n, np.nan)


KAPPAS = (
    OverallStatistic(
        id="cohen_kappa_linear",
        title="Cohen's kappa, linear weights",
        formula="1 - sum w C / sum w E, w = |i - j|",
        group="agreement",
        compute=lambda t: weighted_kappa(t, 1),
        low=-UNBOUNDED,
        undefined=ONE_CLASS,
        aliases=("weighted kappa", "cohen_kappa_score(weights='linear')"),
        reference="Cohen 1968, Psychological Bulletin 70",
    ),
    OverallStatistic(
        id="cohen_kappa_quadratic",
        title="Cohen's kappa, quadratic weights",
        formula="1 - sum w C / sum w E, w = (i - j)^2",
        group="agreement",
        compute=lambda t: weighted_kappa(t, 2),
        low=-UNBOUNDED,
        undefined=ONE_CLASS,
        aliases=("QWK", "cohen_kappa_score(weights='quadratic')"),
        reference="Cohen 1968, Psychological Bulletin 70",
    ),
    OverallStatistic(
        id="cohen_kappa_max",
        title="Greatest kappa that the margins allow",
        formula="(sum min(P, TOP) / n - p_e) / (1 - p_e)",
        group="agreement",
        compute=lambda t: beyond(
            np.minimum(t.actual_shares, t.predicted_shares).sum(-1),
            (t.actual_shares * t.predicted_shares).sum(-1),
        ),
        low=-1.0,
        undefined=ONE_CLASS,
        reference="Cohen 1960, Educational and Psychological Measurement 20",
    ),
    OverallStatistic(
        id="random_accuracy",
        title="Chance agreement, own margins",
        formula="p_e = sum of P TOP / n^2",
        group="agreement",
        compute=lambda t: (t.actual_shares * t.predicted_shares).sum(-1),
        best=Best.NEITHER,
        aliases=("Overall RACC",),
        reference="Cohen 1960, Educational and Psychological Measurement 20",
    ),
    OverallStatistic(
        id="prevalence_adjusted_kappa",
        title="Prevalence- and bias-adjusted kappa",
        formula="2 p_o - 1",
        group="agreement",
        compute=lambda t: 2 * t.accuracy - 1,
        low=-1.0,
        aliases=("Kappa No Prevalence", "PABAK"),
        reference="Byrt, Bishop & Carlin 1993, Journal of Clinical Epidemiology 46",
    ),
    OverallStatistic(
        id="bennett_s",
        title="Bennett, Alpert and Goldstein's S",
        formula="(p_o - 1/K) / (1 - 1/K)",
        group="agreement",
        compute=lambda t: beyond(t.accuracy, np.full_like(t.n, 1 / t.n_classes)),
        low=-1.0,
        undefined="there is one class",
        aliases=("Bennett S", "Brennan-Prediger", "G-index"),
        reference="Bennett, Alpert & Goldstein 1954, Public Opinion Quarterly 18",
    ),
    OverallStatistic(
        id="prevalence_index",
        title="Prevalence index",
        formula="|C[1, 1] - C[2, 2]| / n for two classes",
        group="agreement",
        compute=lambda t: _of_two(t, lambda u: np.abs(u.hits[..., 0] - u.hits[..., 1]) / u.n),
        best=Best.NEITHER,
        undefined="there are more than two classes, or one",
        reference="Byrt, Bishop & Carlin 1993, Journal of Clinical Epidemiology 46",
    ),
    OverallStatistic(
        id="bias_index",
        title="Bias index",
        formula="|C[1, 2] - C[2, 1]| / n for two classes",
        group="agreement",
        compute=lambda t: _of_two(
            t, lambda u: np.abs(u.matrix[..., 0, 1] - u.matrix[..., 1, 0]) / u.n
        ),
        best=Best.ZERO,
        undefined="there are more than two classes, or one",
        reference="Byrt, Bishop & Carlin 1993, Journal of Clinical Epidemiology 46",
    ),
)
