"""NumPy's own array format, `.npy`, read over the bytes themselves."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.faults import UnreadableBody, one_fault
from shared.errors import InvalidInput

Buffer = bytes | bytearray | memoryview

MAX_HEADER_BYTES = 10_000 + 12


def read_array(data: Buffer, pointer: str) -> NDArray[Any]:
    """The array that fills all of the bytes.

    Raises:
        UnreadableBody: The bytes are no such array, too few or too many.
        InvalidInput: The array has Python objects.
    """
    array, end = _read_one(data, 0, pointer)
    if end != len(data):
        detail = f"The array needs {end} bytes. Received: {len(data)} bytes."
        raise one_fault(UnreadableBody, pointer, detail)
    return array


def read_sequence(body: Buffer) -> dict[str, NDArray[Any]]:
    """Two arrays one after the other, as two calls of `numpy.save` to one file write them.

    Returns:
        `y_true` and `y_pred`.

    Raises:
        UnreadableBody: There are not two, or bytes are missing or left over.
    """
    y_true, middle = _read_one(body, 0, "#/y_true")
    if middle == len(body):
        detail = "Two arrays are expected, one after the other. Received: one."
        raise one_fault(UnreadableBody, "#/y_pred", detail)
    return {"y_true": y_true, "y_pred": read_array(memoryview(body)[middle:], "#/y_pred")}


def _read_one(data: Buffer, start: int, pointer: str) -> tuple[NDArray[Any], int]:
    """The array that starts there, and where it ends."""
    head = io.BytesIO(bytes(data[start : start + MAX_HEADER_BYTES]))
    try:
        version = np.lib.format.read_magic(head)
        read_header = _HEADER_READERS[version]
        shape, fortran, dtype = read_header(head)
    except (ValueError, EOFError, KeyError) as error:
        detail = f"A .npy array is expected: {error}. Received: {len(data)} bytes."
        raise one_fault(UnreadableBody, pointer, detail) from error
    if dtype.hasobject:
        detail = (
            "Arrays of Python objects are refused, because they are pickles; save strings as "
            f"dtype str. Received: dtype {dtype}."
        )
        raise one_fault(InvalidInput, pointer, detail)
    count = int(np.prod(shape, dtype=object))
    first = start + head.tell()
    end = first + dtype.itemsize * count
    if end > len(data):
        detail = f"The array needs {end - start} bytes. Received: {len(data) - start} bytes."
        raise one_fault(UnreadableBody, pointer, detail)
    flat = np.frombuffer(data, dtype, count=count, offset=first) if count else np.empty(0, dtype)
    return flat.reshape(shape, order="F" if fortran else "C"), end


_HEADER_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
