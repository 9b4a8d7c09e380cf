"""A mirror of data files on loopback that can misbehave, and small data files."""

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import numpy as np
import pytest

from services.trainer.datasets.sources import MNIST
from tests.support import idx_bytes, web_server


@dataclass
class Mirror:
    """What a mirror holds, how it answers, and what it was asked.

    Attributes:
        cut_after: Break the connection off after so many bytes, for the first answers.
        cuts: How many answers are broken off.
        status: Answered instead of the file, if not 200.
        knows_ranges: Whether it honours `Range`.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    cut_after: int = 0
    cuts: int = 0
    status: int = 200
    knows_ranges: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    """A server on loopback; it ends with the test."""
    held = Mirror()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            held.asked.append((self.path, wanted))
            content = held.files.get(self.path)
            if held.status != 200 or content is None:
                self.send_error(held.status if held.status != 200 else 404)
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            if start >= len(content) and wanted and held.knows_ranges:
                self.send_error(416)
                return
            partial = bool(wanted) and held.knows_ranges
            body = content[start:] if partial else content
            self.send_response(206 if partial else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if held.cuts > 0:
                held.cuts -= 1
                body = body[: held.cut_after]
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it
            pass

    with web_server(Handler) as held.address:
        yield held


@pytest.fixture
def tiny_mnist() -> dict[str, bytes]:
    """Four IDX files under MNIST's names: 20 and 10 images, uncompressed."""
    random = np.random.default_rng(11)
    names = tuple(MNIST.sha256)
    arrays = (
        random.integers(0, 256, (20, 28, 28)),
        np.arange(20) % 10,
        random.integers(0, 256, (10, 28, 28)),
        np.arange(10),
    )
    return {name: idx_bytes(array) for name, array in zip(names, arrays, strict=True)}


def packed(content: bytes) -> bytes:
    """The content as a mirror would compress it."""
    return gzip.compress(content, mtime=0)


def digest(content: bytes) -> str:
    """Its SHA-256, as the sources list it."""
    return hashlib.sha256(content).hexdigest()
