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

from services.metrics.arrays import Floats
from services.metrics.bootstrap import BLOCK_CELLS, Bootstrap, bounds
from services.metrics.tables import Table
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
    counts, places = _distinct(samples, n_classes)
    observed = _differences(counts[None], places, n_classes)
    plan = Bootstrap(replicates=replicates, method="percentile", seed=seed, level=level)
    drawn = _replicates(counts, places, n_classes, plan)
    return {name: _entry(float(observed[name][0]), drawn[name], plan) for name in observed} | {
        "replicates": replicates,
        "seed": seed,
    }


def permutation_test(
    samples: tuple[Codes, Codes, Codes], n_classes: int, permutations: int, seed: int
) -> dict[str, Any]:
    """Whether the differences of the headline statistics are more than exchanges give.

    If the models were alike, it would not matter which of the two gave which prediction; of
    alike samples a binomial number is exchanged.

    Args:
        samples: Truth and both predictions, each in `[0, n_classes)`, shape `(n,)`.
        n_classes: K.
        permutations: How many times predictions are exchanged at random.
        seed: Of the random numbers.

    Returns:
        By statistic: the difference, and the p value, which counts the observed one too.

    References:
        Noreen 1989, Computer-Intensive Methods for Testing Hypotheses; Phipson & Smyth 2010,
        SAGMB 9 (counting the observed one).
    """
    counts, (first, second) = _distinct(samples, n_classes)
    observed = _differences(counts[None], (first, second), n_classes)
    both = np.concatenate((first, second)), np.concatenate((second, first))
    rng = np.random.default_rng(seed)
    step = max(1, BLOCK_CELLS // max(2 * len(counts), n_classes**2))
    extreme = dict.fromkeys(observed, 0)
    for start in range(0, permutations, step):
        exchanged = rng.binomial(counts, 0.5, (min(step, permutations - start), len(counts)))
        halves = np.concatenate((counts - exchanged, exchanged), axis=1)
        for name, drawn in _differences(halves, both, n_classes).items():
            least = np.abs(observed[name]) * (1 - 1e-12)
            # An exchange after which a statistic is undefined speaks for no difference.
            extreme[name] += int((np.abs(np.nan_to_num(drawn)) >= least).sum())
    answer: dict[str, Any] = {
        name: {
            "difference": _number(value[0]),
            "p_value": _share(value[0], extreme[name], permutations),
        }
        for name, value in observed.items()
    }
    return answer | {"permutations": permutations, "seed": seed}


def _number(value: np.float64) -> float | None:
    return float(value) if np.isfinite(value) else None


def _share(observed: np.float64, extreme: int, permutations: int) -> float | None:
    return (extreme + 1) / (permutations + 1) if np.isfinite(observed) else None


def _distinct(
    samples: tuple[Codes, Codes, Codes], n_classes: int
) -> tuple[NDArray[np.int64], tuple[Codes, Codes]]:
    """How often each triple occurs, and in which cell of either model's matrix it falls."""
    truth, first, second = samples
    cells, counts = np.unique((truth * n_classes + first) * n_classes + second, return_counts=True)
    row = cells // n_classes**2 * n_classes
    return counts, (row + cells // n_classes % n_classes, row + cells % n_classes)


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
