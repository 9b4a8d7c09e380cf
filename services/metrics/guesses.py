"""What answering without looking would reach."""

from typing import Any

import numpy as np

from services.metrics.arrays import silent
from services.metrics.binary_counts import BinaryCounts
from services.metrics.tables import Table
from services.metrics.values import Selection, compute_counts

GUESSES = ("majority", "prior", "uniform")
HEADLINE = Selection(frozenset({"headline"}))
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
    k, actual, n = table.n_classes, table.actual, table.n
    most_frequent = np.eye(k)[int(actual.argmax())]
    shares = np.stack([most_frequent, table.actual_shares, np.full(k, 1 / k)])
    with silent():
        tp = actual * shares
        fp, fn = (n - actual) * shares, actual * (1 - shares)
        counts = BinaryCounts(tp, fp, fn, (n - actual) * (1 - shares), table.parameters)
        averages = compute_counts(counts, HEADLINE).averages
        accuracy = tp.sum(-1) / n
    # Truth and guess are independent, so there is no agreement beyond chance.
    several = table.actual_shares.max() < 1
    return {
        guess: {
            "overall": {
                "accuracy": float(accuracy[i]),
                "error_rate": float(1 - accuracy[i]),
                "balanced_accuracy": _number(averages["macro"]["recall"][i]),
                "cohen_kappa": 0.0 if several or shares[i].max() < 1 else None,
                "matthews_corrcoef": 0.0 if several and shares[i].max() < 1 else None,
            },
            "averages": {
                rule: {name: _number(value[i]) for name, value in averages[rule].items()}
                for rule in RULES
            },
        }
        for i, guess in enumerate(GUESSES)
    }


def _number(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
