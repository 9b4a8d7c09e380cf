"""Bootstraps, permutations and weighted errors, against theory and brute force."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from services.metrics import score_bootstrap
from services.metrics.bootstrap import Bootstrap, WeightedCells, draw
from services.metrics.calibration_bootstrap import expected_error_interval
from services.metrics.paired_bootstrap import permutation_test
from services.metrics.score_intervals import mean_interval
from services.metrics.scoring import RESAMPLED
from services.metrics.statistics.calibration.bins import Calibration
from services.metrics.statistics.ranking.areas import average_precision, roc_auc, roc_auc_variance
from services.metrics.statistics.ranking.multiclass import Rankings
from services.metrics.statistics.ranking.ranked import Ranked

Evaluate = Callable[..., dict[str, Any]]


def test_equal_weights_are_drawn_as_counts_are() -> None:
    matrix = np.array([[30, 4, 0], [6, 25, 5], [1, 2, 27]])
    place = np.repeat(np.arange(9), matrix.ravel())
    plan = Bootstrap(replicates=300, method="percentile", seed=1, level=0.95)
    cells = WeightedCells.of_samples(place, np.full(len(place), 2.0), 3)

    weighted = np.concatenate(list(cells.draw(plan)))
    np.testing.assert_array_equal(weighted, 2 * np.concatenate(list(draw(matrix, plan))))


def test_kinds_of_weighted_samples_keep_the_table() -> None:
    rng = np.random.default_rng(4)
    place, weight = rng.integers(0, 4, 50), rng.integers(1, 4, 50) / 2
    cells = WeightedCells.of_samples(place, weight, 2)

    assert cells.count.sum() == 50
    whole = cells.tables(cells.count[None])[0].ravel()
    assert whole == pytest.approx(np.bincount(place, weight, 4))
    left_out = np.concatenate(list(cells.without_one())).sum((1, 2))
    assert left_out == pytest.approx(whole.sum() - cells.weight)


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_a_weighted_bootstrap_agrees_with_the_analytic_interval(
    evaluate: Evaluate, method: str
) -> None:
    rng = np.random.default_rng(6)
    y_true = rng.integers(0, 2, 400)
    y_pred = np.where(rng.random(400) < 0.8, y_true, 1 - y_true)
    answer = evaluate(
        y_true=y_true.tolist(), y_pred=y_pred.tolist(),
        sample_weight=rng.choice([0.5, 1.0, 2.0], 400).tolist(),
        bootstrap_replicates=2000, bootstrap_method=method,
    )  # fmt: skip

    drawn, analytic = answer["bootstrap"]["overall"], answer["intervals"]["overall"]
    assert drawn["accuracy"] == pytest.approx(analytic["accuracy"], abs=0.012)


def naive_weighted_variance(score: Any, y: Any, weight: Any) -> float:
    wins = (score[y][:, None] > score[~y]) + 0.5 * (score[y][:, None] == score[~y])
    total = 0.0
    for side, other, own in ((wins, weight[~y], weight[y]), (wins.T, weight[y], weight[~y])):
        placed = side @ other / other.sum()
        share = own / own.sum()
        worth = 1 / (share @ share)
        apart = placed - share @ placed
        total += (share**2 @ apart**2) * worth / (worth - 1)
    return total


def test_the_variance_of_a_weighted_area_is_that_of_its_placements() -> None:
    rng = np.random.default_rng(7)
    y, score, weight = rng.random(80) < 0.4, rng.integers(0, 9, 80) / 9, rng.gamma(2.0, size=80)
    ranked = Ranked(score, y.astype(int), 1, 2, weight)

    assert roc_auc_variance(ranked) == pytest.approx(naive_weighted_variance(score, y, weight))
    # A common factor of the weights says nothing.
    ones, threes = (Ranked(score, y.astype(int), 1, 2, w) for w in (None, np.full(80, 3.0)))
    assert roc_auc_variance(ones) == pytest.approx(roc_auc_variance(threes))


def test_the_interval_of_a_mean_does_not_know_the_scale_of_the_weights() -> None:
    terms = np.random.default_rng(8).random(30)

    assert mean_interval(terms, 0.9, np.full(30, 5.0)) == pytest.approx(mean_interval(terms, 0.9))
    half = 1.6448536269514722 * terms.std(ddof=1) / 30**0.5
    assert mean_interval(terms, 0.9) == pytest.approx([terms.mean() - half, terms.mean() + half])


def test_a_permutation_test_counts_the_exchanges_as_far_out() -> None:
    """Against all 2^7 exchanges of two models' predictions."""
    truth = np.array([0, 1, 1, 0, 1, 0, 1])
    first, second = np.array([0, 1, 1, 0, 1, 1, 1]), np.array([1, 1, 0, 0, 1, 1, 0])
    right = (first == truth).astype(int) - (second == truth)
    observed = abs(right.sum())
    exact = np.mean([abs(np.dot(sign, right)) >= observed for sign in product((-1, 1), repeat=7)])

    found = permutation_test((truth, first, second), 2, 20_000, 0)

    assert found["accuracy"]["difference"] == pytest.approx(right.mean())
    assert found["accuracy"]["p_value"] == pytest.approx(exact, abs=0.015)


def test_a_model_does_not_differ_from_itself(client: TestClient) -> None:
    y = [0, 1, 1, 0, 2]
    body = {"y_true": y, "predictions": {"a": y, "b": y}, "permutations": 200}

    test = client.post("/v1/compare", json=body).json()["pairs"][0]["permutation"]

    assert test["accuracy"] == {"difference": 0.0, "p_value": 1.0}
    assert test["permutations"] == 200


@pytest.mark.parametrize("weighted", [False, True])
def test_bootstrap_and_delong_agree_on_areas(evaluate: Evaluate, weighted: bool) -> None:
    rng = np.random.default_rng(11)
    y = rng.integers(0, 2, 500)
    score = 1 / (1 + np.exp(-rng.normal(size=500) - y))
    more = {"sample_weight": rng.choice([1.0, 2.0], 500).tolist()} if weighted else {}
    answer = evaluate(
        y_true=y.tolist(), y_score=score.tolist(), score_type="probability",
        score_bootstrap_replicates=1000, **more,
    )["scores"]  # fmt: skip

    drawn, analytic = answer["bootstrap"], answer["intervals"]
    for k in (0, 1):
        assert drawn["per_class"][k]["roc_auc"] == pytest.approx(
            analytic["per_class"][k]["roc_auc"], abs=0.012
        )
    for name in ("log_loss", "brier_score"):
        assert drawn["overall"][name] == pytest.approx(analytic["overall"][name], abs=0.02)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("too_sure", "true_error"), [(0.0, 0.0), (0.1, 0.1)])
def test_the_interval_of_the_calibration_error_holds_the_true_one(
    too_sure: float, true_error: float, weighted: bool
) -> None:
    """Of calibrated samples too, whose error is never 0, and that of resampled ones larger."""
    rng = np.random.default_rng(13)
    plan = Bootstrap(replicates=200, method="percentile", seed=0, level=0.9)
    held = 0
    for _ in range(40):
        probability = rng.uniform(0.5, 1, 300)
        true = rng.random(300) < probability - too_sure
        weight = rng.choice([1.0, 2.0], 300) if weighted else None
        low, high = expected_error_interval(probability, true, weight, 15, plan)
        error = Calibration.of_samples(probability, true, weight, 15).equal_width
        observed = float((error.shares * np.abs(error.gaps)).sum())
        assert low < observed < high < 0.4
        held += low <= true_error <= high
    assert held >= 35


def test_the_calibration_error_stands_where_the_answer_has_it(evaluate: Evaluate) -> None:
    rng = np.random.default_rng(14)
    score = rng.random(200)
    answer = evaluate(
        y_true=(rng.random(200) < score).astype(int).tolist(), y_score=score.tolist(),
        score_type="probability", score_bootstrap_replicates=200,
    )["scores"]  # fmt: skip

    name = "expected_calibration_error"
    low, high = answer["bootstrap"]["calibration"]["highest_probability"][name]
    assert low < answer["calibration"]["highest_probability"][name] < high


@pytest.mark.parametrize("weighted", [False, True])
def test_areas_and_operating_points_are_those_of_the_samples_drawn(weighted: bool) -> None:
    rng = np.random.default_rng(12)
    y, score = rng.integers(0, 2, 60), rng.integers(0, 25, 60) / 25
    weight = rng.choice([0.5, 2.0], 60) if weighted else None
    plan = Bootstrap(replicates=100, method="percentile", seed=5, level=0.9)
    rankings = Rankings(np.stack([-score, score], axis=1), y, weight, None)

    found = score_bootstrap.report(rankings, None, weight, [0, 1], plan, RESAMPLED)

    statistics = {**RESAMPLED, "roc_auc": roc_auc, "average_precision": average_precision}
    draws = np.random.default_rng(5)
    drawn: dict[str, list[float]] = {name: [] for name in statistics}
    for _ in range(100):
        taken = draws.integers(0, 60, 60)
        again = Ranked(score[taken], y[taken], 1, 2, None if weight is None else weight[taken])
        for name, compute in statistics.items():
            drawn[name].append(compute(again))
    assert len(drawn) == 11
    for name, values in drawn.items():
        expected = np.quantile(values, [0.05, 0.95])
        assert found["per_class"][1][name] == pytest.approx(expected.tolist()), name


def test_too_long_a_bootstrap_of_scores_is_refused(client: TestClient, assert_problem: Any) -> None:
    n = 6000
    rng = np.random.default_rng(0)
    body = {
        "y_true": rng.integers(0, 2, n).tolist(), "y_score": rng.random(n).round(3).tolist(),
        "score_type": "probability", "score_bootstrap_replicates": 100_000,
    }  # fmt: skip

    response = client.post("/v1/evaluate", json=body)
    assert_problem(response, "invalid-option", "#/score_bootstrap_replicates")
