"""Confusion matrices as the formulas see them, one or many at a time.

Every quantity has leading axes for as many matrices as were given, so that a formula
written once serves a single table, its bootstrap replicates and its groups alike.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.arrays import Floats, xlogx
from services.metrics.binary_counts import BinaryCounts, Parameters

# From here on most cells of a matrix are empty, and it pays to look only at the others.
FEW_CLASSES = 64


def if_counted(table: "Table", value: Floats) -> Floats:
    """The value, NaN if samples are weighted: a test takes them for counts."""
    return value if table.whole else np.full_like(value, np.nan)


def on_grid(matrix: NDArray[Any]) -> Floats:
    """The matrix in whole multiples of a power of two, so small that no digit of the total is lost.

    Sums and differences of its cells are then exact, in whatever order they are taken, so that
    what cancels is zero: a class that is the whole truth weighs as much as all samples.

    Args:
        matrix: Weights, not negative, shape `(..., K, K)`.
    """
    cells = matrix.astype(np.float64)
    _, exponent = np.frexp(cells.sum(axis=(-2, -1), keepdims=True))
    grid = np.ldexp(1.0, np.maximum(exponent - 52, -1074))
    cells /= grid
    np.rint(cells, out=cells)
    cells *= grid
    return cells


class Table:
    """One or many confusion matrices of the same classes.

    Args:
        matrix: Counts or weights, shape `(..., n_classes, n_classes)`, rows are the truth.
        parameters: Constants of the formulas; their defaults if not given.
    """

    def __init__(self, matrix: NDArray[np.generic], parameters: Parameters | None = None) -> None:
        self.whole = np.issubdtype(matrix.dtype, np.integer)
        self.matrix: Floats = np.asarray(matrix, np.float64) if self.whole else on_grid(matrix)
        self.parameters = parameters or Parameters()
        self.memory: dict[Callable[..., Any], Any] = {}

    @property
    def n_classes(self) -> int:
        """K, the number of classes."""
        return self.matrix.shape[-1]

    @cached_property
    def hits(self) -> Floats:
        """The diagonal, shape `(..., n_classes)`."""
        return np.diagonal(self.matrix, axis1=-2, axis2=-1)

    @cached_property
    def actual(self) -> Floats:
        """Row sums: the weight of each true class."""
        return self.hits + self.one_vs_rest.fn

    @cached_property
    def predicted(self) -> Floats:
        """Column sums: the weight of each predicted class."""
        return self.hits + self.one_vs_rest.fp

    @cached_property
    def n(self) -> Floats:
        """Total weight, shape `(...)`."""
        return self.matrix.sum(axis=(-2, -1))

    @cached_property
    def one_vs_rest(self) -> BinaryCounts:
        """Each class against all others together, arrays of shape `(..., n_classes)`."""
        tp = self.hits
        fp, fn = self._errors()
        two = self.n_classes == 2  # noqa: PLR2004  the other class's hits
        tn = tp[..., ::-1] if two else self.n[..., None] - tp - fp - fn
        return BinaryCounts(tp, fp, fn, tn, self.parameters)

    def _errors(self) -> tuple[Floats, Floats]:
        """False positives and false negatives of each class."""
        return self.matrix.sum(axis=-2) - self.hits, self.matrix.sum(axis=-1) - self.hits

    def each(self, compute: Callable[["Table"], Any]) -> Floats:
        """What a function of one table gives for every table, shape `(...)`."""
        if self.matrix.ndim == 2:  # noqa: PLR2004  one table
            return np.asarray(compute(self), np.float64)
        flat = self.matrix.reshape(-1, self.n_classes, self.n_classes)
        tables = flat.astype(np.int64) if self.whole else flat
        values = [float(compute(Table(matrix, self.parameters))) for matrix in tables]
        return np.reshape(values, self.n.shape)

    @property
    def sparse(self) -> bool:
        """Whether it pays to look only at the cells that are not empty."""
        return self.matrix.ndim == 2 and self.n_classes > FEW_CLASSES  # noqa: PLR2004  one table

    @cached_property
    def cells(self) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
        """Row, column and weight of the cells of one table that are not empty."""
        place = np.flatnonzero(self.matrix)
        row, column = np.divmod(place, self.n_classes)
        return row, column, self.matrix.ravel()[place]

    @cached_property
    def squares(self) -> tuple[Floats, Floats]:
        """Sums of the squared cells over each row and over each column."""
        squared = np.square(self.matrix)
        return squared.sum(-1), squared.sum(-2)

    @cached_property
    def logs(self) -> tuple[Floats, Floats]:
        """Sums of x ln x of the cells over each row and over each column."""
        if self.sparse:
            row, column, weight = self.cells
            terms = xlogx(weight)
            of_rows: Any = np.bincount(row, terms, minlength=self.n_classes)
            of_columns: Any = np.bincount(column, terms, minlength=self.n_classes)
            return of_rows, of_columns
        terms = xlogx(self.matrix)
        return terms.sum(-1), terms.sum(-2)

    @cached_property
    def by_distance(self) -> Floats:
        """The weight of the samples whose prediction is so many classes off, `(..., K)`."""
        k = self.n_classes
        if self.sparse:
            row, column, weight = self.cells
            counts: Any = np.bincount(np.abs(row - column), weight, minlength=k)
            return counts
        # Read with rows one cell shorter than they are, a padded matrix is sheared: what
        # was a diagonal stands in a column.
        padded = np.zeros((*self.matrix.shape[:-1], 2 * k))
        padded[..., :k] = self.matrix[..., ::-1]
        flat = padded.reshape(*self.matrix.shape[:-2], 2 * k * k)[..., : k * (2 * k - 1)]
        diagonals = flat.reshape(*self.matrix.shape[:-2], k, 2 * k - 1).sum(-2)
        answer = diagonals[..., k - 1 :].copy()
        answer[..., 1:] += diagonals[..., : k - 1][..., ::-1]
        return answer

    @cached_property
    def actual_shares(self) -> Floats:
        """Row sums of the shares."""
        return self.actual / self.n[..., None]

    @cached_property
    def predicted_shares(self) -> Floats:
        """Column sums of the shares."""
        return self.predicted / self.n[..., None]

    @cached_property
    def accuracy(self) -> Floats:
        """Share of the weight on the diagonal."""
        return self.hits.sum(axis=-1) / self.n
