"""Versions side by side: only what was measured, and only on the same examples."""

import hashlib
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from services.trainer.comparison import compare_versions
from services.trainer.comparison_report import write_report
from services.trainer.comparison_text import as_markdown, as_text
from services.trainer.datasets.dataset import Dataset, Split
from services.trainer.errors import NotComparable
from services.trainer.schemas import comparison_view
from shared.errors import ModelNotFound, UpstreamFailed, VersionBroken, VersionNotFound
from shared.manifest import DatasetRecord, EvaluationRecord, InferenceTime
from shared.model_store import ModelStore
from tests.support import publish_files

TRUTH = np.array([0, 1, 2, 1])
RIGHT = np.eye(3, dtype=np.float32)[TRUTH]
WRONG_ONCE = np.eye(3, dtype=np.float32)[[0, 1, 2, 2]]
EVALUATION = {
    "overall": {"accuracy": 0.9912, "cohen_kappa": None},
    "averages": {"macro": {"f1_score": 0.98}},
    "intervals": {
        "overall": {"accuracy": [0.9892, 0.9929], "cohen_kappa": None},
        "averages": {"macro": {"f1_score": [0.97, 0.99]}},
    },
    "scores": {
        "overall": {"log_loss": 0.027, "coverage_at_error_1": 0.5},
        "calibration": {"highest_probability": {"expected_calibration_error": 0.003}},
        "intervals": {"overall": {"log_loss": [0.02, 0.03]}},
        "bootstrap": {
            "overall": {"log_loss": [0.01, 0.04]},
            "calibration": {"highest_probability": {"expected_calibration_error": [0.0, 0.005]}},
        },
    },
}
SIGNIFICANCE = {
    "confidence_level": 0.95,
    "pairs": [
        {
            "first": "mnist-cnn/1",
            "second": "mnist-linear/2",
            "only_first_right": 700,
            "only_second_right": 40,
            "accuracy_difference": 0.066,
            "accuracy_difference_interval": [0.061, 0.071],
            "mcnemar": {"mid_p_value_holm": 1e-30},
        }
    ],
}


class FakeTester:
    def __init__(self) -> None:
        self.asked: list[dict[str, list[int]]] = []

    def compare(
        self, y_true: NDArray[np.int64], predictions: Mapping[str, NDArray[np.int64]]
    ) -> Mapping[str, Any]:
        self.asked.append({"truth": y_true.tolist()})
        self.asked.append({name: labels.tolist() for name, labels in predictions.items()})
        return SIGNIFICANCE


class AbsentTester:
    def compare(self, *_: object) -> Mapping[str, Any]:
        raise UpstreamFailed("nobody answers")


def publish(
    store: ModelStore,
    model: str,
    probabilities: NDArray[np.float32],
    truth: NDArray[np.int64] = TRUTH,
    evaluation: Mapping[str, Any] | None = EVALUATION,
    pictures: Mapping[str, bytes] | None = None,
    **card: Any,
) -> None:
    predictions = io.BytesIO()
    np.savez(predictions, y_true=truth, probabilities=probabilities)
    files = {"test_predictions.npz": predictions.getvalue(), "model.tflite": b"x" * 2500}
    files |= pictures or {}
    record = EvaluationRecord(state="not-evaluated", reason="none")
    if evaluation is not None:
        files["evaluation.json"] = json.dumps(evaluation).encode()
        record = EvaluationRecord(state="evaluated", file="evaluation.json")
    time = InferenceTime(engine="litert", batch_size=1, median_ms=0.061, p95_ms=0.08, calls=50)
    publish_files(
        store,
        model,
        files,
        evaluation=record,
        training_seconds=62.4,
        parameters=101_570,
        inference_times=(time,),
        **card,
    )


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    store = ModelStore(tmp_path)
    publish(store, "mnist-cnn", RIGHT)
    publish(store, "mnist-linear", RIGHT, evaluation=None)
    publish(store, "mnist-linear", WRONG_ONCE, evaluation=None)
    return store


def test_the_newest_versions_are_compared_by_their_predictions(store: ModelStore) -> None:
    tester = FakeTester()

    comparison = compare_versions(store, tester, ["mnist-cnn", "mnist-linear"])

    assert tester.asked == [
        {"truth": [0, 1, 2, 1]},
        {"mnist-cnn/1": [0, 1, 2, 1], "mnist-linear/2": [0, 1, 2, 2]},
    ]
    view = comparison_view(comparison)
    assert [(item.model, item.version) for item in view.models] == [
        *(("mnist-cnn", 1), ("mnist-linear", 2))
    ]
    assert view.models[0].statistics == {
        "accuracy": 0.9912,
        "cohen_kappa": None,
        "f1_score_macro": 0.98,
        "log_loss": 0.027,
        "expected_calibration_error": 0.003,
    }
    assert view.models[0].intervals == {
        "accuracy": (0.9892, 0.9929),
        "f1_score_macro": (0.97, 0.99),
        "log_loss": (0.02, 0.03),
        "expected_calibration_error": (0.0, 0.005),
    }
    assert view.models[0].size_bytes["litert"] == 2500
    assert view.models[1].statistics == {}
    assert view.significance == SIGNIFICANCE


def test_the_table_says_what_was_measured_and_what_was_not(store: ModelStore) -> None:
    text = as_text(compare_versions(store, FakeTester(), ["mnist-cnn", "mnist-linear/2"]))

    rows = {" ".join(line.split()) for line in text.splitlines()}
    assert "mnist-cnn/1 mnist-linear/2" in rows
    assert "accuracy 0.9912 (0.9892 to 0.9929) not evaluated" in rows
    assert "cohen kappa undefined not evaluated" in rows
    assert "expected calibration error 0.0030 (0.0000 to 0.0050) not evaluated" in rows
    assert "LiteRT, 1 image 0.061 ms 0.061 ms" in rows
    assert "TensorFlow, 32 images not measured not measured" in rows
    assert "parameters 101,570 101,570" in rows
    assert "below 0.0001: they differ by more than chance." in text
    assert text.endswith("They do not all say the same on 1 of 4 test examples.")


def test_the_markdown_has_the_same_rows(store: ModelStore) -> None:
    page = as_markdown(compare_versions(store, AbsentTester(), ["mnist-cnn", "mnist-linear"]))

    assert page.startswith("# mnist-cnn/1 and mnist-linear/2\n")
    assert "| accuracy | 0.9912 (0.9892 to 0.9929) | not evaluated |" in page
    assert "Whether they differ was not tested: nobody answers." in page


def data(name: str, sha256: dict[str, str]) -> DatasetRecord:
    return DatasetRecord(name=name, title="", sha256=sha256, splits={"test": len(TRUTH)})


def test_equal_true_classes_of_other_pictures_are_not_compared(store: ModelStore) -> None:
    publish(store, "cats-cnn", RIGHT, dataset=data("cats", {"examples": "a" * 64}))
    publish(store, "cats-linear", RIGHT, dataset=data("cats", {"examples": "b" * 64}))
    publish(store, "cars-cnn", RIGHT, dataset=data("cars", {"examples": "c" * 64}))

    tester = FakeTester()
    with pytest.raises(
        NotComparable,
        match="cats-cnn/1 and cars-cnn/1 were tested on different examples: "
        "cats and cars are data sets of different content",
    ):
        compare_versions(store, tester, ["cats-cnn", "cars-cnn"])
    with pytest.raises(NotComparable, match="the data set cats had another content each time"):
        compare_versions(store, tester, ["cats-cnn", "cats-linear"])
    with pytest.raises(NotComparable, match="mnist-cnn/1 and cars-cnn/1"):
        compare_versions(store, tester, ["mnist-cnn", "mnist-linear", "cars-cnn"])
    assert tester.asked == []


def test_the_same_data_by_another_name_are_compared(store: ModelStore) -> None:
    for name in ("cats", "cats-again"):
        publish(store, f"{name}-cnn", RIGHT, dataset=data(name, {"examples": "a" * 64}))

    comparison = compare_versions(store, FakeTester(), ["cats-cnn", "cats-again-cnn"])

    assert [entrant.name for entrant in comparison.entrants] == ["cats-cnn/1", "cats-again-cnn/1"]


def test_other_classes_and_other_splits_of_the_same_data_are_not_compared(
    store: ModelStore,
) -> None:
    publish(store, "fashion-cnn", RIGHT, class_names=("zero", "one", "two"))
    publish(store, "digits-cnn", RIGHT[:3], truth=TRUTH[:3])

    with pytest.raises(NotComparable, match=r"of 0, 1, .*, 9 and of zero, one, two"):
        compare_versions(store, FakeTester(), ["mnist-cnn", "fashion-cnn"])
    with pytest.raises(NotComparable, match="split in another way, 4 and 3 examples"):
        compare_versions(store, FakeTester(), ["mnist-cnn", "digits-cnn"])


def test_a_card_without_a_digest_is_compared_with_none(store: ModelStore) -> None:
    for name in ("cats", "cars"):
        publish(store, f"{name}-cnn", RIGHT, dataset=data(name, {}))

    with pytest.raises(NotComparable, match="The card of cats-cnn/1 has no digest of its data"):
        compare_versions(store, FakeTester(), ["cats-cnn", "cars-cnn"])


@pytest.mark.parametrize("names", [[], ["mnist-cnn"], ["mnist-cnn", "mnist-cnn/1"]])
def test_fewer_than_two_versions_are_no_comparison(store: ModelStore, names: list[str]) -> None:
    with pytest.raises(NotComparable, match="Two or more"):
        compare_versions(store, FakeTester(), names)


def test_unknown_names_are_told_what_there_is(store: ModelStore) -> None:
    with pytest.raises(ModelNotFound, match="'forest'; there are: mnist-cnn, mnist-linear"):
        compare_versions(store, FakeTester(), ["mnist-cnn", "forest"])
    with pytest.raises(VersionNotFound, match="Received: 9"):
        compare_versions(store, FakeTester(), ["mnist-cnn", "mnist-linear/9"])


def test_predictions_that_were_changed_are_refused(store: ModelStore) -> None:
    path = store.path("mnist-linear", 2) / "test_predictions.npz"
    path.write_bytes(path.read_bytes()[:-8] + b"\0" * 8)

    with pytest.raises(VersionBroken, match="is not the file that the manifest describes"):
        compare_versions(store, FakeTester(), ["mnist-cnn", "mnist-linear"])


def test_a_version_without_readable_predictions_is_named(store: ModelStore) -> None:
    publish_files(store, "digits-cnn", {"pesos.h5": b""})

    with pytest.raises(NotComparable, match="digits-cnn/1 does not hold its predictions"):
        compare_versions(store, FakeTester(), ["mnist-cnn", "digits-cnn"])


SAME_DATA = {"source": hashlib.sha256(b"").hexdigest()}


def a_dataset(labels: NDArray[np.int64], sha256: dict[str, str] = SAME_DATA) -> Dataset:
    images = np.full((len(labels), 8, 8, 1), 77, np.uint8)
    split = Split(images, labels)
    return Dataset("mnist", "", ("zero", "one", "two"), "none", split, split, sha256)


def test_a_report_shows_the_pictures_of_each_and_the_examples_on_which_they_differ(
    store: ModelStore, tmp_path: Path
) -> None:
    publish(store, "mnist-cnn", RIGHT, pictures={"history.svg": b"<svg/>", "errors.png": b"png"})
    comparison = compare_versions(store, FakeTester(), ["mnist-cnn", "mnist-linear"])

    page = write_report(tmp_path / "report", comparison, store, a_dataset(TRUTH))

    text = page.read_text()
    assert text.startswith("# mnist-cnn/2 and mnist-linear/2\n")
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert pictures == ["differing.png", "mnist-cnn-2-history.svg", "mnist-cnn-2-errors.png"]
    assert {p.name for p in page.parent.iterdir()} == {"report.md", *pictures}
    assert "![1 examples](differing.png)" in text
    assert "Confusion matrix of the test split: this version has none." in text


@pytest.mark.parametrize(
    ("dataset", "reason"),
    [
        ("no mirror could be reached", "They are not shown: no mirror could be reached."),
        (a_dataset(np.array([0, 0, 0, 1])), "is not what these versions were tested on"),
        (a_dataset(TRUTH, {"source": "other pictures"}), "is not what these versions were tested"),
    ],
)
def test_a_report_without_the_data_says_so(
    store: ModelStore, tmp_path: Path, dataset: Dataset | str, reason: str
) -> None:
    comparison = compare_versions(store, FakeTester(), ["mnist-cnn", "mnist-linear"])

    assert reason in write_report(tmp_path / "x", comparison, store, dataset).read_text()
