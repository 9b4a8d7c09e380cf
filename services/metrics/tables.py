"""Confusion matrices as the formulas see them, one or many at a time.

Every quantity has leading axes for as many matrices as were given, so that a formula
written once serves a single table, its bootstrap replicates and its groups alike.
Formulas divide without looking: 0/0 becomes NaN (undefined) and x/0 an infinity (the
limit), and `silent` keeps NumPy from warning about it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, Protocol, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# From here on most cells of a matrix are empty, and it pays to look only at the others.
FEW_CLASSES = 64
Result = TypeVar("Result")


def silent() -> np.errstate:
    """A context in which undefined results are values, not warnings."""
    return np.errstate(all="ignore")


def xlogx(x: Floats) -> Floats:
    """X ln x, with 0 ln 0 = 0."""
    return x * np.log(np.where(x > 0, x, 1.0))


def if_counted(table: "Table", value: Floats) -> Floats:
    """The value, NaN if samples are weighted: a test takes them for counts."""
    return value if table.whole else np.full_like(value, np.nan)


def mean_defined(values: Floats, weights: Floats | None = None) -> Floats:
    """The mean over the last axis of what is defined; NaN if nothing is.

    Args:
        values: Shape `(..., n)`, NaN where undefined.
        weights: The same shape, or one that fits it; equal weights by default.
    """
    defined = ~np.isnan(values)
    if defined.all():
        if weights is None:  # a product with ones is a sum, and faster over short lines
            return values @ np.ones(values.shape[-1]) / values.shape[-1]
        return (values * weights).sum(-1) / weights.sum(-1)
    factors = defined.astype(np.float64) if weights is None else np.where(defined, weights, 0.0)
    return (np.where(defined, values, 0.0) * factors).sum(-1) / factors.sum(-1)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The free constants of the formulas that have one.

    Attributes:
        beta: How many times recall counts as much as precision in the F-beta score.
        iba_alpha: Weight of the dominance in the index of balanced accuracy.
        tversky_alpha: Weight of false negatives in the Tversky index.
        tversky_beta: Weight of false positives in the Tversky index.
        threshold_probability: Where net benefit weighs false against true positives.
        degenerate_matthews: What Matthews' coefficient is where a margin is empty: `null`
            (undefined), `zero`, or `limit`: 1 if all samples are of one class and right, -1
            if all are of one class and predicted as one other, else 0.
        cost_matrix: What a sample costs by true and predicted class, shape `(K, K)`; None if
            every error costs 1.
    """

    beta: float = 2.0
    iba_alpha: float = 1.0
    tversky_alpha: float = 0.5
    tversky_beta: float = 0.5
    threshold_probability: float = 0.5
    degenerate_matthews: str = "null"
    cost_matrix: Floats | None = None


def mended_matthews(value: Floats, cells: Any, right: Any, rule: str) -> Floats:
    """Matthews' coefficient with what stands for 0/0.

    Args:
        value: NaN where a margin is empty.
        cells: How many cells of the matrix are not empty.
        right: Whether there are hits.
        rule: As in `Parameters.degenerate_matthews`.

    References:
        Chicco & Jurman 2020, BMC Genomics 21:6.
    """
    if rule == "null":
        return value
    single = np.where(right, 1.0, -1.0) if rule == "limit" else 0.0
    return np.where(np.isnan(value), np.where(cells == 1, single, 0.0), value)


class BinaryCounts:
    """True and false positives and negatives, float64 arrays of one shape, and their sums."""

    def __init__(
        self, tp: Floats, fp: Floats, fn: Floats, tn: Floats, parameters: Parameters | None = None
    ) -> None:
        self.tp, self.fp, self.fn, self.tn = tp, fp, fn, tn
        self.parameters = parameters or Parameters()

    @cached_property
    def actual(self) -> Floats:
        """Samples of the class: TP + FN."""
        return self.tp + self.fn

    @cached_property
    def negatives(self) -> Floats:
        """Samples of other classes: FP + TN."""
        return self.fp + self.tn

    @cached_property
    def predicted(self) -> Floats:
        """Samples predicted as the class: TP + FP."""
        return self.tp + self.fp

    @cached_property
    def rejected(self) -> Floats:
        """Samples predicted as another class: FN + TN."""
        return self.fn + self.tn

    @cached_property
    def wrong(self) -> Floats:
        """FP + FN."""
        return self.fp + self.fn

    @cached_property
    def n(self) -> Floats:
        """All samples."""
        return self.tp + self.fp + self.fn + self.tn

    @cached_property
    def tpr(self) -> Floats:
        """True positive rate, recall."""
        return self.tp / self.actual

    @cached_property
    def tnr(self) -> Floats:
        """True negative rate, specificity."""
        return self.tn / self.negatives

    @cached_property
    def ppv(self) -> Floats:
        """Positive predictive value, precision."""
        return self.tp / self.predicted

    @cached_property
    def npv(self) -> Floats:
        """Negative predictive value."""
        return self.tn / self.rejected

    @cached_property
    def fpr(self) -> Floats:
        """False positive rate."""
        return self.fp / self.negatives

    @cached_property
    def fnr(self) -> Floats:
        """False negative rate."""
        return self.fn / self.actual

    @cached_property
    def cross(self) -> Floats:
        """TP x TN - FP x FN."""
        return self.tp * self.tn - self.fp * self.fn

    def summed(self) -> "BinaryCounts":
        """The counts of all classes added up: what micro-averages are computed from."""
        tp, fp, fn, tn = (
            x.sum(axis=-1, keepdims=True) for x in (self.tp, self.fp, self.fn, self.tn)
        )
        return BinaryCounts(tp, fp, fn, tn, self.parameters)


class Remembers(Protocol):
    """A thing that keeps what was computed from it."""

    memory: dict[Callable[..., Any], Any]


Thing = TypeVar("Thing", bound=Remembers)


def remembered(compute: Callable[[Thing], Result]) -> Callable[[Thing], Result]:
    """The function, computed once for each thing that it is given."""

    @wraps(compute)
    def look_up(thing: Thing) -> Result:
        if compute not in thing.memory:
            thing.memory[compute] = compute(thing)
        return cast(Result, thing.memory[compute])

    return look_up


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
