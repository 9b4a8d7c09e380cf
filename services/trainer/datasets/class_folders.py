"""Pictures in folders named for their classes, of any size and kind, as arrays of one size.

    rose/1.jpg  tulip/a.png ...                       a test split is held out
    train/rose/1.jpg ...  test/rose/2.jpg ...         it came with one

What serving does to a picture of a class is done here too, so that the models are trained on
what they will see.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from services.trainer.datasets.dataset import Split
from services.trainer.datasets.examples import Examples, in_natural_order, listed
from services.trainer.datasets.limits import DataLimits
from services.trainer.datasets.trees import Tree, without_wrapping
from services.trainer.errors import DatasetUnusable
from shared.errors import InvalidInput, PayloadTooLarge, UnsupportedMediaType
from shared.pictures.decoding import decode
from shared.pictures.picture import Picture
from shared.pictures.resizing import resized

TRAIN_FOLDERS = {"train", "training"}
TEST_FOLDERS = {"test", "testing"}
VALIDATION_FOLDERS = {"val", "valid", "validation"}
KEPT_SIDES = range(8, 65)  # pictures of one size within these stay as they are
DEFAULT_SIDES = range(28, 65)  # else the median side, within these
WORKING_SIDE_PIXELS = 1024  # as in serving: larger pictures are averaged down while decoded

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
        PayloadTooLarge: There are more classes or bytes than allowed.
    """
    parts = _by_split(without_wrapping(tree))
    names = in_natural_order([name for split in parts.values() for name in split])
    _check_not_empty(parts, names)
    reader = _Reader(limits, dict(tree.skipped))
    kinds = reader.survey(read for split in parts.values() for c in split.values() for read in c)
    size = size or kinds.size()
    splits = {
        split: reader.split([(names.index(c), files) for c, files in classes.items()], size, kinds)
        for split, classes in parts.items()
    }
    notices = [kinds.sentence(size)]
    if "validation" in parts:
        notices.append("The validation pictures were added to those to train on.")
    train = _joined([splits[name] for name in ("train", "validation") if name in splits])
    return Examples(tuple(names), train, splits.get("test"), reader.skipped, tuple(notices))


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    read: Read


@dataclass(slots=True)
class _Kinds:
    """What the pictures are like: their sizes (height, width), and whether any has colour."""

    sizes: dict[Size, int]
    colour: int = 0
    total: int = 0

    @property
    def channels(self) -> int:
        return 3 if self.colour else 1

    def size(self) -> Size:
        """The one size that all pictures get."""
        if len(self.sizes) == 1:
            height, width = next(iter(self.sizes))
            if height in KEPT_SIDES and width in KEPT_SIDES:
                return height, width
        sides = [max(size) for size, count in self.sizes.items() for _ in range(count)]
        side = int(min(max(median(sides), DEFAULT_SIDES[0]), DEFAULT_SIDES[-1]))
        return side, side

    def sentence(self, size: Size) -> str:
        look = "in grey"
        if self.colour:
            grey = self.total - self.colour
            look = f"in colour ({grey} of them are grey)" if grey else "in colour"
        resized = "" if list(self.sizes) == [size] else f", resized to {size[0]}x{size[1]}"
        return f"{self.total} pictures {look}{resized}."


class _Reader:
    """Decodes pictures, twice: to learn what they are like, then to what all become."""

    def __init__(self, limits: DataLimits, skipped: dict[str, str]) -> None:
        self.skipped = skipped
        self._limits = limits

    def survey(self, files: Iterable[_File]) -> _Kinds:
        kinds = _Kinds({})
        for file in files:
            picture = self._decoded(file)
            if picture is None:
                continue
            width, height = picture.full_size
            kinds.sizes[height, width] = kinds.sizes.get((height, width), 0) + 1
            kinds.colour += _has_colour(picture)
            kinds.total += 1
        if not kinds.total:
            raise DatasetUnusable(f"No picture can be read: {_reasons(self.skipped)}")
        return kinds

    def split(self, classes: list[tuple[int, list[_File]]], size: Size, kinds: _Kinds) -> Split:
        shape = (*size, kinds.channels)
        files = [(label, file) for label, members in classes for file in members]
        self._limits.check_arrays(len(files) * int(np.prod(shape)))
        images = np.empty((len(files), *shape), np.uint8)
        labels: list[int] = []
        for label, file in files:
            if file.path in self.skipped or (picture := self._decoded(file)) is None:
                continue
            images[len(labels)] = as_image(picture, shape)
            labels.append(label)
        return Split(images[: len(labels)], np.array(labels, np.int64))

    def _decoded(self, file: _File) -> Picture | None:
        try:
            return decode(
                file.read(),
                max_pixels=self._limits.picture_pixels,
                max_side=WORKING_SIDE_PIXELS,
            )
        except (InvalidInput, PayloadTooLarge, UnsupportedMediaType, OSError) as error:
            self.skipped[file.path] = str(error)
        if len(self.skipped) > self._limits.skipped_files:
            raise DatasetUnusable(
                f"Expected: at most {self._limits.skipped_files} files that cannot be read. "
                f"Received more, among them: {_reasons(self.skipped)}"
            )
        return None


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
        path = "/".join(parts)
        if len(parts) < depth + 2:
            tree.skipped[path] = "it lies in no folder of a class"
            continue
        split = known[parts[0]] if has_splits else "train"
        answer[split][parts[depth]].append(_File(path, read))
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


def _joined(splits: list[Split]) -> Split:
    return Split(
        np.concatenate([split.images for split in splits]),
        np.concatenate([split.labels for split in splits]),
    )


def _reasons(skipped: dict[str, str]) -> str:
    return listed([f"{path}: {reason}" for path, reason in skipped.items()])
