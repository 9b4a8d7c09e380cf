"""Bodies sent compressed, with a bound on what they become."""

import gzip
import io
import sys
import zlib
from collections.abc import Callable
from typing import BinaryIO, cast

from services.metrics.faults import UnreadableBody, one_fault
from shared.errors import PayloadTooLarge, UnsupportedMediaType

PIECE_BYTES = 1 << 20
# Told of bytes before they are held; raises if there are too many.
Hold = Callable[[int], None]


def uncounted(n_bytes: int) -> None:
    """Holds whatever comes."""


def decoded(body: bytearray, encoding: str, max_bytes: int, hold: Hold = uncounted) -> bytearray:
    """The body as it was before its content encoding.

    Args:
        body: As it came.
        encoding: Of the header `Content-Encoding`: `gzip`, `zstd`, `identity` or empty.
        max_bytes: The most that it may become.
        hold: Told of what it becomes, piece by piece.

    Raises:
        UnsupportedMediaType: The encoding is another.
        UnreadableBody: The bytes are not so encoded, or were cut short.
        PayloadTooLarge: It becomes more than `max_bytes`.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            source = cast("BinaryIO", gzip.GzipFile(fileobj=io.BytesIO(body)))
        case "zstd":
            source = _zstd(body)
        case other:
            raise UnsupportedMediaType(
                f"Received: Content-Encoding {other}; supported: gzip, zstd, identity."
            )
    return _drained(source, max_bytes, encoding, hold)


def _drained(source: BinaryIO, max_bytes: int, encoding: str, hold: Hold) -> bytearray:
    answer = bytearray()
    try:
        while piece := source.read(PIECE_BYTES):
            hold(len(piece))
            answer += piece
            if len(answer) > max_bytes:
                detail = f"Decompressed, the body may have {max_bytes} bytes. Received: more."
                raise PayloadTooLarge(detail, limit=max_bytes)
    except (OSError, EOFError, zlib.error, _zstd_error()) as error:
        detail = f"The body is not {encoding}, or was cut short. Received: {error}."
        raise one_fault(UnreadableBody, "#", detail) from error
    return answer


def _zstd(body: bytearray) -> BinaryIO:
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415  loaded when a body needs it
    else:
        from backports import zstd  # noqa: PLC0415
    return cast("BinaryIO", zstd.ZstdFile(io.BytesIO(body)))


def _zstd_error() -> type[Exception]:
    """The error of the zstd module if it is loaded; else one that is never raised by others."""
    module = sys.modules.get("compression.zstd") or sys.modules.get("backports.zstd")
    return cast("type[Exception]", module.ZstdError) if module else EOFError
