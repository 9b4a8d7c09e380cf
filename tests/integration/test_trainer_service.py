"""The trainer as a service, with the real metrics service: it trains in processes of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from services.trainer.tensorflow_import import ONEDNN_VARIABLE
from shared.model_store import ModelStore
from tests.support import ROOT, Service, children_of, free_port, is_alive, serving, wait_for

TRAINED_IN_TIME_SECONDS = 150.0
UNREACHABLE = "http://127.0.0.1:9"


def settings(tmp_path: Path, metrics_url: str, **more: str) -> dict[str, str]:
    """The environment of a trainer that has neither files nor internet."""
    return {
        "DATA_DIR": str(tmp_path / "no-data"),
        "DOWNLOAD_DIR": str(tmp_path / "downloads"),
        "MODELS_DIR": str(tmp_path / "models"),
        "TRAINER_MIRRORS": UNREACHABLE,
        "TRAINER_METRICS_URL": metrics_url,
        "LOG_FORMAT": "text",
        **more,
    }


def test_a_first_start_without_files_and_internet_ends_with_evaluated_models_of_digits(
    tmp_path: Path, metrics: Service
) -> None:
    store = ModelStore(tmp_path / "models")
    env = settings(tmp_path, metrics.url, TRAINER_AUTO_MODELS="linear")
    with (
        serving("services.trainer.main:create_app", env) as trainer,
        httpx.Client(base_url=trainer.url) as client,
    ):
        assert client.get("/livez").status_code == 200
        run = wait_for(lambda: _ended_run(client), TRAINED_IN_TIME_SECONDS)

        assert run["state"] == "succeeded", run
        assert any("scikit-learn" in notice for notice in run["notices"])
        assert [(item["model"], item["version"]) for item in run["published"]] == [
            ("digits-linear", 1)
        ]
        card = client.get("/v1/models/digits-linear/versions/1").json()
        evaluation = client.get("/v1/models/digits-linear/versions/1/files/evaluation.json").json()

    assert card["evaluation"]["state"] == "evaluated"
    assert evaluation["n_samples"] == 360
    assert sum(map(sum, evaluation["confusion_matrix"])) == 360
    assert card["scores"]["test"]["accuracy"] == evaluation["overall"]["accuracy"] > 0.9
    files = store.verify("digits-linear", 1).files
    assert {"evaluation.json", "history.svg", "errors.png"} <= set(files)


def test_a_run_that_fails_says_why_and_the_service_lives(tmp_path: Path, metrics: Service) -> None:
    broken = tmp_path / "data" / "mnist" / "train-images-idx3-ubyte.gz"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"\x1f\x8b\x08\0not really")
    env = settings(tmp_path, metrics.url, DATA_DIR=str(tmp_path / "data"))

    with (
        serving("services.trainer.main:create_app", env) as trainer,
        httpx.Client(base_url=trainer.url) as client,
    ):
        run = wait_for(lambda: _ended_run(client), 60)

        assert run["state"] == "failed"
        assert "train-images-idx3-ubyte.gz" in run["reason"]
        assert client.get("/readyz").status_code == 200
    assert ModelStore(tmp_path / "models").models() == []


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_the_training_process_ends_with_its_service(
    tmp_path: Path, metrics: Service, end: signal.Signals
) -> None:
    env = settings(tmp_path, metrics.url)
    with serving("services.trainer.main:create_app", env) as trainer:
        children = wait_for(lambda: children_of(trainer.pid), 20)
        os.kill(trainer.pid, end)

        wait_for(lambda: not any(is_alive(pid) for pid in children), 20)
    assert ModelStore(tmp_path / "models").models() == []


def test_a_service_that_is_told_to_stop_stops_its_run_and_ends_with_status_0(
    tmp_path: Path,
) -> None:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "services.trainer", "serve", "--port", str(port), "--grace", "1"],
        env={**os.environ, **settings(tmp_path, UNREACHABLE)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        children = wait_for(lambda: children_of(process.pid), 30)
        process.terminate()
        output, _ = process.communicate(timeout=20)

    assert process.returncode == 0, output
    assert not any(is_alive(pid) for pid in children)
    assert "queued (The service was stopped while it ran)" in output


def test_the_command_line_trains_and_reports_in_words(tmp_path: Path, metrics: Service) -> None:
    result = _train(tmp_path, metrics.url, "--dataset", "digits", "--models", "linear")

    assert result.returncode == 0, result.stderr
    assert "digits-linear epoch 1/" in result.stderr
    assert "s left" in result.stderr
    assert "digits-linear/1 published" in result.stderr
    assert "not evaluated" not in result.stderr
    (logged,) = (tmp_path / "models" / ".trainer" / "tensorboard" / "digits-linear").iterdir()
    curves = EventAccumulator(str(logged), size_guidance={"tensors": 0}).Reload()
    assert "accuracy/validation" in curves.Tags()["tensors"]
    assert len(curves.Tensors("loss/train")) == result.stderr.count("digits-linear epoch ")


CLIENT_OF_MLFLOW = """
import os
from types import SimpleNamespace

class MlflowClient:
    def __init__(self, tracking_uri):
        self.file = open(os.environ["TOLD"], "a", buffering=1)
    def get_experiment_by_name(self, name):
        return SimpleNamespace(experiment_id="7")
    def create_run(self, experiment, run_name):
        return SimpleNamespace(info=SimpleNamespace(run_id=run_name))
    def log_param(self, run, name, value): pass
    def log_metric(self, run, name, value, step=None):
        print("metric", run, name, file=self.file)
    def set_tag(self, run, name, value): pass
    def set_terminated(self, run, status="FINISHED"):
        print("ended", run, status, file=self.file)
"""


def test_a_training_that_is_stopped_is_ended_at_mlflow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mlflow.py").write_text(CLIENT_OF_MLFLOW)
    told = tmp_path / "told.txt"
    told.touch()
    for name, value in {
        "PYTHONPATH": f"{tmp_path}:{ROOT}",
        "TOLD": str(told),
        "MLFLOW_TRACKING_URI": "http://mlflow",
        **settings(tmp_path, UNREACHABLE),
    }.items():
        monkeypatch.setenv(name, value)
    arguments = ["train", "--dataset", "digits", "--models", "linear", "--epochs", "1000"]
    with subprocess.Popen([sys.executable, "-m", "services.trainer", *arguments]) as process:
        wait_for(lambda: "metric digits-linear" in told.read_text(), 60)
        process.terminate()
        assert process.wait(timeout=30) == 128 + signal.SIGTERM

    assert told.read_text().splitlines()[-1] == "ended digits-linear KILLED"


def test_old_versions_go_as_the_setting_and_the_command_say(
    tmp_path: Path, metrics: Service
) -> None:
    store = ModelStore(tmp_path / "models")
    env = settings(tmp_path, metrics.url, TRAINER_AUTO_DATASET="", TRAINER_KEEP_VERSIONS="1")
    body = {"dataset": "digits", "models": ["linear"], "changes": {"epochs": 1}}
    label = "/v1/models/digits-linear/labels/stable"
    with (
        serving("services.trainer.main:create_app", env) as trainer,
        httpx.Client(base_url=trainer.url) as client,
    ):
        wait_for(lambda: client.get("/readyz").status_code == 200, 20)
        stayed = []
        for version in (1, 2, 3):
            client.post("/v1/runs", json=body).raise_for_status()
            wait_for(lambda: _all_ended(client), TRAINED_IN_TIME_SECONDS)
            stayed.append(store.versions("digits-linear"))
            if version == 1:
                client.put(label, json={"version": 1}).raise_for_status()
        run = client.get("/v1/runs").json()["runs"][0]
        assert stayed == [[1], [1, 2], [1, 3]]  # one is labelled, and one is newest
        assert "digits-linear: removed version 2, keeping the newest 1" in run["notices"]
        client.put(label, json={"version": 3}).raise_for_status()

    would = _run(tmp_path, metrics.url, "prune", "--keep", "1", "--dry-run")
    assert "digits-linear: would be removed: 1" in would.stderr
    assert store.versions("digits-linear") == [1, 3]
    done = _run(tmp_path, metrics.url, "prune", "--keep", "1")
    assert (done.returncode, "digits-linear: removed: 1" in done.stderr) == (0, True), done.stderr
    assert store.versions("digits-linear") == [3]
    kept = _run(tmp_path, metrics.url, "prune")
    assert "digits-linear: removed: none" in kept.stderr  # without a number all stay
    unknown = _run(tmp_path, metrics.url, "prune", "../elsewhere", "--keep", "1")
    assert unknown.returncode == 1
    assert "Traceback" not in unknown.stderr


def test_a_version_is_reproduced_to_the_last_bit_in_another_process(
    tmp_path: Path, metrics: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train() -> subprocess.CompletedProcess[str]:
        what = ("--dataset", "digits", "--models", "cnn", "--epochs", "1")
        return _train(tmp_path, metrics.url, *what)

    def reproduce(version: int) -> subprocess.CompletedProcess[str]:
        return _run(tmp_path, metrics.url, "reproduce", f"digits-cnn/{version}")

    store = ModelStore(tmp_path / "models")
    monkeypatch.delenv(ONEDNN_VARIABLE)
    trained = train()
    assert trained.returncode == 0, trained.stderr
    assert "oneDNN" not in trained.stderr
    assert store.manifest("digits-cnn", 1).packages["onednn"] == "on"
    monkeypatch.setenv(ONEDNN_VARIABLE, "0")
    otherwise = reproduce(1)
    assert otherwise.returncode == 1
    assert "What else differs: onednn on then, off now." in otherwise.stderr

    train()
    assert store.manifest("digits-cnn", 2).packages["onednn"] == "off"
    monkeypatch.delenv(ONEDNN_VARIABLE)
    again = reproduce(2)
    assert again.returncode == 0, again.stderr
    assert "digits-cnn/2 reproduced: all weights are equal to the last bit." in again.stderr
    assert store.versions("digits-cnn") == [1, 2]

    missing = reproduce(7)
    assert missing.returncode == 1
    assert "no such version. Received: 7; there are: 1, 2" in missing.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (
            ["--recipe", "turbo"],
            "Unknown recipe for linear. Received: 'turbo'; there are: quick, fast, accurate",
        ),
        (["--dataset", "fashion-mnist"], "could not be downloaded"),
        (["--models-dir", "/dev/null/models"], "cannot be written"),
    ],
)
def test_a_command_that_cannot_succeed_ends_soon_with_its_reason(
    tmp_path: Path, arguments: list[str], reason: str
) -> None:
    dataset = [] if "--dataset" in arguments else ["--dataset", "digits"]
    result = _train(tmp_path, UNREACHABLE, *dataset, "--models", "linear", *arguments)

    assert result.returncode == 1
    assert reason in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr


def _train(tmp_path: Path, metrics_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return _run(tmp_path, metrics_url, "train", *arguments)


def _run(tmp_path: Path, metrics_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.trainer", *arguments],
        env={**os.environ, **settings(tmp_path, metrics_url)},
        capture_output=True,
        text=True,
        check=False,
        timeout=TRAINED_IN_TIME_SECONDS,
    )


def _all_ended(client: httpx.Client) -> bool:
    return all(run["ended_at"] for run in client.get("/v1/runs").json()["runs"])


def _ended_run(client: httpx.Client) -> Any:
    """The one run of the service, once it is over."""
    runs = client.get("/v1/runs").json().get("runs", [])
    return next((run for run in runs if run["ended_at"]), None)
