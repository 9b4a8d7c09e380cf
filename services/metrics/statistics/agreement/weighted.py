"""Agreement with partial credit for near misses, by the usual systems of weights."""

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from services.metrics.arrays import Floats, remembered
from services.metrics.statistics.agreement.kappa import ONE_CLASS, beyond
from services.metrics.statistics.agreement.reliability import common_shares
from services.metrics.statistics.definition import UNBOUNDED, OverallStatistic
from services.metrics.tables import Table

# What it counts to take one class for another so many places away, of K, up to a factor.
_BY_DISTANCE: dict[str, Callable[[Floats, int], Floats]] = {
    "linear": lambda d, _: d,
    "quadratic": lambda d, _: d**2,
    "ordinal": lambda d, _: d * (d + 1),
    "radical": lambda d, _: np.sqrt(d),
    "circular": lambda d, k: np.square(np.sin(np.pi * d / k)),
}


def _ratio(i: Floats, j: Floats) -> Floats:
    return np.square((i - j) / (i + j))


def _bipolar(i: Floats, j: Floats) -> Floats:
    # Both factors are zero for two of the first, or two of the last class: no disagreement.
    spread = np.where(i == j, 1.0, (i + j - 2) * (i.max() + j.max() - i - j))
    return np.square(i - j) / spread


# The same for class i and class j, numbered from 1.
_BY_PLACE: dict[str, Callable[[Floats, Floats], Floats]] = {"ratio": _ratio, "bipolar": _bipolar}


def disagreements(system: str, n_classes: int) -> Floats:
    """How wrong it is to take one class for another: 0 on the diagonal, 1 where it is worst.

    Args:
        system: `linear`, `quadratic`, `ordinal`, `radical`, `ratio`, `circular` or `bipolar`.
        n_classes: K; with one class there is nothing to confuse.

    Returns:
        Shape `(K, K)`, symmetric.

    References:
        Gwet 2014, Handbook of Inter-Rater Reliability, chapter 3; the R package irrCAC.
    """
    if system in _BY_PLACE:
        places = np.arange(1, n_classes + 1, dtype=np.float64)
        weights = _BY_PLACE[system](places[:, None], places[None, :])
    else:
        weights = _BY_DISTANCE[system](np.arange(n_classes, dtype=np.float64), n_classes)
    weights = weights / weights.max() if n_classes > 1 else weights * 0
    if weights.ndim > 1:
        return weights
    # Each row is the line w(K - 1) ... w(0) ... w(K - 1), seen one place further on.
    both_ways = np.concatenate((weights[:0:-1], weights))
    return np.ascontiguousarray(sliding_window_view(both_ways, n_classes)[::-1])


@remembered
def _weights(table: Table) -> Floats:
    return disagreements(table.parameters.agreement_weights, table.n_classes)


@remembered
def _observed(table: Table) -> Floats:
    """The mean disagreement of truth and prediction."""
    if table.sparse:
        row, column, weight = table.cells
        return np.asarray(_weights(table)[row, column] @ weight / table.n)
    flat = table.matrix.reshape(*table.matrix.shape[:-2], table.n_classes**2)
    return flat @ _weights(table).ravel() / table.n


def _expected(table: Table, rows: Floats, columns: Floats) -> Floats:
    """The mean disagreement of two independent draws."""
    return ((rows @ _weights(table)) * columns).sum(-1)


@remembered
def _expected_in_common(table: Table) -> Floats:
    return _expected(table, common_shares(table), common_shares(table))


def _kappa(table: Table) -> Floats:
    return 1 - _observed(table) / _expected(table, table.actual_shares, table.predicted_shares)


def _alpha(table: Table) -> Floats:
    return 1 - _observed(table) * (1 - 1 / (2 * table.n)) / _expected_in_common(table)


def _ac2(table: Table) -> Floats:
    k, share = np.float64(table.n_classes), common_shares(table)
    credit = k * k - _weights(table).sum()
    chance = credit / (k * (k - 1)) * (share * (1 - share)).sum(-1)
    return beyond(1 - _observed(table), chance)


_REFERENCE = "Gwet 2014, Handbook of Inter-Rater Reliability"

WEIGHTED = (
    OverallStatistic(
        id="agreement_weighted",
        title="Agreement with partial credit, chosen weights",
        formula="a = sum v C / n, v the credits that `agreement_weights` names, by default "
        "ordinal: 1 - d (d + 1) / (K (K - 1)), d = |i - j|",
        group="agreement",
        compute=lambda t: 1 - _observed(t),
        aliases=("weighted percent agreement",),
        reference=_REFERENCE,
    ),
    OverallStatistic(
        id="cohen_kappa_weighted",
        title="Cohen's kappa, chosen weights",
        formula="(a - p) / (1 - p), a and v as in `agreement_weighted`, p = sum v P TOP / n^2",
        group="agreement",
        compute=_kappa,
        low=-UNBOUNDED,
        undefined=ONE_CLASS,
        aliases=("Conger's kappa, weighted",),
        reference="Cohen 1968, Psychological Bulletin 70; Gwet 2014",
    ),
    OverallStatistic(
        id="scott_pi_weighted",
        title="Scott's pi, chosen weights",
        formula="(a - p) / (1 - p), p = sum v q q, q = (P + TOP) / (2 n)",
        group="agreement",
        compute=lambda t: 1 - _observed(t) / _expected_in_common(t),
        low=-UNBOUNDED,
        undefined=ONE_CLASS,
        aliases=("Fleiss' kappa, weighted",),
        reference=_REFERENCE,
    ),
    OverallStatistic(
        id="krippendorff_alpha_weighted",
        title="Krippendorff's alpha, chosen weights",
        formula="(a (1 - e) + e - p) / (1 - p), e = 1 / (2 n), p as in `scott_pi_weighted`",
        group="agreement",
        compute=_alpha,
        low=-UNBOUNDED,
        undefined=ONE_CLASS,
        reference="Krippendorff 2004, Content Analysis; Gwet 2014",
    ),
    OverallStatistic(
        id="brennan_prediger_weighted",
        title="Brennan and Prediger's coefficient, chosen weights",
        formula="(a - p) / (1 - p), p = sum v / K^2",
        group="agreement",
        compute=lambda t: 1 - _observed(t) / _weights(t).mean(),
        low=-UNBOUNDED,
        undefined="there is one class",
        reference=_REFERENCE,
    ),
    OverallStatistic(
        id="gwet_ac2_weighted",
        title="Gwet's AC2, chosen weights",
        formula="(a - p) / (1 - p), p = sum v / (K (K - 1)) sum q (1 - q)",
        group="agreement",
        compute=_ac2,
        low=-UNBOUNDED,
        undefined="there is one class",
        aliases=("Gwet AC2",),
        reference=_REFERENCE,
    ),
)
