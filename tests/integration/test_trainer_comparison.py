"""Two really trained models, compared by the real metrics service."""

import json
import os
import subprocess
import sys
from pathlib import Path

import h5py
import httpx
import numpy as np

from shared.model_store import ModelStore
from tests.support import assert_problem, serving, wait_for


def test_the_models_are_compared_over_http_and_on_the_command_line(
    trained_store: ModelStore,
) -> None:
    with (
        serving("services.metrics.main:create_app") as metrics,
        serving(
            "services.trainer.main:create_app",
            {
                "MODELS_DIR": str(trained_store.root),
                "TRAINER_METRICS_URL": metrics.url,
                "TRAINER_AUTO_DATASET": "",
            },
        ) as trainer,
        httpx.Client(base_url=trainer.url) as client,
    ):
        wait_for(lambda: client.get("/livez").status_code == 200, 10)
        response = client.get("/v1/comparisons", params={"models": "digits-cnn,digits-linear"})
        missing = client.get("/v1/comparisons", params={"models": "digits-cnn,forest"})
        command = subprocess.run(
            [
                *(sys.executable, "-m", "services.trainer", "compare"),
                *("digits-cnn", "digits-linear", "--format", "json"),
            ],
            env={
                **os.environ,
                "MODELS_DIR": str(trained_store.root),
                "TRAINER_METRICS_URL": metrics.url,
            },
            capture_output=True,
            text=True,
            check=True,
        )

    view = response.json()
    assert response.status_code == 200, view
    assert_problem(missing, 404, "model-not-found")
    assert json.loads(command.stdout) == view
    pair = view["significance"]["pairs"][0]
    right = {}
    for model in ("digits-cnn", "digits-linear"):
        with np.load(trained_store.path(model, 1) / "test_predictions.npz") as stored:
            right[model] = stored["probabilities"].argmax(axis=1) == stored["y_true"]
    expected = int((right["digits-cnn"] & ~right["digits-linear"]).sum())
    assert pair["only_first_right"] == expected
    assert [side["parameters"] for side in view["models"]] == [
        _weights_in(trained_store.path(model, 1) / "pesos.h5")
        for model in ("digits-cnn", "digits-linear")
    ]
    assert {item["engine"] for item in view["models"][0]["inference_times"]} == {
        *("litert", "savedmodel")
    }


def _weights_in(file: Path) -> int:
    """How many numbers a Keras file in HDF5 holds as weights."""
    sizes: list[int] = []
    with h5py.File(file) as content:
        content["model_weights"].visititems(
            lambda _, item: sizes.append(item.size) if isinstance(item, h5py.Dataset) else None
        )
    return sum(sizes)
