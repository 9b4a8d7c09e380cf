"""The trainer over HTTP, with nothing to train."""

import os
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from services.trainer.main import create_app
from services.trainer.settings import Settings
from shared.model_store import ModelStore
from tests.support import assert_problem, publish_files


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@pytest.fixture
def client(store: ModelStore) -> TestClient:
    return TestClient(create_app(Settings(models_dir=store.root, auto_dataset="")))


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
    assert_problem(client.get("/v1/runs/nobody"), 404, "not-found")


def test_a_service_with_nothing_to_train_has_no_runs_and_is_ready(client: TestClient) -> None:
    with client:
        assert client.get("/v1/runs").json() == {"runs": []}
        assert client.get("/readyz").json() == {"status": "ready"}
    assert client.get("/", follow_redirects=False).headers["location"] == "/docs"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_volume_that_cannot_be_written_makes_it_unready(
    client: TestClient, store: ModelStore
) -> None:
    store.root.mkdir(mode=0o500)

    body = assert_problem(client.get("/readyz"), 503, "unavailable")
    assert "cannot be written" in body["detail"]


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
