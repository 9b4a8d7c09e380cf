"""The volume as the watcher sees it: the published versions, and what only looks like one."""

import os
import re
from pathlib import Path

from shared.label_store import LabelStore
from shared.model_store import MANIFEST_FILE, ModelStore

_VERSION_LIKE = re.compile(r"[0-9]+")


class ModelVolume:
    """The directory of models, read through `shared.model_store`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._store = ModelStore(root)
        self._labels = LabelStore(root)

    def models(self) -> list[str]:
        """The names of the models that have a version.

        Raises:
            VolumeUnusable: The directory cannot be read.
        """
        return self._store.models()

    def versions(self, model: str) -> list[int]:
        """The versions of a model, oldest first."""
        return self._store.versions(model)

    def refused(self, model: str) -> dict[int, str]:
        """Entries that are numbered as versions are, and are none, with the reason."""
        try:
            entries = list(os.scandir(self._root / model))
        except OSError:
            return {}
        published = set(self.versions(model))
        return {
            int(entry.name): _reason(entry)
            for entry in entries
            if _VERSION_LIKE.fullmatch(entry.name) and int(entry.name) not in published
        }

    def labels(self, model: str) -> dict[str, int]:
        """The version that each label is meant to stand for.

        Raises:
            StorageError: The file of labels cannot be read.
        """
        return dict(self._labels.read(model).labels)

    def stamp(self, model: str, version: int) -> tuple[int, ...]:
        """What identifies the directory and its manifest: inodes, size and times."""
        directory = self._root / model / str(version)
        stamp: list[int] = []
        for path in (directory, directory / MANIFEST_FILE):
            try:
                status = path.stat(follow_symlinks=False)
            except OSError:
                stamp.append(0)
            else:
                stamp += [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns]
        return tuple(stamp)


def _reason(entry: "os.DirEntry[str]") -> str:
    if entry.is_symlink():
        return "It is a link; a version is a directory of the volume itself."
    if not entry.is_dir(follow_symlinks=False):
        return "It is a file; a version is a directory."
    return "A version's name has no leading zero."
