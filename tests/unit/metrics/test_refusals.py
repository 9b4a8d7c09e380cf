"""What cannot be used is refused with the place where it stands, whatever it came in."""

import io
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from tests.support import assert_fault

TWO = np.array([0, 1])
PROBABLE: dict[str, Any] = {"y_true": TWO, "y_score": np.array([0.2, 0.9])}
QUERY = "score_type=probability"


def archive(arrays: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("arrays", "query", "slug", "pointer"),
    [
        ({"y_true": np.ones((2, 2), int), "y_pred": TWO}, "", "invalid-labels", "#/y_true"),
        ({"y_true": np.array([0.5, 1]), "y_pred": TWO}, "", "invalid-labels", "#/y_true"),
        ({"y_true": np.array([], int), "y_pred": TWO}, "", "length-mismatch", "#/y_true"),
        ({"y_true": TWO}, "", "length-mismatch", "#/y_pred"),
        ({"y_true": TWO, "y_pred": TWO, "labels": np.array([], int)}, "", "length-mismatch",
         "#/labels"),
        ({"y_true": np.array([0, 2**63], np.uint64), "y_pred": TWO}, "", "invalid-labels",
         "#/y_true/1"),
        (PROBABLE | {"y_score": np.array([[0.2, 0.8], [np.inf, 0.1]])}, QUERY, "invalid-numbers",
         "#/y_score/1/0"),
        (PROBABLE | {"y_score": np.ones((2, 2, 2))}, QUERY, "invalid-numbers", "#/y_score"),
        (PROBABLE | {"y_score": np.array(["a", "b"])}, QUERY, "invalid-numbers", "#/y_score"),
        (PROBABLE | {"sample_weight": np.ones((2, 1))}, QUERY, "invalid-numbers",
         "#/sample_weight"),
        (PROBABLE | {"labels": TWO}, f"{QUERY}&labels=0,1", "invalid-input", "#/labels"),
        (PROBABLE, f"{QUERY}&ignore=a", "invalid-labels", "#/ignore"),
        (PROBABLE, f"{QUERY}&score_bootstrap_replicates=100&bootstrap_method=bca",
         "invalid-option", "#/bootstrap_method"),
        (PROBABLE, f"{QUERY}&bootstrap_replicates=1000000&include=all", "invalid-option",
         "#/bootstrap_replicates"),
    ],
)  # fmt: skip
def test_an_archive_that_cannot_be_used(
    client: TestClient, arrays: dict[str, Any], query: str, slug: str, pointer: str
) -> None:
    response = client.post(
        f"/v1/evaluate?{query}",
        content=archive(arrays),
        headers={"content-type": "application/x-npz"},
    )

    problem = assert_fault(response, slug, pointer)
    assert "Received: " in problem["detail"]


def test_an_option_given_twice_is_refused(client: TestClient) -> None:
    body = {"y_true": [0, 1], "y_pred": [0, 1], "beta": 2}

    assert_fault(client.post("/v1/evaluate?beta=3", json=body), "invalid-input", "#/beta")


@pytest.mark.parametrize(
    ("scores", "pointer"),
    [
        ({"a": [0.1, 0.2, 0.3], "b": [0.1, 0.2, 0.3]}, "#/scores/a"),
        ({"a": [[0.1, 0.2, 0.7]] * 3, "b": [[0.5, 0.5]] * 3}, "#/scores/b"),
    ],
)
def test_scores_that_do_not_fit_the_classes_of_a_comparison(
    client: TestClient, scores: dict[str, Any], pointer: str
) -> None:
    predictions = {"a": [0, 1, 2], "b": [0, 1, 1]}
    body = {"y_true": [0, 1, 2], "predictions": predictions, "scores": scores}

    assert_fault(client.post("/v1/compare", json=body), "invalid-option", pointer)


def test_weights_that_leave_nothing_once_some_are_ignored(client: TestClient) -> None:
    body = {"y_true": [0, 9], "y_pred": [0, 0], "sample_weight": [0, 1], "ignore": [9]}

    assert_fault(client.post("/v1/evaluate", json=body), "invalid-numbers", "#/sample_weight")
