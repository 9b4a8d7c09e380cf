"""The commonest small picture, 8 bits of grey in a PNG file, without Pillow's detours.

Pillow takes 54 microseconds for 28x28 pixels, most of them in Python before and after the
decoding: as much as a small network takes to classify it. Anything out of the ordinary is left
to Pillow, which then says what is wrong with it.

References:
    W3C, Portable Network Graphics (third edition): 5.2 to 5.6 chunks, 9.2 filter types.
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

MAX_PIXELS = 64 * 64
_START = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_HEADER = struct.Struct(">II5sI")  # width, height, form, checksum
_CHUNK = struct.Struct(">I4s")
_GREY_8_BITS = b"\x08\0\0\0\0"  # depth, colour, compression, filtering, no interlace
_HEADER_AT, _SIZE_AT, _HEADER_END, _CHUNK_AT, _DATA_AT = 12, 16, 29, 33, 41
_END = b"\0\0\0\0IEND\xaeB`\x82"
_SUB, _UP = 1, 2


def grey_pixels(data: bytes, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8] | None:
    """The pixels of a small grey PNG file of the plainest kind; `None` for any other file.

    Plain is: one chunk of pixels and nothing else, and rows that are filtered, if at all, by
    their left or upper neighbours.

    Returns:
        uint8, shape `(height, width)`; exactly those that Pillow gives.
    """
    if not data.startswith(_START) or len(data) < _DATA_AT + len(_END):
        return None
    width, height, form, checksum = _HEADER.unpack_from(data, _SIZE_AT)
    size, kind = _CHUNK.unpack_from(data, _CHUNK_AT)
    end = _DATA_AT + size
    if form != _GREY_8_BITS or kind != b"IDAT" or data[end + 4 :] != _END:
        return None
    if not 0 < width * height <= max_pixels:
        return None
    if zlib.crc32(data[_HEADER_AT:_HEADER_END]) != checksum:
        return None
    if zlib.crc32(data[_DATA_AT - 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
        return None
    rows = _inflated(data[_DATA_AT:end], height * (width + 1))
    return None if rows is None else _unfiltered(rows, height, width + 1)


def _inflated(content: bytes, size: int) -> bytes | None:
    stream = zlib.decompressobj()
    try:
        rows = stream.decompress(content, size + 1)
    except zlib.error:
        return None
    return rows if len(rows) == size and stream.eof and not stream.unused_data else None


def _unfiltered(rows: bytes, height: int, stride: int) -> NDArray[np.uint8] | None:
    filters = rows[::stride]
    lines = np.frombuffer(rows, np.uint8).reshape(height, stride)[:, 1:]
    if not any(filters):
        return lines
    if max(filters) > _UP:
        return None
    pixels = np.empty((height, stride - 1), np.uint8)
    above = np.zeros(stride - 1, np.uint8)
    for line, kind, row in zip(lines, filters, pixels, strict=True):
        if kind == _SUB:
            np.add.accumulate(line, dtype=np.uint8, out=row)
        elif kind == _UP:
            np.add(line, above, out=row)
        else:
            row[:] = line
        above = row
    return pixels
