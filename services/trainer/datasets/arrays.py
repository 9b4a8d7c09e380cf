"""Arrays in a NumPy archive (`.npz`), under any of the names that are usual, as examples.

    x_train, y_train[, x_test, y_test]                          Keras
    train_images, train_labels[, val_..., test_...]             MedMNIST
    images, labels[, class_names]

Labels are whole numbers or names; images `(n, height, width[, channels])`, whole numbers from
0 to 255 or real ones from 0 to 1 (or to 255).
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from services.trainer.datasets.archives import damage_named, open_archive
from services.trainer.datasets.dataset import Split
from services.trainer.datasets.examples import Examples, listed
from services.trainer.datasets.labels import class_indices
from services.trainer.datasets.limits import DataLimits
from services.trainer.errors import DatasetUnusable
from shared.pictures.resizing import resized

TRAIN = (("x_train", "y_train"), ("train_images", "train_labels"), ("images", "labels"), ("x", "y"))
TEST = (("x_test", "y_test"), ("test_images", "test_labels"))
VALIDATION = (("x_val", "y_val"), ("x_valid", "y_valid"), ("val_images", "val_labels"))
CLASS_NAMES = ("class_names", "label_names", "classes")
_KNOWN = {*CLASS_NAMES, *(name for pair in (*TRAIN, *TEST, *VALIDATION) for name in pair)}
BRIGHTEST = 255
COLOUR = 3
_CHUNK = 1024

Arrays = Mapping[str, NDArray[Any]]


def read_npz(path: Path, size: tuple[int, int] | None, limits: DataLimits) -> Examples:
    """The examples in an archive of arrays.

    Raises:
        DatasetUnusable: It is damaged, lacks arrays, or they are of another form.
        PayloadTooLarge: It holds more bytes than allowed.
    """
    arrays = _loaded(path, limits)
    pairs = {
        "train": _pair(arrays, TRAIN),
        "validation": _pair(arrays, VALIDATION),
        "test": _pair(arrays, TEST),
    }
    present = {split: pair for split, pair in pairs.items() if pair is not None}
    images = {s: as_images(arrays[x], x, size, limits) for s, (x, _) in present.items()}
    columns = [_column(arrays[y], y) for _, y in present.values()]
    names, labels = class_indices(columns, _names(arrays, limits), present["train"][1])
    splits = {
        split: _split(images[split], column, present[split])
        for split, column in zip(present, labels, strict=True)
    }
    notices = []
    if "validation" in splits:
        splits["train"] = _joined(splits["train"], splits["validation"])
        notices.append("The validation images were added to those to train on.")
    return Examples(names, splits["train"], splits.get("test"), {}, tuple(notices))


def as_images(
    array: NDArray[Any], name: str, size: tuple[int, int] | None, limits: DataLimits
) -> NDArray[np.uint8]:
    """The array as images, uint8 `(n, height, width, 1 or 3)`.

    Raises:
        DatasetUnusable: Its shape, type or values are not those of images.
        PayloadTooLarge: The images would have more bytes than allowed.
    """
    if array.ndim == 3:  # noqa: PLR2004  grey: (n, height, width)
        array = array[..., np.newaxis]
    channels = array.shape[3] if array.ndim == 4 else 0  # noqa: PLR2004
    if array.ndim == 4 and channels not in {1, COLOUR} and array.shape[1] in {1, COLOUR}:  # noqa: PLR2004
        raise DatasetUnusable(
            f"{name}: expected the channels last, (n, height, width, channels). "
            f"Received: shape={array.shape}, which has them first"
        )
    if channels not in {1, COLOUR} or not len(array):
        raise DatasetUnusable(
            f"{name}: expected (n, height, width), or (n, height, width, 1 or 3). "
            f"Received: shape={array.shape}"
        )
    scale = _scale(array, name)
    target = size or array.shape[1:3]
    limits.check_arrays(len(array) * math.prod(target) * channels)
    images = np.empty((len(array), *target, channels), np.uint8)
    for start in range(0, len(array), _CHUNK):
        part = array[start : start + _CHUNK]
        if part.dtype == np.uint8 and part.shape[1:3] == target:
            images[start : start + _CHUNK] = part
            continue
        for index, image in enumerate(part.astype(np.float32) * np.float32(scale / BRIGHTEST)):
            images[start + index] = np.rint(resized(image, target) * BRIGHTEST)
    return images


def _scale(array: NDArray[Any], name: str) -> float:
    """What the values are multiplied by to lie between 0 and 255."""
    if array.dtype.kind == "b":
        return BRIGHTEST
    if array.dtype.kind not in "uif":
        raise DatasetUnusable(f"{name}: expected numbers. Received: type {array.dtype}")
    low, high = float(array.min()), float(array.max())
    if not (low >= 0 and high <= BRIGHTEST):
        raise DatasetUnusable(
            f"{name}: expected values from 0 to 255, or from 0 to 1. Received: {low:g} to {high:g}"
        )
    return BRIGHTEST if array.dtype.kind == "f" and high <= 1 else 1.0


def _loaded(path: Path, limits: DataLimits) -> Arrays:
    """The arrays that have a usual name, in lower case."""
    arrays = {}
    with open_archive(path, limits) as archive:
        members = {
            member.filename.removesuffix(".npy").lower(): member
            for member in archive.infolist()
            if member.filename.endswith(".npy")
        }
        wanted = {name: member for name, member in members.items() if name in _KNOWN}
        limits.check_npz(sum(member.file_size for member in wanted.values()))
        for name, member in wanted.items():
            with damage_named(path.name), archive.open(member) as file:
                arrays[name] = _read_array(file, name)
    if _pair(arrays, TRAIN) is None:
        raise DatasetUnusable(
            "Expected: arrays called x_train and y_train, or images and labels. "
            f"Received: {listed(sorted(members)) or 'none'}"
        )
    return arrays


def _read_array(file: IO[bytes], name: str) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    except (ValueError, MemoryError) as error:
        raise DatasetUnusable(f"{name} is an array that cannot be read: {error}") from error
    if not array.dtype.itemsize:  # any number of elements takes no byte
        raise DatasetUnusable(f"{name}: expected values. Received: type {array.dtype}")
    return array


def _pair(arrays: Arrays, known: tuple[tuple[str, str], ...]) -> tuple[str, str] | None:
    return next((pair for pair in known if set(pair) <= set(arrays)), None)


def _column(labels: NDArray[Any], name: str) -> NDArray[Any]:
    if labels.ndim == 2 and labels.shape[1] == 1:  # noqa: PLR2004  a column, as CIFAR and MedMNIST have it
        return labels[:, 0]
    if labels.ndim != 1:
        raise DatasetUnusable(
            f"{name}: expected one label for each image, (n,). Received: shape={labels.shape}"
        )
    return labels


def _names(arrays: Arrays, limits: DataLimits) -> list[str] | None:
    for key in CLASS_NAMES:
        if key in arrays and arrays[key].ndim == 1 and arrays[key].dtype.kind == "U":
            limits.check_classes(len(arrays[key]))
            names = [str(name) for name in arrays[key]]
            if len(set(names)) != len(names) or not all(names):
                raise DatasetUnusable(f"{key}: names must be distinct and not empty")
            return names
    return None


def _split(images: NDArray[np.uint8], labels: NDArray[np.int64], names: tuple[str, str]) -> Split:
    if len(images) != len(labels):
        raise DatasetUnusable(
            f"{names[0]} has {len(images)} images, and {names[1]} {len(labels)} labels"
        )
    return Split(images, labels)


def _joined(first: Split, second: Split) -> Split:
    if first.images.shape[1:] != second.images.shape[1:]:
        raise DatasetUnusable(
            f"Expected: images of one shape. Received: {first.images.shape[1:]} and "
            f"{second.images.shape[1:]}"
        )
    return Split(
        np.concatenate([first.images, second.images]), np.concatenate([first.labels, second.labels])
    )
