"""Finds a data set by name: in the data directory, among downloads and uploads, on a mirror."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from services.trainer.datasets import sources
from services.trainer.datasets.dataset import Dataset, Split, check_consistent
from services.trainer.datasets.download import Patience, ProgressSink, download
from services.trainer.datasets.idx import IdxFile, read_idx
from services.trainer.datasets.sources import IDX_SOURCES, IdxSource
from services.trainer.datasets.uploaded import UploadedDatasets
from services.trainer.errors import DatasetBroken, DatasetUnreachable, UnknownName
from shared.manifest import Preprocessing

DATASET_NAMES = (*IDX_SOURCES, "digits")
UPLOADS_DIRECTORY = "uploaded"
FALLBACK_FOR = "mnist"  # digits too, so the page and the pictures are of the same kind


@dataclass(frozen=True, slots=True)
class DataPlaces:
    """Where data files are looked for.

    Attributes:
        data_dir: The user's files, `<data_dir>/<name>/<file>[.gz]`; only read.
        download_dir: Where downloads are kept, laid out alike, and uploads.
        mirrors: Base addresses in place of the public ones, or empty.
        patience: How long a mirror is waited for.
    """

    data_dir: Path
    download_dir: Path
    mirrors: tuple[str, ...] = ()
    patience: Patience = field(default_factory=Patience)

    @property
    def uploaded(self) -> UploadedDatasets:
        """What people uploaded."""
        return UploadedDatasets(self.download_dir / UPLOADS_DIRECTORY)


def load_dataset(
    name: str, places: DataPlaces, on_progress: ProgressSink, on_notice: Callable[[str], None]
) -> Dataset:
    """The data set of that name, checked; for `mnist` out of reach, scikit-learn's digits.

    Args:
        name: One of `DATASET_NAMES`, or that of an upload.
        places: Where its files are looked for.
        on_progress: Told how far a download is.
        on_notice: Told, in a sentence, what else the user should know.

    Raises:
        UnknownName: No data set is called so.
        DatasetBroken: A file is truncated, corrupt, or does not fit the others.
        DatasetUnreachable: A file is not on disk, and no mirror gave it.
        VolumeUnusable: The download directory cannot be written.
    """
    require_known(name, places.uploaded)
    if name == "digits":
        return _digits()
    if name not in IDX_SOURCES:
        return places.uploaded.load(name)
    try:
        return _load_idx(IDX_SOURCES[name], places, on_progress)
    except DatasetUnreachable as error:
        if name != FALLBACK_FOR:
            raise
        on_notice(
            f"{IDX_SOURCES[name].title}: not in {places.data_dir / name}, and no mirror could be "
            f"reached ({error.detail}). Training instead on the real handwritten digits that "
            "come with scikit-learn, as digits-linear and digits-cnn."
        )
        return _digits()


class BuiltIn(NamedTuple):
    """A data set that comes with Gabarito, before it is loaded."""

    name: str
    title: str
    class_names: tuple[str, ...]
    preprocessing: Preprocessing


def built_in(name: str) -> BuiltIn:
    """What one of `DATASET_NAMES` is."""
    if name == "digits":
        return BuiltIn(
            name, "Handwritten digits of scikit-learn", tuple("0123456789"), "mnist-digit"
        )
    source = IDX_SOURCES[name]
    return BuiltIn(name, source.title, source.class_names, source.preprocessing)


def require_known(name: str, uploaded: UploadedDatasets) -> None:
    """Refuse a name that is no data set's.

    Raises:
        UnknownName: The message lists those there are.
    """
    known = (*DATASET_NAMES, *uploaded.names())
    if name not in known:
        raise UnknownName("data set", name, known)


def _digits() -> Dataset:
    # scikit-learn takes a second to import, and few runs need it.
    from services.trainer.datasets.digits import digits  # noqa: PLC0415

    return digits()


def _load_idx(source: IdxSource, places: DataPlaces, on_progress: ProgressSink) -> Dataset:
    def read(file: str, n_dimensions: int) -> IdxFile:
        found = on_disk(source.name, file, places)
        path = found or download(
            file,
            source.sha256[file],
            places.mirrors or source.mirrors,
            places.download_dir / source.name,
            on_progress,
            places.patience,
        )
        return read_idx(path, n_dimensions)

    train_images, train_labels = read(sources.TRAIN_IMAGES, 3), read(sources.TRAIN_LABELS, 1)
    test_images, test_labels = read(sources.TEST_IMAGES, 3), read(sources.TEST_LABELS, 1)
    dataset = Dataset(
        name=source.name,
        title=source.title,
        class_names=source.class_names,
        preprocessing=source.preprocessing,
        train=_split(train_images, train_labels),
        test=_split(test_images, test_labels),
        sha256={
            sources.TRAIN_IMAGES: train_images.sha256,
            sources.TRAIN_LABELS: train_labels.sha256,
            sources.TEST_IMAGES: test_images.sha256,
            sources.TEST_LABELS: test_labels.sha256,
        },
    )
    check_consistent(dataset)
    return dataset


def on_disk(name: str, file: str, places: DataPlaces) -> Path | None:
    """Where a file of a data set is, among the user's files and the downloads.

    Raises:
        DatasetBroken: A directory cannot be read.
    """
    candidates = (
        directory / name / (file + ending)
        for directory in (places.data_dir, places.download_dir)
        for ending in (".gz", "")
    )
    try:
        return next((path for path in candidates if path.is_file()), None)
    except OSError as error:
        raise DatasetBroken(f"{error.filename} cannot be read: {error.strerror}") from error


def _split(images: IdxFile, labels: IdxFile) -> Split:
    return Split(images.array[..., np.newaxis], labels.array.astype(np.int64))
