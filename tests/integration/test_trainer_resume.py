"""What is interrupted goes on, and ends as if nothing had happened."""

import dataclasses
import json
import math
import os
import re
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from services.trainer.checkpoint import Checkpoint, History, State
from services.trainer.datasets.dataset import Dataset
from services.trainer.hyperparameters import Convolution
from services.trainer.progress import Event, Stepped
from services.trainer.recipes import FAST_CNN
from services.trainer.training import Trainer
from shared.manifest import Manifest
from shared.model_store import ModelStore
from tests.integration.conftest import NoEvaluator
from tests.support import Service, children_of, is_alive, serving, wait_for


class PowerCut(Exception):
    """The machine stops."""


BRIEF = dataclasses.replace(
    FAST_CNN,
    convolutions=(Convolution(4, kernel=5, stride=2), Convolution(8, pool=True)),
    fitting=dataclasses.replace(FAST_CNN.fitting, epochs=5, least_steps=0),
)


def train(store: ModelStore, dataset: Dataset, *, cut_in_epoch: int = 0, **more: Any) -> Manifest:
    def tell(event: Event) -> None:
        if isinstance(event, Stepped) and event.epoch == cut_in_epoch:
            raise PowerCut

    trainer = Trainer(store, NoEvaluator(), tell=tell, **{"seed": 3, **more})
    trainer.train(dataset, BRIEF)
    return store.verify("digits-cnn", store.versions("digits-cnn")[-1])


def test_an_interrupted_training_ends_with_the_weights_of_an_uninterrupted_one(
    tmp_path: Path, digits_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.trainer.watch.REPORT_EVERY_SECONDS", 0.0)
    store = ModelStore(tmp_path / "models")
    whole = train(store, digits_dataset)
    kept: dict[str, Any] = {"checkpoints_dir": tmp_path / "checkpoints", "run_id": "r1"}

    for epoch in (2, 4):
        with pytest.raises(PowerCut):
            train(store, digits_dataset, cut_in_epoch=epoch, **kept)
    resumed = train(store, digits_dataset, **kept)

    assert resumed.weights_sha256 == whole.weights_sha256
    assert resumed.epochs == whole.epochs == 5
    assert resumed.run == "r1"
    assert store.versions("digits-cnn") == [1, 2]


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(
    tmp_path: Path, digits_dataset: Dataset
) -> None:
    store = ModelStore(tmp_path / "models")
    first, again = train(store, digits_dataset), train(store, digits_dataset)
    other = train(store, digits_dataset, seed=4)

    assert first.weights_sha256 == again.weights_sha256
    assert other.weights_sha256 != first.weights_sha256


@pytest.mark.parametrize("damage", ["cut", "another", "empty"])
def test_a_checkpoint_that_does_not_fit_is_not_used(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "cnn.npz"
    state = State([np.ones(3)], [np.zeros(2)], History([{"loss": 1.0}], 1), 2.5)
    Checkpoint(path, "this training").save(state)
    stored = Checkpoint(path, "this training").load()
    assert stored is not None
    np.testing.assert_array_equal(stored.variables[0], state.variables[0])
    assert (stored.history, stored.seconds) == (state.history, state.seconds)

    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-30])
    elif damage == "empty":
        path.write_bytes(b"")
    identity = "another training" if damage == "another" else "this training"
    assert Checkpoint(path, identity).load() is None


def test_killed_workers_and_a_killed_service_cost_nothing_but_time(
    tmp_path: Path, metrics: Service
) -> None:
    env = {
        "MODELS_DIR": str(tmp_path / "models"),
        "TRAINER_AUTO_DATASET": "",
        "TRAINER_METRICS_URL": metrics.url,
        "LOG_FORMAT": "text",
    }
    body = {"dataset": "digits", "models": ["linear", "cnn"], "changes": {"epochs": 8}}
    factory = "services.trainer.main:create_app"

    with serving(factory, env) as service, httpx.Client(base_url=service.url) as client:
        wait_for(lambda: client.get("/readyz").status_code == 200, 10)
        address = client.post("/v1/runs", json=body).headers["location"]
        _wait_for_epoch(client, address, "digits-cnn", 2)
        for pid in children_of(service.pid):
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: len(_resumptions(client, address)) == 1, 60)
        _wait_for_epoch(client, address, "digits-cnn", 5)
        os.kill(service.pid, signal.SIGKILL)

    store = ModelStore(tmp_path / "models")
    assert store.versions("digits-linear") == [1]
    assert store.versions("digits-cnn") == []
    with serving(factory, env) as service, httpx.Client(base_url=service.url) as client:
        run = wait_for(lambda: _ended(client, address), 120)
        assert len(_resumptions(client, address)) == 2, run["notices"]

    assert run["state"] == "succeeded", run
    assert run["attempts"] == 3
    assert [(item["model"], item["version"]) for item in run["published"]] == [
        *(("digits-linear", 1), ("digits-cnn", 1))
    ]
    assert "SIGKILL" in " ".join(run["notices"])
    manifest = store.verify("digits-cnn", 1)
    assert (manifest.epochs, manifest.run) == (8, run["id"])
    assert not list((tmp_path / "models" / ".trainer" / "checkpoints").iterdir())


def test_a_service_that_is_watched_stops_soon_and_its_run_goes_on_later(tmp_path: Path) -> None:
    """Its whole process group gets the signal, as from Ctrl-C or a process runner."""
    env = {
        "MODELS_DIR": str(tmp_path / "models"),
        "TRAINER_AUTO_DATASET": "",
        "LOG_FORMAT": "text",
    }
    body = {"dataset": "digits", "models": ["cnn"], "changes": {"epochs": 200}}
    factory = "services.trainer.main:create_app"
    with (
        serving(factory, env, "--timeout-graceful-shutdown", "1") as service,
        httpx.Client(base_url=service.url, timeout=20) as client,
    ):
        wait_for(lambda: client.get("/readyz").status_code == 200, 10)
        began = time.monotonic()
        address = client.post("/v1/runs", json=body).headers["location"]
        with client.stream("GET", f"{address}/events") as events:
            told = _told(events)
            started = next(event for event in told if event["event"] == "Started")
            steps = [next(e for e in told if e["event"] == "Stepped") for _ in range(2)]
            for stepped in steps:
                _check_pace(stepped, started, time.monotonic() - began)
            assert steps[1]["seconds_left"] != steps[0]["seconds_left"]
            _wait_for_epoch(client, address, "digits-cnn", 2)
            os.killpg(service.pid, signal.SIGTERM)
            wait_for(lambda: not is_alive(service.pid), 8)

    assert list((tmp_path / "models" / ".trainer" / "checkpoints").rglob("cnn.npz"))
    with serving(factory, env) as service, httpx.Client(base_url=service.url) as client:
        (epoch,) = wait_for(lambda: _resumptions(client, address), 90)
        assert epoch >= 1
        _wait_for_epoch(client, address, "digits-cnn", epoch + 2)
        run = client.get(address).json()
        assert (run["state"], run["attempts"]) == ("running", 2)
        assert client.delete(address).json()["state"] == "cancelled"
    assert not list((tmp_path / "models" / ".trainer" / "checkpoints").rglob("*.npz"))


def _wait_for_epoch(client: httpx.Client, address: str, model: str, epoch: int) -> None:
    def reached() -> bool:
        progress: Mapping[str, Any] = client.get(address).json()["progress"] or {}
        return progress.get("model") == model and progress.get("epoch", 0) >= epoch

    wait_for(reached, 90)


def _resumptions(client: httpx.Client, address: str) -> list[int]:
    """The epochs after which the convolutional network went on.

    What the run tells of its progress is that of the attempt before, until then.
    """
    notices = client.get(address).json()["notices"]
    found = (re.search(r"digits-cnn goes on after epoch (\d+)/", text) for text in notices)
    return [int(match[1]) for match in found if match]


def _told(response: httpx.Response) -> Iterator[dict[str, Any]]:
    """What a stream of server-sent events tells."""
    for line in response.iter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def _check_pace(stepped: dict[str, Any], started: dict[str, Any], most_seconds: float) -> None:
    """Pictures a second, seconds left, steps and batch size are those of one training."""
    batch_size = FAST_CNN.fitting.batch_size
    assert stepped["steps"] == math.ceil(started["examples"] / batch_size)
    done = (stepped["epoch"] - 1) * stepped["steps"] + stepped["step"]
    left = stepped["epochs"] * stepped["steps"] - done
    assert 0 < done * batch_size / stepped["images_per_second"] <= most_seconds
    assert stepped["images_per_second"] * stepped["seconds_left"] == pytest.approx(
        left * batch_size,
        rel=0.2,  # each looks at the clock by itself
    )


def _ended(client: httpx.Client, address: str) -> Any:
    response = client.get(address)
    if response.status_code != 200:
        return None
    run = response.json()
    return run if run["state"] in {"succeeded", "failed", "cancelled"} else None
