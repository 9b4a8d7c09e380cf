"""Keeps a published version from being removed while somebody reads or serves it.

Readers share a lock on the version's directory, which also a volume that is mounted read-only
allows; who removes a version takes it alone. The kernel drops it when a process ends.
"""

import fcntl
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def held(version: Path) -> Iterator[None]:
    """The version stays while the block runs.

    Raises:
        OSError: It is not there, or cannot be opened.
    """
    descriptor = _shared(version)
    try:
        yield
    finally:
        os.close(descriptor)


def hold_with(owner: object, version: Path) -> None:
    """The version stays as long as this object lives.

    Raises:
        OSError: It is not there, or cannot be opened.
    """
    weakref.finalize(owner, os.close, _shared(version))


@contextmanager
def alone(version: Path) -> Iterator[bool]:
    """Whether nobody holds the version; if so, nobody else does while the block runs.

    Where the file system knows no locks, nobody can tell, and the answer is no.

    Raises:
        OSError: It is not there, or cannot be opened.
    """
    descriptor = os.open(version, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield _taken(descriptor)
    finally:
        os.close(descriptor)


def _shared(version: Path) -> int:
    descriptor = os.open(version, os.O_RDONLY | os.O_DIRECTORY)
    with suppress(OSError):  # a file system without locks: then nobody removes anything either
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
