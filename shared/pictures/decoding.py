"""Bytes to pixels: the only module that lets Pillow look at what a stranger sent.

The size that the header declares is checked before anything is decoded, and each format
is opened by its own decoder, so that what Pillow could read besides stays out of reach.
"""

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from shared.errors import InvalidImage, PayloadTooLarge
from shared.pictures.formats import EXPECTED, Format, Size, format_of, webp_size
from shared.pictures.picture import GREY, RGB, Picture
from shared.pictures.small_png import MAX_PIXELS, grey_pixels

_OPENERS: Final[dict[Format, Callable[[io.BytesIO], ImageFile]]] = {
    "PNG": PngImageFile,
    "JPEG": JpegImageFile,
    "WebP": WebPImageFile,
    "GIF": GifImageFile,
    "BMP": BmpImageFile,
    "TIFF": TiffImageFile,
}
_JPEG_SCALES = (1, 2, 4, 8)  # at which a decoder gives a picture at the price of a small one
_PIXEL_MODES = ("L", "LA", "RGB", "RGBA")
_DEEP_MODES = ("I", "F")  # and what begins with them: 16 or 32 bits a pixel
_FULL_8_BITS = 255
_SAMPLE = (16, 16)  # pixels that are looked at before all are
_OPAQUE, _TWO_COLOURS = 0xFF000000, 0xFFFF  # of a pixel in 32 bits
_ORIENTATION = 0x0112  # the EXIF tag
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDES_CHANGE = {5, 6, 7, 8}
_FIRST_OF_SEVERAL = {
    "TIFF": "The file holds several pages; the first was read.",
    "default": "The picture is animated; its first frame was read.",
}

# Pillow's own bound only warns, on standard error; `decode` refuses before it decodes.
Image.MAX_IMAGE_PIXELS = None
# Notes on odd metadata; what matters of them comes as an exception too.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


def decode(data: bytes, *, max_pixels: int, max_side: int | None = None) -> Picture:
    """The picture in a file, upright.

    Args:
        data: The bytes of a file in one of `shared.pictures.formats.FORMATS`.
        max_pixels: The largest number of pixels that is decoded.
        max_side: Pixels of the longest side; a larger picture is averaged down by a whole
            factor to this or less, but to more than half of it. `None` keeps every pixel.

    Raises:
        InvalidImage: The bytes are no picture, or a damaged one.
        UnsupportedMediaType: They are something known that is not read here.
        PayloadTooLarge: The picture has more pixels than allowed.
    """
    grey = grey_pixels(data, min(max_pixels, MAX_PIXELS))
    if grey is not None and max(grey.shape) <= (max_side or MAX_PIXELS):
        return Picture(grey[..., None], (grey.shape[1], grey.shape[0]))
    if not data:
        raise InvalidImage(f"The file is empty. Received: 0 bytes. {EXPECTED}.")
    kind = format_of(data)
    if kind == "WebP":  # whose decoder makes room for the whole picture when it is opened
        _check_size(webp_size(data), max_pixels)
    with _damage_named(data):
        image = _OPENERS[kind](io.BytesIO(data))
        _check_size(image.size, max_pixels)
        notes = () if kind in {"JPEG", "BMP"} else _frames_left_out(image, kind)
        full_size = image.size
        if kind == "JPEG" and max_side is not None:
            _draft(image, max_side)
        image.load()
        if kind == "TIFF":  # Pillow turns it itself
            full_size = image.size
        plain = _plain(image)
    smaller = _reduced(plain, max_side)
    upright, is_turned = _upright(smaller, image, kind)
    return Picture(
        _pixels(upright),
        (full_size[1], full_size[0]) if is_turned else full_size,
        kind,
        notes,
    )


def declared_size(data: bytes, *, max_pixels: int) -> Size:
    """Width and height of a picture as its header has them, before it is decoded or turned.

    Raises:
        InvalidImage: The bytes are no picture, or one with a damaged header.
        UnsupportedMediaType: They are something known that is not read here.
        PayloadTooLarge: The picture has more pixels than allowed.
    """
    if not data:
        raise InvalidImage(f"The file is empty. Received: 0 bytes. {EXPECTED}.")
    kind = format_of(data)
    with _damage_named(data):
        size = webp_size(data) if kind == "WebP" else _OPENERS[kind](io.BytesIO(data)).size
    _check_size(size, max_pixels)
    return size


def _check_size(size: Size, max_pixels: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise PayloadTooLarge(
            f"The picture may have at most {max_pixels} pixels. Received: {width}x{height}",
            limit=max_pixels,
        )
    if width * height == 0:
        raise InvalidImage(f"The picture has no pixels. Received: {width}x{height}. {EXPECTED}.")


def _frames_left_out(image: ImageFile, kind: Format) -> tuple[str, ...]:
    if not getattr(image, "is_animated", False):
        return ()
    image.seek(0)
    return (_FIRST_OF_SEVERAL.get(kind, _FIRST_OF_SEVERAL["default"]),)


def _draft(image: ImageFile, max_side: int) -> None:
    """Let the JPEG decoder average while it decodes."""
    factor = next(
        (scale for scale in _JPEG_SCALES if max(image.size) <= scale * max_side), _JPEG_SCALES[-1]
    )
    width, height = image.size
    image.draft(None, (max(1, width // factor), max(1, height // factor)))


def _plain(image: Image.Image) -> Image.Image:
    """The picture in 8 bits of grey or colour, with its transparency if it has any."""
    if image.mode.startswith(_DEEP_MODES):
        return Image.fromarray(_eight_bits(np.asarray(image)))
    if image.mode in _PIXEL_MODES and "transparency" not in image.info:
        return image
    is_grey = image.mode in {"1", "L"}
    if image.has_transparency_data:
        return image.convert("LA" if is_grey else "RGBA")
    return image.convert("L" if is_grey else "RGB")


def _eight_bits(deep: NDArray[Any]) -> NDArray[np.uint8]:
    """Deep values in 8 bits; cameras and scanners may use the lower 8 to 15 of 16 bits alone."""
    values = np.nan_to_num(deep.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    highest = float(values.max())
    if np.issubdtype(deep.dtype, np.floating) and highest <= 1:
        full = 1.0
    else:
        full = 2.0 ** np.ceil(np.log2(max(highest, _FULL_8_BITS) + 1)) - 1
    scaled: NDArray[np.float32] = np.clip(values, 0, full) * np.float32(_FULL_8_BITS / full)
    return np.rint(scaled).astype(np.uint8)


def _reduced(image: Image.Image, max_side: int | None) -> Image.Image:
    factor = 1 if max_side is None else -(-max(image.size) // max_side)
    if factor == 1:
        return image
    width, height = image.size  # a side of fewer pixels than the factor stays
    return image.reduce((min(factor, width), min(factor, height)))


def _upright(image: Image.Image, source: ImageFile, kind: Format) -> tuple[Image.Image, bool]:
    """The picture as its camera held it, and whether its sides changed places."""
    if "exif" not in source.info or kind == "TIFF":
        return image, False
    orientation = 1
    with contextlib.suppress(Exception):  # a damaged note turns nothing
        orientation = int(source.getexif().get(_ORIENTATION, 1))
    turn = _TURNS.get(orientation)
    if turn is None:
        return image, False
    return image.transpose(turn), orientation in _SIDES_CHANGE


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    channels = len(image.getbands())
    if channels >= RGB and _is_opaque_grey(image.resize(_SAMPLE, Image.Resampling.NEAREST)):
        words = _words(image)
        if _is_opaque_grey(image, words):
            return words.astype(np.uint8).reshape(image.height, image.width, GREY)
    flat = np.frombuffer(image.tobytes(), np.uint8)
    return flat.reshape(image.height, image.width, channels)


def _words(image: Image.Image) -> NDArray[np.uint32]:
    """Colours and opacity of each pixel as one number, red lowest."""
    order = "RGBX" if image.mode == "RGB" else "RGBA"
    return np.frombuffer(image.tobytes("raw", order), "<u4")


def _is_opaque_grey(image: Image.Image, words: NDArray[np.uint32] | None = None) -> bool:
    words = _words(image) if words is None else words
    if image.mode == "RGBA" and (words < _OPAQUE).any():
        return False
    return not ((words ^ (words >> 8)) & _TWO_COLOURS).any()


@contextmanager
def _damage_named(data: bytes) -> Iterator[None]:
    """Pillow's many exceptions for bytes that are no whole picture, as ours."""
    try:
        yield
    except (InvalidImage, PayloadTooLarge, MemoryError):
        raise
    except Exception as error:
        raise InvalidImage(
            f"The picture is damaged or cut off: {error}. Received: {len(data)} bytes. {EXPECTED}."
        ) from error
