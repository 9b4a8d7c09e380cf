"""Reads IDX files, the format of MNIST: a magic number, the sizes, then bytes.

References:
    "THE IDX FILE FORMAT" on the page of the MNIST database, LeCun, Cortes, Burges.
"""

import gzip
import hashlib
import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.trainer.errors import DatasetBroken

MAX_BYTES = 2**31
_GZIP_MAGIC = b"\x1f\x8b"
_UNSIGNED_BYTE = 0x08


@dataclass(frozen=True, slots=True)
class IdxFile:
    """The array of an IDX file, uint8, and the SHA-256 of the file uncompressed."""

    array: NDArray[np.uint8]
    sha256: str


def read_idx(path: Path, n_dimensions: int) -> IdxFile:
    """The array in an IDX file, gzip-compressed or not, whatever its name ends in.

    Raises:
        DatasetBroken: The file is truncated, corrupt, of another type than unsigned bytes,
            or of another number of dimensions. The message names it.
    """
    content = read_content(path)
    if len(content) < 4 or content[:2] != b"\0\0":  # noqa: PLR2004  the length of the magic number
        raise DatasetBroken(f"{path} is no IDX file. Received: it begins with {content[:4]!r}")
    if content[2] != _UNSIGNED_BYTE or content[3] != n_dimensions:
        raise DatasetBroken(
            f"{path} holds type 0x{content[2]:02x} in {content[3]} dimensions; "
            f"expected type 0x08 (unsigned byte) in {n_dimensions}"
        )
    header_bytes = 4 + 4 * n_dimensions
    if len(content) < header_bytes:
        raise DatasetBroken(
            f"{path} has {len(content)} bytes uncompressed; its header alone has {header_bytes}"
        )
    shape = tuple(int(size) for size in np.frombuffer(content[4:header_bytes], ">u4"))
    expected = header_bytes + math.prod(shape)
    if len(content) != expected:
        raise DatasetBroken(
            f"{path} has {len(content)} bytes uncompressed; its header promises {expected}"
        )
    array = np.frombuffer(content, np.uint8, offset=header_bytes).reshape(shape)
    return IdxFile(array, hashlib.sha256(content).hexdigest())


def read_content(path: Path) -> bytes:
    """The bytes of a file, decompressed if they are gzip.

    Raises:
        DatasetBroken: It cannot be read, is cut short, or its checksum is wrong.
    """
    try:
        with path.open("rb") as file:
            compressed = file.read(2) == _GZIP_MAGIC
        with gzip.open(path) if compressed else path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except EOFError as error:
        raise DatasetBroken(f"{path} is cut short: its gzip stream has no end") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DatasetBroken(f"{path} is corrupt: {error}") from error
    except OSError as error:
        raise DatasetBroken(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise DatasetBroken(f"{path} holds more than {MAX_BYTES} bytes uncompressed")
    return content
