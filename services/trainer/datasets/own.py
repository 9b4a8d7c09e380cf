"""Data that people bring: a folder or zip archive of pictures by class, `.npz`, or CSV."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.trainer.datasets.archives import open_archive
from services.trainer.datasets.arrays import read_npz
from services.trainer.datasets.class_folders import read_class_folders
from services.trainer.datasets.dataset import Dataset
from services.trainer.datasets.examples import (
    About,
    Examples,
    dataset_of,
    listed,
    repeated_in_test,
    safe_name,
)
from services.trainer.datasets.limits import DataLimits, Skipped
from services.trainer.datasets.pixel_table import read_pixel_table
from services.trainer.datasets.trees import folder_tree, shown, zip_tree
from services.trainer.errors import DatasetBroken, DatasetUnusable
from shared.manifest import Preprocessing

_ZIP_START = b"PK"
_BINARY = b"\0"
FORMS = "a folder or zip of pictures by class, an .npz archive, or a CSV table of pixels"


@dataclass(frozen=True, slots=True)
class OwnDataset:
    """A data set, and what was found while it was read.

    Attributes:
        skipped: Files that were left out.
        notices: What else the user should know, in sentences.
    """

    dataset: Dataset
    skipped: Skipped
    notices: tuple[str, ...]

    def sentences(self) -> list[str]:
        """All of it, for people."""
        if not self.skipped.count:
            return list(self.notices)
        named = listed(self.skipped.described(), self.skipped.count)
        return [*self.notices, f"{self.skipped.count} files were skipped: {named}"]


def load_own(path: Path, about: About, limits: DataLimits) -> OwnDataset:
    """The data set at a path, whatever its form; that is told from its content.

    Raises:
        DatasetUnusable: It is of no form that is read here, or nothing can be learnt from it.
        DatasetBroken: It cannot be read at all.
        PayloadTooLarge: It is beyond a limit.
    """
    try:
        examples = _reader_of(path, limits)(path, about.image_size, limits)
    except OSError as error:
        raise DatasetBroken(f"{error.filename or path} cannot be read: {error.strerror}") from error
    dataset = dataset_of(examples, about, limits)
    notices = examples.notices
    if repeated := repeated_in_test(dataset):
        leak = f"{repeated} of the {len(dataset.test)} test pictures are also among those trained"
        notices += (f"{leak} on: the test scores are too good.",)
    return OwnDataset(dataset, examples.skipped, notices)


def about_path(
    path: Path,
    name: str = "",
    preprocessing: Preprocessing = "none",
    image_size: tuple[int, int] | None = None,
) -> About:
    """What a path says of its data by its own name, if nothing else is told."""
    title = name or shown((path.name if path.is_dir() else path.stem,))
    return About(safe_name(title), title, preprocessing, image_size)


def _reader_of(
    path: Path, limits: DataLimits
) -> Callable[[Path, tuple[int, int] | None, DataLimits], Examples]:
    if path.is_dir():
        return _read_folder
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(_ZIP_START):
        return read_npz if _holds_arrays(path, limits) else _read_zip
    if _BINARY not in start and start.strip():
        return read_pixel_table
    raise DatasetUnusable(f"Expected: {FORMS}. Received: {path.name}, which is none of them")


def _read_folder(path: Path, size: tuple[int, int] | None, limits: DataLimits) -> Examples:
    return read_class_folders(folder_tree(path, limits), size, limits)


def _read_zip(path: Path, size: tuple[int, int] | None, limits: DataLimits) -> Examples:
    with zip_tree(path, limits) as tree:
        return read_class_folders(tree, size, limits)


def _holds_arrays(path: Path, limits: DataLimits) -> bool:
    """Whether an archive is one of NumPy."""
    with open_archive(path, limits) as archive:
        names = archive.namelist()
    return bool(names) and all(name.endswith(".npy") for name in names)
