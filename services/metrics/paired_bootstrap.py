"""The bootstrap of the difference of two models on the same samples.

Samples are alike if truth and both predictions are; their counts are multinomial, so the
replicates are drawn from the distinct triples instead of from the samples.

References:
    Efron & Tibshirani 1993, An Introduction to the Bootstrap; Berg-Kirkpatrick, Burkett &
    Klein 2012, EMNLP.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.bootstrap import BLOCK_CELLS, Bootstrap, bounds
from services.metrics.tables import Floats, Table
from services.metrics.values import Selection, TableValues, compute

HEADLINE = Selection(frozenset({"headline"}), replicable_only=True)
MACRO = ("precision", "recall", "f1_score")
Codes = NDArray[np.intp]


def paired_bootstrap(
    samples: tuple[Codes, Codes, Codes], n_classes: int, replicates: int, seed: int, level: float
) -> dict[str, Any]:
    """Differences of the headline statistics with percentile intervals and p values.

    Args:
        samples: Truth and both predictions, each in `[0, n_classes)`, shape `(n,)`.
        n_classes: K.
        replicates: How many are drawn.
        seed: Of the random numbers.
        level: Coverage.

    Returns:
        By statistic: the difference, its interval, and twice the smaller share of replicates
        on either side of zero.
    """
    truth, first, second = samples
    triple = (truth * n_classes + first) * n_classes + second
    cells, counts = np.unique(triple, return_counts=True)
    row, column_a, column_b = (
        cells // n_classes**2,
        cells // n_classes % n_classes,
        cells % n_classes,
    )
    places = row * n_classes + column_a, row * n_classes + column_b
    observed = _differences(counts[None], places, n_classes)
    plan = Bootstrap(replicates=replicates, method="percentile", seed=seed, level=level)
    drawn = _replicates(counts, places, n_classes, plan)
    return {name: _entry(float(observed[name][0]), drawn[name], plan) for name in observed} | {
        "replicates": replicates,
        "seed": seed,
    }


def _replicates(
    counts: NDArray[np.int64], places: tuple[Codes, Codes], n_classes: int, plan: Bootstrap
) -> dict[str, Floats]:
    rng = np.random.default_rng(plan.seed)
    n, shares = int(counts.sum()), counts / counts.sum()
    step = max(1, BLOCK_CELLS // max(len(counts), n_classes**2))
    parts = [
        _differences(
            rng.multinomial(n, shares, size=min(step, plan.replicates - start)),
            places,
            n_classes,
        )
        for start in range(0, plan.replicates, step)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _differences(
    counts: NDArray[np.int64], places: tuple[Codes, Codes], n_classes: int
) -> dict[str, Floats]:
    first, second = (
        _numbers(compute(Table(_tables(counts, place, n_classes)), HEADLINE)) for place in places
    )
    return {name: first[name] - second[name] for name in first}


def _tables(counts: NDArray[np.int64], place: Codes, n_classes: int) -> NDArray[np.int64]:
    """The confusion matrices of replicates whose cells fall at the given places."""
    order = np.argsort(place, kind="stable")
    ordered = place[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    tables = np.zeros((len(counts), n_classes**2), np.int64)
    tables[:, ordered[starts]] = np.add.reduceat(counts[:, order], starts, axis=1)
    return tables.reshape(-1, n_classes, n_classes)


def _numbers(values: TableValues) -> dict[str, Floats]:
    macro = {f"macro_{name}": values.averages["macro"][name] for name in MACRO}
    return {**values.overall, **macro}


def _entry(observed: float, drawn: Floats, plan: Bootstrap) -> dict[str, Any]:
    defined = drawn[~np.isnan(drawn)]
    p_value = None
    if defined.size:
        sides = (defined <= 0).mean(), (defined >= 0).mean()
        p_value = min(1.0, 2 * float(min(sides)))
    return {
        "difference": observed if np.isfinite(observed) else None,
        "interval": bounds(drawn, np.asarray(observed), plan),
        "p_value": p_value,
    }
