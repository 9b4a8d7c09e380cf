"""Standard errors of smooth functions of the confusion matrix, by the delta method."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.metrics.arrays import Floats
from services.metrics.statistics.agreement.reliability import common_shares
from services.metrics.statistics.overall import kappa, matthews
from services.metrics.tables import Table


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


def macro_specificity_gradient(table: Table, over: int | None = None) -> Gradient:
    """Of the mean specificity; of a class it is 1 - (predicted - hits) / (1 - actual)."""
    scale, count = _inverse(1 - table.actual_shares, over)
    false = table.predicted_shares - table.hits / table.n
    return Gradient(scale / count, -false * scale**2 / count, -scale / count)


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
