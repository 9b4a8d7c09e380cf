"""From a fresh copy of the project to both models served, evaluated and right."""

import re
import signal
import socket
from pathlib import Path

import httpx
import numpy as np
import pytest

from services.trainer.datasets.idx import read_idx
from tests.e2e.conftest import Gabarito, make_up
from tests.support import assert_problem, png_of


def test_both_models_reach_the_accuracy_that_we_promise(gabarito: Gabarito) -> None:
    for model, least in (("mnist-cnn", 0.992), ("mnist-linear", 0.920)):
        card = httpx.get(f"{gabarito.trainer}/v1/models/{model}/versions/1").json()

        assert card["evaluation"]["state"] == "evaluated", card["evaluation"]["reason"]
        assert card["scores"]["test"]["accuracy"] >= least, model
        assert card["dataset"]["splits"] == {"train": 54_999, "validation": 5_001, "test": 10_000}


def test_the_linear_model_was_served_before_the_convolutional_was_trained(
    gabarito: Gabarito,
) -> None:
    log = gabarito.log.read_text()

    served = re.search(r"mnist-linear version 1 answers at", log)
    trained = re.search(r"mnist-cnn epoch 1/\d+:", log)
    assert served
    assert trained
    assert served.start() < trained.start()


def test_the_log_is_labelled_and_told_where_to_look(gabarito: Gabarito) -> None:
    log = gabarito.log.read_text()

    assert f"{gabarito.inference}/" in log.partition("started")[0]
    for label in ("trainer.1", "inference.1", "metrics.1"):
        assert f"{label}" in log
    assert re.search(r"mnist-cnn epoch 2/\d+: loss [\d.]+, accuracy [\d.]+%, \d+ s left", log)


def test_real_digits_posted_as_png_are_recognised(gabarito: Gabarito, real_data_dir: Path) -> None:
    images = read_idx(real_data_dir / "mnist" / "t10k-images-idx3-ubyte.gz", 3).array[:200]
    labels = read_idx(real_data_dir / "mnist" / "t10k-labels-idx1-ubyte.gz", 1).array[:200]

    answers: dict[str, list[int]] = {"mnist-cnn": [], "mnist-linear": []}
    with httpx.Client(base_url=gabarito.inference) as client:
        for image in images:
            response = client.post("/predict", files={"file": ("digit.png", png_of(image))})
            for prediction in response.json()["predictions"]:
                answers[prediction["model"]].append(prediction["label"])

    assert np.mean(np.array(answers["mnist-cnn"]) == labels) >= 0.98
    assert np.mean(np.array(answers["mnist-linear"]) == labels) >= 0.88


def test_ctrl_c_stops_everything_and_the_next_start_serves_at_once(
    gabarito: Gabarito, tmp_path: Path
) -> None:
    """What `.env` says holds, where the environment says nothing else."""
    models = str(gabarito.folder / "models")
    dotenv = "API_KEY='open # sesame'\nTRAINER_AUTO_DATASET=\nMODELS_DIR=/nowhere\n"
    with make_up(tmp_path / "project", dotenv, MODELS_DIR=models) as system:
        system.wait_for(lambda it: len(it.served()) == 2 and it.all_live(), 30)
        refused = httpx.post(f"{system.trainer}/v1/runs", json={})
        taken = httpx.get(f"{system.trainer}/v1/runs", headers={"X-API-Key": "open # sesame"})
        status = system.stop()
        log = system.log.read_text()

    assert_problem(refused, 401, "unauthorized")
    # The first start still works on the volume: one trainer at a time, the other says so.
    assert "Another trainer" in assert_problem(taken, 503, "unavailable")["detail"]
    assert status in {0, -signal.SIGINT}, log  # make ends as it was told to, once all is stopped
    assert log.rstrip().endswith("Gabarito has stopped.")
    assert "Traceback" not in log
    for url in (system.trainer, system.inference, system.metrics):
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=1)
