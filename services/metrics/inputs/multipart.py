"""Forms with files, as browsers and `curl -F` send them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from services.metrics.faults import UnreadableBody, one_fault

if TYPE_CHECKING:  # a name that exists for type checkers alone
    from python_multipart.multipart import MultipartCallbacks


@dataclass(slots=True)
class Part:
    """One field of a form.

    Attributes:
        name: Of the field.
        filename: Empty if it is no file.
        content_type: As the sender says it; empty if not said.
        data: Its bytes, over the body's own where they stand in one piece.
    """

    name: str = ""
    filename: str = ""
    content_type: str = ""
    data: memoryview = field(default_factory=lambda: memoryview(b""))


def parts(body: bytearray, content_type: str) -> Iterator[Part]:
    """The fields of a form.

    Raises:
        UnreadableBody: The body is no form, or was cut short.
    """
    _, options = parse_options_header(content_type)
    collector = _Collector(body)
    try:
        parser = MultipartParser(options[b"boundary"], collector.callbacks())
        parser.write(cast("bytes", body))  # it only reads and slices
        parser.finalize()
    except (FormParserError, KeyError, ValueError) as error:
        detail = f"The body is no form, or was cut short. Received: {error}."
        raise one_fault(UnreadableBody, "#", detail) from error
    if not collector.ended:
        detail = f"The form was cut short. Received: {len(body)} bytes."
        raise one_fault(UnreadableBody, "#", detail)
    return iter(collector.found)


class _Collector:
    """Notes where each part's data stands, instead of copying it."""

    def __init__(self, body: bytearray) -> None:
        self._body = memoryview(body)
        self._header, self._value = b"", b""
        self._spans: list[tuple[int, int]] = []
        self._part = Part()
        self.found: list[Part] = []
        self.ended = False

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._field,
            "on_header_value": self._values,
            "on_header_end": self._header_end,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        self._part, self._spans = Part(), []

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._header += bytes(data[start:end])

    def _values(self, data: bytes, start: int, end: int) -> None:
        self._value += bytes(data[start:end])

    def _header_end(self) -> None:
        match self._header.lower():
            case b"content-disposition":
                _, options = parse_options_header(self._value)
                self._part.name = options.get(b"name", b"").decode("utf-8", "replace")
                self._part.filename = options.get(b"filename", b"").decode("utf-8", "replace")
            case b"content-type":
                self._part.content_type = self._value.decode("latin-1")
        self._header, self._value = b"", b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        if data is not self._body.obj:  # bytes that looked like a boundary and were none
            start = self._spans[-1][1] if self._spans else start
            end = start + len(data)
        self._spans.append((start, end))

    def _end(self) -> None:
        if self._spans:
            self._part.data = self._body[self._spans[0][0] : self._spans[-1][1]]
        self.found.append(self._part)

    def _finish(self) -> None:
        self.ended = True
