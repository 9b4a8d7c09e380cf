"""The routes of the page: the form, the versions to choose, and what the trainer does."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.inference.main import create_app
from services.inference.settings import Settings
from tests.support import answering, assert_problem, free_port
from tests.unit.inference.fakes import FakeVolume, png, wait_until


def test_the_page_answers_a_plain_form(client: TestClient) -> None:
    page = client.get("/")
    assert 'enctype="multipart/form-data"' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    answered = client.post("/", files={"file": ("digit.png", png(), "image/png")})
    assert answered.status_code == 200
    assert "mnist-cnn" in answered.text
    assert "mnist-linear" in answered.text
    assert "91.0%" in answered.text


def test_the_form_asks_one_version_if_one_is_chosen(client: TestClient) -> None:
    chosen = {"model": "mnist-linear/1", "dataset": "", "url": ""}
    page = client.post("/", data=chosen, files={"file": ("digit.png", png(), "image/png")}).text
    assert 'aria-label="mnist-linear 1"' in page
    assert 'aria-label="mnist-cnn 1"' not in page
    assert '<option value="mnist-linear/1" selected>' in page


def test_the_page_says_what_is_wrong_with_an_upload(client: TestClient) -> None:
    page = client.post("/", files={"file": ("digit.png", b"<b>text</b>", "image/png")})
    assert page.status_code == 422
    assert page.headers["content-type"].startswith("text/html")
    assert "text that begins" in page.text
    assert "<b>text" not in page.text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"url": ""}, 422),
        ({"model": "none/1"}, 404),
        ({"model": "mnist-cnn/7"}, 404),
        ({"model": f"mnist-cnn/{'9' * 5000}"}, 404),
        ({"dataset": "none"}, 404),
    ],
)
def test_a_form_that_cannot_be_answered_says_why(
    client: TestClient, fields: dict[str, str], status: int
) -> None:
    picture = {} if "url" in fields else {"file": ("digit.png", png(), "image/png")}
    page = client.post("/", data=fields, files=picture or {"file": ("", b"", "text/plain")})
    assert page.status_code == status
    assert '<div class="notice alarm">' in page.text


def test_the_page_says_so_while_nothing_is_served(tmp_path: Path) -> None:
    volume = FakeVolume()
    with TestClient(create_app(Settings(models_dir=tmp_path), volume, volume.load)) as client:
        assert "No model is served yet" in client.get("/").text


def test_a_version_is_chosen_by_number_or_label(volume: FakeVolume, tmp_path: Path) -> None:
    volume.published["mnist-cnn"] = [1, 2]
    volume.labelled["mnist-cnn"] = {"champion": 1}
    settings = Settings(models_dir=tmp_path, version_policy="all", poll_interval_seconds=0.05)
    with TestClient(create_app(settings, volume, volume.load)) as client:

        def answered(query: str) -> Any:
            return client.post(f"/predict/mnist-cnn{query}", content=png())

        wait_until(lambda: answered("").json().get("version") == 2)
        assert answered("?version=1").json()["version"] == 1
        assert answered("?version=1&input=true").json()["input_png"]
        assert answered("?version=").json()["version"] == 2
        assert answered("?version=champion").json()["version"] == 1
        assert_problem(answered("?version=3"), 404, "version-not-found")
        assert_problem(answered("?version=none"), 404, "label-not-found")


def training_told_by(url: str, volume: FakeVolume, models_dir: Path) -> Any:
    settings = Settings(models_dir=models_dir, trainer_url=url)
    with TestClient(create_app(settings, volume, volume.load)) as client:
        return client.get("/web/training")


def test_the_page_learns_what_the_trainer_does(volume: FakeVolume, tmp_path: Path) -> None:
    step = {"event": "Stepped", "model": "mnist-cnn", "epoch": 2, "epochs": 5, "step": 3}
    run = {"id": "1", "models": ["linear", "cnn"], "progress": step}
    with answering(200, json.dumps({"runs": [run]}).encode()) as url:
        told = training_told_by(url, volume, tmp_path).json()
    assert told["state"] == "running"
    assert told["run"]["progress"] == {
        "model": "mnist-cnn",
        "epoch": 2,
        "epochs": 5,
        "step": 3,
        "steps": None,
    }
    with answering(200, b'{"runs": []}') as url:
        assert training_told_by(url, volume, tmp_path).json() == {"state": "idle", "run": None}


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b"{}"), (200, b"[]"), (200, b"no JSON"), (200, b'{"runs": [{"models": 1}]}')],
)
def test_what_the_trainer_does_is_unknown_if_it_answers_wrongly(
    volume: FakeVolume, tmp_path: Path, status: int, body: bytes
) -> None:
    with answering(status, body) as url:
        told = training_told_by(url, volume, tmp_path)
    assert told.json() == {"state": "unknown", "run": None}


def test_what_the_trainer_does_is_unknown_if_it_is_away(volume: FakeVolume, tmp_path: Path) -> None:
    told = training_told_by(f"http://127.0.0.1:{free_port()}", volume, tmp_path)
    assert told.json() == {"state": "unknown", "run": None}
