"""The real digits that scikit-learn carries, for machines with no files and no internet."""

from pathlib import Path

import numpy as np

from services.trainer.datasets.dataset import Dataset
from services.trainer.datasets.download import Patience
from services.trainer.datasets.loading import DataPlaces, load_dataset
from services.trainer.datasets.test_images import TestImages
from shared.manifest import DatasetRecord


def test_without_files_and_internet_they_are_trained_on(tmp_path: Path) -> None:
    hurried = Patience(connect_seconds=1, attempts=1)
    places = DataPlaces(tmp_path / "data", tmp_path / "kept", ("http://127.0.0.1:9",), hurried)
    notices: list[str] = []

    dataset = load_dataset("mnist", places, lambda *_: None, notices.append)

    assert dataset.name == "digits"
    assert (len(dataset.train), len(dataset.test)) == (1437, 360)
    assert dataset.image_shape == (28, 28, 1)
    assert dataset.train.images.max() == 255
    (notice,) = notices
    assert str(places.data_dir / "mnist") in notice
    assert "digits-cnn" in notice


def test_their_test_images_are_at_hand(tmp_path: Path, digits_dataset: Dataset) -> None:
    record = DatasetRecord(name="digits", title="", sha256=digits_dataset.sha256, splits={})
    images = TestImages(DataPlaces(tmp_path, tmp_path)).of(record)
    np.testing.assert_array_equal(images, digits_dataset.test.images)
