"""What a file is, told from its first bytes, never from a name or a content type."""

from typing import Literal

from shared.errors import InvalidImage, UnsupportedMediaType

Format = Literal["PNG", "JPEG", "WebP", "GIF", "BMP", "TIFF"]
FORMATS: tuple[Format, ...] = ("PNG", "JPEG", "WebP", "GIF", "BMP", "TIFF")
EXPECTED = f"Expected: a picture, {', '.join(FORMATS[:-1])} or {FORMATS[-1]}"

PNG_START = b"\x89PNG\r\n\x1a\n"
_STARTS: tuple[tuple[bytes, Format], ...] = (
    (PNG_START, "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
)
_FOREIGN = (
    (b"%PDF-", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"8BPS", "a Photoshop file"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"II+\0", "a BigTIFF picture"),
    (b"MM\0+", "a BigTIFF picture"),
    (b"\0\0\1\0", "an icon (ICO)"),
    (b"PK\3\4", "a ZIP archive or Office document"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
)
# ISO base media files name themselves after the length of their first box.
_BRANDS = (
    ((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"), "a HEIC picture"),
    ((b"avif", b"avis"), "an AVIF picture"),
)
_ECHOED_CHARACTERS = 40
_WEBP_HEADER_BYTES = 30
_DAMAGED_STARTS = (b"\x89png", b"\xff\xd8", b"gif8", b"riff")

Size = tuple[int, int]


def format_of(data: bytes) -> Format:
    """The format of a file that is read here.

    Raises:
        UnsupportedMediaType: It is something known that is not; the error names it.
        InvalidImage: It is no known format.
    """
    for start, name in _STARTS:
        if data.startswith(start):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    raise _refusal(data)


def png_size(data: bytes) -> Size | None:
    """Width and height that the header of a PNG file declares; `None` for anything else."""
    if not data.startswith(PNG_START) or data[12:16] != b"IHDR" or len(data) < 24:  # noqa: PLR2004
        return None
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def webp_size(data: bytes) -> Size:
    """Width and height that the header of a WebP file declares.

    Raises:
        InvalidImage: The header is cut off or of no known kind.

    References:
        RFC 9649, sections 2.5 to 2.7; RFC 6386, section 9.1 for `VP8 `.
    """
    kind = data[12:16]
    if len(data) >= _WEBP_HEADER_BYTES:
        if kind == b"VP8X":
            return _little(data[24:27]) + 1, _little(data[27:30]) + 1
        if kind == b"VP8 ":
            return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF
        if kind == b"VP8L":
            bits = _little(data[21:25])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise InvalidImage(
        f"The WebP picture is damaged or cut off. Received: {len(data)} bytes. {EXPECTED}."
    )


def _little(field: bytes) -> int:
    return int.from_bytes(field, "little")


def _refusal(data: bytes) -> InvalidImage | UnsupportedMediaType:
    name = _foreign_name(data)
    if name:
        return UnsupportedMediaType(f"Received: {name}. {EXPECTED}.")
    if data[:8].lower().startswith(_DAMAGED_STARTS):
        return InvalidImage(
            f"The picture is damaged or cut off. Received: {len(data)} bytes. {EXPECTED}."
        )
    return InvalidImage(f"Received: {_described(data)}. {EXPECTED}.")


def _foreign_name(data: bytes) -> str:
    for start, name in _FOREIGN:
        if data.startswith(start):
            return name
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        return next((name for brands, name in _BRANDS if brand in brands), "an MP4 or MOV video")
    if b"%PDF-" in data[:1024]:  # readers accept a PDF that begins later
        return "a PDF document"
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<svg", b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in head:
        return "an SVG drawing"
    if head.startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    return ""


def _described(data: bytes) -> str:
    text = data[:_ECHOED_CHARACTERS].decode("utf-8", "replace")
    if "\0" not in text and "\ufffd" not in text:
        return f"text that begins {text!r}"
    return f"{len(data)} bytes that are no known format"
