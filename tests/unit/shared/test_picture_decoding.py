"""Files to pixels: every format, every orientation, every depth, and what is refused."""

import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageOps

from shared.errors import InvalidImage, PayloadTooLarge, ServiceError, UnsupportedMediaType
from shared.pictures.decoding import decode
from shared.pictures.picture import Picture, to_png

MAX_PIXELS = 1_000_000
LOSSLESS = ("PNG", "GIF", "BMP", "TIFF")
ORIENTATION = 0x0112


def file_of(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def ramp(height: int = 40, width: int = 60) -> NDArray[np.uint8]:
    """Lightest at the bottom right, no symmetry."""
    rows, columns = np.indices((height, width))
    return np.asarray(rows * 2 + columns * 2, np.uint8)


def read(data: bytes, max_side: int | None = None) -> Picture:
    picture = decode(data, max_pixels=MAX_PIXELS, max_side=max_side)
    assert picture.pixels.dtype == np.uint8
    assert picture.luminance().dtype == np.float32
    return picture


@pytest.mark.parametrize("kind", LOSSLESS)
def test_every_lossless_format_comes_back_to_the_bit(kind: str) -> None:
    picture = read(file_of(Image.fromarray(ramp()), kind))

    assert picture.format == kind
    assert picture.full_size == (60, 40)
    np.testing.assert_array_equal(np.rint(picture.luminance() * 255), ramp())


@pytest.mark.parametrize("kind", ["JPEG", "WebP"])
def test_formats_with_losses_come_back_nearly(kind: str) -> None:
    picture = read(file_of(Image.fromarray(ramp()), kind, quality=95))

    assert picture.format == kind
    np.testing.assert_allclose(picture.luminance() * 255, ramp(), atol=6)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I;16"])
def test_every_mode_is_read_as_grey_or_colour(mode: str) -> None:
    pixels = np.where(ramp() > 90, 255, 0).astype(np.uint8)
    deep = Image.fromarray(pixels.astype(np.uint16) * 257)
    image = deep if mode == "I;16" else Image.fromarray(pixels).convert("RGB").convert(mode)

    picture = read(file_of(image, "TIFF" if mode == "CMYK" else "PNG"))

    np.testing.assert_allclose(picture.luminance() * 255, pixels, atol=1)
    np.testing.assert_allclose(picture.colours()[..., 1] * 255, pixels, atol=1)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("kind", ["PNG", "WebP"])
def test_only_channels_that_say_something_are_kept(mode: str, kind: str) -> None:
    grey = Image.fromarray(ramp()).convert(mode)
    plain = read(file_of(grey, kind, lossless=True))
    np.testing.assert_array_equal(plain.pixels, ramp()[..., None])

    touched = np.array(grey)
    touched[1, 2, -1] -= 1  # one pixel's blue or opacity
    kept = read(file_of(Image.fromarray(touched), kind, lossless=True))
    np.testing.assert_array_equal(kept.pixels, touched)


@pytest.mark.parametrize("bits", [8, 10, 12, 15, 16])
def test_deep_grey_fills_the_range_whatever_bits_its_camera_used(bits: int) -> None:
    deep = np.linspace(0, 2**bits - 1, 2400).reshape(40, 60).astype(np.uint16)

    picture = read(file_of(Image.fromarray(deep), "PNG"))

    np.testing.assert_allclose(picture.luminance().ravel(), np.linspace(0, 1, 2400), atol=0.005)


def test_floats_are_read_and_what_is_no_number_is_black() -> None:
    values = np.linspace(0, 1, 2400, dtype=np.float32).reshape(40, 60)
    values[0, 30] = np.nan

    grey = read(file_of(Image.fromarray(values), "TIFF")).luminance()

    assert grey[0, 30] == 0
    np.testing.assert_allclose(grey[1:], values[1:], atol=0.003)


def test_transparency_is_kept_beside_the_colours_under_it() -> None:
    pixels = np.full((20, 30, 4), (200, 10, 10, 128), np.uint8)
    pixels[0, 0] = (0, 0, 255, 0)

    picture = read(file_of(Image.fromarray(pixels), "PNG"))

    np.testing.assert_array_equal(picture.pixels, pixels)
    assert picture.luminance()[0, 0] == 1
    np.testing.assert_allclose(picture.colours()[5, 5], [0.891, 0.518, 0.518], atol=0.01)


def test_a_colour_declared_transparent_is_transparent() -> None:
    palette = Image.fromarray(ramp()).convert("P")
    for image in (palette, Image.fromarray(ramp())):
        picture = read(file_of(image, "PNG", transparency=int(np.asarray(image)[20, 30])))
        assert picture.alpha is not None
        assert picture.alpha[20, 30] == 0


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_camera_s_orientation_is_undone_as_pillow_does(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    data = file_of(Image.fromarray(ramp()), kind, exif=exif)
    with Image.open(io.BytesIO(data)) as image:
        expected = ImageOps.exif_transpose(image).convert("L")

    picture = read(data)

    assert picture.full_size == expected.size
    np.testing.assert_allclose(picture.luminance() * 255, np.asarray(expected), atol=1)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_a_damaged_note_on_orientation_turns_nothing() -> None:
    data = file_of(Image.fromarray(ramp()), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff")
    assert read(data).full_size == (60, 40)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_a_large_picture_is_averaged_to_less_than_a_side_and_more_than_half(kind: str) -> None:
    grey = np.tile(ramp(20, 20), (20, 34))
    mean = grey.mean()

    picture = read(file_of(Image.fromarray(grey), kind), max_side=300)

    assert picture.full_size == (680, 400)
    assert 150 < max(picture.pixels.shape) <= 300
    assert picture.luminance().mean() * 255 == pytest.approx(mean, abs=2)


def test_a_strip_thinner_than_the_factor_is_not_averaged_away() -> None:
    strip = np.full((1, 5000), 77, np.uint8)
    for kind in ("PNG", "JPEG"):
        picture = read(file_of(Image.fromarray(strip), kind), max_side=100)
        assert picture.height == 1
        assert picture.pixels.mean() == pytest.approx(77, abs=1)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WebP", "TIFF"])
def test_of_several_frames_the_first_is_read_and_a_warning_says_so(kind: str) -> None:
    frames = [Image.fromarray(np.full((30, 30), value, np.uint8)) for value in (20, 200)]
    data = file_of(frames[0], kind, save_all=True, append_images=frames[1:])

    picture = read(data)

    assert picture.luminance().mean() * 255 == pytest.approx(20, abs=2)
    assert len(picture.warnings) == 1
    assert "first" in picture.warnings[0]


def test_a_tensor_survives_the_way_through_a_png() -> None:
    for channels in (1, 3):
        pixels = np.random.default_rng(1).integers(0, 256, (28, 28, channels)).astype(np.uint8)
        data = to_png(pixels.astype(np.float32) / np.float32(255))
        np.testing.assert_array_equal(read(data).pixels, pixels)


WHOLE_PNG = file_of(Image.fromarray(ramp()), "PNG")


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b"", InvalidImage, "0 bytes"),
        (b"hello", InvalidImage, "text that begins 'hello'"),
        (bytes(range(256)), InvalidImage, "256 bytes"),
        (WHOLE_PNG[:60], InvalidImage, "damaged or cut off"),
        (WHOLE_PNG[:6], InvalidImage, "damaged or cut off"),
        (b"RIFF....WEBPVP8 ", InvalidImage, "WebP picture is damaged"),
        (b"GIF89a....", InvalidImage, "damaged or cut off"),
        (b"%PDF-1.7 ...", UnsupportedMediaType, "a PDF document"),
        (b"\r\n \n%PDF-1.7 ...", UnsupportedMediaType, "a PDF document"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", UnsupportedMediaType, "an SVG drawing"),
        (b"<?xml version='1.0'?>\n<svg/>", UnsupportedMediaType, "an SVG drawing"),
        (b"<!DOCTYPE html><html>", UnsupportedMediaType, "an HTML page"),
        (b"\0\0\0\x18ftypheic\0\0", UnsupportedMediaType, "a HEIC picture"),
        (b"\0\0\0\x18ftypavif\0\0", UnsupportedMediaType, "an AVIF picture"),
        (b"\0\0\0\x18ftypisom\0\0", UnsupportedMediaType, "video"),
        (b"PK\3\4", UnsupportedMediaType, "ZIP"),
        (b"\x1f\x8b\x08", UnsupportedMediaType, "gzip"),
    ],
)
def test_what_is_no_picture_is_refused_and_named(
    data: bytes, error: type[ServiceError], words: str
) -> None:
    with pytest.raises(error, match=words):
        read(data)


def bomb_png() -> bytes:
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + header
    crc = struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + crc + WHOLE_PNG[33:]


def bomb_bmp() -> bytes:
    data = bytearray(file_of(Image.fromarray(ramp()), "BMP"))
    data[18:26] = struct.pack("<ii", 50_000, 50_000)
    return bytes(data)


def bomb_gif() -> bytes:
    data = bytearray(file_of(Image.fromarray(ramp()), "GIF"))
    data[6:10] = struct.pack("<HH", 50_000, 50_000)
    return bytes(data)


def bomb_jpeg() -> bytes:
    data = bytearray(file_of(Image.fromarray(ramp()), "JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", 50_000, 50_000)
    return bytes(data)


def bomb_webp() -> bytes:
    size = (50_000 - 1).to_bytes(3, "little")
    return b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + size * 2 + bytes(40)


def bomb_tiff() -> bytes:
    data = bytearray(file_of(Image.fromarray(ramp()), "TIFF"))
    directory = int.from_bytes(data[4:8], "little")
    for entry in range(directory + 2, directory + 2 + 12 * data[directory], 12):
        if int.from_bytes(data[entry : entry + 2], "little") in {256, 257}:  # width, height
            data[entry + 2 : entry + 12] = struct.pack("<HII", 4, 1, 50_000)
    return bytes(data)


@pytest.mark.parametrize("bomb", [bomb_png, bomb_bmp, bomb_gif, bomb_jpeg, bomb_webp, bomb_tiff])
def test_too_many_pixels_are_refused_from_the_header(bomb) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(PayloadTooLarge, match="50000x50000"):
        read(bomb())


@settings(deadline=None, max_examples=150)  # the machine may be busy
@given(st.data(), st.sampled_from(["PNG", "JPEG", "WebP", "GIF", "BMP", "TIFF"]))
def test_damage_is_an_answer_and_never_an_unforeseen_exception(
    data: st.DataObject, kind: str
) -> None:
    whole = bytearray(file_of(Image.fromarray(ramp()), kind))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(whole)))
    with contextlib.suppress(ServiceError):
        read(bytes(whole[:cut]))
