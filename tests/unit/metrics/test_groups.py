"""Groups of samples: each as if it were alone, and the gaps between them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Evaluate = Callable[..., dict[str, Any]]


def test_a_group_is_answered_as_if_its_samples_were_alone(evaluate: Evaluate) -> None:
    rng = np.random.default_rng(8)
    y_true, y_pred, group = rng.integers(0, 3, (3, 90)).tolist()
    weights = rng.random(90).tolist()
    labels = [0, 1, 2]

    answer = evaluate(
        y_true=y_true,
        y_pred=y_pred,
        sample_weight=weights,
        labels=labels,
        groups={"site": group},
        include="all",
    )

    for row in answer["groups"]["site"]["by_group"]:
        chosen = [i for i in range(90) if group[i] == row["group"]]
        alone = evaluate(
            y_true=[y_true[i] for i in chosen],
            y_pred=[y_pred[i] for i in chosen],
            sample_weight=[weights[i] for i in chosen],
            labels=labels,
            include="all",
        )
        assert row["n_samples"] == len(chosen)
        np.testing.assert_allclose(row["confusion_matrix"], alone["confusion_matrix"])
        for name, value in alone["overall"].items():
            assert row["overall"][name] == pytest.approx(value, nan_ok=True, abs=1e-9), name


def test_gaps_name_the_extreme_groups(evaluate: Evaluate) -> None:
    answer = evaluate(
        y_true=[1, 0, 1, 0, 1, 0],
        y_pred=[1, 0, 0, 1, 1, 1],
        groups={"site": ["n", "n", "s", "s", "w", "w"]},
    )

    gap = answer["groups"]["site"]["gaps"]["accuracy"]
    assert gap == {
        "least": 0.0,
        "least_group": "s",
        "greatest": 1.0,
        "greatest_group": "n",
        "difference": 1.0,
        "ratio": 0.0,
    }


def test_fairness_criteria_of_a_hand_worked_example(evaluate: Evaluate) -> None:
    # Group a: TP 2, FN 1, FP 1, TN 1. Group b: TP 1, FN 1, FP 0, TN 2.
    answer = evaluate(
        y_true=[1, 1, 1, 0, 0, 1, 1, 0, 0],
        y_pred=[1, 1, 0, 1, 0, 1, 0, 0, 0],
        groups={"sex": ["a"] * 5 + ["b"] * 4},
    )

    row = answer["groups"]["sex"]["fairness"][1]
    assert row["label"] == 1
    assert row["demographic_parity"]["difference"] == pytest.approx(3 / 5 - 1 / 4)
    assert row["demographic_parity"]["ratio"] == pytest.approx((1 / 4) / (3 / 5))
    assert row["equal_opportunity"]["difference"] == pytest.approx(2 / 3 - 1 / 2)
    assert row["equalized_odds"]["difference"] == pytest.approx(max(2 / 3 - 1 / 2, 1 / 2))
    assert row["predictive_parity"]["least_group"] == "a"
    assert row["four_fifths_rule"] is False


def test_a_plain_list_is_a_grouping_without_a_name(evaluate: Evaluate) -> None:
    answer = evaluate(y_true=[1, 0], y_pred=[1, 0], groups=[True, False])

    rows = answer["groups"]["group"]["by_group"]
    assert [row["group"] for row in rows] == [False, True]


@pytest.mark.parametrize(
    ("groups", "pointer"),
    [({"a": [1]}, "#/groups/a"), ({"a": [1, "x"]}, "#/groups/a/1"), ({"a": []}, "#/groups/a")],
)
def test_bad_groups_are_refused(client: Any, groups: Any, pointer: str) -> None:
    response = client.post(
        "/v1/evaluate", json={"y_true": [1, 0], "y_pred": [1, 0], "groups": groups}
    )

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer
