"""Confidence intervals of proportions, ratios and smooth functions of the confusion matrix."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from services.metrics import distributions
from services.metrics.options import IntervalMethod
from services.metrics.statistics.agreement.reliability import common_shares
from services.metrics.statistics.overall import kappa, matthews
from services.metrics.tables import BinaryCounts, Floats, Table, silent

Bounds = tuple[Floats, Floats]


def z_of(level: float) -> float:
    """The normal quantile that leaves (1 - level) / 2 above it."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def proportion(successes: Any, trials: Any, level: float, method: IntervalMethod) -> Bounds:
    """An interval for a proportion; NaN where there are no trials.

    Args:
        successes: Any shape; need not be whole, as with weights.
        trials: The same shape.
        level: Coverage, in (0, 1).
        method: Which interval.

    References:
        Wilson 1927; Clopper & Pearson 1934; Agresti & Coull 1998; Newcombe 1998, method 4;
        Brown, Cai & DasGupta 2001, Statistical Science 16.
    """
    x, n = np.asarray(successes, np.float64), np.asarray(trials, np.float64)
    with silent():
        low, high = _PROPORTION[method](x, np.where(n > 0, n, np.nan), level)
    return low, high


def _wilson(x: Floats, n: Floats, level: float) -> Bounds:
    z, share = z_of(level), x / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return np.where(x == 0, 0.0 * n, centre - half), np.where(x == n, 1.0, centre + half)


def _wilson_continuity(x: Floats, n: Floats, level: float) -> Bounds:
    z, share = z_of(level), x / n
    below = z * np.sqrt(z * z - 2 - 1 / n + 4 * share * (n * (1 - share) + 1))
    above = z * np.sqrt(z * z + 2 - 1 / n + 4 * share * (n * (1 - share) - 1))
    low = (2 * x + z * z - 1 - below) / (2 * (n + z * z))
    high = (2 * x + z * z + 1 + above) / (2 * (n + z * z))
    return np.where(x == 0, 0.0 * n, np.maximum(low, 0)), np.where(x == n, 1.0, np.minimum(high, 1))


def _clopper_pearson(x: Floats, n: Floats, level: float) -> Bounds:
    tail = (1 - level) / 2
    low = distributions.beta_quantile(tail, x, n - x + 1)
    high = distributions.beta_quantile(1 - tail, x + 1, n - x)
    return np.where(x == 0, 0.0 * n, low), np.where(x == n, 1.0, high)


def _jeffreys(x: Floats, n: Floats, level: float) -> Bounds:
    tail = (1 - level) / 2
    low = distributions.beta_quantile(tail, x + 0.5, n - x + 0.5)
    high = distributions.beta_quantile(1 - tail, x + 0.5, n - x + 0.5)
    return np.where(x == 0, 0.0 * n, low), np.where(x == n, 1.0, high)


def _agresti_coull(x: Floats, n: Floats, level: float) -> Bounds:
    z = z_of(level)
    low, high = _wald(x + z * z / 2, n + z * z, level)
    return np.maximum(low, 0.0), np.minimum(high, 1.0)


def _wald(x: Floats, n: Floats, level: float) -> Bounds:
    share = x / n
    half = z_of(level) * np.sqrt(share * (1 - share) / n)
    return share - half, share + half


_PROPORTION: dict[str, Callable[[Floats, Floats, float], Bounds]] = {
    "wilson": _wilson,
    "wilson_continuity": _wilson_continuity,
    "clopper_pearson": _clopper_pearson,
    "jeffreys": _jeffreys,
    "agresti_coull": _agresti_coull,
    "wald": _wald,
}

# Statistics of a class that are a count of successes in a count of trials.
PROPORTIONS: dict[str, Callable[[BinaryCounts], tuple[Floats, Floats]]] = {
    "precision": lambda c: (c.tp, c.predicted),
    "recall": lambda c: (c.tp, c.actual),
    "specificity": lambda c: (c.tn, c.negatives),
    "negative_predictive_value": lambda c: (c.tn, c.rejected),
    "false_negative_rate": lambda c: (c.fn, c.actual),
    "false_positive_rate": lambda c: (c.fp, c.negatives),
    "false_discovery_rate": lambda c: (c.fp, c.predicted),
    "false_omission_rate": lambda c: (c.fn, c.rejected),
    "one_vs_rest_accuracy": lambda c: (c.tp + c.tn, c.n),
    "one_vs_rest_error": lambda c: (c.wrong, c.n),
    "prevalence": lambda c: (c.actual, c.n),
    "predicted_positive_rate": lambda c: (c.predicted, c.n),
    "jaccard_index": lambda c: (c.tp, c.tp + c.wrong),
}


def f1_score(counts: BinaryCounts, level: float, method: IntervalMethod) -> Bounds:
    """F1 = 2 J / (1 + J) rises with the Jaccard index J, which is a conditional proportion.

    References:
        Hand, Christen & Kirielle 2021, Machine Learning 110; Lam, Gopal & Qian 2023,
        arXiv:2309.14621.
    """
    low, high = proportion(counts.tp, counts.tp + counts.wrong, level, method)
    return 2 * low / (1 + low), 2 * high / (1 + high)


def log_ratio(value: Floats, variance: Floats, level: float) -> Bounds:
    """exp(ln value -+ z sqrt(variance)); NaN where a count is zero, or nothing varies."""
    with silent():
        half = z_of(level) * np.sqrt(variance)
        usable = np.isfinite(half) & (half > 0) & (value > 0)
        low, high = value * np.exp(-half), value * np.exp(half)
        return np.where(usable, low, np.nan), np.where(usable, high, np.nan)


# Ratios whose logarithm is nearly normal, with its variance.
RATIOS: dict[str, Callable[[BinaryCounts], tuple[Floats, Floats]]] = {
    "positive_likelihood_ratio": lambda c: (
        c.tpr / c.fpr,
        1 / c.tp - 1 / c.actual + 1 / c.fp - 1 / c.negatives,
    ),
    "negative_likelihood_ratio": lambda c: (
        c.fnr / c.tnr,
        1 / c.fn - 1 / c.actual + 1 / c.tn - 1 / c.negatives,
    ),
    "diagnostic_odds_ratio": lambda c: (
        c.tp * c.tn / (c.fp * c.fn),
        1 / c.tp + 1 / c.fp + 1 / c.fn + 1 / c.tn,
    ),
}


@dataclass(frozen=True, slots=True)
class Gradient:
    """The slope of a statistic by each cell's share: rows[i] + columns[j] + diagonal[i] (i = j).

    A common constant added to all cells changes nothing, since shares sum to one.
    """

    diagonal: Floats
    rows: Floats
    columns: Floats

    def matrix(self) -> Floats:
        """The slope by every cell, shape `(K, K)`."""
        return self.rows[:, None] + self.columns[None, :] + np.diag(self.diagonal)


def standard_error(gradient: Gradient, table: Table, n: float) -> float:
    """Of a smooth function of multinomial shares, by the delta method.

    Args:
        gradient: Of the function, at the table's shares.
        table: One table.
        n: How many samples there are, or how many they are worth.

    References:
        Agresti 2013, Categorical Data Analysis, chapter 16.
    """
    rows, columns, hits = table.actual_shares, table.predicted_shares, table.hits / table.n
    mean = rows @ gradient.rows + columns @ gradient.columns + hits @ gradient.diagonal
    # The mean of the squares is taken about the mean, or its digits would cancel.
    u, v, d = gradient.rows - mean, gradient.columns, gradient.diagonal
    square = rows @ u**2 + columns @ v**2 + 2 * (u @ table.matrix @ v) / table.n
    square += hits @ (d * (d + 2 * (u + v)))
    return float(np.sqrt(np.maximum(square, 0.0) / n))


def kappa_gradient(table: Table) -> Gradient:
    """Its delta error is that of Fleiss, Cohen & Everitt 1969, Psychological Bulletin 72."""
    rows, columns = table.actual_shares, table.predicted_shares
    beyond = 1 - rows @ columns
    pull = (table.accuracy - 1) / beyond**2
    return Gradient(np.full(len(rows), 1 / beyond), columns * pull, rows * pull)


def kappa_null_error(table: Table, n: float) -> float:
    """Its standard error if truth and prediction were independent.

    References:
        Fleiss, Cohen & Everitt 1969, Psychological Bulletin 72, formula 14.
    """
    rows, columns = table.actual_shares, table.predicted_shares
    chance = rows @ columns
    spread = chance + chance**2 - (rows * columns * (rows + columns)).sum()
    return float(np.sqrt(np.maximum(spread, 0.0) / n) / (1 - chance))


def _common_gradient(table: Table, chance: float, slope: Floats) -> Gradient:
    """Of (p_o - p) / (1 - p), whose p has this slope by each class's common share."""
    beyond = np.float64(1 - chance)
    pull = slope * (table.accuracy - 1) / beyond**2 / 2
    return Gradient(np.full(table.n_classes, 1 / beyond), pull, pull)


def scott_gradient(table: Table) -> Gradient:
    """Of Scott's pi."""
    share = common_shares(table)
    return _common_gradient(table, float(share @ share), 2 * share)


def gwet_gradient(table: Table) -> Gradient:
    """Of AC1; its delta error is that of Gwet 2008 for two raters."""
    share, rest = common_shares(table), np.float64(table.n_classes - 1)
    return _common_gradient(table, float(share @ (1 - share) / rest), (1 - 2 * share) / rest)


def bennett_gradient(table: Table) -> Gradient:
    """Of S, whose chance is fixed."""
    return _common_gradient(table, 1 / table.n_classes, np.zeros(table.n_classes))


def mean_distances(shares: Floats, power: int) -> Floats:
    """For each class the mean of |i - j| or its square over the others' shares."""
    lines = np.arange(len(shares), dtype=np.float64)
    first = lines @ shares
    if power != 1:
        return lines**2 - 2 * lines * first + lines**2 @ shares
    upto, moments = shares.cumsum(), (lines * shares).cumsum()
    return lines * (2 * upto - 1) + first - 2 * moments


def weighted_kappa_error(table: Table, power: int, n: float) -> float:
    """The standard error of kappa with weights |i - j|^power.

    References:
        Fleiss, Cohen & Everitt 1969, Psychological Bulletin 72, formula 13.
    """
    rows, columns = table.actual_shares, table.predicted_shares
    row, column, weight = table.cells
    of_rows, of_columns = mean_distances(columns, power), mean_distances(rows, power)
    shares, weights = weight / table.n, np.abs(row - column) ** np.float64(power)
    chance, observed = rows @ of_rows, shares @ weights
    slope = observed * (of_rows[row] + of_columns[column]) / chance**2 - weights / chance
    square = (shares * slope**2).sum() - (shares * slope).sum() ** 2
    return float(np.sqrt(np.maximum(square, 0.0) / n))


def matthews_gradient(table: Table) -> Gradient:
    """Of Gorodkin's R_K over shares."""
    rows, columns = table.actual_shares, table.predicted_shares
    spread_rows, spread_columns = rows @ (1 - rows), columns @ (1 - columns)
    scale, value = 1 / np.sqrt(spread_rows * spread_columns), matthews(table)
    return Gradient(
        np.full(len(rows), scale),
        value * rows / spread_rows - columns * scale,
        value * columns / spread_columns - rows * scale,
    )


def macro_f1_gradient(table: Table, over: int | None = None) -> Gradient:
    """Its delta error is that of Takahashi et al. 2022, Applied Intelligence 52."""
    both = table.actual_shares + table.predicted_shares
    scale, count = _inverse(both, over)
    pull = -2 * table.hits / table.n * scale**2 / count
    return Gradient(2 * scale / count, pull, pull)


def macro_recall_gradient(table: Table, over: int | None = None) -> Gradient:
    """Of the mean recall, which is balanced accuracy."""
    scale, count = _inverse(table.actual_shares, over)
    pull = -table.hits / table.n * scale**2 / count
    return Gradient(scale / count, pull, np.zeros_like(pull))


def macro_precision_gradient(table: Table, over: int | None = None) -> Gradient:
    """Of the mean precision."""
    scale, count = _inverse(table.predicted_shares, over)
    pull = -table.hits / table.n * scale**2 / count
    return Gradient(scale / count, np.zeros_like(pull), pull)


def _inverse(shares: Floats, over: int | None) -> tuple[Floats, float]:
    """One over each share that is not zero, and how many classes the mean is over.

    Args:
        shares: Shape `(K,)`.
        over: How many classes; None for those whose share is not zero.
    """
    defined = shares > 0
    count = float(defined.sum() if over is None else over)
    return np.where(defined, 1 / np.where(defined, shares, 1.0), 0.0), count


# Statistics of the whole table with a gradient by hand: (value, gradient).
SMOOTH: dict[str, tuple[Callable[[Table], Floats], Callable[[Table], Gradient]]] = {
    "cohen_kappa": (kappa, kappa_gradient),
    "matthews_corrcoef": (matthews, matthews_gradient),
}
# The same for statistics of the group `agreement`.
AGREEMENT: dict[str, Callable[[Table], Gradient]] = {
    "scott_pi": scott_gradient,
    "bennett_s": bennett_gradient,
    "gwet_ac1": gwet_gradient,
}
WEIGHTED_KAPPAS = {"cohen_kappa_linear": 1, "cohen_kappa_quadratic": 2}
