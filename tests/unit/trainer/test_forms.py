"""Forms, read as they arrive."""

import tracemalloc

import httpx
import pytest

from services.trainer.errors import DatasetUnusable
from services.trainer.forms import MAX_OTHERS, MAX_TEXT_BYTES, FormReader


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.contents: list[bytearray] = []
        self.ended = 0

    def begin(self, name: str) -> None:
        self.names.append(name)
        self.contents.append(bytearray())

    def write(self, data: bytes) -> None:
        self.contents[-1].extend(data)

    def end(self) -> None:
        self.ended += 1


class Counted(Kept):
    """A sink that keeps nothing but a count."""

    count = 0

    def write(self, data: bytes) -> None:
        self.count += len(data)


def encoded(texts: dict[str, str], files: list[tuple[str, tuple[str, bytes]]]) -> tuple[str, bytes]:
    """The content type and body that a client makes of a form."""
    request = httpx.Request("POST", "http://x", data=texts, files=files)
    return request.headers["content-type"], request.read()


@pytest.mark.parametrize("size", [1, 2, 7, 64, 100_000])
def test_a_form_is_the_same_in_whatever_pieces_it_comes(size: int) -> None:
    content = b"\r\n--\r\n\0" * 9
    files = [("file", ("a/rosé.png", content)), ("other", ("b", b"x")), ("file", ("c", b""))]
    content_type, body = encoded({"name": "pets", "title": "Cães"}, files)
    kept = Kept()
    reader = FormReader(content_type, "file", kept)

    for start in range(0, len(body), size):
        reader.feed(body[start : start + size])
    reader.finish()

    assert reader.texts == {"name": "pets", "title": "Cães"}
    assert kept.names == ["a/rosé.png", "c"]
    assert kept.contents == [content, b""]
    assert kept.ended == 2
    assert list(reader.names) == ["name", "title", "file", "other"]


def test_a_file_passes_through_and_is_not_held() -> None:
    content_type, body = encoded({}, [("file", ("a", b"?"))])
    head, tail = body.split(b"?")
    chunk = bytes(2**16)
    counted = Counted()
    reader = FormReader(content_type, "file", counted)

    tracemalloc.start()
    try:
        reader.feed(head)
        for _ in range(256):
            reader.feed(chunk)
        reader.feed(tail)
        reader.finish()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert counted.count == 256 * 2**16
    assert peak < 2**20


def test_a_file_field_in_which_none_was_chosen_brings_none() -> None:
    kept = Kept()
    reader = FormReader("multipart/form-data; boundary=b", "file", kept)
    reader.feed(
        b'--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\r\n--b--\r\n"
    )
    reader.finish()
    assert kept.names == []
    assert list(reader.names) == ["file"]


def read(content_type: str, body: bytes) -> None:
    reader = FormReader(content_type, "file", Kept())
    reader.feed(body)
    reader.finish()


@pytest.mark.parametrize(
    ("content_type", "body", "reason"),
    [
        ("multipart/form-data", b"", "names no boundary"),
        (f"multipart/form-data; boundary={'b' * 300}", b"", "cannot be read"),
        ("multipart/form-data; boundary=b", b"what is this", "cannot be read"),
        ("multipart/form-data; boundary=b", b"", "ends before its last boundary"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf',
            "ends before its last boundary",
        ),
        (*encoded({"name": "x" * (MAX_TEXT_BYTES + 1)}, [("f", ("", b""))]), "'name' may have"),
        (
            *encoded({f"f{i}": "" for i in range(MAX_OTHERS + 1)}, [("f", ("", b""))]),
            f"at most {MAX_OTHERS} parts",
        ),
    ],
    ids=["no-boundary", "long-boundary", "no-form", "empty", "cut-off", "long-text", "many-texts"],
)
def test_what_is_no_form_or_holds_too_much_is_refused(
    content_type: str, body: bytes, reason: str
) -> None:
    with pytest.raises(DatasetUnusable, match=reason):
        read(content_type, body)
