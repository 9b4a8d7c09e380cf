"""Pictures that somebody brings become two models, served by the names of their classes."""

import io
import json
import os
import subprocess
import sys
import zipfile
from base64 import b64decode
from pathlib import Path

import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient
from numpy.typing import NDArray
from PIL import Image

from services.inference.main import create_app
from services.inference.settings import Settings
from services.trainer.datasets.class_folders import as_image
from shared.model_store import ModelStore
from shared.pictures.decoding import decode
from tests.support import ROOT, Service, png_of, serving, wait_for

CLASSES = {"céu": (70, 130, 220), "grass": (40, 150, 40), "花": (220, 60, 130)}
NO_METRICS = "http://127.0.0.1:none"  # refused at once; one out of reach is tried again


def pixels(name: str, number: int) -> NDArray[np.uint8]:
    noise = np.random.default_rng([number, *name.encode()]).normal(0, 25, (20, 24, 3))
    return np.clip(np.array(CLASSES[name]) + noise, 0, 255).astype(np.uint8)


def archive(count: int = 24) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as target:
        for name in CLASSES:
            for number in range(count):
                target.writestr(f"scenes/{name}/{number}.png", png_of(pixels(name, number)))
        target.writestr("scenes/grass/broken.jpg", b"\xff\xd8\xff")
    return file.getvalue()


def test_an_upload_is_trained_on_evaluated_and_served_by_the_names_of_its_classes(
    tmp_path: Path, metrics: Service
) -> None:
    env = {
        "DOWNLOAD_DIR": str(tmp_path / "downloads"),
        "MODELS_DIR": str(tmp_path / "models"),
        "TRAINER_AUTO_DATASET": "",
        "TRAINER_METRICS_URL": metrics.url,
    }
    with (
        serving("services.trainer.main:create_app", env) as trainer,
        httpx.Client(base_url=trainer.url, timeout=60) as client,
    ):
        wait_for(lambda: client.get("/readyz").status_code == 200, 10)
        about = client.put("/v1/datasets/scenes", content=archive())
        assert about.status_code == 201, about.text
        body = {"dataset": "scenes", "models": ["linear", "cnn"], "changes": {"epochs": 6}}
        url = client.post("/v1/runs", json=body).headers["Location"]
        run = wait_for(lambda: _ended(client, url), 120)
        assert run["state"] == "succeeded", run
        files = "/v1/models/scenes-linear/versions/1/files"
        evaluation = client.get(f"{files}/evaluation.json").json()

    card = ModelStore(tmp_path / "models").verify("scenes-cnn", 1)
    assert card.class_names == ("céu", "grass", "花")
    assert card.input.shape == (20, 24, 3)
    assert card.preprocessing == "none"
    assert evaluation["labels"] == ["céu", "grass", "花"]
    assert [row["label"] for row in evaluation["per_class"]] == ["céu", "grass", "花"]
    assert evaluation["overall"]["accuracy"] == 1.0  # three colours: a linear problem
    served = create_app(Settings(models_dir=tmp_path / "models"))
    with TestClient(served) as client:
        wait_for(lambda: client.get("/readyz").status_code == 200, 30)
        for name in CLASSES:
            large = Image.fromarray(pixels(name, 999)).resize((240, 200))
            picture = png_of(np.asarray(large))
            answer = client.post("/predict/scenes-linear?input=true", content=picture)
            assert answer.json()["class_name"] == name, answer.text
            seen = np.asarray(Image.open(io.BytesIO(b64decode(answer.json()["input_png"]))))
            learnt = as_image(decode(picture, max_pixels=10**6), card.input.shape)
            np.testing.assert_array_equal(seen, learnt)


def test_a_path_is_trained_on_from_the_command_line_and_again(tmp_path: Path) -> None:
    path = tmp_path / "Scènes.zip"
    path.write_bytes(archive(9))
    env = {
        **os.environ,
        "MODELS_DIR": str(tmp_path / "models"),
        "DOWNLOAD_DIR": str(tmp_path / "downloads"),
        "TRAINER_METRICS_URL": NO_METRICS,
    }
    train = [*("train", "--dataset", str(path), "--models", "linear", "--epochs", "2")]

    events = _run(train, env)
    again = _run(["reproduce", "scenes-linear/1", "--dataset", str(path)], env)

    assert "1 files were skipped: grass/broken.jpg" in " ".join(
        e.get("message", "") for e in events
    )
    card = ModelStore(tmp_path / "models").verify("scenes-linear", 1)
    assert card.dataset.title == "Scènes"
    assert card.dataset.splits == {"train": 18, "validation": 3, "test": 6}
    assert "reproduced: all weights are equal" in again[-1]["message"]


@pytest.mark.parametrize("command", ["train", "sweep"])
def test_own_data_do_not_pass_for_those_that_come_with_gabarito(
    tmp_path: Path, command: str
) -> None:
    path = tmp_path / "Digits.zip"
    path.write_bytes(archive(9))
    env = {**os.environ, "MODELS_DIR": str(tmp_path / "models")}
    env |= {"DOWNLOAD_DIR": str(tmp_path / "downloads"), "TRAINER_METRICS_URL": NO_METRICS}
    options = ["--dataset", str(path), "--models", "linear", "--epochs", "1"]

    done = subprocess.run(
        [sys.executable, "-m", "services.trainer", command, *options],
        env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.returncode == 1, done.stderr
    assert "A data set is called 'digits' already; give it a --name" in done.stderr
    assert ModelStore(tmp_path / "models").models() == []


def _run(arguments: list[str], env: dict[str, str]) -> list[dict[str, str]]:
    command = [sys.executable, "-m", "services.trainer", *arguments, "--progress", "json"]
    done = subprocess.run(
        command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def _ended(client: httpx.Client, url: str) -> dict[str, str] | None:
    run: dict[str, str] = client.get(url).json()
    return run if run["state"] not in {"queued", "running"} else None
