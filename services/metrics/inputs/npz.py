"""NumPy archives: `.npz` with one array for each field, never with pickles."""

import io
import zipfile
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.faults import UnreadableBody, one_fault
from services.metrics.inputs.fields import ARRAY_FIELDS, escaped
from shared.errors import InvalidInput, PayloadTooLarge

Buffer = bytes | bytearray | memoryview


def read(body: Buffer, max_bytes: int) -> dict[str, NDArray[Any]]:
    """The arrays of an archive by name.

    Args:
        body: The archive.
        max_bytes: The most that its members may hold together once decompressed.

    Raises:
        UnreadableBody: It is no archive of arrays, is damaged or cut short.
        InvalidInput: An array is not one that the service knows, or has Python objects.
        PayloadTooLarge: It would decompress to more than `max_bytes`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = archive.infolist()
            total = sum(member.file_size for member in members)
            if total > max_bytes:
                detail = f"The archive may hold at most {max_bytes} bytes. Received: {total} bytes."
                raise PayloadTooLarge(detail, limit=max_bytes)
            return {_field(member): _read_member(archive, member) for member in members}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        detail = f"The body is no .npz archive, or was cut short. Received: {len(body)} bytes."
        raise one_fault(UnreadableBody, "#", detail) from error


def _field(member: zipfile.ZipInfo) -> str:
    name = member.filename.removesuffix(".npy")
    if name not in ARRAY_FIELDS:
        detail = f"No such field. Received: {name}; known are: {', '.join(ARRAY_FIELDS)}."
        raise one_fault(InvalidInput, f"#/{escaped(name)}", detail)
    return name


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    return read_array(archive.read(member), f"#/{_field(member)}")


def read_array(data: Buffer, pointer: str) -> NDArray[Any]:
    """One array in NumPy's own format, over the bytes themselves.

    Raises:
        UnreadableBody: The bytes are no such array, or too few.
        InvalidInput: The array has Python objects.
    """
    head = io.BytesIO(data[:4096] if len(data) > 4096 else data)  # noqa: PLR2004  see below
    try:
        major, _ = np.lib.format.read_magic(head)
        read_header = (
            np.lib.format.read_array_header_1_0
            if major == 1
            else np.lib.format.read_array_header_2_0
        )
        shape, fortran, dtype = read_header(head)
    except (ValueError, EOFError) as error:
        raise one_fault(UnreadableBody, pointer, f"This is no .npy array: {error}.") from error
    if dtype.hasobject:
        detail = (
            "Arrays of Python objects are refused, because they are pickles; save strings as "
            f"dtype str. Received: dtype {dtype}."
        )
        raise one_fault(InvalidInput, pointer, detail)
    needed = head.tell() + dtype.itemsize * int(np.prod(shape, dtype=object))
    if needed != len(data):
        detail = f"The array needs {needed} bytes. Received: {len(data)} bytes."
        raise one_fault(UnreadableBody, pointer, detail)
    flat = np.frombuffer(data, dtype, offset=head.tell())
    return flat.reshape(shape, order="F" if fortran else "C")
