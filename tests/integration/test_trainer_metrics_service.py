"""The metrics service is asked again while it may still answer, and its failure has a reason."""

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import numpy as np
import pytest

from services.trainer.evaluation import Predicted
from services.trainer.metrics_service import MetricsService, Retries
from shared.errors import UpstreamFailed, UpstreamTimedOut
from tests.support import web_server

TRUTH = np.array([0, 1, 2, 1], np.int64)
PROBABILITIES = np.eye(3, dtype=np.float32)[[0, 1, 1, 1]]
PREDICTED = Predicted(TRUTH, PROBABILITIES, ("0", "1", "2"))
ANSWER = {"confusion_matrix": [[1, 0, 0], [0, 2, 0], [0, 1, 0]], "overall": {"accuracy": 0.75}}
HURRIED = Retries(attempts=3, first_wait_seconds=0.01, longest_wait_seconds=0.02)


class Desk:
    """A metrics service that answers what it was told to."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = []
        self.bodies: list[bytes] = []
        self.paths: list[str] = []
        self.types: list[str] = []
        self.address = ""


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            desk.paths.append(self.path)
            desk.types.append(self.headers["Content-Type"])
            desk.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = desk.answers.pop(0)
            if status == 0:
                threading.Event().wait(0.6)
                return
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it
            pass

    with web_server(Handler) as url:
        desk.address = f"{url}/"
        yield desk


def test_labels_and_probabilities_arrive_as_they_are_and_compactly(desk: Desk) -> None:
    desk.answers = [(200, ANSWER)]

    evaluation = MetricsService(desk.address, retries=HURRIED).evaluate(PREDICTED)

    assert evaluation == ANSWER
    assert desk.paths == [
        "/v1/evaluate?score_type=probability&score_bootstrap_replicates=1000",
    ]
    assert desk.types == ["application/x-npz"]
    sent = np.load(io.BytesIO(desk.bodies[0]), allow_pickle=False)
    assert set(sent.files) == {"y_true", "y_score", "labels"}
    np.testing.assert_array_equal(sent["y_true"], TRUTH)
    np.testing.assert_array_equal(sent["y_score"], PROBABILITIES)
    assert sent["y_score"].dtype == np.float32
    assert sent["labels"].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("n", "query"),
    [
        (20_000, "&score_bootstrap_replicates=1000"),
        (40_000, "&score_bootstrap_replicates=500"),
        (200_000, ""),
    ],
)
def test_many_scores_are_resampled_less_often(desk: Desk, n: int, query: str) -> None:
    desk.answers = [(200, ANSWER)]
    probabilities = np.full((n, 10), 0.1, np.float32)
    predicted = Predicted(np.zeros(n, np.int64), probabilities, tuple("0123456789"))

    MetricsService(desk.address, retries=HURRIED).evaluate(predicted)

    assert desk.paths == [f"/v1/evaluate?score_type=probability{query}"]


def test_a_service_that_allows_no_resampling_evaluates_all_the_same(desk: Desk) -> None:
    desk.answers = [(422, {"detail": "too many"}), (200, ANSWER)]

    assert MetricsService(desk.address, retries=HURRIED).evaluate(PREDICTED) == ANSWER
    assert desk.paths[1] == "/v1/evaluate?score_type=probability"


def test_what_may_pass_is_tried_again_and_told(desk: Desk) -> None:
    desk.answers = [(503, {}), (429, {}), (200, ANSWER)]
    told: list[str] = []

    service = MetricsService(desk.address, retries=HURRIED, on_retry=told.append)

    assert service.evaluate(PREDICTED) == ANSWER
    assert len(told) == 2
    assert "503" in told[0]


@pytest.mark.parametrize(
    ("answers", "asked", "reason"),
    [
        ([(500, {})] * 3, 3, "answered 500"),
        ([(422, {"detail": "no"})] * 2, 2, "answered 422"),
        ([(200, {"something": "else"})], 1, "something else than was asked for"),
        ([(200, [1, 2])], 1, "something else than was asked for"),
    ],
)
def test_a_failure_has_its_reason_and_only_what_may_pass_is_asked_again(
    desk: Desk, answers: list[tuple[int, Any]], asked: int, reason: str
) -> None:
    desk.answers = list(answers)

    with pytest.raises(UpstreamFailed, match=reason):
        MetricsService(desk.address, retries=HURRIED).evaluate(PREDICTED)
    assert len(desk.bodies) == asked


def test_a_service_that_never_answers_is_given_up(desk: Desk) -> None:
    desk.answers = [(0, None)] * 2
    service = MetricsService(desk.address, timeout_seconds=0.1, retries=Retries(2, 0.01, 0.01))

    with pytest.raises(UpstreamTimedOut, match="did not answer in time"):
        service.evaluate(PREDICTED)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "no address", "http://"])
def test_an_address_where_nobody_is_is_said(url: str) -> None:
    with pytest.raises(UpstreamFailed, match="could not be asked"):
        MetricsService(url, retries=HURRIED).evaluate(PREDICTED)
