"""Bytes to pixels: the only module that lets Pillow look at what a stranger sent.

What the bytes are is told from the bytes, never from a name or a content type, and the
size that the header declares is checked before anything is decoded.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from PIL.JpegImagePlugin import jpeg_factory
from PIL.PngImagePlugin import PngImageFile

from shared.errors import InvalidImage, PayloadTooLarge, UnsupportedMediaType

FORMATS = ("PNG", "JPEG")
_PNG_START = b"\x89PNG\r\n\x1a\n"
_JPEG_START = b"\xff\xd8\xff"
_PNG_SIZE_START, _PNG_SIZE_END = 16, 24  # width and height in the header, which comes first
BRIEF_PIXELS = 64 * 64
# No model here sees more than a few dozen pixels a side; larger pictures are first averaged down.
WORKING_SIDE_PIXELS = 512
_EXPECTED = f"Expected: a picture, {' or '.join(FORMATS)}"
_FOREIGN = (
    (b"%PDF-", "a PDF document"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"PK\3\4", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
)
_ECHOED_CHARACTERS = 40

# Pillow's own bound only warns, on standard error; `decode` refuses before it decodes.
Image.MAX_IMAGE_PIXELS = None

Luminance = NDArray[np.float32]


def decode(data: bytes, max_pixels: int) -> Image.Image:
    """The picture, upright, at most `WORKING_SIDE_PIXELS` or a little more on its longest side.

    Args:
        data: The bytes of a PNG or JPEG file.
        max_pixels: The largest number of pixels that is decoded.

    Raises:
        InvalidImage: The bytes are no picture, or a damaged one.
        UnsupportedMediaType: They are something known that is not read here.
        PayloadTooLarge: The picture has more pixels than allowed.
    """
    if not data:
        raise InvalidImage(f"The file is empty. Received: 0 bytes. {_EXPECTED}.")
    with _damage_named(data):
        picture = _opened(data)
        width, height = picture.size
        if width * height > max_pixels:
            raise PayloadTooLarge(
                f"The picture may have at most {max_pixels} pixels. Received: {width}x{height}",
                limit=max_pixels,
            )
        if picture.format == "JPEG":  # decoded smaller from the start: 12 megapixels in 40 ms
            picture.draft(None, (WORKING_SIDE_PIXELS, WORKING_SIDE_PIXELS))
        picture.load()
    factor = max(picture.size) // WORKING_SIDE_PIXELS
    if factor > 1 and picture.mode not in {"P", "1"}:
        picture = picture.reduce(factor)
    return _upright(picture)


def is_brief(data: bytes) -> bool:
    """Whether a file is a PNG of few pixels, which takes no time to speak of to decode."""
    if not data.startswith(_PNG_START) or len(data) < _PNG_SIZE_END:
        return False
    width = int.from_bytes(data[_PNG_SIZE_START : _PNG_SIZE_START + 4], "big")
    height = int.from_bytes(data[_PNG_SIZE_START + 4 : _PNG_SIZE_END], "big")
    return width * height <= BRIEF_PIXELS


def luminance(picture: Image.Image) -> Luminance:
    """How light each pixel is, float32 `(height, width)` in [0, 1]; transparent is white.

    A drawing that lies in the alpha channel alone, all of one colour, comes out as dark
    on light.
    """
    if picture.mode == "L" and "transparency" not in picture.info:
        pixels = np.frombuffer(picture.tobytes(), np.uint8)
        return _scaled(pixels.reshape(picture.height, picture.width), 255)
    if picture.mode.startswith("I") or picture.mode == "F":  # 16 bits a pixel
        return _scaled(np.asarray(picture).clip(0, 65535), 65535)
    if not picture.has_transparency_data:
        return _scaled(np.asarray(picture.convert("RGB").convert("L")), 255)
    rgba = np.asarray(picture.convert("RGBA"), np.float32) / np.float32(255)
    colour, alpha = rgba[..., :3], rgba[..., 3]
    drawn = colour[alpha > 0]
    if drawn.size and np.ptp(drawn, axis=0).max() == 0 and np.ptp(alpha) > 0:
        return np.asarray(1 - alpha, np.float32)
    grey = colour @ np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
    return np.asarray(grey * alpha + (1 - alpha), np.float32)


def colours(picture: Image.Image) -> NDArray[np.float32]:
    """The colour of each pixel, float32 `(height, width, 3)` in [0, 1]; transparent is white."""
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    elif picture.mode.startswith("I") or picture.mode == "F":
        return np.repeat(luminance(picture)[..., None], 3, axis=2)
    return _scaled(np.asarray(picture.convert("RGB")), 255)


def to_png(image: NDArray[np.float32]) -> bytes:
    """A picture of a tensor `(height, width, 1 or 3)` in [0, 1], as a PNG file."""
    pixels = np.rint(image * 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(file, "PNG")
    return file.getvalue()


def _opened(data: bytes) -> Image.Image:
    """The picture with its header read; what `Image.open` does, without its search."""
    if data.startswith(_PNG_START):
        return PngImageFile(io.BytesIO(data))
    if data.startswith(_JPEG_START):
        return jpeg_factory(io.BytesIO(data))
    raise _not_a_picture(data)


def _scaled(pixels: NDArray[Any], full: int) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = np.divide(pixels, np.float32(full), dtype=np.float32)
    return scaled


def _upright(picture: Image.Image) -> Image.Image:
    """The picture as its camera held it; most have no such note, and cost nothing here."""
    if "exif" not in picture.info and picture.format == "PNG":
        return picture
    return ImageOps.exif_transpose(picture)


@contextmanager
def _damage_named(data: bytes) -> Iterator[None]:
    """Pillow's many exceptions for bytes that are no whole picture, as ours."""
    try:
        yield
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError) as error:
        raise InvalidImage(
            f"The picture is damaged or cut off: {error}. Received: {len(data)} bytes. {_EXPECTED}."
        ) from error


def _not_a_picture(data: bytes) -> InvalidImage | UnsupportedMediaType:
    for start, name in _FOREIGN:
        if data.startswith(start):
            return UnsupportedMediaType(f"Received: {name}. {_EXPECTED}.")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return UnsupportedMediaType(f"Received: a WebP picture. {_EXPECTED}.")
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<svg", b"<?xml")) and b"<svg" in head:
        return UnsupportedMediaType(f"Received: an SVG drawing. {_EXPECTED}.")
    if head.startswith((b"\x89png", b"\xff\xd8")):
        return InvalidImage(f"The picture is damaged or cut off. Received: {len(data)} bytes.")
    return InvalidImage(f"Received: {_described(data)}. {_EXPECTED}.")


def _described(data: bytes) -> str:
    text = data[:_ECHOED_CHARACTERS].decode("utf-8", "replace")
    if "\0" not in text and "\ufffd" not in text:
        return f"text that begins {text!r}"
    return f"{len(data)} bytes that are no known format"
