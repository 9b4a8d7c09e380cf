"""The trainer over HTTP, with nothing to train."""

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr, ValidationError

from services.trainer.hyperparameters import Changes
from services.trainer.main import create_app
from services.trainer.progress import Event, Started
from services.trainer.runs import Run, RunRequest
from services.trainer.scheduler import Outcome
from services.trainer.settings import Settings
from shared.model_store import ModelStore
from tests.support import assert_problem, publish_files, wait_for


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@dataclass
class PatientExecutor:
    """Trains until it is told to stop."""

    requests: list[RunRequest] = field(default_factory=list)

    async def execute(self, run: Run, on_event: Callable[[Event], None]) -> Outcome:
        self.requests.append(run.request)
        on_event(Started("mnist-linear", "fast", 16, 55_000))
        await asyncio.Event().wait()
        return Outcome("succeeded")

    def forget(self, run: Run) -> None:
        pass


@pytest.fixture
def executor() -> PatientExecutor:
    return PatientExecutor()


@pytest.fixture
def client(store: ModelStore, executor: PatientExecutor) -> Iterator[TestClient]:
    settings = Settings(models_dir=store.root, auto_dataset="")
    with TestClient(create_app(settings, executor)) as client:
        wait_until_ready(client)
        yield client


def wait_until_ready(client: TestClient) -> None:
    deadline = time.monotonic() + 5
    while client.get("/readyz").status_code != 200:
        assert time.monotonic() < deadline, client.get("/readyz").text
        time.sleep(0.01)


def test_what_is_on_the_volume_is_listed_with_its_cards_and_files(
    client: TestClient, store: ModelStore
) -> None:
    publish_files(store, "mnist-cnn", {"pesos.h5": b"weights"})

    listed = client.get("/v1/models").json()
    card = client.get("/v1/models/mnist-cnn/versions/1").json()
    file = client.get("/v1/models/mnist-cnn/versions/1/files/pesos.h5")

    assert listed == {"models": [{"name": "mnist-cnn", "versions": [1]}]}
    assert (card["model"], card["version"]) == ("mnist-cnn", 1)
    assert file.content == b"weights"
    assert 'filename="mnist-cnn-1-pesos.h5"' in file.headers["content-disposition"]
    assert client.get("/v1/models/mnist-cnn/versions/1/files/manifest.json").json() == card


@pytest.mark.parametrize(
    "path", ["../../../secret", "..%2F..%2Fsecret", "/etc/passwd", "unknown.bin", "."]
)
def test_only_files_of_the_manifest_are_given(
    client: TestClient, store: ModelStore, path: str
) -> None:
    publish_files(store, "mnist-cnn", {"pesos.h5": b"weights"})
    (store.root.parent / "secret").write_text("secret")

    response = client.get(f"/v1/models/mnist-cnn/versions/1/files/{path}")

    assert response.status_code == 404
    assert "secret" not in response.text.replace("/secret", "")


def test_unknown_models_versions_and_runs_are_problems(
    client: TestClient, store: ModelStore
) -> None:
    publish_files(store, "mnist-cnn", {"pesos.h5": b"weights"})

    assert_problem(client.get("/v1/models/x/versions/1"), 404, "model-not-found")
    assert_problem(client.get("/v1/models/mnist-cnn/versions/9"), 404, "version-not-found")
    assert_problem(client.get("/v1/models/mnist-cnn/versions/x"), 422, "invalid-input")
    assert_problem(client.get("/v1/runs/nobody"), 404, "run-not-found")


def test_a_run_is_queued_watched_and_cancelled(
    client: TestClient, executor: PatientExecutor
) -> None:
    body = {"dataset": "fashion-mnist", "models": ["cnn", "cnn"], "changes": {"epochs": 1}}
    started = client.post("/v1/runs", json=body)
    address = started.headers["location"]
    waiting = client.post("/v1/runs", json={}).json()

    assert started.status_code == 202
    assert started.json()["models"] == ["cnn"]
    assert client.get(address).json()["progress"]["event"] == "Started"
    assert executor.requests == [
        RunRequest("fashion-mnist", ("cnn",), "fast", 0, Changes(epochs=1))
    ]
    listed = client.get("/v1/runs", params={"state": "queued"}).json()["runs"]
    assert [run["id"] for run in listed] == [waiting["id"]]
    by_dataset = client.get("/v1/runs", params={"dataset": "fashion-mnist"}).json()["runs"]
    assert [run["id"] for run in by_dataset] == [started.json()["id"]]

    assert client.delete(address).json()["state"] == "cancelled"
    assert_problem(client.delete(address), 409, "illegal-move")
    assert client.delete(f"/v1/runs/{waiting['id']}").json()["state"] == "cancelled"


def test_runs_are_listed_by_state_and_data_set(client: TestClient) -> None:
    ids = [
        client.post("/v1/runs", json={"dataset": dataset, "models": ["linear"]}).json()["id"]
        for dataset in ("mnist", "digits", "mnist")
    ]

    def listed(query: str) -> list[str]:
        return [run["id"] for run in client.get(f"/v1/runs?{query}").json()["runs"]]

    wait_for(lambda: listed("state=running"), 5)
    assert listed("") == ids[::-1]
    assert listed("state=running") == [ids[0]]
    assert listed("state=queued&dataset=mnist") == [ids[2]]
    assert listed("limit=1") == [ids[2]]
    assert_problem(client.get("/v1/runs?state=asleep"), 422, "invalid-input")


def test_events_are_sent_as_they_come_and_resumed_after_a_number(client: TestClient) -> None:
    address = client.post("/v1/runs", json={"models": ["linear"]}).headers["location"]
    client.delete(address)

    with client.stream("GET", f"{address}/events") as response:
        text = "".join(response.iter_text())
    assert response.headers["content-type"].startswith("text/event-stream")
    kinds = re.findall(r"^event: (\w+)", text, re.MULTILINE)
    assert kinds == ["StateChanged", "Started", "StateChanged"]
    first = re.findall(r"^id: (\d+)", text, re.MULTILINE)[0]

    with client.stream("GET", f"{address}/events", headers={"Last-Event-ID": first}) as response:
        rest = "".join(response.iter_text())
    assert re.findall(r"^event: (\w+)", rest, re.MULTILINE) == kinds[1:]


@pytest.mark.parametrize(
    ("body", "slug", "text"),
    [
        ({"dataset": "cifar"}, "unknown-name", "mnist, fashion-mnist, digits"),
        ({"models": ["forest"]}, "unknown-name", "linear, cnn"),
        ({"recipe": "turbo"}, "unknown-name", "fast"),
        ({"models": []}, "invalid-input", "at least 1"),
        ({"changes": {"learning_rate": -1}}, "invalid-input", "greater than 0"),
        ({"changes": {"layers": 9}}, "invalid-input", "Extra inputs"),
        ({"seed": "many"}, "invalid-input", "integer"),
    ],
)
def test_a_run_that_cannot_be_is_refused_with_what_can(
    client: TestClient, body: dict[str, object], slug: str, text: str
) -> None:
    response = client.post("/v1/runs", json=body)

    assert text in assert_problem(response, 422, slug)["detail"]
    assert client.get("/v1/runs").json() == {"runs": []}


def test_starting_and_cancelling_take_the_key_where_one_is_set(
    store: ModelStore, executor: PatientExecutor
) -> None:
    settings = Settings(models_dir=store.root, auto_dataset="", api_key=SecretStr("open sesame"))
    with TestClient(create_app(settings, executor)) as client:
        wait_until_ready(client)
        assert_problem(client.post("/v1/runs", json={}), 401, "unauthorized")
        key = {"X-API-Key": "open sesame"}
        address = client.post("/v1/runs", json={}, headers=key).headers["location"]
        assert client.get(address).status_code == 200
        assert_problem(client.delete(address), 401, "unauthorized")
        assert client.delete(address, headers=key).json()["state"] == "cancelled"


def test_a_second_service_on_the_volume_waits_and_says_so(
    client: TestClient, store: ModelStore, executor: PatientExecutor
) -> None:
    del client  # it works on the volume
    with TestClient(
        create_app(Settings(models_dir=store.root, auto_dataset=""), executor)
    ) as second:
        assert second.get("/livez").status_code == 200
        body = assert_problem(second.post("/v1/runs", json={}), 503, "unavailable")
        assert "Another trainer works on the volume" in body["detail"]
        assert_problem(second.get("/readyz"), 503, "unavailable")
        assert second.get("/v1/models").json() == {"models": []}


def test_a_first_start_trains_what_is_missing_and_says_so(
    store: ModelStore, executor: PatientExecutor
) -> None:
    publish_files(store, "mnist-linear", {"pesos.h5": b"weights"})
    with TestClient(create_app(Settings(models_dir=store.root), executor)) as client:
        wait_until_ready(client)
        (run,) = client.get("/v1/runs").json()["runs"]
    assert (run["dataset"], run["models"]) == ("mnist", ["cnn"])

    with TestClient(create_app(Settings(models_dir=store.root), executor)) as client:
        wait_until_ready(client)
        assert len(client.get("/v1/runs").json()["runs"]) == 1  # the interrupted one goes on


def test_a_volume_that_cannot_be_used_makes_it_unready_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with TestClient(create_app(Settings(models_dir=tmp_path / "file" / "models"))) as client:
        time.sleep(0.05)
        body = assert_problem(client.get("/readyz"), 503, "unavailable")
        assert "cannot be written: " in body["detail"]
        assert_problem(client.post("/v1/runs", json={}), 503, "unavailable")


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", "/srv/data")
    monkeypatch.setenv("TRAINER_AUTO_MODELS", "cnn, linear")
    monkeypatch.setenv("TRAINER_MIRRORS", "")

    settings = Settings()

    assert settings.data_places.data_dir == Path("/srv/data")
    assert settings.auto_models == ("cnn", "linear")
    assert settings.mirrors == ()


@pytest.mark.parametrize(
    ("name", "value", "known"),
    [
        ("TRAINER_AUTO_DATASET", "cifar", "mnist, fashion-mnist, digits"),
        ("TRAINER_AUTO_MODELS", "forest", "linear, cnn"),
    ],
)
def test_a_setting_out_of_bounds_is_refused_at_start_with_what_is_known(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, known: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError, match=known):
        Settings()
