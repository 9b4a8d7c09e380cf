"""The file of labels of each model on the volume: read often, changed atomically."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from services.inference.labels import Change, LabelBook
from shared.errors import StorageError, VolumeUnusable
from shared.model_store import ModelStore

LABELS_FILE = "labels.json"
MAX_LABELS_BYTES = 2**20
_LOCK_FILE = ".labels.lock"


class LabelStore:
    """The labels of the models below one root."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._store = ModelStore(root)

    def read(self, model: str) -> LabelBook:
        """The labels of a model; an empty book if there is no file.

        Raises:
            StorageError: The file is no book of labels.
            VolumeUnusable: It cannot be read.
        """
        path = self._root / model / LABELS_FILE
        try:
            with path.open("rb") as file:
                content = file.read(MAX_LABELS_BYTES)
            return LabelBook.model_validate_json(content)
        except FileNotFoundError:
            return LabelBook()
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the document"
            raise StorageError(
                f"{model}/{LABELS_FILE} is no book of labels: {place}: {first['msg']}"
            ) from error
        except OSError as error:
            raise VolumeUnusable(f"{path} cannot be read: {error.strerror}") from error

    def checked(self, model: str) -> str:
        """The name of a model that has a version on the volume.

        Raises:
            ModelNotFound: There is none of that name.
        """
        versions = self._store.versions(model)
        self._store.path(model, versions[0] if versions else 1)
        return model

    def change(self, model: str, change: Change) -> LabelBook:
        """Change the labels of a model; two changes never mix, and no reader sees half of one.

        Raises:
            ModelNotFound: There is no such model on the volume.
            VolumeUnusable: The volume cannot be written, as where it is mounted read-only.
        """
        directory = self._root / self.checked(model)
        with _writing(directory), _locked(directory):
            book = change(self.read(model))
            handle, name = tempfile.mkstemp(prefix=".labels-", dir=directory)
            try:
                with os.fdopen(handle, "w") as file:
                    file.write(book.model_dump_json(indent=1))
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).chmod(0o644)
                Path(name).replace(directory / LABELS_FILE)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        return book


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    with (directory / _LOCK_FILE).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _writing(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise VolumeUnusable(
            f"The labels in {directory} cannot be written: {error.strerror}. Where the volume is "
            f"mounted read-only, change {LABELS_FILE} where it can be written."
        ) from error
