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


def test_scores_and_intervals_of_a_group_are_those_of_its_samples_alone(
    evaluate: Evaluate,
) -> None:
    rng = np.random.default_rng(5)
    y_true, group = rng.integers(0, 3, 90), rng.integers(0, 2, 90)
    scores = rng.dirichlet(np.ones(3), 90)
    chosen = {"labels": [0, 1, 2], "score_type": "probability", "include": "all"}

    whole = evaluate(
        y_true=y_true.tolist(), y_score=scores.tolist(), groups={"site": group.tolist()}, **chosen
    )["groups"]["site"]

    for row in whole["by_group"]:
        mine = group == row["group"]
        alone = evaluate(y_true=y_true[mine].tolist(), y_score=scores[mine].tolist(), **chosen)
        assert row["scores"] == alone["scores"]
        assert row["intervals"] == alone["intervals"]


def test_two_groups_are_compared_as_independent_samples(evaluate: Evaluate) -> None:
    rng = np.random.default_rng(9)
    n = 400
    y_true, group = rng.integers(0, 2, n), np.repeat(["a", "b"], n // 2)
    hit = rng.random(n) < np.where(group == "a", 0.9, 0.7)
    score = np.clip(np.where(hit, y_true, 1 - y_true) * 0.4 + rng.random(n) * 0.6, 0, 1)
    answer = evaluate(
        y_true=y_true.tolist(), y_pred=np.where(hit, y_true, 1 - y_true).tolist(),
        y_score=score.tolist(), score_type="probability", groups={"site": group.tolist()},
        p_value_adjustment="benjamini_yekutieli",
    )["groups"]["site"]  # fmt: skip

    (pair,) = answer["pairs"]
    accuracy = [row["overall"]["accuracy"] for row in answer["by_group"]]
    assert pair["accuracy"]["difference"] == pytest.approx(accuracy[0] - accuracy[1])
    assert pair["accuracy"]["chi_square_p_value_holm"] == pair["accuracy"]["chi_square_p_value"]
    assert pair["accuracy"]["chi_square_p_value_adjusted"] == pair["accuracy"]["chi_square_p_value"]
    assert pair["accuracy"]["fisher_exact_p_value"] < 1e-4
    areas = [row["scores"]["per_class"][1]["roc_auc"] for row in answer["by_group"]]
    ends = [row["scores"]["intervals"]["per_class"][1]["roc_auc"] for row in answer["by_group"]]
    spread = [(high - low) / 2 / 1.959963984540054 for low, high in ends]
    delong = pair["roc_auc"][1]["delong"]
    assert delong["z"] == pytest.approx((areas[0] - areas[1]) / np.hypot(*spread), rel=1e-6)
    parity = answer["fairness"][1]["accuracy_equality"]
    assert parity["p_value"] == pytest.approx(pair["accuracy"]["chi_square_p_value"])
    assert parity["ratio_interval"][0] < parity["ratio"] < parity["ratio_interval"][1]


def test_weighted_groups_have_no_tests_of_counts(evaluate: Evaluate) -> None:
    answer = evaluate(
        y_true=[0, 1, 0, 1], y_pred=[0, 1, 1, 1], sample_weight=[1, 2, 0.5, 1], groups=[0, 0, 1, 1]
    )["groups"]["group"]

    assert answer["pairs"] is None
    assert "p_value" not in answer["fairness"][0]["demographic_parity"]


def test_too_many_groups_are_refused(client: Any) -> None:
    n = 1001
    body = {"y_true": [0, 1] * n, "y_pred": [0, 1] * n, "groups": {"id": list(range(n)) * 2}}

    response = client.post("/v1/evaluate", json=body)
    assert response.status_code == 422
    assert "METRICS_MAX_GROUPS" in response.json()["detail"]


def test_the_adjusted_mutual_information_of_a_group_is_its_own(evaluate: Evaluate) -> None:
    rng = np.random.default_rng(1)
    y_true, y_pred, group = rng.integers(0, 3, (3, 60))
    chosen = {"labels": [0, 1, 2], "include": "clustering"}
    answer = evaluate(
        y_true=y_true.tolist(), y_pred=y_pred.tolist(), groups=group.tolist(), **chosen
    )["groups"]["group"]["by_group"]

    for row in answer:
        mine = group == row["group"]
        alone = evaluate(y_true=y_true[mine].tolist(), y_pred=y_pred[mine].tolist(), **chosen)
        for name in ("adjusted_mutual_information", "cluster_accuracy"):
            assert row["overall"][name] == pytest.approx(alone["overall"][name]), name


def test_a_criterion_of_one_group_alone_is_neither_met_nor_missed(evaluate: Evaluate) -> None:
    answer = evaluate(
        y_true=[0, 1, 0, 1, 1, 1], y_pred=[1, 1, 0, 1, 1, 1], groups={"g": list("aaaabb")}
    )

    fairness = answer["groups"]["g"]["fairness"][1]
    parity = fairness["false_positive_rate_parity"]
    assert parity["least_group"] == parity["greatest_group"] == "a"
    assert parity["least"] == parity["greatest"] == 0.5
    assert parity["difference"] is parity["ratio"] is None
    assert fairness["equalized_odds"] == {"difference": None, "ratio": None}
    assert fairness["equal_opportunity"]["difference"] == 0


def test_groups_are_compared_within_strata(evaluate: Evaluate) -> None:
    rng = np.random.default_rng(3)
    y_true, site, sex = rng.integers(0, 2, (3, 200))
    y_pred = np.where(rng.random(200) < 0.7, y_true, 1 - y_true)
    columns = {"y_true": y_true.tolist(), "y_pred": y_pred.tolist()}
    groups = {"site": site.tolist(), "sex": sex.tolist()}

    def told(**options: Any) -> dict[str, Any]:
        answer = evaluate(**columns, groups=groups, **options)["groups"]["site"]["pairs"][0]
        found: dict[str, Any] = answer["accuracy_within_strata"]
        return found

    by_truth, by_sex = told(), told(strata="sex")
    for found, name, strata in ((by_truth, "y_true", y_true), (by_sex, "sex", sex)):
        counts = [
            [[((site == g) & (strata == s) & ((y_true == y_pred) == r)).sum() for s in (0, 1)]
             for r in (True, False)] for g in (0, 1)
        ]  # fmt: skip
        cells = np.array(counts, float)
        n = cells.sum(axis=(0, 1))
        ratio = (cells[0, 0] * cells[1, 1] / n).sum() / (cells[0, 1] * cells[1, 0] / n).sum()
        assert found["strata_of"] == name
        assert found["odds_ratio"] == pytest.approx(ratio)


def test_unknown_strata_are_refused(client: Any, assert_problem: Any) -> None:
    body = {"y_true": [0, 1], "y_pred": [0, 1], "groups": {"a": [0, 1]}, "strata": "b"}
    assert_problem(client.post("/v1/evaluate", json=body), "invalid-option", "#/strata")
