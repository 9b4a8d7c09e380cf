"""`POST /v1/evaluate` as a caller sees it."""

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from services.metrics.schemas.examples import EVALUATION_EXAMPLES

Evaluate = Callable[..., dict[str, Any]]
NPZ = {"content-type": "application/x-npz"}


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def test_a_hand_worked_example(evaluate: Evaluate) -> None:
    answer = evaluate(y_true=[0, 0, 0, 1, 1, 2], y_pred=[0, 0, 1, 1, 2, 2])

    assert answer["labels"] == [0, 1, 2]
    assert answer["confusion_matrix"] == [[2, 1, 0], [0, 1, 1], [0, 0, 1]]
    assert answer["n_samples"] == 6
    assert answer["overall"]["accuracy"] == 4 / 6
    assert answer["per_class"][1] == {
        "label": 1,
        "support": 2,
        "true_positives": 1,
        "false_positives": 1,
        "false_negatives": 1,
        "true_negatives": 3,
        "precision": 0.5,
        "recall": 0.5,
        "specificity": 0.75,
        "f1_score": 0.5,
    }
    assert answer["averages"]["macro"]["recall"] == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    assert answer["averages"]["weighted"]["recall"] == pytest.approx(4 / 6)
    assert answer["averages"]["micro"]["precision"] == pytest.approx(4 / 6)
    assert answer["undefined"] == []


def test_an_undefined_number_is_null_and_listed_with_its_reason(evaluate: Evaluate) -> None:
    answer = evaluate(y_true=[0, 1, 0, 3], y_pred=[0, 1, 2, 2])

    assert answer["per_class"][3]["precision"] is None
    listed = {entry["path"]: entry for entry in answer["undefined"]}
    assert listed["#/per_class/3/precision"] == {
        "path": "#/per_class/3/precision",
        "reason": "no sample is predicted as the class (TP + FP = 0)",
        "limit": None,
    }
    assert answer["averages"]["macro"]["precision"] == pytest.approx(2 / 3)
    assert answer["averages"]["macro_zero_filled"]["precision"] == pytest.approx(0.5)


def test_zero_division_stands_for_undefined_ratios_and_says_so(evaluate: Evaluate) -> None:
    answer = evaluate(y_true=[0, 1, 0, 3], y_pred=[0, 1, 2, 2], zero_division=1)

    assert answer["per_class"][3]["precision"] == 1.0
    assert answer["averages"]["macro"]["precision"] == pytest.approx(0.75)
    entry = next(e for e in answer["undefined"] if e["path"] == "#/per_class/3/precision")
    assert entry["replaced_by"] == 1.0


@pytest.mark.parametrize(
    ("y_true", "y_pred"),
    [([0], [0]), (["a"], ["b"]), ([True, True], [False, False]), ([5, 5, 5], [5, 5, 5])],
)
def test_no_degenerate_input_makes_json_that_is_none(
    client: TestClient, y_true: list[Any], y_pred: list[Any]
) -> None:
    body = client.post("/v1/evaluate", json={"y_true": y_true, "y_pred": y_pred}).text

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    answer = json.loads(body, parse_constant=refuse)
    paths = {entry["path"] for entry in answer["undefined"]}
    for name, number in answer["overall"].items():
        assert (number is None) == (f"#/overall/{name}" in paths)


@pytest.mark.parametrize(
    ("labels", "positive"), [([0, 1], 1), (["no", "yes"], "yes"), ([False, True], True)]
)
def test_two_classes_have_a_binary_average_of_the_second(
    evaluate: Evaluate, labels: list[Any], positive: Any
) -> None:
    y_true = [labels[i] for i in (0, 1, 1, 1)]
    y_pred = [labels[i] for i in (0, 1, 0, 1)]

    answer = evaluate(y_true=y_true, y_pred=y_pred)
    chosen = evaluate(y_true=y_true, y_pred=y_pred, positive_label=labels[0])

    assert answer["averages"]["binary"]["recall"] == pytest.approx(2 / 3)
    assert chosen["averages"]["binary"]["recall"] == 1.0
    assert answer["labels"][1] == positive


@pytest.mark.parametrize("name", EVALUATION_EXAMPLES)
def test_the_examples_of_the_documentation_succeed(evaluate: Evaluate, name: str) -> None:
    assert evaluate(**EVALUATION_EXAMPLES[name]["value"])["n_samples"] > 1


def test_weights_may_be_integers_and_labels_may_hold_brackets(evaluate: Evaluate) -> None:
    answer = evaluate(y_true=["[a]", "b"], y_pred=["[a]", "[a]"], sample_weight=[2, 1.5])

    assert answer["confusion_matrix"] == [[2.0, 0.0], [1.5, 0.0]]


BAD = [
    ({"y_true": [], "y_pred": []}, "length-mismatch", "#/y_true"),
    ({"y_true": [1], "y_pred": []}, "length-mismatch", "#/y_pred"),
    ({"y_true": [1, 2], "y_pred": [1]}, "length-mismatch", "#/y_pred"),
    ({"y_true": [1, 2]}, "length-mismatch", "#/y_pred"),
    ({"y_pred": [1, 2]}, "invalid-input", "#/y_true"),
    ({"y_true": [1, "1"], "y_pred": [1, 1]}, "invalid-labels", "#/y_true/1"),
    ({"y_true": [1, True], "y_pred": [1, 1]}, "invalid-labels", "#/y_true/1"),
    ({"y_true": [1, 2], "y_pred": ["1", "2"]}, "invalid-labels", "#/y_pred"),
    ({"y_true": [1, None], "y_pred": [1, 1]}, "invalid-labels", "#/y_true/1"),
    ({"y_true": [1, 2.0], "y_pred": [1, 1]}, "invalid-labels", "#/y_true/1"),
    ({"y_true": [1, 2**63], "y_pred": [1, 1]}, "invalid-labels", "#/y_true/1"),
    ({"y_true": [[1], [2]], "y_pred": [1, 2]}, "invalid-labels", "#/y_true/0"),
    ({"y_true": [1, [2]], "y_pred": [1, 2]}, "invalid-labels", "#/y_true/1"),
    ({"y_true": [["a"]], "y_pred": ["a"]}, "invalid-labels", "#/y_true/0"),
    ({"y_true": [{"a": 1}], "y_pred": [1]}, "invalid-labels", "#/y_true/0"),
    ({"y_true": [1, 2], "y_pred": [1, 3], "labels": [1, 2]}, "invalid-labels", "#/y_pred/1"),
    ({"y_true": [1, 2], "y_pred": [1, 2], "labels": [1, 1, 2]}, "invalid-labels", "#/labels/1"),
    ({"y_true": 5, "y_pred": [1]}, "invalid-input", "#/y_true"),
    ({"y_true": {"0": 1}, "y_pred": [1]}, "invalid-input", "#/y_true"),
    ({"y_true": [1], "y_pred": [1], "sample_weight": [-1]}, "invalid-numbers", "#/sample_weight/0"),
    ({"y_true": [1], "y_pred": [1], "sample_weight": [0]}, "invalid-numbers", "#/sample_weight"),
    (
        {"y_true": [1], "y_pred": [1], "sample_weight": ["1"]},
        "invalid-numbers",
        "#/sample_weight/0",
    ),
    (
        {"y_true": [1], "y_pred": [1], "sample_weight": [[1]]},
        "invalid-numbers",
        "#/sample_weight/0",
    ),
    ({"y_true": [1], "y_pred": [1], "sample_weight": [1, 1]}, "length-mismatch", "#/sample_weight"),
    ({"y_true": [1], "y_pred": [1], "colour": "red"}, "invalid-option", "#/colour"),
    ({"y_true": [1], "y_pred": [1], "beta": -1}, "invalid-option", "#/beta"),
    ({"y_true": [1], "y_pred": [1], "positive_label": 7}, "invalid-option", "#/positive_label"),
    (
        {"y_true": [1, 0], "y_pred": [1, 0], "positive_label": True},
        "invalid-option",
        "#/positive_label",
    ),
    ({"y_true": [1], "y_score": [[1.0]]}, "invalid-option", "#/score_type"),
]


@pytest.mark.parametrize(("body", "slug", "pointer"), BAD)
def test_a_bad_body_is_refused_with_its_place(
    client: TestClient, assert_problem: Any, body: dict[str, Any], slug: str, pointer: str
) -> None:
    assert_problem(client.post("/v1/evaluate", json=body), slug, pointer)


@pytest.mark.parametrize(
    ("text", "slug", "pointer"),
    [
        ("", "unreadable-body", "#"),
        ("[1, 2]", "unreadable-body", "#"),
        ('{"y_true": [1, 2], "y_pr', "unreadable-body", "#"),
        ('{"y_true": [1], "y_true": [2], "y_pred": [1]}', "invalid-input", "#/y_true"),
        (
            '{"y_true": [1], "y_pred": [1], "sample_weight": [NaN]}',
            "invalid-numbers",
            "#/sample_weight/0",
        ),
        ('{"y_true": [1], "y_score": [[0.5, Infinity]]}', "invalid-numbers", "#/y_score/0/1"),
    ],
)
def test_a_text_that_is_no_json_is_refused(
    client: TestClient, assert_problem: Any, text: str, slug: str, pointer: str
) -> None:
    response = client.post(
        "/v1/evaluate", content=text, headers={"content-type": "application/json"}
    )

    assert_problem(response, slug, pointer)


def test_more_classes_than_the_limit_are_refused(client: TestClient) -> None:
    many = list(range(51))

    response = client.post("/v1/evaluate", json={"y_true": many, "y_pred": many})

    assert response.status_code == 422
    assert response.json()["type"] == "/problems/too-many-classes"


def test_a_format_that_nothing_reads_is_refused(client: TestClient) -> None:
    response = client.post(
        "/v1/evaluate", content=b"<a/>", headers={"content-type": "application/xml"}
    )

    assert response.status_code == 415
    assert "application/x-npz" in response.json()["detail"]


def test_an_archive_is_answered_like_json(client: TestClient, evaluate: Evaluate) -> None:
    y_true, y_pred = np.array([3, 4, 3, 5], np.uint8), np.array([3, 3, 3, 5], np.int16)

    response = client.post(
        "/v1/evaluate?beta=3&zero_division=0",
        content=npz(y_true=y_true, y_pred=y_pred),
        headers=NPZ,
    )

    assert response.json() == evaluate(
        y_true=y_true.tolist(), y_pred=y_pred.tolist(), beta=3, zero_division=0
    )


@pytest.mark.parametrize("dtype", ["i8", "U1", "?"])
def test_a_positive_label_in_the_query_is_of_the_labels_kind(
    client: TestClient, dtype: str
) -> None:
    y_true, y_pred = np.array([0, 0, 1]).astype(dtype), np.array([0, 1, 1]).astype(dtype)
    positive = {"i8": "0", "U1": "0", "?": "false"}[dtype]

    response = client.post(
        f"/v1/evaluate?positive_label={positive}",
        content=npz(y_true=y_true, y_pred=y_pred),
        headers=NPZ,
    )

    assert response.json()["averages"]["binary"]["recall"] == 0.5


def test_without_predictions_the_class_of_the_highest_score_counts(client: TestClient) -> None:
    scores = np.array([[0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [0.1, 0.2, 0.7]], np.float32)

    response = client.post(
        "/v1/evaluate?score_type=probability",
        content=npz(y_true=np.array([1, 1, 2]), y_score=scores, labels=np.array([0, 1, 2])),
        headers=NPZ,
    )

    assert response.json()["confusion_matrix"] == [[0, 0, 0], [1, 1, 0], [0, 0, 1]]


def test_an_archive_of_strings_is_read(client: TestClient) -> None:
    response = client.post(
        "/v1/evaluate",
        content=npz(y_true=np.array(["b", "a"]), y_pred=np.array(["b", "long"])),
        headers=NPZ,
    )

    assert response.json()["labels"] == ["a", "b", "long"]


def test_pickles_are_refused(client: TestClient, assert_problem: Any) -> None:
    body = npz(y_true=np.array([1, "a"], dtype=object), y_pred=np.array([1, 2]))

    problem = assert_problem(
        client.post("/v1/evaluate", content=body, headers=NPZ), "invalid-input", "#/y_true"
    )
    assert "pickles" in problem["detail"]


@pytest.mark.parametrize("keep", [0, 10, 100, -1])
def test_an_archive_cut_short_is_refused(
    client: TestClient, assert_problem: Any, keep: int
) -> None:
    body = npz(y_true=np.arange(40), y_pred=np.arange(40))[:keep]

    assert_problem(client.post("/v1/evaluate", content=body, headers=NPZ), "unreadable-body", "#")


def test_one_changed_byte_of_an_archive_is_noticed(client: TestClient, assert_problem: Any) -> None:
    body = bytearray(npz(y_true=np.arange(40), y_pred=np.arange(40)))
    body[250] ^= 1

    assert_problem(
        client.post("/v1/evaluate", content=bytes(body), headers=NPZ), "unreadable-body", "#"
    )


def test_a_bomb_is_refused_before_it_is_unpacked(client: TestClient) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, y_true=np.zeros(10_000_000, np.int8), y_pred=np.zeros(1, np.int8))

    response = client.post("/v1/evaluate", content=buffer.getvalue(), headers=NPZ)

    assert response.status_code == 413
    assert response.json()["limit"] == 1_000_000


def test_an_option_given_in_the_body_and_beside_it_is_refused(
    client: TestClient, assert_problem: Any
) -> None:
    response = client.post("/v1/evaluate?beta=2", json={"y_true": [1], "y_pred": [1], "beta": 3})

    assert_problem(response, "invalid-input", "#/beta")


def test_an_unknown_query_parameter_is_refused(client: TestClient) -> None:
    response = client.post("/v1/evaluate?colour=red", json={"y_true": [1], "y_pred": [1]})

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "#/query/colour"


def test_the_service_is_ready_at_once_and_documents_itself(client: TestClient) -> None:
    assert client.get("/readyz").json() == {"status": "ready"}
    assert client.get("/docs").status_code == 200
    assert "/web/metrics/page.js" in client.get("/").text
