"""From pictures with labels, however they were brought, to a data set; pure."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.trainer.datasets.dataset import Dataset, Split, check_consistent
from services.trainer.datasets.limits import (
    LONGEST_CLASS_NAME,
    MAX_SIDE_PIXELS,
    MIN_SIDE_PIXELS,
    DataLimits,
    Skipped,
)
from services.trainer.errors import DatasetBroken, DatasetUnusable
from shared.manifest import Preprocessing

TEST_FRACTION = 1 / 6
LONGEST_NAME = 64
NAMED_IN_A_MESSAGE = 10


@dataclass(frozen=True, slots=True)
class Examples:
    """What was brought, before a test split is held out of it.

    Attributes:
        class_names: In the order of their labels.
        given: All examples, or those to train on if there is a test split.
        test: The test split, if it came with one.
        skipped: Files that were left out.
        notices: What else the user should know, in sentences.
    """

    class_names: tuple[str, ...]
    given: Split
    test: Split | None
    skipped: Skipped
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """What people say of the data they bring.

    Attributes:
        name: Of the data set; the models' names begin with it.
        title: For people.
        preprocessing: How pictures to be recognised are prepared.
        image_size: Height and width that every picture gets; by default they decide.

    Raises:
        DatasetUnusable: The size is not one that can be learnt from.
    """

    name: str
    title: str
    preprocessing: Preprocessing = "none"
    image_size: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        """Refuse a size before a picture is given it."""
        if self.image_size is not None:
            check_sides(*self.image_size)


def safe_name(title: str) -> str:
    """A name for models and addresses, of ASCII letters, digits, dots and hyphens."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9.]+", "-", plain).strip("-.")[:LONGEST_NAME].rstrip("-.")
    return name or f"data-{hashlib.sha256(title.encode()).hexdigest()[:8]}"


def dataset_of(examples: Examples, about: About, limits: DataLimits) -> Dataset:
    """The data set, with a stratified test split held out if none was brought.

    Every run on the same examples has the same test split, whatever its seed.

    Raises:
        DatasetUnusable: There are too few classes, or too few examples of one.
        PayloadTooLarge: There are more classes or bytes than allowed.
    """
    _check_classes(examples, limits)
    _check_images(examples, about, limits)
    test = examples.test
    train = examples.given
    if test is None:
        train, test = held_out_for_testing(train)
    dataset = Dataset(
        name=about.name,
        title=about.title,
        class_names=examples.class_names,
        preprocessing=about.preprocessing,
        train=train,
        test=test,
        sha256={"examples": _digest(examples)},
    )
    try:
        check_consistent(dataset)
    except DatasetBroken as error:  # here it is what was brought, not what lies on the disk
        raise DatasetUnusable(error.detail) from error
    return dataset


def held_out_for_testing(split: Split) -> tuple[Split, Split]:
    """What to train on and what to test on, each class shared out alike."""
    order = np.random.default_rng(0).permutation(len(split))
    is_test = np.zeros(len(split), bool)
    for label in np.unique(split.labels):
        members = order[split.labels[order] == label]
        is_test[members[: max(1, round(len(members) * TEST_FRACTION))]] = True
    return split.take(np.flatnonzero(~is_test)), split.take(np.flatnonzero(is_test))


def repeated_in_test(dataset: Dataset) -> int:
    """How many test images are, to the last pixel, in the training data too."""
    known = set(map(_fingerprint, dataset.train.images))
    return sum(_fingerprint(image) in known for image in dataset.test.images)


def in_natural_order(names: Sequence[str]) -> list[str]:
    """Distinct names sorted; as numbers if all of them are: 2 before 10."""
    distinct = sorted(set(names))
    if all(re.fullmatch(rf"-?[0-9]{{1,{LONGEST_CLASS_NAME}}}", name) for name in distinct):
        distinct.sort(key=int)
    return distinct


def listed(items: Sequence[str], count: int | None = None) -> str:
    """The first of them for a message, and how many more there are of `count`, or of these."""
    shown = ", ".join(items[:NAMED_IN_A_MESSAGE])
    more = (len(items) if count is None else count) - NAMED_IN_A_MESSAGE
    return f"{shown} and {more} more" if more > 0 else shown


def _check_classes(examples: Examples, limits: DataLimits) -> None:
    names = examples.class_names
    if len(names) < 2:  # noqa: PLR2004  something to tell apart
        raise DatasetUnusable(
            f"Expected: two classes or more. Received: {', '.join(names) or 'none'}"
        )
    limits.check_classes(len(names))
    # One for each split that is still to be made of them: to train, to select, to test.
    least = 3 if examples.test is None else 2
    counts = np.bincount(examples.given.labels, minlength=len(names))
    if scarce := [f"{names[i]!r} ({counts[i]})" for i in np.flatnonzero(counts < least)]:
        raise DatasetUnusable(
            f"Expected: at least {least} pictures of each class to train, validate and test on. "
            f"Received fewer of: {listed(scarce)}"
        )


def _check_images(examples: Examples, about: About, limits: DataLimits) -> None:
    height, width, channels = examples.given.images.shape[1:]
    check_sides(height, width)
    if channels != 1 and about.preprocessing != "none":
        raise DatasetUnusable(
            f"The preprocessing {about.preprocessing!r} is for grey pictures; these have colour"
        )
    limits.check_arrays(examples.given.images.nbytes)


def check_sides(height: int, width: int) -> None:
    """Refuse a size that images cannot be learnt from in.

    Raises:
        DatasetUnusable: A side is too short or too long.
    """
    if not (min(height, width) >= MIN_SIDE_PIXELS and max(height, width) <= MAX_SIDE_PIXELS):
        raise DatasetUnusable(
            f"Expected: images of {MIN_SIDE_PIXELS} to {MAX_SIDE_PIXELS} pixels a side. "
            f"Received: {height}x{width}"
        )


def _fingerprint(image: NDArray[np.uint8]) -> bytes:
    return hashlib.blake2b(image.tobytes(), digest_size=16).digest()


def _digest(examples: Examples) -> str:
    digest = hashlib.sha256(json.dumps(examples.class_names).encode())
    for split in (examples.given, examples.test):
        if split is not None:
            digest.update(json.dumps(split.images.shape).encode())
            digest.update(np.ascontiguousarray(split.images).data)
            digest.update(np.ascontiguousarray(split.labels).data)
    return digest.hexdigest()
