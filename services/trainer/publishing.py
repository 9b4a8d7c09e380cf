"""Puts a finished version on the volume so that no reader ever sees half of one.

A version is staged in a dot-directory beside its siblings, synced to disk, given the next
number under a lock, and renamed into place. Numbers are never used twice, also not after
the newest version was deleted: the last one given out is kept in a file.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from services.trainer.storage import writing
from shared.errors import VolumeUnusable
from shared.manifest import FileRecord, Manifest
from shared.model_store import MANIFEST_FILE, ModelStore, sha256_of

STAGING_PREFIX = ".staging-"
LOCK_FILE = ".publish.lock"
LAST_VERSION_FILE = ".last_version"
LOCK_TIMEOUT_SECONDS = 60.0
NOTHING_PUBLISHED = "Nothing was published."

MakeManifest = Callable[[int, Mapping[str, FileRecord]], Manifest]
"""From the version's number and its files to its model card."""


@dataclass(frozen=True, slots=True)
class StagedVersion:
    """A version that is being written; `directory` takes every file but the manifest."""

    store: ModelStore
    model: str
    directory: Path

    def publish(self, make_manifest: MakeManifest) -> int:
        """Make what lies in `directory` the next version, and give its number.

        Raises:
            VolumeUnusable: The volume is full or cannot be written.
        """
        home = self.directory.parent
        with writing(home, NOTHING_PUBLISHED), _locked(home / LOCK_FILE):
            files = _record_files(self.directory)
            version = max([0, _last_given(home), *self.store.versions(self.model)]) + 1
            manifest = make_manifest(version, files)
            document = json.dumps(manifest.model_dump(mode="json"), indent=2, ensure_ascii=False)
            _write_synced(self.directory / MANIFEST_FILE, document + "\n")
            for folder in _folders(self.directory):
                _sync(folder)
            _write_last_given(home, version)
            _sync(home)
            self.directory.rename(home / str(version))
        with suppress(OSError):  # it is published; only a power cut in these moments could undo it
            _sync(home)
        return version


def require_writable(store: ModelStore) -> None:
    """Find out before a long training whether its result can be written.

    Raises:
        VolumeUnusable: The volume is full or cannot be written.
    """
    with writing(store.root, NOTHING_PUBLISHED):
        store.root.mkdir(parents=True, exist_ok=True)
        probe = store.root / f".probe-{uuid4().hex}"
        try:
            _write_synced(probe, "writable\n")
        finally:
            probe.unlink(missing_ok=True)


@contextmanager
def staged_version(store: ModelStore, model: str) -> Iterator[StagedVersion]:
    """A staging directory for a version of a model; gone afterwards, published or not.

    Raises:
        VolumeUnusable: The volume is full or cannot be written.
    """
    home = store.root / model
    directory = home / f"{STAGING_PREFIX}{uuid4().hex}"
    lock = FileLock(f"{directory}.lock")
    with writing(home, NOTHING_PUBLISHED):
        home.mkdir(parents=True, exist_ok=True)
        sweep_staging(store, model)
        # The lock is the sign that the owner lives; the kernel drops it when he dies.
        with lock:
            try:
                directory.mkdir()
                yield StagedVersion(store, model, directory)
            finally:
                shutil.rmtree(directory, ignore_errors=True)
                Path(lock.lock_file).unlink(missing_ok=True)


def sweep_staging(store: ModelStore, model: str) -> list[str]:
    """Remove what publishers that died have left of a model; gives the names removed."""
    removed = []
    for lock_file in sorted((store.root / model).glob(f"{STAGING_PREFIX}*.lock")):
        directory = lock_file.with_suffix("")
        try:
            with FileLock(lock_file, timeout=0):
                if directory.exists():
                    shutil.rmtree(directory)
                    removed.append(directory.name)
                lock_file.unlink(missing_ok=True)
        except Timeout:
            continue  # its owner lives
    return removed


def _record_files(directory: Path) -> dict[str, FileRecord]:
    """Sync every file to disk and describe it."""
    records = {}
    for path in sorted(directory.rglob("*")):
        if path.is_file():
            _sync(path)
            name = path.relative_to(directory).as_posix()
            records[name] = FileRecord(size_bytes=path.stat().st_size, sha256=sha256_of(path))
    return records


def _folders(directory: Path) -> list[Path]:
    inner = [path for path in directory.rglob("*") if path.is_dir()]
    return [*sorted(inner, reverse=True), directory]


def _last_given(home: Path) -> int:
    try:
        return int((home / LAST_VERSION_FILE).read_text())
    except (FileNotFoundError, ValueError):
        return 0


def _write_last_given(home: Path, version: int) -> None:
    temporary = home / f"{LAST_VERSION_FILE}.part"
    _write_synced(temporary, f"{version}\n")
    temporary.replace(home / LAST_VERSION_FILE)


def _write_synced(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        with FileLock(path, timeout=LOCK_TIMEOUT_SECONDS):
            yield
    except Timeout as error:
        raise VolumeUnusable(f"{path} is held by another publisher") from error
