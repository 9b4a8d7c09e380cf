"""Remarks, other forms of the matrix, and words for values."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from services.metrics.bands import SCALES

Evaluate = Callable[..., dict[str, Any]]


def test_what_stands_out_is_noted(evaluate: Evaluate) -> None:
    answer = evaluate(
        y_true=["a", "a", "a", "b", "b", "c"],
        y_pred=["b", "b", "a", "b", "a", "a"],
        labels=["a", "b", "c", "d"],
    )

    notes = answer["notes"]
    assert notes["never_predicted"] == ["c", "d"]
    assert notes["absent_from_truth"] == ["d"]
    assert notes["most_confused"][0] == {
        "true": "a",
        "predicted": "b",
        "weight": 2.0,
        "share_of_true": pytest.approx(2 / 3),
    }
    assert [pair["weight"] for pair in notes["most_confused"]] == [2.0, 1.0, 1.0]


def test_equally_frequent_classes_are_as_many_as_they_are(evaluate: Evaluate) -> None:
    y = [0, 1, 2, 3]

    assert evaluate(y_true=y, y_pred=y)["notes"]["effective_classes"] == pytest.approx(4)
    assert evaluate(y_true=y, y_pred=y)["notes"]["most_confused"] == []


def test_normalised_matrices_sum_to_one_and_residuals_are_the_textbooks(
    evaluate: Evaluate,
) -> None:
    rng = np.random.default_rng(1)
    y_true, y_pred = rng.integers(0, 3, (2, 80))

    forms = evaluate(y_true=y_true.tolist(), y_pred=y_pred.tolist(), include="matrices")["matrices"]

    np.testing.assert_allclose(np.sum(forms["normalized_by_true"], axis=1), 1)
    np.testing.assert_allclose(np.sum(forms["normalized_by_predicted"], axis=0), 1)
    assert np.sum(forms["normalized_by_all"]) == pytest.approx(1)
    observed = np.zeros((3, 3))
    np.add.at(observed, (y_true, y_pred), 1)
    row, column = observed.sum(1, keepdims=True), observed.sum(0, keepdims=True)
    expected = row * column / 80
    spread = expected * (1 - row / 80) * (1 - column / 80)
    np.testing.assert_allclose(
        forms["standardized_residuals"], (observed - expected) / np.sqrt(spread)
    )
    assert forms["dissimilarity"][0][1] == np.abs(observed[0] - observed[1]).sum()


def test_a_band_begins_at_its_least_value(evaluate: Evaluate) -> None:
    scale = next(s for s in SCALES if "Landis" in s.source)

    assert [scale.word(v) for v in (-0.1, 0.0, 0.2, 0.61, 1.0)] == [
        "poor",
        "slight",
        "fair",
        "substantial",
        "almost perfect",
    ]
    bands = evaluate(y_true=[0, 1, 2], y_pred=[0, 1, 2], include="all")["bands"]
    assert {band["statistic"] for band in bands} == {s.statistic for s in SCALES}
    assert bands[0]["overall"] == "almost perfect"


def test_positions_say_which_samples_are_in_each_cell(evaluate: Evaluate) -> None:
    answer = evaluate(
        y_true=["a", "void", "b", "a", "b", "a"],
        y_pred=["a", "a", "a", "b", "b", "b"],
        ignore=["void"],
        include="positions",
        max_listed=1,
    )

    assert answer["positions"] == [
        {"true": "a", "predicted": "b", "count": 2, "indices": [3]},
        {"true": "b", "predicted": "a", "count": 1, "indices": [2]},
        {"true": "a", "predicted": "a", "count": 1, "indices": [0]},
        {"true": "b", "predicted": "b", "count": 1, "indices": [4]},
    ]


def test_pairs_of_samples_are_counted_in_order(evaluate: Evaluate) -> None:
    answer = evaluate(y_true=[0, 0, 1, 1, 1], y_pred=[0, 1, 1, 1, 0], include="matrices")

    # Together in truth 8 ordered pairs, in prediction 8, in both 2 (those of samples 2 and 3).
    assert answer["matrices"]["pair_confusion"] == [[6, 6], [6, 2]]
