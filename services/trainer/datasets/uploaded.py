"""Data sets that people uploaded: read and checked once, kept as arrays, found by name.

    <directory>/<name>/dataset.json     what it is, and what was skipped
    <directory>/<name>/arrays.npz       x_train, y_train, x_test, y_test

One is written into a dot-directory and renamed, so that nobody finds half of it. It is not
changed any more: what was trained on it can be trained again.
"""

import json
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from services.trainer.datasets.dataset import Dataset, Split, check_consistent
from services.trainer.datasets.own import OwnDataset
from services.trainer.errors import DatasetBroken, DatasetInUse, DatasetNotFound
from services.trainer.storage import writing
from shared.manifest import Preprocessing

ABOUT_FILE = "dataset.json"
ARRAYS_FILE = "arrays.npz"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,63}")  # `-` escaped: browsers want it so
_STAGED = re.compile(r"\.[0-9a-f]{32}")


class UploadedDataset(BaseModel):
    """What an uploaded data set is, without its pictures.

    Attributes:
        splits: By split and class, the number of examples.
        skipped: Files that were left out, each with the reason; the first of them.
        n_skipped: How many were left out in all.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    class_names: tuple[str, ...]
    image_shape: tuple[int, int, int]
    preprocessing: Preprocessing
    splits: dict[str, dict[str, int]]
    sha256: dict[str, str]
    skipped: dict[str, str]
    n_skipped: int
    notices: tuple[str, ...]
    created_at: datetime

    @model_validator(mode="before")
    @classmethod
    def _counted(cls, fields: Any) -> Any:
        """Descriptions of before they were counted list all."""
        if isinstance(fields, dict) and "n_skipped" not in fields:
            return {**fields, "n_skipped": len(fields.get("skipped", ()))}
        return fields


class UploadedDatasets:
    """The data sets below one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def names(self) -> list[str]:
        """Those there are, sorted."""
        try:
            folders = list(self._directory.iterdir())
        except OSError:
            return []
        return sorted(p.name for p in folders if NAME.fullmatch(p.name) and p.is_dir())

    def about(self, name: str) -> UploadedDataset:
        """What a data set is.

        Raises:
            DatasetNotFound: There is none of that name.
            DatasetBroken: Its description cannot be read.
        """
        folder = self._folder(name)
        try:
            return UploadedDataset.model_validate_json((folder / ABOUT_FILE).read_bytes())
        except (OSError, ValidationError) as error:
            raise DatasetBroken(f"{folder / ABOUT_FILE} cannot be read: {error}") from error

    def load(self, name: str) -> Dataset:
        """The data set of that name.

        Raises:
            DatasetNotFound: There is none.
            DatasetBroken: Its files cannot be read.
        """
        about = self.about(name)
        path = self._folder(name) / ARRAYS_FILE
        try:
            # Opened here: np.load leaves a damaged file open.
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                train = Split(stored["x_train"], stored["y_train"])
                test = Split(stored["x_test"], stored["y_test"])
        except Exception as error:  # what a damaged archive raises is not one family
            raise DatasetBroken(f"{path} cannot be read: {error}") from error
        dataset = Dataset(
            name=about.name,
            title=about.title,
            class_names=about.class_names,
            preprocessing=about.preprocessing,
            train=train,
            test=test,
            sha256=about.sha256,
        )
        check_consistent(dataset)
        return dataset

    def add(self, own: OwnDataset) -> UploadedDataset:
        """Keep a data set.

        Raises:
            DatasetInUse: One of that name is there.
            VolumeUnusable: It cannot be written.
        """
        about = _described(own)
        dataset = own.dataset
        staged = self._directory / f".{uuid4().hex}"
        target = self._directory / dataset.name
        with writing(self._directory):
            self.refuse_known(dataset.name)
            try:
                staged.mkdir(parents=True)
                np.savez_compressed(
                    staged / ARRAYS_FILE,
                    x_train=dataset.train.images,
                    y_train=dataset.train.labels,
                    x_test=dataset.test.images,
                    y_test=dataset.test.labels,
                )
                (staged / ABOUT_FILE).write_text(_pretty(about.model_dump(mode="json")))
                staged.rename(target)
            except OSError:
                self.refuse_known(dataset.name)  # another upload of that name was quicker
                raise
            finally:
                shutil.rmtree(staged, ignore_errors=True)
        return about

    def refuse_known(self, name: str) -> None:
        """Refuse a name that is taken.

        Raises:
            DatasetInUse: It is.
        """
        if (self._directory / name).exists():
            raise DatasetInUse(f"A data set {name!r} is there; delete it first, or name this anew")

    def delete(self, name: str) -> None:
        """Remove a data set; from one moment to the next it is gone as a whole.

        Raises:
            DatasetNotFound: There is none of that name.
            VolumeUnusable: It cannot be removed.
        """
        folder = self._folder(name)
        doomed = self._directory / f".{uuid4().hex}"
        with writing(folder):
            folder.rename(doomed)
            shutil.rmtree(doomed, ignore_errors=True)

    def sweep(self, before: float) -> None:
        """Remove what a crash left of data sets that were being added or deleted.

        Args:
            before: Seconds since the epoch; what was changed since then is still in work.
        """
        for folder in self._directory.glob(".*"):
            with suppress(OSError):
                if _STAGED.fullmatch(folder.name) and folder.stat().st_mtime < before:
                    shutil.rmtree(folder, ignore_errors=True)

    def _folder(self, name: str) -> Path:
        folder = self._directory / name
        if not NAME.fullmatch(name) or not folder.is_dir():
            there_are = ", ".join(self.names()) or "none"
            raise DatasetNotFound(f"No data set {name!r} was uploaded; there are: {there_are}")
        return folder


def _described(own: OwnDataset) -> UploadedDataset:
    dataset = own.dataset
    return UploadedDataset(
        name=dataset.name,
        title=dataset.title,
        class_names=dataset.class_names,
        image_shape=dataset.image_shape,
        preprocessing=dataset.preprocessing,
        splits={
            split: dict(
                zip(
                    dataset.class_names,
                    np.bincount(part.labels, minlength=dataset.n_classes).tolist(),
                    strict=True,
                )
            )
            for split, part in (("train", dataset.train), ("test", dataset.test))
        },
        sha256=dataset.sha256,
        skipped=own.skipped.reasons,
        n_skipped=own.skipped.count,
        notices=own.notices,
        created_at=datetime.now(UTC),
    )


def _pretty(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
