"""`POST /v1/multilabel` as a caller sees it."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from services.metrics.catalogue_text import entries
from services.metrics.schemas.examples import MULTILABEL_EXAMPLES

Mark = Callable[..., dict[str, Any]]


@pytest.fixture
def mark(client: TestClient) -> Mark:
    def post(**members: Any) -> dict[str, Any]:
        response = client.post("/v1/multilabel", json=members)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    return post


def test_a_hand_worked_example(mark: Mark) -> None:
    answer = mark(
        y_true=[[1, 0, 1], [0, 1, 0], [0, 0, 0]],
        y_pred=[[1, 1, 0], [0, 1, 0], [0, 0, 0]],
        labels=["a", "b", "c"],
    )

    assert answer["overall"]["subset_accuracy"] == pytest.approx(2 / 3)
    assert answer["overall"]["hamming_loss"] == pytest.approx(2 / 9)
    assert answer["overall"]["label_cardinality"] == 1.0
    assert answer["per_class"][1]["precision"] == 0.5
    assert answer["per_class"][2]["precision"] is None
    assert answer["averages"]["samples"]["precision"] == pytest.approx((1 / 2 + 1) / 2)
    assert answer["averages"]["samples_zero_filled"]["precision"] == pytest.approx(1.5 / 3)
    assert answer["averages"]["micro"]["recall"] == pytest.approx(2 / 3)


def test_matrices_of_each_label_and_of_each_sample(mark: Mark) -> None:
    answer = mark(y_true=[[1, 0, 1], [0, 1, 0]], y_pred=[[1, 1, 0], [0, 1, 0]], include="matrices")[
        "matrices"
    ]

    assert answer["per_class"] == [[[1, 0], [0, 1]], [[0, 1], [0, 1]], [[1, 0], [1, 0]]]
    assert answer["per_sample"] == [[[0, 1], [1, 1]], [[2, 0], [0, 1]]]


@pytest.mark.parametrize(
    ("ties", "loss"), [(None, 3 / 4), ("pessimistic", 3 / 4), ("expected", 2 / 4),
                       ("optimistic", 1 / 4)]
)  # fmt: skip
def test_a_tie_costs_in_the_ranking_loss_what_the_caller_says(
    mark: Mark, ties: str | None, loss: float
) -> None:
    members = {"y_true": [[1, 1, 0, 0]], "y_score": [[0.5, 0.9, 0.5, 0.9]], "threshold": 0.5}

    answer = mark(**members, **({} if ties is None else {"ties": ties}))

    assert answer["scores"]["overall"]["label_ranking_loss"] == loss


@pytest.mark.parametrize("name", MULTILABEL_EXAMPLES)
def test_the_examples_of_the_documentation_succeed(mark: Mark, name: str) -> None:
    answer = mark(**MULTILABEL_EXAMPLES[name]["value"])

    listed = {row["id"] for row in entries() if row["group"] == "multilabel"}
    assert listed == set(answer["overall"]) | set(answer["scores"]["overall"])


def test_an_archive_of_booleans_is_answered_like_json(client: TestClient, mark: Mark) -> None:
    rng = np.random.default_rng(0)
    truth, guess = rng.random((2, 20, 4)) < 0.4
    buffer = io.BytesIO()
    np.savez(buffer, y_true=truth, y_pred=guess)

    response = client.post(
        "/v1/multilabel?include=all",
        content=buffer.getvalue(),
        headers={"content-type": "application/x-npz"},
    )

    assert response.json() == mark(
        y_true=truth.astype(int).tolist(), y_pred=guess.astype(int).tolist(), include="all"
    )


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"y_true": [[1, 0]]}, "#/y_pred"),
        ({"y_true": [[1, 0]], "y_pred": [[1]]}, "#/y_pred"),
        ({"y_true": [[1, 0]], "y_pred": [[1, 2]]}, "#/y_pred/0/1"),
        ({"y_true": [1, 0], "y_pred": [1, 0]}, "#/y_true"),
        ({"y_true": [[1, 0]], "y_score": [[0.5, 0.5]]}, "#/threshold"),
        ({"y_true": [[1, 0]], "y_pred": [[1, 0]], "labels": ["a"]}, "#/labels"),
        ({"y_true": [[1, 0]], "y_pred": [[1, 0]], "include": "curves"}, "#/include/0"),
    ],
)
def test_a_bad_body_is_refused_with_its_place(
    client: TestClient, body: dict[str, Any], pointer: str
) -> None:
    response = client.post("/v1/multilabel", json=body)

    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["pointer"] == pointer
