"""Says in our words why something could not be written."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.errors import VolumeUnusable


@contextmanager
def writing(path: Path, consequence: str = "") -> Iterator[None]:
    """Turns what the system says of a failed write inside the block into `VolumeUnusable`.

    Args:
        path: What was to be written, for the message.
        consequence: What follows from the failure, a sentence.
    """
    try:
        yield
    except OSError as error:
        what = "is full" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "cannot be written"
        reason = f"{path} {what}: {error.strerror or error}"
        raise VolumeUnusable(f"{reason}. {consequence}" if consequence else reason) from error
