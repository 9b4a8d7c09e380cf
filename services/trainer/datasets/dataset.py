"""What a data set is, and how a validation split is held out of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.trainer.errors import DatasetBroken
from shared.manifest import Preprocessing


@dataclass(frozen=True, slots=True)
class Split:
    """Examples with their classes.

    Attributes:
        images: uint8, shape `(n, height, width, channels)`.
        labels: int64, shape `(n,)`, each in `[0, n_classes)`.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        """The number of examples."""
        return len(self.labels)

    def take(self, indices: NDArray[np.intp]) -> "Split":
        """The examples at these indices, in that order."""
        return Split(self.images[indices], self.labels[indices])


@dataclass(frozen=True, slots=True)
class Dataset:
    """Training and test data with everything that the model card says of them.

    Attributes:
        sha256: The digest of each source, uncompressed, by its name.
    """

    name: str
    title: str
    class_names: tuple[str, ...]
    preprocessing: Preprocessing
    train: Split
    test: Split
    sha256: dict[str, str]

    @property
    def n_classes(self) -> int:
        """The number of classes, those without an example included."""
        return len(self.class_names)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of every image."""
        height, width, channels = self.train.images.shape[1:]
        return height, width, channels


@dataclass(frozen=True, slots=True)
class TrainingSplits:
    """Training data in two: what is learnt from, and what selects among the results."""

    train: Split
    validation: Split


def check_consistent(dataset: Dataset) -> None:
    """Refuse a data set whose parts do not fit each other.

    Raises:
        DatasetBroken: Counts or shapes differ, a split is empty, or a label names no class.
    """
    for name, split in (("train", dataset.train), ("test", dataset.test)):
        n_images, n_labels = len(split.images), len(split.labels)
        if n_images != n_labels:
            raise DatasetBroken(
                f"{dataset.name}: {name} has {n_images} images and {n_labels} labels"
            )
        if n_images == 0:
            raise DatasetBroken(f"{dataset.name}: {name} has no example")
        outside = np.flatnonzero((split.labels < 0) | (split.labels >= dataset.n_classes))
        if outside.size:
            raise DatasetBroken(
                f"{dataset.name}: {name} label {outside[0]} is {split.labels[outside[0]]}; "
                f"expected 0 to {dataset.n_classes - 1}"
            )
    if dataset.train.images.shape[1:] != dataset.test.images.shape[1:]:
        raise DatasetBroken(
            f"{dataset.name}: train images are {dataset.train.images.shape[1:]}, "
            f"test images {dataset.test.images.shape[1:]}"
        )


def hold_out(split: Split, fraction: float, seed: int) -> TrainingSplits:
    """The split in two, each class shared out alike; `validation` is what was held out.

    Args:
        split: What is divided.
        fraction: Share of each class to hold out, in (0, 1); at least one example of each
            class that has two.
        seed: Decides which; the same seed gives the same parts.
    """
    order = np.random.default_rng(seed).permutation(len(split))
    held_out = np.zeros(len(split), bool)
    for label in np.unique(split.labels):
        members = order[split.labels[order] == label]
        count = max(1, round(len(members) * fraction)) if len(members) > 1 else 0
        held_out[members[:count]] = True
    return TrainingSplits(
        train=split.take(np.flatnonzero(~held_out)),
        validation=split.take(np.flatnonzero(held_out)),
    )
