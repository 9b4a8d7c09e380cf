"""Opens zip archives that may come from a stranger; pure."""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.trainer.datasets.limits import DataLimits
from services.trainer.errors import DatasetUnusable

_ENCRYPTED = 0x1  # of the flags of a member
_ENTRY = b"PK\1\2"
_ENTRY_BYTES = 46  # the least that a member takes in an archive's directory
_LONGEST_NAME_BYTES = 512
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)


@contextmanager
def open_archive(path: Path, limits: DataLimits) -> Iterator[zipfile.ZipFile]:
    """The archive, to be read inside the block.

    Raises:
        DatasetUnusable: It is damaged.
        PayloadTooLarge: Its directory has more members than allowed.
    """
    with _Guarded(path, limits) as file:
        with damage_named(path.name):
            archive = zipfile.ZipFile(file)
        file.limits = None
        with archive:
            yield archive


@contextmanager
def damage_named(name: str) -> Iterator[None]:
    """Turns whatever a damaged archive raises inside the block into `DatasetUnusable`."""
    try:
        yield
    except _DAMAGE as error:
        raise DatasetUnusable(f"{name} is damaged, or cut short: {error}") from error


def refuse_encrypted(member: zipfile.ZipInfo) -> None:
    """Refuse a member that only a password opens.

    Raises:
        DatasetUnusable: It is one.
    """
    if member.flag_bits & _ENCRYPTED:
        raise DatasetUnusable(f"The archive is encrypted. Received: {member.filename!r}")


class _Guarded(io.BufferedReader):
    """A file; while it has limits, what is read is a directory, and is not beyond them.

    What is asked for is judged, not what a record of the archive declares: there are several,
    and which of them counts is for `zipfile` to say.
    """

    def __init__(self, path: Path, limits: DataLimits) -> None:
        super().__init__(io.FileIO(path))
        self.limits: DataLimits | None = limits

    def read(self, size: int | None = -1, /) -> bytes:
        if self.limits is None:
            return super().read(size)
        if size is not None and size > self.limits.files * (_ENTRY_BYTES + _LONGEST_NAME_BYTES):
            self.limits.check_files(size // _ENTRY_BYTES)
        content = super().read(size)
        self.limits.check_files(content.count(_ENTRY))
        return content
