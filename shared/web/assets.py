"""Static files of the pages, held in memory, compressed once, and checked by their digest."""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from shared.errors import NotFound

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
MIN_COMPRESSED_BYTES = 512  # below this, the headers outweigh the gain


@dataclass(frozen=True, slots=True)
class _Asset:
    content: bytes
    compressed: bytes | None
    media_type: str
    tag: str


class Assets:
    """Serves the files of a folder by their relative paths.

    The browser keeps a copy and asks each time whether it is current, so a new version of the
    software shows at once; the answer 304 costs one short exchange on the same connection.

    Args:
        folder: Of which every file is served; read once.
    """

    def __init__(self, folder: Path) -> None:
        self._assets = {
            path.relative_to(folder).as_posix(): _asset(path)
            for path in sorted(folder.rglob("*"))
            if path.suffix in MEDIA_TYPES and path.is_file()
        }

    def response(self, path: str, request: Request) -> Response:
        """The file, compressed if the browser takes that, or 304 if it has it already.

        Raises:
            NotFound: There is no such file.
        """
        asset = self._assets.get(path)
        if asset is None:
            raise NotFound(f"No such file. Received: {path!r}")
        headers = {
            "ETag": asset.tag,
            "Cache-Control": "no-cache",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if asset.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        content = asset.content
        if asset.compressed and "gzip" in request.headers.get("accept-encoding", ""):
            content, headers["Content-Encoding"] = asset.compressed, "gzip"
        return Response(content, headers=headers, media_type=asset.media_type)


def _asset(path: Path) -> _Asset:
    content = path.read_bytes()
    compressed = gzip.compress(content, mtime=0) if len(content) >= MIN_COMPRESSED_BYTES else None
    return _Asset(
        content=content,
        compressed=compressed if compressed and len(compressed) < len(content) else None,
        media_type=MEDIA_TYPES[path.suffix],
        tag=f'W/"{hashlib.sha256(content).hexdigest()[:20]}"',  # weak: one for both encodings
    )
