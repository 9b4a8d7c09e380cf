"""A data set is found on disk, then among downloads, then on a mirror; else digits."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from services.trainer.datasets.dataset import (
    Dataset,
    Split,
    check_consistent,
    hold_out,
)
from services.trainer.datasets.download import Patience
from services.trainer.datasets.loading import DataPlaces, load_dataset
from services.trainer.datasets.sources import (
    IDX_SOURCES,
    MNIST,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
)
from services.trainer.errors import DatasetBroken, DatasetUnreachable, UnknownName
from tests.integration.data_files.conftest import Mirror, digest, packed
from tests.support import idx_bytes

NO_MIRROR = ("http://127.0.0.1:9",)
HURRIED = Patience(connect_seconds=1, attempts=1)


def load(name: str, places: DataPlaces, notices: list[str] | None = None) -> Dataset:
    told = notices if notices is not None else []
    return load_dataset(name, places, lambda *_: None, told.append)


@pytest.fixture
def places(tmp_path: Path) -> DataPlaces:
    return DataPlaces(tmp_path / "data", tmp_path / "downloads", NO_MIRROR, HURRIED)


def put(directory: Path, files: dict[str, bytes], *, compress: bool = True) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        ending = ".gz" if compress else ""
        (directory / (name + ending)).write_bytes(packed(content) if compress else content)


@pytest.mark.parametrize("compress", [True, False], ids=["gzip", "plain"])
def test_files_in_the_data_directory_are_used(
    places: DataPlaces, tiny_mnist: dict[str, bytes], compress: bool
) -> None:
    put(places.data_dir / "mnist", tiny_mnist, compress=compress)

    dataset = load("mnist", places)

    assert (len(dataset.train), len(dataset.test)) == (20, 10)
    assert dataset.image_shape == (28, 28, 1)
    assert dataset.sha256[TRAIN_IMAGES] == digest(tiny_mnist[TRAIN_IMAGES])
    assert not places.download_dir.exists()


def test_only_what_is_missing_is_downloaded_and_never_into_the_data_directory(
    places: DataPlaces,
    tiny_mnist: dict[str, bytes],
    mirror: Mirror,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = {name: digest(content) for name, content in tiny_mnist.items()}
    source = dataclasses.replace(MNIST, sha256=known)
    monkeypatch.setitem(IDX_SOURCES, "mnist", source)
    labels = tiny_mnist.pop(TRAIN_LABELS)
    put(places.data_dir / "mnist", tiny_mnist)
    mirror.files[f"/{TRAIN_LABELS}.gz"] = packed(labels)
    reachable = dataclasses.replace(places, mirrors=(mirror.address,))

    assert len(load("mnist", reachable).train) == 20
    assert [path for path, _ in mirror.asked] == [f"/{TRAIN_LABELS}.gz"]
    assert not (places.data_dir / "mnist" / f"{TRAIN_LABELS}.gz").exists()

    load("mnist", reachable)
    assert len(mirror.asked) == 1  # the second time it lay among the downloads


def test_a_corrupt_file_is_an_error_and_no_reason_to_train_on_something_else(
    places: DataPlaces, tiny_mnist: dict[str, bytes]
) -> None:
    put(places.data_dir / "mnist", tiny_mnist)
    broken = places.data_dir / "mnist" / f"{TRAIN_LABELS}.gz"
    broken.write_bytes(broken.read_bytes()[:-4])

    with pytest.raises(DatasetBroken, match=f"{TRAIN_LABELS}.gz is cut short"):
        load("mnist", places)


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        (TRAIN_LABELS, idx_bytes(np.zeros(19)), "mnist: train has 20 images and 19 labels"),
        (TEST_LABELS, idx_bytes(np.full(10, 10)), "mnist: test label 0 is 10; expected 0 to 9"),
        (TRAIN_IMAGES, idx_bytes(np.zeros((20, 14, 14))), r"train images are \(14, 14, 1\)"),
        (TRAIN_IMAGES, idx_bytes(np.zeros((0, 28, 28))), "train has 0 images and 20 labels"),
    ],
)
def test_files_that_do_not_fit_each_other_are_refused(
    places: DataPlaces, tiny_mnist: dict[str, bytes], file: str, content: bytes, reason: str
) -> None:
    put(places.data_dir / "mnist", {**tiny_mnist, file: content})

    with pytest.raises(DatasetBroken, match=reason):
        load("mnist", places)


def test_an_empty_split_is_refused() -> None:
    empty = Split(np.zeros((0, 8, 8, 1), np.uint8), np.zeros(0, np.int64))
    some = Split(np.zeros((1, 8, 8, 1), np.uint8), np.zeros(1, np.int64))

    with pytest.raises(DatasetBroken, match="test has no example"):
        check_consistent(Dataset("x", "X", ("a", "b"), "none", some, empty, {}))


def test_clothes_are_not_replaced_by_digits(places: DataPlaces) -> None:
    with pytest.raises(DatasetUnreachable, match="could not be downloaded"):
        load("fashion-mnist", places)


def test_an_unknown_name_is_told_which_there_are(places: DataPlaces) -> None:
    with pytest.raises(UnknownName, match="'cifar'; there are: mnist, fashion-mnist, digits"):
        load("cifar", places)


def test_the_validation_split_holds_out_the_same_share_of_each_class() -> None:
    labels = np.repeat(np.arange(4), [60, 24, 12, 1])
    split = Split(np.arange(97, dtype=np.uint8).reshape(97, 1, 1, 1), labels)

    parts = hold_out(split, fraction=1 / 12, seed=5)

    assert np.bincount(parts.validation.labels, minlength=4).tolist() == [5, 2, 1, 0]
    together = np.concatenate([parts.train.images, parts.validation.images]).ravel()
    assert sorted(together) == list(range(97))
    again = hold_out(split, fraction=1 / 12, seed=5)
    other = hold_out(split, fraction=1 / 12, seed=6)
    assert again.validation.images.tolist() == parts.validation.images.tolist()
    assert other.validation.images.tolist() != parts.validation.images.tolist()
