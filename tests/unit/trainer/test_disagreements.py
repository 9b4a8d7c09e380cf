"""Where versions differ: the same examples as NumPy counts them, and only pictures that fit."""

import base64
import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from services.trainer.datasets.loading import DataPlaces
from services.trainer.datasets.sources import TEST_IMAGES
from services.trainer.datasets.test_images import TestImages
from services.trainer.difference_schemas import differences_view
from services.trainer.disagreements import disagreements
from services.trainer.errors import DatasetUnreachable, NotComparable
from shared.manifest import DatasetRecord
from shared.model_store import ModelStore
from tests.support import idx_bytes, publish_files

TRUTH = np.array([0, 1, 2, 1, 0, 2])
PIXELS = np.arange(6 * 28 * 28, dtype=np.uint64).astype(np.uint8).reshape(6, 28, 28)


def sure(classes: list[int], how_sure: list[float]) -> NDArray[np.float32]:
    """Probabilities of three classes that say these, as surely as that."""
    rest = (1 - np.array(how_sure)) / 2
    probabilities = np.tile(rest[:, np.newaxis], 3)
    probabilities[np.arange(len(classes)), classes] = how_sure
    return probabilities.astype(np.float32)


def publish(store: ModelStore, model: str, probabilities: NDArray[np.float32]) -> None:
    predictions = io.BytesIO()
    np.savez(predictions, y_true=TRUTH, probabilities=probabilities)
    publish_files(
        store,
        model,
        {"test_predictions.npz": predictions.getvalue()},
        dataset=mnist(hashlib.sha256(idx_bytes(PIXELS)).hexdigest()),
    )


def mnist(sha256: str) -> DatasetRecord:
    splits = {"train": 8, "validation": 1, "test": 6}
    return DatasetRecord(
        name="mnist", title="Digits", sha256={TEST_IMAGES: sha256, "others": "0"}, splits=splits
    )


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    store = ModelStore(tmp_path / "models")
    publish(store, "mnist-cnn", sure([0, 1, 2, 1, 1, 0], [0.9, 0.9, 0.9, 0.9, 0.9, 0.6]))
    publish(store, "mnist-linear", sure([0, 2, 1, 1, 0, 1], [0.9, 0.7, 0.8, 0.9, 0.9, 0.9]))
    return store


@pytest.fixture
def places(tmp_path: Path) -> DataPlaces:
    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    (folder / TEST_IMAGES).write_bytes(idx_bytes(PIXELS))
    return DataPlaces(tmp_path / "data", tmp_path / "downloads")


def test_examples_are_grouped_by_who_is_right_the_surest_error_first(store: ModelStore) -> None:
    found = disagreements(store, ["mnist-cnn", "mnist-linear/1"], limit=10)

    assert found.versions == ("mnist-cnn/1", "mnist-linear/1")
    groups = {it.right: it for it in found.groups}
    assert {right: group.count for right, group in groups.items()} == {
        ("mnist-cnn/1",): 2,
        ("mnist-linear/1",): 1,
        (): 1,
    }
    assert [it.index for it in groups[("mnist-cnn/1",)].examples] == [2, 1]
    (both_wrong,) = groups[()].examples
    assert (both_wrong.index, both_wrong.class_name) == (5, "2")
    assert [given.class_name for given in both_wrong.answers] == ["0", "1"]
    assert both_wrong.answers[1].probability == pytest.approx(0.9)


def test_no_more_examples_are_listed_than_asked_for(store: ModelStore) -> None:
    found = disagreements(store, ["mnist-cnn", "mnist-linear"], limit=1)
    assert [(it.count, len(it.examples)) for it in found.groups] == [(2, 1), (1, 1), (1, 1)]


def test_one_version_alone_is_refused(store: ModelStore) -> None:
    with pytest.raises(NotComparable, match="Two or more"):
        disagreements(store, ["mnist-cnn", "mnist-cnn/1"], limit=1)


def test_versions_of_other_data_are_refused_with_other_classes_too(store: ModelStore) -> None:
    predictions = io.BytesIO()
    np.savez(predictions, y_true=TRUTH, probabilities=np.full((6, 5), 0.2, np.float32))
    publish_files(
        store,
        "cars-cnn",
        {"test_predictions.npz": predictions.getvalue()},
        class_names=tuple("abcde"),
    )
    publish_files(
        store,
        "mnist-other",
        {"test_predictions.npz": predictions.getvalue()},
        dataset=store.manifest("mnist-cnn", 1).dataset,
        class_names=tuple("abcde"),
    )

    with pytest.raises(NotComparable, match="mnist and cars are data sets of different content"):
        disagreements(store, ["mnist-cnn", "cars-cnn"], limit=1)
    with pytest.raises(NotComparable, match=r"of 0, 1, .*, 9 and of a, b, c, d, e"):
        disagreements(store, ["mnist-cnn", "mnist-other"], limit=1)


def test_pictures_are_those_of_the_test_split(store: ModelStore, places: DataPlaces) -> None:
    found = disagreements(store, ["mnist-cnn", "mnist-linear"], limit=10)
    view = differences_view(found, TestImages(places))

    assert view.reason == ""
    for group in view.groups:
        for example in group.examples:
            assert example.image is not None
            head, _, content = example.image.partition(",")
            assert head == "data:image/png;base64"
            picture = Image.open(io.BytesIO(base64.b64decode(content)))
            np.testing.assert_array_equal(np.asarray(picture), PIXELS[example.index])


def test_other_test_images_under_the_same_name_are_not_shown(
    store: ModelStore, places: DataPlaces
) -> None:
    (places.data_dir / "mnist" / TEST_IMAGES).write_bytes(idx_bytes(PIXELS[::-1]))
    found = disagreements(store, ["mnist-cnn", "mnist-linear"], limit=10)

    view = differences_view(found, TestImages(places))

    assert "is not what was tested on" in view.reason
    assert all(it.image is None for group in view.groups for it in group.examples)


def test_test_images_that_are_not_here_are_told(tmp_path: Path) -> None:
    images = TestImages(DataPlaces(tmp_path, tmp_path))
    with pytest.raises(DatasetUnreachable, match="not on this machine"):
        images.of(mnist("0" * 64))
