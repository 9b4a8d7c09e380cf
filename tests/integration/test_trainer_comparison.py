"""Two really trained models, compared by the real metrics service."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import h5py
import httpx
import numpy as np

from services.trainer.comparison import compare_versions
from services.trainer.comparison_text import as_markdown
from services.trainer.datasets.limits import DataLimits
from services.trainer.datasets.own import about_path, load_own
from services.trainer.evaluation import Predicted
from services.trainer.metrics_service import MetricsService
from shared.manifest import DatasetRecord, EvaluationRecord, InputRecord
from shared.model_store import ModelStore
from tests.support import Service, assert_problem, publish_files, serving, wait_for


def test_the_models_are_compared_over_http_and_on_the_command_line(
    trained_store: ModelStore, metrics: Service
) -> None:
    with (
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


def _report(store: ModelStore, folder: Path, *arguments: str) -> str:
    """Writes a report by the command line; gives its page."""
    command = (sys.executable, "-m", "services.trainer", "compare", *arguments)
    done = subprocess.run(
        [*command, "--format", "markdown", "--output", str(folder)],
        env={
            **os.environ,
            "MODELS_DIR": str(store.root),
            "DOWNLOAD_DIR": str(folder.parent / "downloads"),
            "TRAINER_METRICS_URL": "http://127.0.0.1:none",  # refused at once
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"The report is {folder / 'report.md'}" in done.stderr
    page = (folder / "report.md").read_text()
    for picture in re.findall(r"\]\(([^)]+)\)", page):
        assert (folder / picture).stat().st_size > 0, picture
    return page


def test_the_command_line_writes_a_report_with_the_examples_of_built_in_data(
    trained_store: ModelStore, tmp_path: Path
) -> None:
    page = _report(trained_store, tmp_path / "report", "digits-cnn", "digits-linear")

    assert page.startswith("# digits-cnn/1 and digits-linear/1\n")
    assert "examples](differing.png)" in page
    assert "of digits-linear/1](digits-linear-1-errors.png)" in page
    assert "Whether they differ was not tested" in page


def test_a_report_on_own_data_shows_the_examples_of_the_path_it_is_told(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    path, other = tmp_path / "pets.npz", tmp_path / "others.npz"
    for file in (path, other):  # equal labels, other pictures
        images = rng.integers(0, 256, (24, 8, 8), dtype=np.uint8)
        np.savez(file, images=images, labels=np.arange(24) % 2)
    dataset = load_own(path, about_path(path), DataLimits()).dataset
    store = ModelStore(tmp_path / "models")
    for model, answer in (("pets-cnn", [0.9, 0.1]), ("pets-linear", [0.1, 0.9])):
        predictions = io.BytesIO()
        probabilities = np.tile(np.array(answer, np.float32), (len(dataset.test), 1))
        np.savez(predictions, y_true=dataset.test.labels, probabilities=probabilities)
        record = DatasetRecord(name="pets", title="pets", sha256=dataset.sha256, splits={})
        publish_files(
            store,
            model,
            {"test_predictions.npz": predictions.getvalue()},
            dataset=record,
            class_names=dataset.class_names,
            input=InputRecord(shape=dataset.image_shape),
            preprocessing="none",
        )
    models = ("pets-cnn", "pets-linear")

    told = _report(store, tmp_path / "told", *models, "--dataset", str(path))
    untold = _report(store, tmp_path / "untold", *models)
    wrong = _report(store, tmp_path / "wrong", *models, "--dataset", str(other))

    assert f"![{len(dataset.test)} examples](differing.png)" in told
    assert "They are not shown: Unknown data set. Received: 'pets'" in untold
    assert "They are not shown: the data set is not what these versions were tested on." in wrong


def test_every_headline_statistic_has_its_interval(tmp_path: Path, metrics: Service) -> None:
    rng = np.random.default_rng(0)
    truth, names = rng.integers(0, 4, 400), ("ant", "bee", "cat", "dog")
    logits = rng.normal(size=(400, 4)) + 2 * np.eye(4)[truth]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    predicted = Predicted(truth, probabilities.astype(np.float32), names)
    predictions = io.BytesIO()
    np.savez(predictions, y_true=truth, probabilities=predicted.probabilities)
    store = ModelStore(tmp_path)
    service = MetricsService(metrics.url)
    evaluation = json.dumps(service.evaluate(predicted)).encode()
    for model in ("pets-cnn", "pets-linear"):
        publish_files(
            store,
            model,
            {"test_predictions.npz": predictions.getvalue(), "evaluation.json": evaluation},
            evaluation=EvaluationRecord(state="evaluated", file="evaluation.json"),
            class_names=names,
        )
    comparison = compare_versions(store, service, ["pets-cnn", "pets-linear"])

    statistics, intervals = comparison.entrants[0].overall, comparison.entrants[0].intervals
    assert {"specificity_macro", "roc_auc_ovr_macro", "average_precision_macro"} <= set(statistics)
    assert "expected_calibration_error" in statistics
    assert set(intervals) == set(statistics)
    for name, (low, high) in intervals.items():
        value = statistics[name]
        assert value is not None
        assert low < value < high, name
    page = as_markdown(comparison)
    for name, (low, high) in intervals.items():
        spoken = name.replace("_", " ")
        assert f"| {spoken} | {statistics[name]:.4f} ({low:.4f} to {high:.4f}) |" in page


def _weights_in(file: Path) -> int:
    """How many numbers a Keras file in HDF5 holds as weights."""
    sizes: list[int] = []
    with h5py.File(file) as content:
        content["model_weights"].visititems(
            lambda _, item: sizes.append(item.size) if isinstance(item, h5py.Dataset) else None
        )
    return sum(sizes)
