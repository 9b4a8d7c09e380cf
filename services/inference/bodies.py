"""Compressed bodies: read with a bound on what comes out, written where a client asks."""

import gzip
import zlib

from shared.errors import InvalidInput, PayloadTooLarge, UnsupportedMediaType

# A stream that names its format by itself: 15 bits of window, 32 to tell gzip from zlib.
_ANY_FORMAT = 15 + 32
_COMPRESSION_LEVEL = 1  # for an answer that is sent once
WORTH_COMPRESSING_BYTES = 1024


def decompressed(body: bytes, encoding: bytes, max_bytes: int) -> bytes:
    """A request body as it was before it was compressed.

    Args:
        body: As it came.
        encoding: The `Content-Encoding` header; empty for none.
        max_bytes: The most that may come out; no more is ever held.

    Raises:
        UnsupportedMediaType: It is compressed in another way than gzip or deflate.
        PayloadTooLarge: More than that would come out.
        InvalidInput: It is damaged, cut off, or followed by something else.
    """
    if encoding in {b"", b"identity"}:
        return body
    if encoding not in {b"gzip", b"deflate"}:
        raise UnsupportedMediaType(
            f"Received: Content-Encoding {encoding.decode('latin-1')!r}. Expected: gzip or deflate"
        )
    stream = zlib.decompressobj(_ANY_FORMAT)
    try:
        plain = stream.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise InvalidInput(f"The body is not {encoding.decode()}: {error}") from error
    if len(plain) > max_bytes:
        raise PayloadTooLarge(
            f"The body may have at most {max_bytes} bytes once it is decompressed.",
            limit=max_bytes,
        )
    if not stream.eof or stream.unused_data:
        raise InvalidInput(f"The {encoding.decode()} body is cut off, or more follows it.")
    return plain


def compressed(body: bytes, accepted: bytes) -> tuple[bytes, bytes]:
    """An answer as a client asks for it, and its `Content-Encoding`, empty for none.

    Args:
        body: The answer.
        accepted: The `Accept-Encoding` header.
    """
    if len(body) < WORTH_COMPRESSING_BYTES or not accepted:
        return body, b""
    names = {part.partition(b";")[0].strip().lower() for part in accepted.split(b",")}
    if b"gzip" in names:
        return gzip.compress(body, _COMPRESSION_LEVEL, mtime=0), b"gzip"
    if b"deflate" in names:
        return zlib.compress(body, _COMPRESSION_LEVEL), b"deflate"
    return body, b""
