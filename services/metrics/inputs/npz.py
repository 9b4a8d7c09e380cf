"""NumPy archives: `.npz` with one array for each field, never with pickles."""

import io
import struct
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from numpy.typing import NDArray

from services.metrics.faults import UnreadableBody, one_fault
from services.metrics.inputs.encodings import Hold, uncounted
from services.metrics.inputs.fields import Fields, pointer_to
from services.metrics.inputs.npy import Buffer, read_array
from shared.errors import PayloadTooLarge

# The checksums of larger archives are computed by so many threads.
PARALLEL_BYTES = 1 << 20
CHECKERS = 2
LOCAL_HEADER_BYTES = 30
LOCAL_HEADER_MAGIC = b"PK\x03\x04"


def read(
    body: Buffer, wanted: Fields, max_bytes: int, hold: Hold = uncounted
) -> dict[str, NDArray[Any]]:
    """The arrays of an archive by name, over the body's own bytes where it is not compressed.

    Args:
        body: The archive.
        wanted: The arrays that the route takes.
        max_bytes: The most that its members may hold together once decompressed.
        hold: Told of the bytes of the members that are.

    Raises:
        UnreadableBody: It is no archive of arrays, is damaged or cut short.
        InvalidInput: An array is not one that the service knows, or has Python objects.
        PayloadTooLarge: It would decompress to more than `max_bytes`.
    """
    view = memoryview(body)
    try:
        with zipfile.ZipFile(io.BufferedReader(_Window(view))) as archive:
            members = archive.infolist()
            total = sum(member.file_size for member in members)
            if total > max_bytes:
                detail = f"The archive may hold {max_bytes} bytes. Received: {total} bytes."
                raise PayloadTooLarge(detail, limit=max_bytes)
            hold(sum(m.file_size for m in members if m.compress_type != zipfile.ZIP_STORED))
            arrays: dict[str, NDArray[Any]] = {}
            for name, contents in _members(view, archive, wanted).items():
                arrays[name] = read_array(contents, pointer_to(name))
            return arrays
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error) as error:
        detail = f"The body is no .npz archive, or was cut short. Received: {len(body)} bytes."
        raise one_fault(UnreadableBody, "#", detail) from error


def _members(view: memoryview, archive: zipfile.ZipFile, wanted: Fields) -> dict[str, Buffer]:
    """The bytes of each array by name, checked side by side if they are many."""
    members: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        name = member.filename.removesuffix(".npy")
        wanted.check(name)
        if name in members:
            detail = f"An array may stand once. Received: {name} twice."
            raise one_fault(UnreadableBody, pointer_to(name), detail)
        members[name] = member
    contents = partial(_contents, view, archive)
    if len(view) < PARALLEL_BYTES:
        return {name: contents(member) for name, member in members.items()}
    with ThreadPoolExecutor(CHECKERS) as pool:  # zlib computes without the interpreter's lock
        return dict(zip(members, pool.map(contents, members.values()), strict=True))


def _contents(view: memoryview, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Buffer:
    """A member's bytes, without a copy if they are stored as they are."""
    if member.compress_type != zipfile.ZIP_STORED:
        return archive.read(member)
    header = view[member.header_offset : member.header_offset + LOCAL_HEADER_BYTES]
    if bytes(header[:4]) != LOCAL_HEADER_MAGIC:
        raise zipfile.BadZipFile(member.filename)
    name_bytes, extra_bytes = struct.unpack("<HH", header[26:30])
    start = member.header_offset + LOCAL_HEADER_BYTES + name_bytes + extra_bytes
    data = view[start : start + member.file_size]
    if len(data) != member.file_size or zlib.crc32(data) != member.CRC:
        raise zipfile.BadZipFile(member.filename)
    return data


class _Window(io.RawIOBase):
    """A buffer as a file that is read only."""

    def __init__(self, view: memoryview) -> None:
        self._view, self._place = view, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: len(self._view)}
        self._place = max(0, start[whence] + offset)
        return self._place

    def readinto(self, buffer: Any) -> int:
        data = self._view[self._place : self._place + len(buffer)]
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)
