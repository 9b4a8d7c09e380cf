"""The file of labels of each model on the volume: read often, changed atomically."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from shared.errors import InvalidInput, StorageError, VolumeUnusable
from shared.model_store import ModelStore
from shared.version_labels import Change, LabelBook

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
                content = file.read(MAX_LABELS_BYTES + 1)
            if len(content) > MAX_LABELS_BYTES:
                raise StorageError(
                    f"{model}/{LABELS_FILE} has more than {MAX_LABELS_BYTES} bytes. "
                    "Expected: fewer; the oldest entries of `history` may be removed by hand"
                )
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

    def read_published(self, model: str) -> LabelBook:
        """The labels of a model that has a version on the volume.

        Raises:
            ModelNotFound: There is no such model on the volume.
            StorageError, VolumeUnusable: As of `read`.
        """
        self._directory(model)
        return self.read(model)

    def move(self, model: str, label: str, version: int, reason: str = "") -> LabelBook:
        """Let a label stand for a version.

        Raises:
            ModelNotFound, VersionNotFound: There is no such version on the volume.
            InvalidInput: It cannot be the name of a label, or the reason is too long.
            VolumeUnusable: As of `change`.
        """

        def moved(book: LabelBook) -> LabelBook:
            self._store.path(model, version)
            return book.moved(label, version, at=datetime.now(UTC), reason=reason)

        return self.change(model, moved)

    def remove(self, model: str, label: str, reason: str = "") -> LabelBook:
        """Let a label stand for nothing.

        Raises:
            ModelNotFound, LabelNotFound: There is no such label.
            VolumeUnusable: As of `change`.
        """
        return self.change(
            model, lambda book: book.moved(label, None, at=datetime.now(UTC), reason=reason)
        )

    def roll_back(self, model: str, label: str, reason: str = "") -> LabelBook:
        """Undo the last move of a label.

        Raises:
            ModelNotFound, LabelNotFound: There is no such label, or it was never moved.
            Conflict: There is nothing to undo.
            VersionNotFound: What it stood for is no longer on the volume.
            VolumeUnusable: As of `change`.
        """

        def rolled_back(book: LabelBook) -> LabelBook:
            back = book.rolled_back(label, at=datetime.now(UTC), reason=reason)
            if label in back.labels:
                self._store.path(model, back.labels[label])
            return back

        return self.change(model, rolled_back)

    def change(self, model: str, change: Change) -> LabelBook:
        """Change the labels of a model; two changes never mix, and no reader sees half of one.

        Raises:
            ModelNotFound: There is no such model on the volume.
            InvalidInput: The labels would take more than a file of labels may.
            StorageError: What is there now is no book of labels.
            VolumeUnusable: The volume cannot be written, as where it is mounted read-only.
        """
        with self.held(model) as book:
            changed, text = _fitting(change(book))
            directory = self._root / model
            with _writing(directory):
                _replace(directory, text)
        return changed

    @contextmanager
    def held(self, model: str) -> Iterator[LabelBook]:
        """The labels of a model, which nobody changes while the block runs.

        Raises:
            ModelNotFound, StorageError, VolumeUnusable: As of `change`.
        """
        directory = self._directory(model)
        with _writing(directory):
            file = (directory / _LOCK_FILE).open("w")
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield self.read(model)

    def _directory(self, model: str) -> Path:
        versions = self._store.versions(model)
        return self._store.path(model, versions[0] if versions else 1).parent


def _fitting(book: LabelBook) -> tuple[LabelBook, str]:
    """The book, without its oldest moves where a file cannot hold them all, and the file's text."""
    while True:
        text = book.model_dump_json(indent=1)
        if len(text.encode()) <= MAX_LABELS_BYTES:
            return book, text
        if not book.history:
            raise InvalidInput(
                f"The labels of a model take at most {MAX_LABELS_BYTES} bytes. "
                f"Received: {len(book.labels)} labels, which take more"
            )
        n_forgotten = 1 + len(book.history) // 20  # a few at once: each round writes all of it
        book = book.model_copy(update={"history": book.history[n_forgotten:]})


def _replace(directory: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=".labels-", dir=directory)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(directory / LABELS_FILE)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def _writing(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise VolumeUnusable(
            f"The labels in {directory} cannot be written: {error.strerror}. Where the volume is "
            "mounted read-only, change them through the trainer, or where it can be written."
        ) from error
