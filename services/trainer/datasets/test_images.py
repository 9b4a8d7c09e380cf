"""The pictures of a test split, to be looked at beside what models say of them."""

import threading

import numpy as np
from numpy.typing import NDArray

from services.trainer.datasets import sources
from services.trainer.datasets.idx import read_idx
from services.trainer.datasets.loading import DataPlaces, on_disk
from services.trainer.datasets.sources import IDX_SOURCES
from services.trainer.errors import DatasetUnreachable
from shared.manifest import DatasetRecord


class TestImages:
    """Finds the test images of data sets; those of the last one are kept."""

    __test__ = False  # pytest would take it for a test

    def __init__(self, places: DataPlaces) -> None:
        self._places = places
        self._lock = threading.Lock()
        self._kept: tuple[dict[str, str], NDArray[np.uint8]] | None = None

    def of(self, dataset: DatasetRecord) -> NDArray[np.uint8]:
        """The test images of the data that a version was tested on, uint8 `(n, h, w, c)`.

        Nothing is downloaded for it.

        Raises:
            DatasetUnreachable: They are not here, or are not those that the card names.
            ServiceError: They cannot be read.
        """
        with self._lock:
            if self._kept is None or self._kept[0] != dataset.sha256:
                self._kept = (dataset.sha256, self._read(dataset))
            return self._kept[1]

    def _read(self, dataset: DatasetRecord) -> NDArray[np.uint8]:
        if dataset.name not in IDX_SOURCES:
            return self._of_arrays(dataset)
        path = on_disk(dataset.name, sources.TEST_IMAGES, self._places)
        if path is None:
            raise DatasetUnreachable(f"The test images of {dataset.name} are not on this machine")
        images = read_idx(path, 3)
        _check_same(dataset, {**dataset.sha256, sources.TEST_IMAGES: images.sha256})
        return images.array[..., np.newaxis]

    def _of_arrays(self, dataset: DatasetRecord) -> NDArray[np.uint8]:
        if dataset.name == "digits":
            # scikit-learn takes a second to import.
            from services.trainer.datasets.digits import digits  # noqa: PLC0415

            found = digits()
        else:
            found = self._places.uploaded.load(dataset.name)
        _check_same(dataset, found.sha256)
        return found.test.images


def _check_same(dataset: DatasetRecord, sha256: dict[str, str]) -> None:
    if sha256 != dataset.sha256:
        raise DatasetUnreachable(f"{dataset.name} on this machine is not what was tested on")
