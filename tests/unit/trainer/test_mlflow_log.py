"""MLflow is told where it is asked for, and never in the way."""

from types import SimpleNamespace
from typing import Any

import pytest

from services.trainer.mlflow_log import mlflow_log
from services.trainer.progress import EpochEnded, Event, Failed, Notice, Published, Started
from services.trainer.terminal import bad_end_told
from shared.errors import VolumeUnusable

STORY: list[Event] = [
    Started("mnist-cnn", "fast", 2, 100),
    EpochEnded("mnist-cnn", 1, 2, 0.5, 0.8, 0.4, 0.85, 0.001, 3.0),
    EpochEnded("mnist-cnn", 2, 2, 0.3, 0.9, 0.2, 0.95, 0.0, 0.0),
    Published("mnist-cnn", 4, 6.0, 0.95, 0.94),
]


class Server:
    """Keeps what a client of MLflow would send."""

    def __init__(self, *, fails_at: str = "") -> None:
        self.metrics: list[tuple[str, float, int | None]] = []
        self.tags: dict[str, str] = {}
        self.params: dict[str, Any] = {}
        self.experiments: list[str] = []
        self.ended: list[str] = []
        self._fails_at = fails_at

    def get_experiment_by_name(self, name: str) -> None:
        del name

    def create_experiment(self, name: str) -> str:
        self.experiments.append(name)
        return "7"

    def create_run(self, experiment_id: str, run_name: str) -> Any:
        assert (experiment_id, run_name) == ("7", "mnist-cnn")
        return SimpleNamespace(info=SimpleNamespace(run_id="r1"))

    def log_param(self, run_id: str, name: str, value: object) -> None:
        assert run_id == "r1"
        self.params[name] = value

    def log_metric(self, run_id: str, name: str, value: float, step: int | None = None) -> None:
        if name == self._fails_at:
            raise ConnectionError("the server is gone")
        assert run_id == "r1"
        self.metrics.append((name, value, step))

    def set_tag(self, run_id: str, name: str, value: str) -> None:
        assert run_id == "r1"
        self.tags[name] = value

    def set_terminated(self, run_id: str, status: str = "FINISHED") -> None:
        assert run_id == "r1"
        self.ended.append(status)


def test_a_training_becomes_a_run_with_its_curves() -> None:
    server, told = Server(), list[Event]()
    log = mlflow_log("http://mlflow", told.append, connect=lambda _: server)
    for event in STORY:
        log(event)

    assert server.experiments == ["gabarito"]
    assert server.params == {"recipe": "fast", "epochs": 2}
    assert ("validation_accuracy", 0.95, 2) in server.metrics
    assert ("test_accuracy", 0.94, None) in server.metrics
    assert (server.tags, server.ended) == ({"version": "4"}, ["FINISHED"])
    assert told == []


def test_a_server_that_fails_is_told_of_once_and_left_alone() -> None:
    server, told = Server(fails_at="accuracy"), list[Event]()
    log = mlflow_log("http://mlflow", told.append, connect=lambda _: server)
    for event in STORY:
        log(event)

    assert told == [Notice("MLflow cannot be told any more: the server is gone")]
    assert server.ended == []


def test_a_training_that_fails_ends_as_failed_with_its_reason() -> None:
    server = Server()
    log = mlflow_log("http://mlflow", lambda _: None, connect=lambda _: server)
    for event in (*STORY[:2], Failed("the disk is full")):
        log(event)

    assert (server.tags, server.ended) == ({"reason": "the disk is full"}, ["FAILED"])


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (VolumeUnusable("the disk is full"), "FAILED", "the disk is full"),
        (MemoryError("no room"), "FAILED", "MemoryError: no room"),
        (SystemExit(143), "KILLED", "The training was stopped"),
        (KeyboardInterrupt(), "KILLED", "The training was stopped"),
    ],
)
def test_a_training_that_does_not_end_well_is_ended_there_too(
    error: BaseException, status: str, reason: str
) -> None:
    server = Server()
    log = mlflow_log("http://mlflow", lambda _: None, connect=lambda _: server)

    with pytest.raises(type(error)), bad_end_told(log):  # noqa: PT012  what is told belongs to it
        for event in STORY[:2]:
            log(event)
        raise error

    assert (server.tags, server.ended) == ({"reason": reason}, [status])


def test_what_was_published_before_stays_finished() -> None:
    server = Server()
    log = mlflow_log("http://mlflow", lambda _: None, connect=lambda _: server)

    with pytest.raises(KeyboardInterrupt), bad_end_told(log):  # noqa: PT012  as above
        for event in STORY:
            log(event)
        raise KeyboardInterrupt

    assert (server.tags, server.ended) == ({"version": "4"}, ["FINISHED"])


def test_without_an_address_nothing_is_imported_and_without_the_package_it_is_said() -> None:
    told = list[Event]()
    for event in STORY:
        mlflow_log("", told.append)(event)
    assert told == []

    mlflow_log("http://mlflow", told.append)(STORY[0])
    (notice,) = told
    assert isinstance(notice, Notice)
    assert "mlflow-skinny is missing" in notice.message
