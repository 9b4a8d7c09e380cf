"""Arrays in a NumPy archive (`.npz`), under any of the names that are usual, as examples.

    x_train, y_train[, x_test, y_test]                          Keras
    train_images, train_labels[, val_..., test_...]             MedMNIST
    images, labels[, class_names]

Labels are whole numbers, or names (text, or bytes in UTF-8); images `(n, height, width)` or
`(n, height, width, 1 or 3)`, whole numbers from 0 to 255 or real ones from 0 to 1 (or to 255).
"""

import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.trainer.datasets.archives import open_archive
from services.trainer.datasets.dataset import Split
from services.trainer.datasets.examples import Examples, check_sides, listed
from services.trainer.datasets.labels import LabelReader, NamedLabels, class_indices
from services.trainer.datasets.limits import DataLimits, Skipped, check_class_name
from services.trainer.datasets.npy import StoredArray, stored_array
from services.trainer.errors import DatasetUnusable
from shared.pictures.picture import GREY, RGB
from shared.pictures.resizing import resized

TRAIN = (("x_train", "y_train"), ("train_images", "train_labels"), ("images", "labels"), ("x", "y"))
TEST = (("x_test", "y_test"), ("test_images", "test_labels"))
VALIDATION = (("x_val", "y_val"), ("x_valid", "y_valid"), ("val_images", "val_labels"))
CLASS_NAMES = ("class_names", "label_names", "classes")
_KNOWN = {*CLASS_NAMES, *(name for pair in (*TRAIN, *TEST, *VALIDATION) for name in pair)}
BRIGHTEST = 255
_NUMBERS = "biuf"  # kinds of types
_CHUNK = 1024

Arrays = Mapping[str, StoredArray]


def read_npz(path: Path, size: tuple[int, int] | None, limits: DataLimits) -> Examples:
    """The examples in an archive of arrays.

    Raises:
        DatasetUnusable: It is damaged, lacks arrays, or they are of another form.
        PayloadTooLarge: It holds more bytes than allowed.
    """
    with open_archive(path, limits) as archive:
        arrays = _stored(archive, limits)
        pairs = {
            "train": _pair(arrays, TRAIN),
            "validation": _pair(arrays, VALIDATION),
            "test": _pair(arrays, TEST),
        }
        present = {split: pair for split, pair in pairs.items() if pair is not None}
        _check_headers([(arrays[x], arrays[y]) for x, y in present.values()], size, limits)
        notices: list[str] = []
        class_names = _class_names(arrays, limits, notices)
        where = present["train"][1]
        columns = [_labels(arrays[y], limits) for _, y in present.values()]
        names, labels = class_indices(columns, class_names, where, limits)
        splits = {
            split: Split(as_images(arrays[x].values(), x, size), column)
            for (split, (x, _)), column in zip(present.items(), labels, strict=True)
        }
    if "validation" in splits:
        splits["train"] = _joined(splits["train"], splits["validation"])
        notices.append("The validation images were added to those to train on.")
    return Examples(names, splits["train"], splits.get("test"), Skipped(), tuple(notices))


def as_images(array: NDArray[Any], name: str, size: tuple[int, int] | None) -> NDArray[np.uint8]:
    """The array as images, uint8 `(n, height, width, 1 or 3)`.

    Args:
        array: Numbers, `(n, height, width)` or `(n, height, width, 1 or 3)`.
        name: What it is called, for messages.
        size: Height and width that every image gets; by default those it has.

    Raises:
        DatasetUnusable: Its shape or values are not those of images.
    """
    array = array.reshape(_image_shape(array.shape, name))
    scale = _scale(array, name)
    target = size or array.shape[1:3]
    images = np.empty((len(array), *target, array.shape[3]), np.uint8)
    for start in range(0, len(array), _CHUNK):
        part = array[start : start + _CHUNK]
        if part.dtype == np.uint8 and part.shape[1:3] == target:
            images[start : start + _CHUNK] = part
            continue
        for index, image in enumerate(part.astype(np.float32) * np.float32(scale / BRIGHTEST)):
            images[start + index] = np.rint(resized(image, target) * BRIGHTEST)
    return images


def _image_shape(shape: tuple[int, ...], name: str) -> tuple[int, int, int, int]:
    """Number, height, width and channels of the images in an array of that shape."""
    if len(shape) == 3:  # noqa: PLR2004  grey: (n, height, width)
        shape = (*shape, 1)
    channels = shape[3] if len(shape) == 4 else 0  # noqa: PLR2004
    if len(shape) == 4 and channels not in {GREY, RGB} and shape[1] in {GREY, RGB}:  # noqa: PLR2004
        raise DatasetUnusable(
            f"{name}: expected the channels last, (n, height, width, channels). "
            f"Received: shape={shape}, which has them first"
        )
    if channels not in {GREY, RGB} or not all(shape):
        raise DatasetUnusable(
            f"{name}: expected (n, height, width), or (n, height, width, 1 or 3). "
            f"Received: shape={shape}"
        )
    number, height, width, channels = shape
    return number, height, width, channels


def _scale(array: NDArray[Any], name: str) -> float:
    """What the values are multiplied by to lie between 0 and 255."""
    if array.dtype.kind == "b":
        return BRIGHTEST
    low, high = float(array.min()), float(array.max())
    if not (low >= 0 and high <= BRIGHTEST):
        raise DatasetUnusable(
            f"{name}: expected values from 0 to 255, or from 0 to 1. Received: {low:g} to {high:g}"
        )
    return BRIGHTEST if array.dtype.kind == "f" and high <= 1 else 1.0


def _stored(archive: zipfile.ZipFile, limits: DataLimits) -> Arrays:
    """The arrays that have a usual name, by that name in lower case."""
    members = {
        member.filename.removesuffix(".npy").lower(): member
        for member in archive.infolist()
        if member.filename.endswith(".npy")
    }
    wanted = {name: member for name, member in members.items() if name in _KNOWN}
    limits.check_npz(sum(member.file_size for member in wanted.values()))
    arrays = {name: stored_array(archive, member, name) for name, member in wanted.items()}
    if _pair(arrays, TRAIN) is None:
        raise DatasetUnusable(
            "Expected: arrays called x_train and y_train, or images and labels. "
            f"Received: {listed(sorted(members)) or 'none'}"
        )
    return arrays


def _pair(arrays: Arrays, known: tuple[tuple[str, str], ...]) -> tuple[str, str] | None:
    return next((pair for pair in known if set(pair) <= set(arrays)), None)


def _check_headers(
    pairs: list[tuple[StoredArray, StoredArray]], size: tuple[int, int] | None, limits: DataLimits
) -> None:
    """Refuse what the shapes and types already say is no data set, or one too large."""
    total_bytes = 0
    for images, labels in pairs:
        number, height, width, channels = _image_shape(images.shape, images.name)
        if images.dtype.kind not in _NUMBERS:
            raise DatasetUnusable(f"{images.name}: expected numbers. Received: type {images.dtype}")
        _check_labels(labels)
        if number != labels.shape[0]:
            raise DatasetUnusable(
                f"{images.name} has {number} images, and {labels.name} {labels.shape[0]} labels"
            )
        target = size or (height, width)
        check_sides(*target)
        total_bytes += number * math.prod(target) * channels
    limits.check_arrays(total_bytes)


def _check_labels(labels: StoredArray) -> None:
    is_column = len(labels.shape) == 2 and labels.shape[1] == 1  # noqa: PLR2004  as CIFAR and MedMNIST have it
    if len(labels.shape) != 1 and not is_column:
        raise DatasetUnusable(
            f"{labels.name}: expected one label for each image, (n,). "
            f"Received: shape={labels.shape}"
        )
    if not labels.is_text and labels.dtype.kind not in _NUMBERS:
        raise DatasetUnusable(
            f"{labels.name}: expected whole numbers, or names. Received: type {labels.dtype}"
        )


def _labels(array: StoredArray, limits: DataLimits) -> NamedLabels | NDArray[Any]:
    if not array.is_text:
        return array.values().reshape(-1)
    reader = LabelReader(array.name, limits)
    for part in array.texts():
        reader.add(part)
    return reader.labels()


def _class_names(arrays: Arrays, limits: DataLimits, notices: list[str]) -> list[str] | None:
    """What the classes are called; what bears a name for it and holds no text is told of."""
    for array in (arrays[key] for key in CLASS_NAMES if key in arrays):
        if not array.is_text:
            notices.append(f"{array.name} was not read: it holds {array.dtype}, and no names.")
            continue
        if len(array.shape) != 1:
            raise DatasetUnusable(
                f"{array.name}: expected one name for each class, (n,). "
                f"Received: shape={array.shape}"
            )
        limits.check_classes(array.shape[0])
        names = [name.strip() for part in array.texts() for name in part]
        for name in names:
            check_class_name(name, array.name)
        if len(set(names)) != len(names) or not all(names):
            raise DatasetUnusable(f"{array.name}: names must be distinct and not empty")
        return names
    return None


def _joined(first: Split, second: Split) -> Split:
    if first.images.shape[1:] != second.images.shape[1:]:
        raise DatasetUnusable(
            f"Expected: images of one shape. Received: {first.images.shape[1:]} and "
            f"{second.images.shape[1:]}"
        )
    return Split(
        np.concatenate([first.images, second.images]), np.concatenate([first.labels, second.labels])
    )
