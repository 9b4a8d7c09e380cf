"""Pictures in folders named for their classes, of any size and kind, as arrays of one size.

    rose/1.jpg  tulip/a.png ...                       a test split is held out
    train/rose/1.jpg ...  test/rose/2.jpg ...         it came with one

What serving does to a picture of a class is done here too, so that the models are trained on
what they will see.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from services.trainer.datasets.dataset import Split
from services.trainer.datasets.examples import Examples, in_natural_order, listed
from services.trainer.datasets.limits import DataLimits, Skipped, check_class_name
from services.trainer.datasets.trees import Tree, shown, without_wrapping
from services.trainer.errors import DatasetUnusable
from shared.errors import InvalidInput, PayloadTooLarge, UnsupportedMediaType
from shared.pictures.decoding import declared_size, decode
from shared.pictures.formats import format_of
from shared.pictures.picture import GREY, RGB, Picture
from shared.pictures.resizing import resized

TRAIN_FOLDERS = {"train", "training"}
TEST_FOLDERS = {"test", "testing"}
VALIDATION_FOLDERS = {"val", "valid", "validation"}
KEPT_SIDES = range(8, 65)  # pictures of one size within these stay as they are
DEFAULT_SIDES = range(28, 65)  # else the median side, within these
WORKING_SIDE_PIXELS = 1024  # as in serving: larger pictures are averaged down while decoded

_SPLITS = ("train", "validation", "test")
_PICTURE_ENDINGS = (
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff"),
    *(".heic", ".heif", ".avif", ".jxl", ".jp2"),  # pictures too, if not read here
)
T = TypeVar("T")
Read = Callable[[], bytes]
Size = tuple[int, int]


def read_class_folders(tree: Tree, size: Size | None, limits: DataLimits) -> Examples:
    """The examples in a tree of pictures by class.

    Args:
        tree: Folder or archive.
        size: Height and width that every picture gets; by default the pictures decide.
        limits: How much is read.

    Raises:
        DatasetUnusable: It is no such tree, a class is empty, or too many pictures are broken.
        PayloadTooLarge: There are more classes, bytes or pixels than allowed.
    """
    parts = _by_split(without_wrapping(tree))
    names = in_natural_order([name for split in parts.values() for name in split])
    for name in names:
        check_class_name(name, "Folders")
    limits.check_classes(len(names))
    _check_not_empty(parts, names)
    labels = {name: label for label, name in enumerate(names)}
    reader = _Reader(limits)
    pictures = reader.pictures(
        [
            (labels[name], file)
            for split in _SPLITS
            for name, files in parts.get(split, {}).items()
            for file in files
        ],
        size,
    )
    notices = [pictures.sentence()]
    if "validation" in parts:
        notices.append("The validation pictures were added to those to train on.")
    is_test = np.array([file.split == "test" for file in pictures.files])
    n_train = len(is_test) - int(is_test.sum())  # they come first
    train = Split(pictures.images[:n_train], pictures.labels[:n_train])
    test = Split(pictures.images[n_train:], pictures.labels[n_train:])
    skipped = reader.skipped + tree.skipped
    return Examples(tuple(names), train, test if "test" in parts else None, skipped, tuple(notices))


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    split: str
    read: Read

    def looks_like_a_picture(self) -> bool:
        return self.path.lower().endswith(_PICTURE_ENDINGS)


@dataclass(frozen=True, slots=True)
class _Pictures:
    """Those that could be decoded: what they became, and what they were.

    Attributes:
        images: uint8, shape `(n, height, width, 1 or 3)`.
        labels: int64, shape `(n,)`.
        files: Where each comes from.
        sizes: Height and width that each had.
        n_coloured: How many have colour.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    files: list[_File]
    sizes: list[Size]
    n_coloured: int

    def sentence(self) -> str:
        look = "in grey"
        if self.n_coloured:
            grey = len(self.files) - self.n_coloured
            look = f"in colour ({grey} of them are grey)" if grey else "in colour"
        height, width = self.images.shape[1:3]
        resized = "" if set(self.sizes) == {(height, width)} else f", resized to {height}x{width}"
        return f"{len(self.files)} pictures {look}{resized}."


Labelled = tuple[int, _File]


class _Reader:
    """Decodes pictures, after their headers have told how many pixels that takes."""

    def __init__(self, limits: DataLimits) -> None:
        self._limits = limits
        self._broken = Skipped()
        self._strays = Skipped()

    @property
    def skipped(self) -> Skipped:
        """What could not be read: pictures, then what is none."""
        return self._broken + self._strays

    def pictures(self, files: list[Labelled], size: Size | None) -> _Pictures:
        """All that can be decoded, of one size, and in colour if one of them is.

        Each is decoded once where the headers promised the size that the pictures decide on, and
        either the first has colour or none.
        """
        files, declared = self._survey(files)
        shape = (*(size or _agreed(declared)), GREY)
        while True:
            files, found = self._decoded(files, shape)
            if found is None:
                shape = (*shape[:2], RGB)
                continue
            wanted = size or _agreed(found.sizes)
            if wanted == shape[:2]:
                return found
            shape = (*wanted, shape[2])

    def _survey(self, files: list[Labelled]) -> tuple[list[Labelled], list[Size]]:
        """Those that are pictures, and the sizes that they declare."""
        kept, sizes = [], []
        n_pixels = 0
        for label, file in files:
            found = self._tried(file, declared_size)
            if found is None:
                continue
            width, height = found
            n_pixels += width * height
            self._limits.check_pixels(n_pixels)
            kept.append((label, file))
            sizes.append((height, width))
        self._check_any(kept)
        return kept, sizes

    def _decoded(
        self, files: list[Labelled], shape: tuple[int, int, int]
    ) -> tuple[list[Labelled], _Pictures | None]:
        """Those that can be decoded, as images of that shape; none if it lacks their colour."""
        self._limits.check_arrays(len(files) * math.prod(shape))
        images = np.empty((len(files), *shape), np.uint8)
        kept: list[Labelled] = []
        sizes: list[Size] = []
        n_coloured = 0
        for position, (label, file) in enumerate(files):
            picture = self._tried(file, _decode)
            if picture is None:
                continue
            if _has_colour(picture):
                n_coloured += 1
                if shape[2] == GREY:
                    return [*kept, *files[position:]], None
            images[len(kept)] = as_image(picture, shape)
            kept.append((label, file))
            width, height = picture.full_size
            sizes.append((height, width))
        self._check_any(kept)
        labels = np.array([label for label, _ in kept], np.int64)
        members = [file for _, file in kept]
        return kept, _Pictures(images[: len(kept)], labels, members, sizes, n_coloured)

    def _tried(self, file: _File, look: Callable[..., T]) -> T | None:
        """What one sees in a file; none of a file that cannot be read, which is skipped."""
        content = b""
        try:
            content = file.read()
            return look(content, max_pixels=self._limits.picture_pixels)
        except (InvalidInput, PayloadTooLarge, UnsupportedMediaType, OSError) as error:
            is_picture = file.looks_like_a_picture() or _begins_as_one(content)
            (self._broken if is_picture else self._strays).add(file.path, str(error))
        if self._broken.count > self._limits.skipped_files:
            raise DatasetUnusable(
                f"Expected: at most {self._limits.skipped_files} pictures that cannot be read. "
                f"Received more, among them: {self._reasons()}"
            )
        return None

    def _reasons(self) -> str:
        skipped = self.skipped
        return listed(skipped.described(), skipped.count)

    def _check_any(self, files: list[Labelled]) -> None:
        if not files:
            raise DatasetUnusable(f"No picture can be read: {self._reasons()}")


def _decode(content: bytes, *, max_pixels: int) -> Picture:
    return decode(content, max_pixels=max_pixels, max_side=WORKING_SIDE_PIXELS)


def _begins_as_one(content: bytes) -> bool:
    try:
        format_of(content)
    except (InvalidInput, UnsupportedMediaType):
        return False
    return True


def _agreed(sizes: list[Size]) -> Size:
    """The one size that pictures of these sizes get."""
    height, width = sizes[0]
    if len(set(sizes)) == 1 and height in KEPT_SIDES and width in KEPT_SIDES:
        return height, width
    side = int(min(max(median(map(max, sizes)), DEFAULT_SIDES[0]), DEFAULT_SIDES[-1]))
    return side, side


def _by_split(tree: Tree) -> dict[str, dict[str, list[_File]]]:
    """By split and class, the files; a class folder may hold folders."""
    top = {parts[0] for parts in tree.folders}
    known = {name: _split_name(name) for name in top}
    has_splits = "train" in known.values() and all(known.values())
    answer: dict[str, dict[str, list[_File]]] = {}
    depth = 1 if has_splits else 0
    for parts in sorted(tree.folders):
        if len(parts) == depth + 1:
            answer.setdefault(known[parts[0]] if has_splits else "train", {})[parts[depth]] = []
    for parts, read in tree.files.items():
        if len(parts) < depth + 2:
            tree.skipped.add(shown(parts), "it lies in no folder of a class")
            continue
        split = known[parts[0]] if has_splits else "train"
        answer[split][parts[depth]].append(_File(shown(parts), split, read))
    return answer


def _split_name(folder: str) -> str:
    names = {"train": TRAIN_FOLDERS, "test": TEST_FOLDERS, "validation": VALIDATION_FOLDERS}
    return next((split for split, known in names.items() if folder.lower() in known), "")


def _check_not_empty(parts: dict[str, dict[str, list[_File]]], names: list[str]) -> None:
    if not names:
        raise DatasetUnusable(
            "Expected: folders named for the classes, with pictures in them. Received: none"
        )
    empty = [
        f"{split}/{name}" if len(parts) > 1 else name
        for split, classes in parts.items()
        for name, files in classes.items()
        if not files
    ]
    if empty:
        raise DatasetUnusable(f"A folder of a class has no picture. Received: {listed(empty)}")


def as_image(picture: Picture, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """A picture as a model of that input shape is to see it, here and where it is served."""
    planes = picture.luminance()[..., None] if shape[2] == 1 else picture.colours()
    image: NDArray[np.uint8] = np.rint(resized(planes, shape[:2]) * 255).astype(np.uint8)
    return image


def _has_colour(picture: Picture) -> bool:
    if picture.pixels.shape[2] < 3:  # noqa: PLR2004  red, green, blue
        return False
    red, green, blue = (picture.pixels[..., channel] for channel in range(3))
    return not (np.array_equal(red, green) and np.array_equal(green, blue))
