"""Whether errors go both ways, and whether classes are predicted as often as they are true."""

import numpy as np
from numpy.typing import NDArray

from services.metrics import distributions
from services.metrics.arrays import Floats, remembered
from services.metrics.statistics.definition import NO_COUNT, UNBOUNDED, Best, OverallStatistic
from services.metrics.tables import FEW_CLASSES, Table, if_counted

# Gradients are followed until their length has shrunk by this, at most so often.
GRADIENT_TOLERANCE = 1e-13
GRADIENT_STEPS = 200
# Stuart and Maxwell's statistic is at most n, and short of it by rounding alone where it is n.
NO_REST = 1e-12


@remembered
def bowker(table: Table) -> tuple[Floats, Floats]:
    """Chi-square of symmetry and its degrees of freedom: pairs of classes ever confused."""
    if table.sparse:
        return _sparse_bowker(table)
    turned = np.array(np.swapaxes(table.matrix, -1, -2), order="C")  # a copy, to be written to
    both = table.matrix + turned
    terms = np.square(np.subtract(table.matrix, turned, out=turned), out=turned)
    occupied = both > 0
    np.divide(terms, both, out=terms, where=occupied)
    pairs = occupied.sum((-2, -1)) - (table.hits > 0).sum(-1)
    return terms.sum((-2, -1)) / 2, pairs / 2


def _sparse_bowker(table: Table) -> tuple[Floats, Floats]:
    row, column, weight = table.cells
    other = table.matrix[column, row]
    # A pair with errors both ways is met twice, and a class's hits differ from nothing.
    met = np.where(other > 0, 0.5, 1.0)
    terms = met * np.square(weight - other) / (weight + other)
    return terms.sum(), met[row != column].sum()


@remembered
def stuart_maxwell(table: Table) -> tuple[Floats, Floats]:
    """Chi-square of equal margins and its degrees of freedom.

    The margins of classes that are confused with each other, however indirectly, sum to the
    same in truth and prediction, so of each such set one class says nothing new.
    """
    flat = table.matrix.reshape(-1, table.n_classes, table.n_classes)
    found = [_marginal_homogeneity(matrix) for matrix in flat]
    statistics, freedoms = (np.reshape(part, table.n.shape) for part in zip(*found, strict=True))
    return statistics, freedoms


def _marginal_homogeneity(matrix: Floats) -> tuple[float, float]:
    both = matrix + matrix.T
    kept = _without_one_of_each_set(both > 0)
    if not kept.size:
        return 0.0, 0.0
    rows, columns = matrix.sum(-1), matrix.sum(-2)
    if len(matrix) > FEW_CLASSES:
        form = _iterated_form(both, rows + columns - 2 * np.diag(matrix), rows - columns)
        if form is not None:
            return form, float(len(kept))
    spread = -both[np.ix_(kept, kept)]
    np.fill_diagonal(spread, (rows + columns - 2 * np.diag(matrix))[kept])
    difference = (rows - columns)[kept]
    return float(difference @ np.linalg.solve(spread, difference)), float(len(kept))


def _iterated_form(both: Floats, spread: Floats, difference: Floats) -> float | None:
    """D' S^- d with S = diag(spread) - both off the diagonal, by conjugate gradients.

    S has no inverse, but d has no part in the directions that it loses, so no class need be
    left out. None if it does not converge, as where classes are confused in long chains.
    """
    hits = np.diagonal(both)
    scale = np.where(spread > 0, 1 / np.where(spread > 0, spread, 1.0), 0.0)
    answer, rest = np.zeros_like(difference), difference.copy()
    step = scaled = scale * rest
    size = rest @ scaled
    least = size * GRADIENT_TOLERANCE**2
    for _ in range(GRADIENT_STEPS):
        if size <= least:
            return float(difference @ answer)
        image = (spread + hits) * step - both @ step
        length = size / (step @ image)
        answer, rest = answer + length * step, rest - length * image
        scaled = scale * rest
        before, size = size, rest @ scaled
        step = scaled + size / before * step
    return None


def _without_one_of_each_set(confused: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The classes but for the first of each set that errors connect."""
    left = np.ones(len(confused), np.bool_)
    first = []
    for start in range(len(confused)):
        if not left[start]:
            continue
        first.append(start)
        reached = np.zeros(len(confused), np.bool_)
        front = np.array([start])
        while front.size:
            reached[front] = True
            front = np.flatnonzero(confused[front].any(axis=0) & ~reached)
        left &= ~reached
    return np.delete(np.arange(len(confused)), first)


def bhapkar(table: Table) -> tuple[Floats, Floats]:
    """Bhapkar's chi-square of equal margins: that of Stuart and Maxwell over 1 less its n-th."""
    statistic, freedom = stuart_maxwell(table)
    rest = 1 - statistic / table.n
    return np.where(rest <= NO_REST, np.inf, statistic / rest), freedom


def p_value(statistic_and_freedom: tuple[Floats, Floats]) -> Floats:
    """The chi-square tail; 1 where there is nothing to test."""
    statistic, freedom = statistic_and_freedom
    return np.where(freedom > 0, distributions.chi_square_tail(statistic, freedom), 1.0)


SYMMETRY = (
    OverallStatistic(
        id="bowker_chi_square",
        title="Bowker's test of symmetric errors",
        formula="sum over i < j of (C[i,j] - C[j,i])^2 / (C[i,j] + C[j,i])",
        group="agreement",
        compute=lambda t: bowker(t)[0],
        high=UNBOUNDED,
        best=Best.LOWER,
        reference="Bowker 1948, JASA 43",
    ),
    OverallStatistic(
        id="bowker_p_value",
        title="p value of Bowker's test",
        formula="chi-square tail, one degree of freedom for each pair of classes confused",
        group="agreement",
        compute=lambda t: if_counted(t, p_value(bowker(t))),
        best=Best.NEITHER,
        undefined=NO_COUNT,
        reference="Bowker 1948, JASA 43",
    ),
    OverallStatistic(
        id="stuart_maxwell_chi_square",
        title="Stuart-Maxwell test of equal margins",
        formula="d' S^-1 d, d = P - TOP without one class, S its covariance if margins agree",
        group="agreement",
        compute=lambda t: stuart_maxwell(t)[0],
        high=UNBOUNDED,
        best=Best.LOWER,
        reference="Stuart 1955, Biometrika 42; Maxwell 1970, British Journal of Psychiatry 116",
        replicable=False,
    ),
    OverallStatistic(
        id="stuart_maxwell_p_value",
        title="p value of the Stuart-Maxwell test",
        formula="chi-square tail, K - 1 degrees of freedom",
        group="agreement",
        compute=lambda t: if_counted(t, p_value(stuart_maxwell(t))),
        best=Best.NEITHER,
        undefined=NO_COUNT,
        reference="Stuart 1955, Biometrika 42; Maxwell 1970, British Journal of Psychiatry 116",
        replicable=False,
    ),
    OverallStatistic(
        id="bhapkar_chi_square",
        title="Bhapkar's test of equal margins",
        formula="X / (1 - X / n), X Stuart and Maxwell's chi-square",
        group="agreement",
        compute=lambda t: bhapkar(t)[0],
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined="margins differ as much as they can",
        reference="Bhapkar 1966, JASA 61",
        replicable=False,
    ),
    OverallStatistic(
        id="bhapkar_p_value",
        title="p value of Bhapkar's test",
        formula="chi-square tail, K - 1 degrees of freedom",
        group="agreement",
        compute=lambda t: if_counted(t, p_value(bhapkar(t))),
        best=Best.NEITHER,
        undefined=NO_COUNT,
        reference="Bhapkar 1966, JASA 61",
        replicable=False,
    ),
)
