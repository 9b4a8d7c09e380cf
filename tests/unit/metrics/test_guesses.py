"""Guesses have the statistics of samples that were really guessed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Evaluate = Callable[..., dict[str, Any]]

TRUTH = [0] * 6 + [1] * 3 + [2] * 1


def headline(answer: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    return {
        "overall": {name: answer["overall"][name] for name in like["overall"]},
        "averages": {
            rule: {name: answer["averages"][rule][name] for name in row}
            for rule, row in like["averages"].items()
        },
    }


def flat(numbers: dict[str, Any]) -> dict[str, Any]:
    rows = {"overall": numbers["overall"], **numbers["averages"]}
    return {f"{rule}.{name}": v for rule, row in rows.items() for name, v in row.items()}


def test_the_majority_is_an_answer_like_any_other(evaluate: Evaluate) -> None:
    found = evaluate(y_true=TRUTH, y_pred=TRUTH, include="baselines")["baselines"]["majority"]

    guessed = evaluate(y_true=TRUTH, y_pred=[0] * 10, labels=[0, 1, 2])

    assert flat(found) == pytest.approx(flat(headline(guessed, found)))


@pytest.mark.parametrize("name", ["prior", "uniform"])
def test_what_is_drawn_has_its_shares_within_each_class(evaluate: Evaluate, name: str) -> None:
    """Every true class answered with exactly the shares of the guess: 6 : 3 : 1, or 1 : 1 : 1."""
    found = evaluate(y_true=TRUTH, y_pred=TRUTH, include="baselines")["baselines"][name]
    shares = np.array([6, 3, 1]) if name == "prior" else np.ones(3, int)

    guessed = evaluate(confusion_matrix=np.outer([6, 3, 1], shares).tolist())

    assert flat(found) == pytest.approx(flat(headline(guessed, found)))


def test_only_one_class_leaves_nothing_to_agree_on(evaluate: Evaluate) -> None:
    found = evaluate(y_true=[0, 0], y_pred=[0, 0], include="baselines")["baselines"]

    assert found["majority"]["overall"]["accuracy"] == 1
    assert found["majority"]["overall"]["cohen_kappa"] is None
    assert found["uniform"]["overall"]["matthews_corrcoef"] is None
