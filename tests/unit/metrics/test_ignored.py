"""True labels that are left out give what the samples without them give."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

Evaluate = Callable[..., dict[str, Any]]
Problem = Callable[[Response, str, str], dict[str, Any]]

FULL: dict[str, Any] = {
    "y_true": [0, 255, 1, 0, 1, -1],
    "y_pred": [0, 0, 1, 1, 1, 0],
    "y_score": [0.1, 0.2, 0.9, 0.6, 0.7, 0.3],
    "sample_weight": [1, 9, 2, 1, 1, 9],
    "groups": {"site": ["a", "a", "a", "b", "b", "b"]},
}
LEFT = [0, 2, 3, 4]


def left(values: Any) -> Any:
    if isinstance(values, dict):
        return {name: left(column) for name, column in values.items()}
    return [values[i] for i in LEFT]


def test_ignored_samples_are_counted_and_count_for_nothing(evaluate: Evaluate) -> None:
    more = {"score_type": "probability", "include": "all"}

    answer = evaluate(**FULL, **more, ignore=[255, -1, 7])

    assert answer.pop("ignored") == {
        "n_samples": 2,
        "labels": [
            {"label": 255, "n_samples": 1},
            {"label": -1, "n_samples": 1},
            {"label": 7, "n_samples": 0},
        ],
    }
    assert answer == evaluate(**left(FULL), **more)


def test_a_csv_says_what_is_ignored_in_the_query(client: TestClient) -> None:
    csv = "y_true,y_pred\ncat,cat\nvoid,cat\ndog,cat\n"

    answer = client.post(
        "/v1/evaluate?ignore=void", content=csv, headers={"content-type": "text/csv"}
    ).json()

    assert answer["labels"] == ["cat", "dog"]
    assert answer["ignored"]["n_samples"] == 1


def test_integers_of_a_csv_are_ignored_as_integers(client: TestClient) -> None:
    csv = "y_true,y_pred\n1,1\n255,0\n-1,0\n0,1\n"

    answer = client.post(
        "/v1/evaluate?ignore=255,-1", content=csv, headers={"content-type": "text/csv"}
    ).json()

    assert answer["labels"] == [0, 1]
    assert answer["ignored"]["labels"][0] == {"label": 255, "n_samples": 1}


def test_a_comparison_names_samples_as_they_were_sent(client: TestClient) -> None:
    body = {
        "y_true": [9, 0, 1, 1],
        "predictions": {"a": [0, 0, 1, 1], "b": [1, 0, 0, 1]},
        "ignore": [9],
    }

    answer = client.post("/v1/compare", json=body).json()

    assert answer["n_samples"] == 3
    assert answer["ignored"]["n_samples"] == 1
    assert answer["pairs"][0]["disagreements"]["indices"] == [2]


@pytest.mark.parametrize("ignore", [[0, 1, 255, -1], ["255"], []])
def test_what_cannot_be_ignored_is_refused(
    client: TestClient, assert_problem: Problem, ignore: list[Any]
) -> None:
    response = client.post("/v1/evaluate", json={**FULL, "score_type": "probability",
                                                 "ignore": ignore})  # fmt: skip
    slug = {0: "invalid-option", 1: "invalid-labels", 4: "length-mismatch"}[len(ignore)]
    assert_problem(response, slug, "#/ignore")
