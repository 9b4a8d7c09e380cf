"""P values of several tests, adjusted for their number."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from services.metrics.arrays import Floats
from services.metrics.options.checks import Adjustment


def adjusted(p_values: Floats, method: Adjustment = "holm") -> Floats:
    """P values to be read against the level of all tests together.

    Holm, Hochberg and Bonferroni bound the chance of any wrong rejection, Benjamini's two the
    expected share of wrong ones among the rejections. Hochberg and Benjamini-Hochberg suppose
    tests that are independent or positively dependent; the others suppose nothing.

    Args:
        p_values: Shape `(m,)`.
        method: Which adjustment.

    References:
        Holm 1979, Scandinavian Journal of Statistics 6; Hochberg 1988, Biometrika 75; Benjamini
        & Hochberg 1995, JRSS B 57; Benjamini & Yekutieli 2001, Annals of Statistics 29.
    """
    order = np.argsort(p_values, kind="stable")
    places = np.arange(1, len(order) + 1, dtype=np.float64)
    answer = np.empty(len(order))
    answer[order] = np.minimum(_METHODS[method](p_values[order], places), 1.0)
    return answer


def adjust(tests: Sequence[dict[str, Any]], name: str, chosen: Adjustment | None) -> None:
    """Write Holm's adjustment beside the p value of each test, and the one chosen if any.

    Args:
        tests: What is said of each test.
        name: Its p value.
        chosen: A further adjustment.
    """
    methods: dict[str, Adjustment] = {f"{name}_holm": "holm"}
    if chosen is not None:
        methods[f"{name}_adjusted"] = chosen
    p_values = np.array([test[name] for test in tests])
    for member, method in methods.items():
        for test, p in zip(tests, adjusted(p_values, method).tolist(), strict=True):
            test[member] = p


def _from_below(values: Floats) -> Floats:
    """Made to rise: no smaller p value may become a greater one than its successor."""
    return np.maximum.accumulate(values)


def _from_above(values: Floats) -> Floats:
    return np.minimum.accumulate(values[::-1])[::-1]


# Of p values in ascending order and their places from 1 on.
_METHODS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "holm": lambda p, i: _from_below(p * i[::-1]),
    "hochberg": lambda p, i: _from_above(p * i[::-1]),
    "bonferroni": lambda p, i: p * len(i),
    "benjamini_hochberg": lambda p, i: _from_above(p * len(i) / i),
    "benjamini_yekutieli": lambda p, i: _from_above(p * len(i) / i * (1 / i).sum()),
}
