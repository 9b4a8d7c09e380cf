"""Statistics for classes that have an order: that of the lines of the matrix."""

import numpy as np

from services.metrics.arrays import Floats, mean_defined, remembered
from services.metrics.statistics.definition import UNBOUNDED, Best, OverallStatistic
from services.metrics.tables import Table

NO_VARIATION = "every sample is of one class, or is predicted as one class"


def mean_steps(table: Table, power: int) -> Floats:
    """The mean distance of truth and prediction, to a power."""
    return table.by_distance @ np.arange(table.n_classes, dtype=np.float64) ** power / table.n


def macro_mean_steps(table: Table) -> Floats:
    """The mean over the true classes of their mean distance."""
    if table.sparse:
        row, column, weight = table.cells
        steps = np.bincount(row, weight * np.abs(row - column), minlength=table.n_classes)
        return mean_defined(steps / table.actual)
    lines = np.arange(table.n_classes, dtype=np.float64)
    apart = np.abs(lines[:, None] - lines)
    return mean_defined(np.einsum("...ij,ij->...i", table.matrix, apart) / table.actual)


@remembered
def ordered_pairs(table: Table) -> tuple[Floats, Floats]:
    """Concordant and discordant pairs of samples; a tie in either margin is neither."""
    # Both are counted, since a difference of the squares of sums leaves what they round.
    turned = np.ascontiguousarray(table.matrix[..., ::-1])
    return _concordant(table.matrix, table.sparse), _concordant(turned, table.sparse)


def _concordant(matrix: Floats, by_rows: bool) -> Floats:
    """Pairs of which one is later than the other in row and in column."""
    if not by_rows:
        later = matrix[..., ::-1, ::-1].cumsum(-1).cumsum(-2)[..., ::-1, ::-1]
        return (matrix[..., :-1, :-1] * later[..., 1:, 1:]).sum((-2, -1))
    # A row at a time stays in the cache.
    total, below = 0.0, np.zeros(len(matrix))
    for row in matrix[::-1]:
        after = below[::-1].cumsum()[::-1]
        total += float(row[:-1] @ after[1:])
        below += row
    return np.asarray(total)


def pair_difference(table: Table) -> Floats:
    """Concordant less discordant pairs."""
    same, opposite = ordered_pairs(table)
    return same - opposite


def untied(weights: Floats) -> Floats:
    """Pairs of samples that differ in a margin."""
    n = weights.sum(-1, keepdims=True)
    return (weights * (n - weights)).sum(-1) / 2


def midranks(weights: Floats) -> Floats:
    """The mean rank of each class's samples, less a constant."""
    return weights.cumsum(-1) - weights / 2


@remembered
def spearman(table: Table) -> Floats:
    """The correlation of the mid-ranks."""
    rows, columns = midranks(table.actual), midranks(table.predicted)
    middle = table.n[..., None] / 2
    rows, columns = rows - middle, columns - middle
    covariance = np.einsum("...i,...ij,...j->...", rows, table.matrix, columns, optimize=True)
    return covariance / np.sqrt(
        (table.actual * rows**2).sum(-1) * (table.predicted * columns**2).sum(-1)
    )


def gerrity(table: Table) -> Floats:
    """The mean score of a sample, more for right forecasts of rare classes and for near misses.

    Constant and random forecasts have a mean of 0, right ones of 1.

    References:
        Gerrity 1992, Monthly Weather Review 120; Gandin & Murphy 1992, same journal.
    """
    k = table.n_classes
    ends = np.minimum(table.actual[..., 0], table.actual[..., -1]) if k > 1 else np.zeros(())
    # Sums of weights, not of shares, which would leave what they round at a last empty class.
    upto = table.actual.cumsum(-1)[..., :-1]
    ratio = (table.n[..., None] - upto) / upto
    zero = np.zeros((*ratio.shape[:-1], 1))
    below = np.concatenate((zero, (1 / ratio).cumsum(-1)), axis=-1)
    above = np.concatenate((ratio[..., ::-1].cumsum(-1)[..., ::-1], zero), axis=-1)
    if table.sparse:
        row, column, weight = table.cells
        low, high = np.minimum(row, column), np.maximum(row, column)
        total = weight @ (below[low] + above[high] - (high - low))
        value = np.asarray(total / table.n / (k - 1))
        return np.where(ends > 0, value, np.nan)
    line = np.arange(k)
    low, high = np.minimum(line[:, None], line), np.maximum(line[:, None], line)
    scores = below[..., low] + above[..., high] - (high - low)
    value = (table.matrix * scores).sum((-2, -1)) / table.n / np.float64(k - 1)
    return np.where(ends > 0, value, np.nan)


ORDINAL = (
    OverallStatistic(
        id="mean_absolute_error_steps",
        title="Mean absolute error in steps of the order",
        formula="sum C |i - j| / n",
        group="ordinal",
        compute=lambda t: mean_steps(t, 1),
        high=UNBOUNDED,
        best=Best.LOWER,
        aliases=("MAE",),
    ),
    OverallStatistic(
        id="macro_mean_absolute_error_steps",
        title="Mean over the true classes of their mean absolute error",
        formula="mean over i of sum over j of C[i, j] |i - j| / P[i]",
        group="ordinal",
        compute=macro_mean_steps,
        high=UNBOUNDED,
        best=Best.LOWER,
        aliases=("macro_averaged_mean_absolute_error",),
        reference="Baccianella, Esuli & Sebastiani 2009, ISDA",
    ),
    OverallStatistic(
        id="mean_squared_error_steps",
        title="Mean squared error in steps of the order",
        formula="sum C (i - j)^2 / n",
        group="ordinal",
        compute=lambda t: mean_steps(t, 2),
        high=UNBOUNDED,
        best=Best.LOWER,
        aliases=("MSE",),
    ),
    OverallStatistic(
        id="accuracy_within_one",
        title="Share of predictions at most one class off",
        formula="sum of C[i, j] / n over |i - j| <= 1",
        group="ordinal",
        compute=lambda t: t.by_distance[..., :2].sum(-1) / t.n,
        aliases=("off-by-one accuracy",),
    ),
    OverallStatistic(
        id="kendall_tau_b",
        title="Kendall's tau-b",
        formula="(concordant - discordant) / sqrt(pairs untied in truth x in prediction)",
        group="ordinal",
        compute=lambda t: pair_difference(t) / np.sqrt(untied(t.actual) * untied(t.predicted)),
        low=-1.0,
        undefined=NO_VARIATION,
        aliases=("kendalltau",),
        reference="Kendall 1945, Biometrika 33",
    ),
    OverallStatistic(
        id="goodman_kruskal_gamma",
        title="Goodman and Kruskal's gamma",
        formula="(concordant - discordant) / (concordant + discordant)",
        group="ordinal",
        compute=lambda t: pair_difference(t) / sum(ordered_pairs(t)),
        low=-1.0,
        undefined="no two samples differ both in truth and in prediction",
        reference="Goodman & Kruskal 1954, JASA 49",
    ),
    OverallStatistic(
        id="somers_d",
        title="Somers' D of the prediction given the truth",
        formula="(concordant - discordant) / pairs untied in truth",
        group="ordinal",
        compute=lambda t: pair_difference(t) / untied(t.actual),
        low=-1.0,
        undefined="the truth has one class",
        aliases=("somersd",),
        reference="Somers 1962, American Sociological Review 27",
    ),
    OverallStatistic(
        id="concordance_index",
        title="Concordance index",
        formula="(1 + Somers' D) / 2",
        group="ordinal",
        compute=lambda t: (1 + pair_difference(t) / untied(t.actual)) / 2,
        undefined="the truth has one class",
        aliases=("C-index",),
        reference="Harrell et al. 1982, JAMA 247",
    ),
    OverallStatistic(
        id="spearman_rho",
        title="Spearman's rank correlation",
        formula="correlation of the mid-ranks of truth and prediction",
        group="ordinal",
        compute=spearman,
        low=-1.0,
        undefined=NO_VARIATION,
        aliases=("spearmanr",),
        reference="Spearman 1904, American Journal of Psychology 15",
    ),
    OverallStatistic(
        id="gerrity_skill_score",
        title="Gerrity skill score",
        formula="sum C s / n, s[i, j] = (sum over r < min 1/a_r + sum over r >= max a_r - "
        "|i - j|) / (K - 1), a_r = (share of later classes) / (share up to r)",
        group="ordinal",
        compute=gerrity,
        low=-1.0,
        undefined="the first or the last class is not true for any sample, or there is one class",
        reference="Gerrity 1992, Monthly Weather Review 120",
    ),
)
