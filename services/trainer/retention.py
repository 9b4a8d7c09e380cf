"""Removes old versions: all but the newest, those with a label, and those that somebody holds."""

import shutil
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from filelock import FileLock

from services.trainer.publishing import LOCK_FILE
from services.trainer.storage import writing
from shared.errors import VersionBroken
from shared.label_store import LabelStore
from shared.model_store import ModelStore
from shared.version_locks import alone

REMOVED_PREFIX = ".removed-"


def superfluous(versions: Sequence[int], keep: int, labelled: Collection[int]) -> list[int]:
    """The versions to remove, oldest first; none if `keep` is 0.

    Args:
        versions: Those that can be served, oldest first.
        keep: How many of the newest stay.
        labelled: Those that a label stands for; they stay too.
    """
    if keep == 0:
        return []
    return [version for version in versions[:-keep] if version not in labelled]


def prune(store: ModelStore, model: str, keep: int, *, dry_run: bool = False) -> list[int]:
    """Remove the superfluous versions of a model; gives their numbers.

    A version goes as a whole: it is renamed to a name that no reader looks at, then deleted.
    One that somebody serves or reads stays until the next time. Damaged versions count for
    nothing, so the newest that can be served always stays.

    Args:
        store: Where the versions are.
        model: Whose.
        keep: How many of the newest stay; 0: all.
        dry_run: Only say which would be removed.

    Raises:
        StorageError: The labels cannot be read: then nothing is removed.
        VolumeUnusable: The volume cannot be written.
    """
    home = store.root / model
    if keep == 0 or not home.is_dir():
        return []
    with writing(home), FileLock(home / LOCK_FILE):
        _sweep(home)
        readable = _readable(store, model)
        if not readable:
            return []
        # Nobody gives a label to a version while it is removed.
        with LabelStore(store.root).held(model) as book:
            doomed = superfluous(readable, keep, set(book.labels.values()))
            if dry_run:
                return doomed
            return [version for version in doomed if _remove(home, version)]


def _readable(store: ModelStore, model: str) -> list[int]:
    versions = []
    for version in store.versions(model):
        with suppress(VersionBroken):
            store.manifest(model, version)
            versions.append(version)
    return versions


def _remove(home: Path, version: int) -> bool:
    """Whether the version is gone; it is not while somebody holds it."""
    with alone(home / str(version)) as is_free:
        if not is_free:
            return False
        removed = home / f"{REMOVED_PREFIX}{version}-{uuid4().hex}"
        (home / str(version)).rename(removed)
    shutil.rmtree(removed, ignore_errors=True)
    return True


def _sweep(home: Path) -> None:
    """Delete what a process that died had renamed and not deleted yet."""
    for left in home.glob(f"{REMOVED_PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)
