"""A confusion matrix in the place of samples says all that samples with these counts say."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

Evaluate = Callable[..., dict[str, Any]]
Problem = Callable[..., dict[str, Any]]

MATRIX = [[40, 5, 3], [7, 60, 2], [4, 11, 33]]
LABELS = ["cat", "dog", "bird"]  # not in the order of the alphabet


def samples_of(matrix: list[list[int]], labels: list[str]) -> dict[str, list[str]]:
    cells = [(i, j) for i, row in enumerate(matrix) for j, n in enumerate(row) for _ in range(n)]
    return {"y_true": [labels[i] for i, _ in cells], "y_pred": [labels[j] for _, j in cells]}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"include": "all", "cost_matrix": [[0, 1, 2], [1, 0, 1], [5, 1, 0]]},
        {"include": ["matrices"], "positive_label": "bird", "zero_division": 0},
        {"bootstrap_replicates": 200, "interval_method": "mid_p", "confidence_level": 0.9},
    ],
)
def test_it_gives_what_its_samples_give(evaluate: Evaluate, options: dict[str, Any]) -> None:
    samples = evaluate(**samples_of(MATRIX, LABELS), labels=LABELS, **options)

    assert evaluate(confusion_matrix=MATRIX, labels=LABELS, **options) == samples


def test_classes_without_names_are_numbered(evaluate: Evaluate) -> None:
    answer = evaluate(confusion_matrix=[[0, 0], [2, 3]], positive_label=1)

    assert answer["labels"] == [0, 1]
    assert answer["n_samples"] == 5
    assert answer["averages"]["binary"]["recall"] == 0.6
    assert answer["per_class"][0]["recall"] is None


def test_weights_have_statistics_and_no_uncertainty(evaluate: Evaluate) -> None:
    matrix: list[list[float]] = [[2.5, 0.5], [1, 4]]
    rows = [(i, j, matrix[i][j]) for i in (0, 1) for j in (0, 1)]
    y_true, y_pred, weight = zip(*rows, strict=True)
    samples = evaluate(y_true=y_true, y_pred=y_pred, sample_weight=weight, include="all")

    answer = evaluate(confusion_matrix=matrix, include="all")

    for member in ("overall", "averages", "per_class", "confusion_matrix", "notes", "bands"):
        assert answer[member] == samples[member]
    assert answer["n_samples"] is None
    intervals = answer["intervals"]
    assert intervals["effective_samples"] is None
    bounded = [*intervals["per_class"], intervals["overall"], intervals["averages"]["macro"]]
    bounds = [bound for row in bounded for name, bound in row.items() if name != "label"]
    assert set(bounds) == {None} == set(intervals["cohen_kappa_test"].values())
    assert intervals.keys() == samples["intervals"].keys()
    paths = {entry["path"] for entry in answer["undefined"]}
    assert {"#/n_samples", "#/intervals/effective_samples"} <= paths


def test_what_needs_single_samples_is_said_to_be_unknown(evaluate: Evaluate) -> None:
    answer = evaluate(confusion_matrix=MATRIX, include="positions")

    assert answer["positions"] is None
    assert "#/positions" in {entry["path"] for entry in answer["undefined"]}


def test_it_may_be_an_array_of_an_archive(client: TestClient) -> None:
    archive = io.BytesIO()
    np.savez(archive, confusion_matrix=np.array(MATRIX, np.uint8), labels=np.array(LABELS))

    answer = client.post(
        "/v1/evaluate?positive_label=dog",
        content=archive.getvalue(),
        headers={"content-type": "application/x-npz"},
    )

    assert answer.status_code == 200
    assert answer.json()["confusion_matrix"] == MATRIX
    assert answer.json()["averages"]["binary"]["recall"] == pytest.approx(60 / 69)


@pytest.mark.parametrize(
    ("body", "slug", "pointer"),
    [
        ({"confusion_matrix": [[1, 2], [3, -4]]}, "invalid-numbers", "#/confusion_matrix/1/1"),
        ({"confusion_matrix": [[1, 2, 3], [4, 5, 6]]}, "invalid-numbers", "#/confusion_matrix"),
        ({"confusion_matrix": [[1, 2], [3]]}, "length-mismatch", "#/confusion_matrix/1"),
        ({"confusion_matrix": [1, 2]}, "invalid-numbers", "#/confusion_matrix"),
        ({"confusion_matrix": [[0, 0], [0, 0]]}, "invalid-numbers", "#/confusion_matrix"),
        ({"confusion_matrix": [[1e300, 0], [0, 1]]}, "invalid-numbers", "#/confusion_matrix"),
        ({"confusion_matrix": [[1, "2"], [0, 1]]}, "invalid-numbers", "#/confusion_matrix/0/1"),
        ({"confusion_matrix": np.eye(51).tolist()}, "too-many-classes", "#/confusion_matrix"),
        ({"confusion_matrix": MATRIX, "labels": ["a", "b"]}, "length-mismatch", "#/labels"),
        ({"confusion_matrix": MATRIX, "labels": ["a", "b", "a"]}, "invalid-labels", "#/labels/2"),
        ({"confusion_matrix": MATRIX, "y_true": [0], "y_pred": [0]}, "invalid-input", "#/y_true"),
        ({"confusion_matrix": MATRIX, "groups": [0]}, "invalid-input", "#/groups"),
        ({"confusion_matrix": MATRIX, "ignore": [0]}, "invalid-option", "#/ignore"),
        (
            {"confusion_matrix": [[1.5, 0], [0, 1]], "bootstrap_replicates": 100},
            "invalid-option",
            "#/bootstrap_replicates",
        ),
        (
            {"confusion_matrix": MATRIX, "cost_matrix": [[0, 1], [1, 0]]},
            "length-mismatch",
            "#/cost_matrix",
        ),
        ({"labels": ["a", "b"]}, "invalid-input", "#/y_true"),
    ],
)
def test_a_matrix_that_cannot_be_used_is_refused_with_its_place(
    client: TestClient, assert_problem: Problem, body: dict[str, Any], slug: str, pointer: str
) -> None:
    assert_problem(client.post("/v1/evaluate", json=body), slug, pointer)
