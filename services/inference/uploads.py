"""The picture in a request body: the body itself, a form's field `file`, or base64 in JSON.

Or the URL of one: the field `url` of a form, or the member `url` of a JSON document.
"""

import base64
from typing import TYPE_CHECKING

import orjson
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from services.inference.protocols.json_limits import JsonLimits
from shared.errors import InvalidImage, InvalidInput

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FILE_FIELD = "file"
IMAGE_MEMBER = "image"
URL_NAME = "url"
MAX_URL_BODY_BYTES = 8 * 2**10  # of a body with a URL, which is looked at on the event loop
MAX_FORM_FIELDS = 16
_LIMITS = JsonLimits(max_nesting=8, max_values=1000)  # it holds one text, and little else
_EXPECTED = f"Expected: a picture file in the form field {FILE_FIELD!r}"


def picture_url(content_type: bytes, body: bytes) -> str | None:
    """The URL of the picture, or `None` if the request body does not give one.

    What cannot be read is no URL; `picture_bytes` says what is wrong with it.

    Raises:
        InvalidInput: It gives a picture as well, or the URL is no text.
    """
    if len(body) > MAX_URL_BODY_BYTES:
        return None
    if content_type.startswith(b"application/json"):
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(document, dict) or URL_NAME not in document:
            return None
        url, has_picture = document[URL_NAME], IMAGE_MEMBER in document
    elif content_type.startswith(b"multipart/form-data") and b'"url"' in body:
        _, options = parse_options_header(content_type)
        fields = form_fields(options.get(b"boundary", b""), body)
        url = fields.get(URL_NAME, b"").decode("utf-8", "replace").strip()
        has_picture = bool(fields.get(FILE_FIELD))
        if not url:  # a form sends its empty fields too
            return None
    else:
        return None
    if has_picture or not isinstance(url, str):
        received = "a picture and a URL" if has_picture else type(url).__name__
        raise InvalidInput(f"Expected: a picture, or the URL of one as text. Received: {received}")
    return url


def picture_bytes(content_type: bytes, body: bytes) -> bytes:
    """The bytes of the picture in a request body.

    A body that is no form is the picture, whatever type it claims: what it is, is told
    from the bytes.

    Raises:
        InvalidInput: A form or a JSON document that cannot be read.
        InvalidImage: A form without the field `file`.
        PayloadTooLarge: A JSON document of many values.
    """
    if content_type.startswith(b"image/"):
        return body
    kind, options = parse_options_header(content_type)
    if kind == b"multipart/form-data":
        fields = form_fields(options.get(b"boundary", b""), body)
        if FILE_FIELD not in fields:
            received = ", ".join(map(repr, fields)) or "no field"
            raise InvalidImage(f"The form holds no picture. Received: {received}. {_EXPECTED}.")
        return fields[FILE_FIELD]
    if kind == b"application/json":
        return _from_json(body)
    return body


def _from_json(body: bytes) -> bytes:
    expected = f'Expected: {{"{IMAGE_MEMBER}": "the base64 of a picture file"}} or a "{URL_NAME}"'
    _LIMITS.check(body)
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"The body is no JSON document: {error}. {expected}.") from error
    text = document.get(IMAGE_MEMBER) if isinstance(document, dict) else None
    if not isinstance(text, str):
        raise InvalidInput(f"The JSON document holds no picture. {expected}.")
    if text.startswith("data:"):  # as a browser writes a picture
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise InvalidInput(f"`{IMAGE_MEMBER}` is not base64: {error}. {expected}.") from error


def form_text(content_type: bytes, body: bytes, name: str) -> str:
    """A text field of a multipart form, or nothing if there is no form or no such field."""
    return form_of(content_type, body).get(name, b"").decode("utf-8", "replace")


def form_of(content_type: bytes, body: bytes) -> dict[str, bytes]:
    """The fields of a multipart form; none if the body is no form.

    Raises:
        InvalidInput: As of `form_fields`.
    """
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        return {}
    return form_fields(options.get(b"boundary", b""), body)


def form_fields(boundary: bytes, body: bytes) -> dict[str, bytes]:
    """The fields of a multipart form; of fields with one name, the first.

    Raises:
        InvalidInput: The body is no form with this boundary, ends early, or has too many fields.
    """
    if not boundary:
        raise InvalidInput("The form's content type names no boundary.")
    form = _Form()
    try:
        parser = MultipartParser(boundary, form.callbacks())
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise InvalidInput(f"The form cannot be read: {error}. {_EXPECTED}.") from error
    if not form.complete:
        raise InvalidInput(
            f"The form ends before its last boundary. Received: {len(body)} bytes. {_EXPECTED}."
        )
    return form.fields


class _Form:
    """Gathers the fields of a form as the parser meets them."""

    def __init__(self) -> None:
        self.fields: dict[str, bytes] = {}
        self.complete = False
        self._name = ""
        self._n_parts = 0
        self._header_name = bytearray()
        self._header_value = bytearray()
        self._content = bytearray()

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": lambda data, start, end: self._header_name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header_value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_part_data": lambda data, start, end: self._content.extend(data[start:end]),
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def _begin_part(self) -> None:
        self._n_parts += 1
        if self._n_parts > MAX_FORM_FIELDS:
            raise InvalidInput(f"The form may have at most {MAX_FORM_FIELDS} fields.")
        self._name = ""
        self._content.clear()

    def _end_header(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._header_value))
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._header_name.clear()
        self._header_value.clear()

    def _end_part(self) -> None:
        self.fields.setdefault(self._name, bytes(self._content))

    def _end(self) -> None:
        self.complete = True
