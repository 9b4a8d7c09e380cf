"""Bootstrap intervals of every label statistic.

Resampling rows with replacement and counting them again gives a table that is multinomial
with the shares of the observed one, so the replicates are drawn as tables: the cost depends
on the number of classes, not of samples.

References:
    Efron & Tibshirani 1993, An Introduction to the Bootstrap; Efron 1987, JASA 82 (BCa).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics import distributions
from services.metrics.arrays import Floats, silent
from services.metrics.binary_counts import Parameters
from services.metrics.labels import Label
from services.metrics.options.evaluation import BootstrapMethod
from services.metrics.tables import Table
from services.metrics.values import Selection, TableValues, compute

# Replicates are computed a block at a time, so that a block's tables stay in the cache.
BLOCK_CELLS = 1 << 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """How replicates are drawn and turned into intervals.

    Attributes:
        replicates: How many tables are drawn.
        method: `percentile`, `basic` or `bca`.
        seed: Of the random numbers; the same seed gives the same answer.
        level: Coverage.
    """

    replicates: int
    method: BootstrapMethod
    seed: int
    level: float


def report(
    matrix: NDArray[Any],
    labels: Sequence[Label],
    selection: Selection,
    parameters: Parameters,
    plan: Bootstrap,
    weighted: "WeightedCells | None" = None,
) -> dict[str, Any]:
    """The `bootstrap` member of an answer: an interval for every chosen statistic.

    Args:
        matrix: Shape `(K, K)`: int64 counts, or float64 weights.
        labels: Its classes.
        selection: Which statistics.
        parameters: Constants of the formulas.
        plan: How to draw and what to make of it.
        weighted: The samples, if they have weights.
    """
    blocks = draw(matrix, plan) if weighted is None else weighted.draw(plan)
    observed = compute(Table(matrix, parameters), selection)
    replicates = _join([compute(Table(block, parameters), selection) for block in blocks])
    jackknife = None
    if plan.method == "bca" and weighted is None:
        jackknife = _jackknife(matrix, parameters, selection)
    elif plan.method == "bca" and weighted is not None:
        left_one_out = weighted.without_one()
        parts = [compute(Table(block, parameters), selection) for block in left_one_out]
        jackknife = _join(parts), weighted.count.astype(np.float64)
    missing: dict[str, int] = {}

    def interval(path: str, pick: Callable[[TableValues], Floats]) -> Any:
        values = pick(replicates)
        lost = int(np.isnan(values).sum())
        if lost:
            missing[f"#/bootstrap{path}"] = lost
        left_out = None if jackknife is None else (pick(jackknife[0]), jackknife[1])
        return bounds(values, pick(observed), plan, left_out)

    answer: dict[str, Any] = {
        "method": plan.method,
        "replicates": plan.replicates,
        "seed": plan.seed,
        "confidence_level": plan.level,
        "overall": {
            name: interval(f"/overall/{name}", lambda v, name=name: v.overall[name])  # type: ignore[misc]  # the default binds the name
            for name in observed.overall
        },
        "averages": {
            rule: {
                name: interval(
                    f"/averages/{rule}/{name}",
                    lambda v, rule=rule, name=name: v.averages[rule][name],  # type: ignore[misc]  # as above
                )
                for name in row
            }
            for rule, row in observed.averages.items()
        },
        "per_class": _rows(observed, labels, interval),
    }
    answer["undefined_replicates"] = missing
    return answer


def _rows(
    observed: TableValues, labels: Sequence[Label], interval: Callable[..., Any]
) -> list[dict[str, Any]]:
    columns = {
        name: interval(f"/per_class/*/{name}", lambda v, name=name: v.per_class[name])
        for name in observed.per_class
    }
    return [
        {"label": label, **{name: column[i] for name, column in columns.items()}}
        for i, label in enumerate(labels)
    ]


@dataclass(frozen=True, slots=True)
class WeightedCells:
    """Weighted samples, gathered by the cell that they fall in and by their weight.

    Attributes:
        place: The cell of each kind of sample, in the flattened matrix, ascending.
        weight: The weight of one sample of the kind.
        count: How many samples there are of it.
        n_classes: K.
    """

    place: NDArray[np.intp]
    weight: Floats
    count: NDArray[np.int64]
    n_classes: int

    @classmethod
    def of_samples(cls, place: NDArray[np.intp], weight: Floats, n_classes: int) -> "WeightedCells":
        """The kinds of some samples, given the cell and the weight of each."""
        order = np.lexsort((weight, place))
        places, weights = place[order], weight[order]
        new = np.flatnonzero(
            np.concatenate(([True], (np.diff(places) != 0) | (np.diff(weights) != 0)))
        )
        counts = np.diff(new, append=len(places))
        return cls(places[new], weights[new], counts, n_classes)

    def tables(self, counts: NDArray[Any]) -> Floats:
        """The matrices of so many samples of each kind, counts of shape `(B, kinds)`."""
        starts = np.flatnonzero(np.diff(self.place, prepend=-1))
        tables = np.zeros((len(counts), self.n_classes**2))
        tables[:, self.place[starts]] = np.add.reduceat(counts * self.weight, starts, axis=1)
        return tables.reshape(-1, self.n_classes, self.n_classes)

    def draw(self, plan: Bootstrap) -> Iterator[Floats]:
        """Matrices of as many samples, drawn with replacement; some at a time."""
        rng = np.random.default_rng(plan.seed)
        n = int(self.count.sum())
        step = max(1, BLOCK_CELLS // max(len(self.place), self.n_classes**2))
        for start in range(0, plan.replicates, step):
            size = min(step, plan.replicates - start)
            yield self.tables(rng.multinomial(n, self.count / n, size=size))

    def without_one(self) -> Iterator[Floats]:
        """Matrices with one sample of each kind left out; some at a time."""
        step = max(1, BLOCK_CELLS // max(len(self.place), self.n_classes**2))
        for start in range(0, len(self.place), step):
            kinds = np.arange(start, min(start + step, len(self.place)))
            counts = np.repeat(self.count[None], len(kinds), axis=0)
            counts[np.arange(len(kinds)), kinds] -= 1
            yield self.tables(counts)


def draw(matrix: NDArray[np.int64], plan: Bootstrap) -> Iterator[NDArray[np.int64]]:
    """Tables of as many samples as the matrix, with its shares; some at a time."""
    rng = np.random.default_rng(plan.seed)
    n, cells = int(matrix.sum()), matrix.ravel()
    occupied = np.flatnonzero(cells)
    shares = cells[occupied] / n
    step = max(1, BLOCK_CELLS // matrix.size)
    for start in range(0, plan.replicates, step):
        count = min(step, plan.replicates - start)
        block = np.zeros((count, matrix.size), np.int64)
        block[:, occupied] = rng.multinomial(n, shares, size=count)
        yield block.reshape(count, *matrix.shape)


def bounds(
    replicates: Floats,
    observed: Floats,
    plan: Bootstrap,
    jackknife: tuple[Floats, Floats] | None = None,
) -> Any:
    """Intervals from replicates along the first axis, as nested lists; None where undefined.

    Args:
        replicates: Shape `(B, ...)`; NaN is left out.
        observed: Shape `(...)`.
        plan: Which method and coverage.
        jackknife: For BCa, values with one sample left out, shape `(J, ...)`, and how many
            samples each stands for, shape `(J,)`.
    """
    ordered = np.sort(np.moveaxis(replicates, 0, -1), axis=-1)
    defined = (~np.isnan(ordered)).sum(-1)
    tail = (1 - plan.level) / 2
    with silent():
        low_rank, high_rank = np.full(defined.shape, tail), np.full(defined.shape, 1 - tail)
        if jackknife is not None:
            low_rank, high_rank = _bca_ranks(ordered, observed, jackknife, defined, tail)
        low = _quantile(ordered, defined, low_rank)
        high = _quantile(ordered, defined, high_rank)
        if plan.method == "basic":
            low, high = 2 * observed - high, 2 * observed - low
    known = np.isfinite(low) & np.isfinite(high) & np.isfinite(observed)
    if known.ndim == 0:
        return [float(low), float(high)] if known else None
    pairs = zip(low.tolist(), high.tolist(), known.tolist(), strict=True)
    return [[a, b] if ok else None for a, b, ok in pairs]


def _quantile(ordered: Floats, defined: NDArray[Any], rank: Floats) -> Floats:
    """The quantile of the defined values, linear between two of them."""
    place = np.clip(rank, 0, 1) * (defined - 1)
    below = np.clip(np.nan_to_num(np.floor(place)), 0, None).astype(np.intp)
    above = np.minimum(below + 1, np.maximum(defined - 1, 0))
    first = np.take_along_axis(ordered, below[..., None], -1)[..., 0]
    second = np.take_along_axis(ordered, above[..., None], -1)[..., 0]
    part = place - below
    value = np.where(part > 0, first + part * (second - first), first)
    return np.where((defined > 0) & ~np.isnan(rank), value, np.nan)


def _bca_ranks(
    ordered: Floats,
    observed: Floats,
    jackknife: tuple[Floats, Floats],
    defined: NDArray[Any],
    tail: float,
) -> tuple[Floats, Floats]:
    values, weights = jackknife
    weights = weights.reshape(-1, *(1,) * (values.ndim - 1))
    usable = ~np.isnan(values)
    total = np.where(usable, weights, 0.0).sum(0)
    mean = np.where(usable, weights * values, 0.0).sum(0) / total
    apart = np.where(usable, mean - values, 0.0)
    spread = (weights * apart**2).sum(0)
    pull = np.where(spread > 0, (weights * apart**3).sum(0) / (6 * spread**1.5), 0.0)
    # Ties count one half: many label statistics take few values.
    under = (ordered < observed[..., None]).sum(-1)
    upto = (ordered <= observed[..., None]).sum(-1)
    bias = distributions.probit((under + upto) / (2 * defined))
    z = NormalDist().inv_cdf(tail)
    ranks = [_normal_cdf(bias + (bias + s) / (1 - pull * (bias + s))) for s in (z, -z)]
    return ranks[0], ranks[1]


def _normal_cdf(z: Floats) -> Floats:
    return np.where(
        z < 0, distributions.normal_two_sided(z) / 2, 1 - distributions.normal_two_sided(z) / 2
    )


def _jackknife(
    matrix: NDArray[np.int64], parameters: Parameters, selection: Selection
) -> tuple[TableValues, Floats]:
    """Values with one sample left out: one table for each cell that is not empty."""
    rows, columns = np.nonzero(matrix)
    step = max(1, BLOCK_CELLS // matrix.size)
    parts = []
    for start in range(0, len(rows), step):
        r, c = rows[start : start + step], columns[start : start + step]
        block = np.repeat(matrix[None], len(r), axis=0)
        block[np.arange(len(r)), r, c] -= 1
        parts.append(compute(Table(block, parameters), selection))
    return _join(parts), matrix[rows, columns].astype(np.float64)


def _join(parts: Sequence[TableValues]) -> TableValues:
    if len(parts) == 1:
        return parts[0]
    return TableValues(
        {k: np.concatenate([p.overall[k] for p in parts]) for k in parts[0].overall},
        {k: np.concatenate([p.per_class[k] for p in parts]) for k in parts[0].per_class},
        {
            rule: {k: np.concatenate([p.averages[rule][k] for p in parts]) for k in row}
            for rule, row in parts[0].averages.items()
        },
    )
