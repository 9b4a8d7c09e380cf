"""Costs of errors, from rankings and from tables; and what else looks at rankings as a whole."""

from collections.abc import Callable
from itertools import product
from math import factorial
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.arrays import silent
from services.metrics.statistics.probabilities.distributions import Probabilities
from services.metrics.statistics.probabilities.ordered import volume_under_surface
from services.metrics.statistics.ranking.areas import pr_gain_auc
from services.metrics.statistics.ranking.costs import cost_curve, h_measure, roc_hull
from services.metrics.statistics.ranking.multiclass import Rankings
from services.metrics.statistics.ranking.polytomous import POLYTOMOUS
from services.metrics.statistics.ranking.ranked import Ranked

Evaluate = Callable[..., dict[str, Any]]
Problem = Callable[[Response, str, str], dict[str, Any]]


def drawn(seed: int, n: int = 120) -> Ranked:
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.3).astype(int)
    return Ranked(np.round(rng.normal(size=n) + y, 1), y, 1, 2)


@pytest.mark.parametrize("seed", range(4))
def test_the_h_measure_is_the_least_cost_over_all_thresholds(seed: int) -> None:
    """Integrated numerically over the costs, with every threshold tried at each."""
    ranked = drawn(seed)
    p = ranked.positives / (ranked.positives + ranked.negatives)
    (x, y), steps = ranked.roc, 20_000
    c = (np.arange(steps) + 0.5) / steps
    density = c**p * (1 - c) ** (1 - p)
    costs = (np.outer(c, (1 - p) * x) + np.outer(1 - c, p * (1 - y))).min(axis=1)
    trivial = np.minimum(c * (1 - p), (1 - c) * p)

    assert h_measure(ranked) == pytest.approx(1 - (density @ costs) / (density @ trivial), abs=1e-6)


def test_a_perfect_ranking_costs_nothing_and_a_constant_one_saves_nothing() -> None:
    y = np.array([0, 0, 1, 1, 1])

    assert h_measure(Ranked(np.arange(5.0), y, 1, 2)) == pytest.approx(1.0)
    assert h_measure(Ranked(np.zeros(5), y, 1, 2)) == pytest.approx(0.0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40)), min_size=4, max_size=120))
def test_no_point_lies_above_the_hull_and_its_slopes_fall(rows: Any) -> None:
    y, score = np.array([r[0] for r in rows]), np.array([float(r[1]) for r in rows])
    if y.all() or not y.any():
        return
    ranked = Ranked(score, y.astype(int), 1, 2)
    x, top = roc_hull(ranked)
    keep = np.concatenate(([True], np.diff(x) > 0))

    assert (np.interp(ranked.roc[0], x, top) >= ranked.roc[1] - 1e-12)[1:].all()
    slopes = np.diff(top[keep][1:]) / np.diff(x[keep][1:])
    assert (np.diff(slopes) < 1e-9).all()


def test_the_hull_of_many_points_is_that_of_a_scan() -> None:
    """A long bulge before one high point, which passes over all points at once shorten slowly."""
    rng = np.random.default_rng(0)
    score = np.concatenate((rng.normal(0, 1, 4000), rng.normal(2.5, 0.2, 50)))
    y = np.concatenate((rng.random(4000) < 0.2, np.ones(50))).astype(int)
    ranked = Ranked(score, y, 1, 2)
    x, top = roc_hull(ranked)

    grid = np.linspace(0, 1, 500)
    slopes = np.linspace(0, 50, 300)
    best = (ranked.roc[1] - slopes[:, None] * ranked.roc[0]).max(axis=1)
    assert (top - slopes[:, None] * x).max(axis=1) == pytest.approx(best)
    assert (np.interp(grid, x, top) <= 1).all()


def test_the_cost_curve_is_the_least_over_thresholds() -> None:
    ranked = drawn(9)
    curve = cost_curve(ranked)
    x, y = ranked.roc

    for share, cost in zip(*list(curve.values())[:2], strict=True):
        assert cost == pytest.approx((share * (1 - y) + (1 - share) * x).min())
    assert curve["trivial"][50] == 0.5


def test_the_area_under_precision_recall_gain_is_that_of_its_fine_steps() -> None:
    ranked = drawn(5)
    tp, fp = np.concatenate(([0.0], ranked.tp)), np.concatenate(([0.0], ranked.fp))
    places, fine = np.arange(len(tp)), np.linspace(0, len(tp) - 1, 400_001)
    at, false = np.interp(fine, places, tp), np.interp(fine, places, fp)
    kept = at >= ranked.positives**2 / (ranked.positives + ranked.negatives)
    at, false = at[kept], false[kept]
    odds = ranked.positives / ranked.negatives
    precision_gain, recall_gain = 1 - odds * false / at, 1 - odds * (tp[-1] - at) / at

    assert pr_gain_auc(ranked) == pytest.approx(np.trapezoid(precision_gain, recall_gain), abs=1e-4)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_polytomous_discrimination_is_the_share_of_sets_won(weighted: bool, ties: bool) -> None:
    rng = np.random.default_rng(2)
    codes = np.array([0, 0, 1, 1, 1, 2, 2])
    scores = rng.integers(0, 4, (7, 3)) / 3 if ties else rng.random((7, 3))
    weight = rng.integers(1, 4, 7).astype(float) if weighted else np.ones(7)
    members = [np.flatnonzero(codes == k) for k in range(3)]
    total = won = 0.0
    for chosen in product(*members):
        part = float(np.prod(weight[list(chosen)]))
        total += part
        for k in range(3):
            mine = scores[list(chosen), k]
            if mine[k] == mine.max():
                won += part / (mine == mine.max()).sum() / 3
    with silent():
        found = POLYTOMOUS[0].compute(Rankings(scores, codes, weight if weighted else None))

    assert found == pytest.approx(won / total)


def test_the_volume_under_the_surface_is_the_share_of_sets_in_order() -> None:
    rng = np.random.default_rng(3)
    codes = np.array([0, 0, 1, 1, 1, 2, 2, 0])
    p = rng.dirichlet(np.ones(3), 8)
    expected = p @ np.arange(3)
    sets = list(product(*(np.flatnonzero(codes == k) for k in range(3))))
    in_order = np.mean([expected[a] < expected[b] < expected[c] for a, b, c in sets])

    assert volume_under_surface(Probabilities(p, codes)) == pytest.approx(in_order)


def test_errors_cost_what_the_caller_says(evaluate: Evaluate) -> None:
    answer = evaluate(
        y_true=["ill", "ill", "well", "well", "well"],
        y_pred=["ill", "well", "well", "ill", "well"],
        labels=["ill", "well"],
        cost_matrix=[[0, 10], [1, 0]],
    )

    assert answer["overall"]["expected_cost"] == pytest.approx(11 / 5)
    assert answer["overall"]["least_constant_cost"] == pytest.approx(3 / 5)  # all are called ill
    assert answer["overall"]["cost_skill"] == pytest.approx(1 - 11 / 3)


def test_equal_costs_give_the_error_rate_and_kappa(evaluate: Evaluate) -> None:
    answer = evaluate(
        y_true=[0, 1, 2, 2, 1, 0], y_pred=[0, 2, 2, 1, 1, 0], cost_matrix=(1 - np.eye(3)).tolist()
    )["overall"]

    assert answer["expected_cost"] == pytest.approx(answer["error_rate"])
    assert answer["cost_weighted_kappa"] == pytest.approx(answer["cohen_kappa"])


def test_a_cost_matrix_of_the_wrong_size_is_refused(
    client: TestClient, assert_problem: Problem
) -> None:
    body = {"y_true": [0, 1], "y_pred": [0, 1], "cost_matrix": [[0, 1, 2]]}

    assert_problem(client.post("/v1/evaluate", json=body), "length-mismatch", "#/cost_matrix")


@pytest.mark.parametrize("seed", range(4))
def test_no_threshold_costs_less_than_the_one_that_is_named(evaluate: Evaluate, seed: int) -> None:
    rng = np.random.default_rng(seed)
    y, score = rng.integers(0, 2, 40).tolist(), (rng.integers(0, 12, 40) / 12).tolist()
    costs = rng.integers(-2, 9, (2, 2)).tolist()
    sent = {
        "y_true": y, "y_score": score, "score_type": "probability", "cost_matrix": costs,
        "labels": [0, 1],
    }  # fmt: skip

    named = evaluate(**sent)["scores"]["per_class"][1]

    thresholds = [*sorted(set(score)), 2.0]
    spent = {t: evaluate(**sent, threshold=t)["overall"]["expected_cost"] for t in thresholds}
    assert named["least_expected_cost"] == pytest.approx(min(spent.values()))
    threshold = named["least_expected_cost_threshold"]
    assert spent[2.0 if threshold is None else threshold] == pytest.approx(min(spent.values()))


def test_both_classes_of_two_have_the_same_least_cost(evaluate: Evaluate) -> None:
    answer = evaluate(
        y_true=["a", "b", "b", "a"], y_score=[[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]],
        score_type="probability", cost_matrix=[[0, 1], [100, 0]],
    )  # fmt: skip

    first, second = answer["scores"]["per_class"]
    assert first["least_expected_cost"] == second["least_expected_cost"] == 0
    assert first["least_expected_cost_threshold"] == 0.7
    assert second["least_expected_cost_threshold"] == 0.4


def test_where_errors_of_one_kind_cost_all_no_sample_is_called(evaluate: Evaluate) -> None:
    answer = evaluate(
        y_true=[0, 1, 0], y_score=[0.9, 0.8, 0.1], score_type="probability",
        cost_matrix=[[0, 50], [1, 0]],
    )  # fmt: skip

    path = "#/scores/per_class/1/least_expected_cost_threshold"
    assert answer["scores"]["per_class"][1]["least_expected_cost"] == pytest.approx(1 / 3)
    assert {"Infinity"} == {e["limit"] for e in answer["undefined"] if e["path"] == path}


def test_costs_without_a_matrix_are_refused(client: TestClient, assert_problem: Problem) -> None:
    body = {"y_true": [0, 1], "y_pred": [0, 1], "include": "costs"}

    assert_problem(client.post("/v1/evaluate", json=body), "invalid-option", "#/include")


@pytest.mark.parametrize("n_classes", [2, 3, 4])
def test_equal_neighbours_of_any_number_are_in_order_by_chance(n_classes: int) -> None:
    rng = np.random.default_rng(n_classes)
    for _ in range(6):
        codes = np.append(np.arange(n_classes), rng.integers(0, n_classes, 12 - n_classes))
        # All weight on the first and the last class: the expected class is one of four.
        last = rng.integers(0, 4, 12) / 4
        p = np.zeros((12, n_classes))
        p[:, 0], p[:, -1] = 1 - last, last
        sets = list(product(*(np.flatnonzero(codes == k) for k in range(n_classes))))
        right = 0.0
        for chosen in sets:
            values = last[list(chosen)]
            if (np.diff(values) >= 0).all():
                right += 1 / np.prod([factorial(c) for c in np.unique_counts(values).counts])

        found = volume_under_surface(Probabilities(p, codes))
        assert found == pytest.approx(right / len(sets))


def test_a_forecast_that_tells_nothing_has_the_volume_of_chance() -> None:
    p = np.full((3, 3), 1 / 3)

    assert volume_under_surface(Probabilities(p, np.arange(3))) == pytest.approx(1 / 6)


def test_gains_have_no_share_that_could_be_saved(evaluate: Evaluate) -> None:
    costs = [[-4, 1], [1, -4]]
    answer = evaluate(y_true=[0, 0, 1, 1], y_pred=[0, 0, 1, 0], cost_matrix=costs)

    assert answer["overall"]["expected_cost"] == -2.75
    for name in ("cost_skill", "cost_weighted_kappa"):
        assert answer["overall"][name] is None
        (entry,) = [e for e in answer["undefined"] if e["path"] == f"#/overall/{name}"]
        assert "or less" in entry["reason"]
