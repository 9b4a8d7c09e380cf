"""Keeps a published version from being removed while somebody reads or serves it.

Readers share a lock on the version's directory, which also a volume that is mounted read-only
allows; who removes a version takes it alone. The kernel drops it when a process ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(version: Path) -> Iterator[None]:
    """The version stays while the block runs.

    Raises:
        OSError: It is not there, or cannot be opened.
    """
    descriptor = os.open(version, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def alone(version: Path) -> Iterator[bool]:
    """Whether nobody holds the version; if so, nobody else does while the block runs.

    Raises:
        OSError: It is not there, or cannot be opened.
    """
    descriptor = os.open(version, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield _taken(descriptor)
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
