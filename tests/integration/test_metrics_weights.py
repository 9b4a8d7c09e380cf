"""What weights mean: weightless samples are none, and weights that round are still exact."""

from collections.abc import Callable
from itertools import permutations, product
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from services.metrics.arrays import silent
from services.metrics.statistics.ordinal import ordered_pairs
from services.metrics.statistics.probabilities.distributions import Probabilities
from services.metrics.statistics.probabilities.selective import (
    area_under_risk_coverage,
    excess_risk_coverage,
)
from services.metrics.statistics.ranking.costs import h_measure
from services.metrics.statistics.ranking.ranked import Ranked
from services.metrics.tables import Table

Evaluate = Callable[..., dict[str, Any]]
# These depend on how many samples there are.
OF_COUNTS = ("_p_value", "mutual_information", "_bias_corrected", "baulieu_12", "_fowlkes_mallows")
WEIGHTS = [0.1, 0.2, 0.3, 0.7, 1.1, 0.35]


@pytest.mark.parametrize(
    ("y_true", "y_score", "weight"),
    [
        ([0, 1, 1], [0.05, 0.8, 0.9], [0, 1, 1]),
        ([1, 1, 0, 1, 0, 0], [0.9, 0.8, 0.75, 0.7, 0.6, 0.5], [1, 1, 1, 1, 0, 1]),
        ([1, 1, 1, 0, 1, 0, 0], [0.9, 0.8, 0.78, 0.75, 0.7, 0.6, 0.5], [1, 1, 0, 1, 1, 1, 1]),
        ([1, 0, 1], [0.9, 0.8, 0.1], [0, 1, 1]),
    ],
)
def test_scores_of_weightless_samples_count_for_nothing(
    evaluate: Evaluate, y_true: list[int], y_score: list[float], weight: list[float]
) -> None:
    options = {"score_type": "probability", "include": ["all"], "labels": [0, 1]}
    answer = evaluate(y_true=y_true, y_score=y_score, sample_weight=weight, **options)

    kept = np.flatnonzero(weight)
    without = {
        name: [values[i] for i in kept]
        for name, values in (("y_true", y_true), ("y_score", y_score), ("sample_weight", weight))
    }
    assert answer["scores"] == evaluate(**without, **options)["scores"]
    theirs = average_precision_score(y_true, y_score, sample_weight=weight)
    found = answer["scores"]["per_class"][1]["average_precision"]
    assert found == pytest.approx(theirs)


def test_a_group_without_weight_has_no_scores(evaluate: Evaluate) -> None:
    answer = evaluate(
        y_true=[0, 1, 0, 1],
        y_score=[0.1, 0.7, 0.6, 0.9],
        score_type="probability",
        sample_weight=[1, 1, 0, 0],
        groups={"g": [0, 0, 1, 1]},
    )

    one, other = answer["groups"]["g"]["by_group"]
    assert "scores" in one
    assert "scores" not in other
    assert other["overall"]["accuracy"] is None


def test_a_step_without_weight_hides_no_corner_of_the_hull() -> None:
    scores, codes = np.array([0.9, 0.8, 0.75, 0.7, 0.6, 0.5]), np.array([1, 1, 0, 1, 0, 0])
    more = Ranked(np.append(scores, 0.78), np.append(codes, 1), 1, 2, np.array([1.0] * 6 + [0]))

    assert h_measure(more) == pytest.approx(h_measure(Ranked(scores, codes, 1, 2)))


def test_what_is_undefined_without_weights_is_undefined_with_them(evaluate: Evaluate) -> None:
    rng = np.random.default_rng(3)
    for trial in range(24):
        k, n = int(rng.integers(2, 6)), int(rng.integers(3, 9))
        constant, varied = [int(rng.integers(0, k))] * n, rng.integers(0, k, n).tolist()
        y_true, y_pred = (constant, varied) if trial % 2 else (varied, constant)
        members = {"y_true": y_true, "y_pred": y_pred, "labels": list(range(k)), "include": ["all"]}
        weighted = evaluate(**members, sample_weight=(1 + rng.choice(WEIGHTS, n)).tolist())
        assert _null(weighted) == _null(evaluate(**members)), members


def _null(answer: dict[str, Any]) -> set[tuple[Any, ...]]:
    rows = [answer["overall"], *answer["per_class"]]
    return {
        (line, name)
        for line, row in enumerate(rows)
        for name, value in row.items()
        if value is None and not name.endswith(OF_COUNTS)
    }


def test_margins_of_weights_that_round_are_exact(evaluate: Evaluate) -> None:
    answer = evaluate(
        y_true=[1] * 8,
        y_pred=[0, 0, 2, 2, 0, 1, 2, 0],
        sample_weight=[0.3, 0.1, 0.7, 0.35, 0.7, 0.3, 0.35, 0.3],
        labels=[0, 1, 2],
        include=["all"],
    )

    for name in ("peirce_skill_score", "skill_over_majority", "matthews_corrcoef"):
        assert answer["overall"][name] is None, name


def test_margins_that_differ_as_much_as_they_can_have_no_finite_chi_square(
    evaluate: Evaluate,
) -> None:
    answer = evaluate(
        y_true=[3] * 4, y_pred=[2, 1, 2, 0], sample_weight=[0.1, 0.2, 0.1, 0.35], include=["all"]
    )

    (entry,) = [e for e in answer["undefined"] if e["path"] == "#/overall/bhapkar_chi_square"]
    assert entry["limit"] == "Infinity"


def test_ordered_pairs_are_counted_not_left_over() -> None:
    rng = np.random.default_rng(0)
    for size in (4, 70):
        rows, columns = rng.integers(0, size, (2, 40))
        weight = rng.choice(WEIGHTS, 40)
        matrix = np.zeros((size, size))
        np.add.at(matrix, (rows, columns), weight)
        both = [
            weight[a] * weight[b] * np.sign((rows[a] - rows[b]) * (columns[a] - columns[b])) / 2
            for a, b in product(range(40), repeat=2)
        ]
        same, opposite = ordered_pairs(Table(matrix))
        assert same == pytest.approx(sum(x for x in both if x > 0))
        assert opposite == pytest.approx(-sum(x for x in both if x < 0))
    with silent():
        constant = np.zeros((5, 5))
        constant[[0, 3, 3, 2, 4], 1] = [0.1, 0.2, 1.1, 0.7, 0.3]
        assert [float(part) for part in ordered_pairs(Table(constant))] == [0, 0]


def test_excess_risk_is_over_the_best_order_of_the_weighted_samples() -> None:
    rng = np.random.default_rng(9)
    for _ in range(10):
        hits, weight = rng.random(5) < 0.5, rng.choice([1.0, 2.0, 3.0, 0.5], 5)
        p = np.stack([sure := 0.55 + 0.4 * rng.random(5), 1 - sure], axis=1)
        probabilities = Probabilities(p, np.where(hits, 0, 1), weight)
        least = min(
            sum(
                weight[i]
                * (weight * ~hits)[list(order[: place + 1])].sum()
                / weight[list(order[: place + 1])].sum()
                for place, i in enumerate(order)
            )
            for order in permutations(range(5))
        )
        expected = area_under_risk_coverage(probabilities) - least / weight.sum()
        assert excess_risk_coverage(probabilities) == pytest.approx(expected, abs=1e-12)


def test_a_test_does_not_take_weights_for_counts(evaluate: Evaluate) -> None:
    rng = np.random.default_rng(2)
    y_true, score = rng.integers(0, 2, 40), rng.random(40)
    answer = evaluate(
        y_true=y_true.tolist(),
        y_score=score.tolist(),
        score_type="probability",
        sample_weight=[100.0] * 40,
        include=["all", "matrices"],
    )

    assert {deviate for row in answer["matrices"]["error_deviates"] for deviate in row} == {None}
    calibrations = answer["scores"]["calibration"]
    parts = {
        "#/overall": answer["overall"],
        "#/scores/calibration/per_class/0": calibrations["per_class"][0],
        "#/scores/calibration/highest_probability": calibrations["highest_probability"],
    }
    reasons = {entry["path"]: entry["reason"] for entry in answer["undefined"]}
    tests = [
        f"{path}/{name}"
        for path, part in parts.items()
        for name in part
        if name.endswith("_p_value") or name == "spiegelhalter_z"
    ]
    assert len(tests) == 14
    for path in tests:
        assert "weighted" in reasons[path], path
