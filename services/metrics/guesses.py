"""What answering without looking would reach."""

from typing import Any

import numpy as np

from services.metrics.arrays import Floats, silent
from services.metrics.binary_counts import BinaryCounts
from services.metrics.tables import Table
from services.metrics.values import Selection, compute_counts

RULES = ("macro", "weighted", "macro_zero_filled")


def guesses(table: Table) -> dict[str, Any]:
    """The headline of three guesses: the `baselines` member of an answer; null where undefined.

    `majority` always answers the most frequent true class, the first of equals; `prior` draws
    answers at the true frequencies, `uniform` all classes alike. What is drawn is said of the
    expected counts: of accuracy and recall that is the expected value, of precision and F1 what
    many samples come near to.

    Args:
        table: One table, of which only the truth matters.
    """
    k = table.n_classes
    drawn = {
        "majority": np.eye(k)[int(table.actual.argmax())],
        "prior": table.actual_shares,
        "uniform": np.full(k, 1 / k),
    }
    with silent():
        return {name: _headline(table, shares) for name, shares in drawn.items()}


def _headline(table: Table, shares: Floats) -> dict[str, Any]:
    """Of answers drawn with these shares, whatever the truth."""
    actual, n = table.actual, table.n
    tp = actual * shares
    fp, fn = (n - actual) * shares, actual * (1 - shares)
    counts = BinaryCounts(tp, fp, fn, (n - actual) * (1 - shares), table.parameters)
    averages = compute_counts(counts, Selection(frozenset({"headline"}))).averages
    accuracy = tp.sum() / n
    # Truth and guess are independent, so there is no agreement beyond chance.
    several, spread = table.actual_shares.max() < 1, shares.max() < 1
    return {
        "overall": {
            "accuracy": float(accuracy),
            "error_rate": float(1 - accuracy),
            "balanced_accuracy": _number(averages["macro"]["recall"]),
            "cohen_kappa": 0.0 if several or spread else None,
            "matthews_corrcoef": 0.0 if several and spread else None,
        },
        "averages": {
            rule: {name: _number(value) for name, value in averages[rule].items()} for rule in RULES
        },
    }


def _number(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
