"""What the fast way reads, it reads as Pillow does; the rest it leaves to Pillow."""

import io
import zlib

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from shared.errors import ServiceError
from shared.pictures import decoding
from shared.pictures.small_png import MAX_PIXELS, grey_pixels
from tests.support import png_of


def chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return len(content).to_bytes(4, "big") + checked + zlib.crc32(checked).to_bytes(4, "big")


def png(pixels: NDArray[np.uint8], filters: list[int], *more: bytes) -> bytes:
    """A grey PNG file with these filter types, one for each row."""
    height, width = pixels.shape
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    wide = pixels.astype(int)
    left, above = np.zeros_like(wide), np.zeros_like(wide)
    left[:, 1:], above[1:] = wide[:, :-1], wide[:-1]
    predicted = {0: np.zeros_like(wide), 1: left, 2: above, 3: (left + above) // 2}
    rows = b"".join(
        bytes([kind]) + ((wide[y] - predicted[kind][y]) % 256).astype(np.uint8).tobytes()
        for y, kind in enumerate(filters)
    )
    head = chunk(b"IHDR", size + b"\x08\0\0\0\0")
    data = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + data + chunk(b"IEND", b"")


@st.composite
def plain_files(draw: st.DrawFn, kinds: int = 2) -> tuple[NDArray[np.uint8], bytes]:
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    pixels = np.random.default_rng(draw(st.integers(0, 99))).integers(0, 256, (height, width))
    filters = draw(st.lists(st.integers(0, kinds), min_size=height, max_size=height))
    return pixels.astype(np.uint8), png(pixels.astype(np.uint8), filters)


@settings(deadline=None)
@given(plain_files())
def test_plain_files_give_their_pixels(drawn: tuple[NDArray[np.uint8], bytes]) -> None:
    pixels, data = drawn
    found = grey_pixels(data)
    assert found is not None
    np.testing.assert_array_equal(found, pixels)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(data))), pixels)


@settings(deadline=None)
@given(plain_files(kinds=3), st.data())
def test_a_file_with_any_byte_changed_is_left_to_pillow_or_read_alike(
    drawn: tuple[NDArray[np.uint8], bytes], data: st.DataObject
) -> None:
    file = bytearray(drawn[1])
    file[data.draw(st.integers(0, len(file) - 1))] ^= data.draw(st.integers(1, 255))
    found = grey_pixels(bytes(file))
    if found is not None:
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(bytes(file)))), found)
    cut = data.draw(st.integers(0, len(drawn[1]) - 1))
    assert grey_pixels(drawn[1][:cut]) is None


def test_what_is_out_of_the_ordinary_is_left_to_pillow() -> None:
    pixels = np.arange(100, dtype=np.uint8).reshape(10, 10)
    large = np.zeros((MAX_PIXELS // 64 + 1, 64), np.uint8)
    for data in (
        b"",
        png_of(np.zeros((8, 8, 3), np.uint8)),
        png(pixels, [0] * 10, chunk(b"gAMA", b"\0\0\xb1\x8f")),
        png(pixels, [3] * 10),
        png(pixels, [0] * 9),  # a row is missing
        png(pixels, [0] * 10) + b"x",
        png(large, [0] * len(large)),
    ):
        assert grey_pixels(data) is None
    assert grey_pixels(png(pixels, [0] * 10), max_pixels=99) is None


@settings(deadline=None)
@given(plain_files(kinds=3))
def test_decoding_is_the_same_either_way(drawn: tuple[NDArray[np.uint8], bytes]) -> None:
    pixels, data = drawn
    with_note = data[:33] + chunk(b"tEXt", b"Comment\0x") + data[33:]  # which only Pillow reads
    for max_pixels, max_side in ((10_000, None), (10_000, 16), (pixels.size - 1, None)):
        found = []
        for file in (data, with_note):
            try:
                picture = decoding.decode(file, max_pixels=max_pixels, max_side=max_side)
                found.append((picture.pixels.tolist(), picture.full_size, picture.format))
            except ServiceError as error:
                found.append(error.detail)  # type: ignore[arg-type]
        assert found[0] == found[1]
