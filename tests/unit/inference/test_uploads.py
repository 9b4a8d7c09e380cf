"""Pictures in bodies: raw, in forms, in JSON."""

import base64
import json

import pytest

from services.inference.uploads import MAX_FORM_FIELDS, form_text, picture_bytes
from shared.errors import InvalidImage, InvalidInput

FORM = b"multipart/form-data; boundary=b"


def form(*fields: tuple[str, bytes]) -> bytes:
    parts = (
        b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), content)
        for name, content in fields
    )
    return b"".join(parts) + b"--b--\r\n"


@pytest.mark.parametrize(
    "content_type", [b"image/png", b"", b"application/x-www-form-urlencoded", b"text/plain"]
)
def test_a_body_of_any_other_type_is_the_picture(content_type: bytes) -> None:
    assert picture_bytes(content_type, b"\x89PNG") == b"\x89PNG"


def test_a_form_holds_the_picture_in_its_field() -> None:
    content = b"\x89PNG\r\n--x is not the boundary"
    assert picture_bytes(FORM, form(("dataset", b"mnist"), ("file", content))) == content
    assert form_text(FORM, form(("dataset", b"mnist"), ("file", content)), "dataset") == "mnist"


def test_json_holds_the_picture_in_base64() -> None:
    text = base64.b64encode(b"\x89PNG").decode()
    for value in (text, f"data:image/png;base64,{text}"):
        body = json.dumps({"image": value}).encode()
        assert picture_bytes(b"application/json", body) == b"\x89PNG"


@pytest.mark.parametrize(
    ("content_type", "body", "words"),
    [
        (FORM, b"", "ends before its last boundary|cannot be read"),
        (FORM, form(("file", b"x"))[:-10], "ends before its last boundary"),
        (FORM, b"no form", "cannot be read"),
        (b"multipart/form-data", b"", "names no boundary"),
        (FORM, form(*[(str(n), b"") for n in range(MAX_FORM_FIELDS + 1)]), "at most"),
        (FORM, form(*[("a", b"")] * (MAX_FORM_FIELDS + 1)), "at most"),
        (b"application/json", b"{", "no JSON document"),
        (b"application/json", b"[]", "holds no picture"),
        (b"application/json", b'{"image": 3}', "holds no picture"),
        (b"application/json", b'{"image": "*"}', "not base64"),
    ],
)
def test_what_cannot_be_read_is_refused(content_type: bytes, body: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        picture_bytes(content_type, body)


def test_a_form_without_a_picture_names_what_came_in() -> None:
    with pytest.raises(InvalidImage, match="'picture'"):
        picture_bytes(FORM, form(("picture", b"x")))
