"""One array of a NumPy archive: what its header declares is judged before its content is read.

References:
    NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays".
"""

import math
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from services.trainer.datasets.archives import damage_named, refuse_encrypted
from services.trainer.datasets.limits import LONGEST_CLASS_NAME
from services.trainer.errors import DatasetUnusable

_TEXTS_AT_ONCE = 4096
_LONGEST_CHARACTER_BYTES = 4  # in UTF-8, and in NumPy's own text
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}  # a later one is for names of fields, which no array here has


@dataclass(frozen=True, slots=True)
class StoredArray:
    """An array that is still in its archive.

    Attributes:
        name: For messages.
        shape: As its header declares it; the file holds that many values.
        dtype: Numbers, or text of at most `LONGEST_CLASS_NAME` characters.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    archive: zipfile.ZipFile
    member: zipfile.ZipInfo

    @property
    def is_text(self) -> bool:
        """Whether it holds names; bytes are text in UTF-8."""
        return self.dtype.kind in "US"

    def values(self) -> NDArray[Any]:
        """All of it.

        Raises:
            DatasetUnusable: It is damaged.
        """
        with damage_named(self.name), self.archive.open(self.member) as file:
            try:
                array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
            except MemoryError as error:
                raise DatasetUnusable(f"{self.name} is too large to be read") from error
        return array

    def texts(self) -> Iterator[list[str]]:
        """Its names, some at a time; text is as wide in each row as in the widest.

        Raises:
            DatasetUnusable: It is damaged, or bytes that are no text.
        """
        with damage_named(self.name), self.archive.open(self.member) as file:
            _declared(file)
            left = math.prod(self.shape)
            while left:
                count = min(left, _TEXTS_AT_ONCE)
                content = file.read(count * self.dtype.itemsize)
                yield self._decoded(np.frombuffer(content, self.dtype, count), content)
                left -= count

    def _decoded(self, part: NDArray[Any], content: bytes) -> list[str]:
        if self.dtype.kind == "U":
            points = np.frombuffer(content, np.dtype(np.uint32).newbyteorder(self.dtype.byteorder))
            if points.max() > sys.maxunicode:
                raise DatasetUnusable(
                    f"{self.name}: expected text. Received: the character {points.max():#x}"
                )
            names: list[str] = part.tolist()
            return names
        try:
            return [name.decode() for name in part.tolist()]
        except UnicodeDecodeError as error:
            raise DatasetUnusable(
                f"{self.name}: expected text in UTF-8. Received: {error.object!r}"
            ) from error


def stored_array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> StoredArray:
    """An array of the archive, of which no more than the header is read.

    Raises:
        DatasetUnusable: It cannot be read, or its type is none of those that are.
    """
    refuse_encrypted(member)
    with damage_named(name), archive.open(member) as file:
        try:
            shape, dtype = _declared(file)
        except Exception as error:  # what a damaged header raises is not one family
            raise DatasetUnusable(f"{name} is an array that cannot be read: {error}") from error
        header_bytes = file.tell()
    if dtype.hasobject:
        raise DatasetUnusable(f"{name} is an array that cannot be read: it holds Python objects")
    if not dtype.itemsize:  # any number of elements takes no byte
        raise DatasetUnusable(f"{name}: expected values. Received: type {dtype}")
    # NumPy makes room for what is declared before it reads.
    if min(shape, default=0) < 0 or _size(shape, dtype) > member.file_size - header_bytes:
        raise DatasetUnusable(
            f"{name} is damaged, or cut short: expected the values that its header declares. "
            f"Received: {member.file_size} bytes"
        )
    array = StoredArray(name, shape, dtype, archive, member)
    if array.is_text and _characters(dtype) > LONGEST_CLASS_NAME:
        raise DatasetUnusable(
            f"{name}: the name of a class may have at most {LONGEST_CLASS_NAME} characters. "
            f"Received: type {dtype}"
        )
    return array


def _declared(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    if version not in _HEADERS:
        raise ValueError(f"its format is {version}")
    shape, _, dtype = _HEADERS[version](file)
    return shape, dtype


def _size(shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    return math.prod(shape) * dtype.itemsize


def _characters(dtype: np.dtype[Any]) -> int:
    """How many one value has at least, if it fills its place."""
    return -(-dtype.itemsize // _LONGEST_CHARACTER_BYTES)
