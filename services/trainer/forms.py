"""Reads a multipart form as it arrives: its texts into memory, its files to where they are kept.

References:
    RFC 7578, multipart/form-data.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from services.trainer.errors import DatasetUnusable

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_OTHERS = 16
MAX_TEXT_BYTES = 4096


class FileSink(Protocol):
    """Takes the files of a form, one after the other; what it raises ends the reading."""

    def begin(self, name: str) -> None:
        """A file of this name begins."""

    def write(self, data: bytes) -> None:
        """More of it."""

    def end(self) -> None:
        """It is whole."""


class FormReader:
    """Reads a form chunk by chunk, and holds no more of it than its texts.

    Args:
        content_type: That of the request.
        file_field: Whose files are taken; those of other fields are passed over.
        sink: Where they go.

    Attributes:
        texts: The text fields that have been read so far.
        names: Of the parts that have been read, for messages.

    Raises:
        DatasetUnusable: The content type names no boundary, or one that is too long.
    """

    def __init__(self, content_type: str, file_field: str, sink: FileSink) -> None:
        _, options = parse_options_header(content_type)
        if not (boundary := options.get(b"boundary")):
            raise DatasetUnusable("The form cannot be read: its content type names no boundary")
        self.texts: dict[str, str] = {}
        self.names: dict[str, None] = {}
        self._file_field = file_field
        self._sink = sink
        self._n_others = 0
        self._header = (bytearray(), bytearray())
        self._disposition = b""
        self._name = ""
        self._text: bytearray | None = None
        self._in_file = False
        self._is_complete = False
        with _faults_told():
            self._parser = MultipartParser(boundary, self._callbacks())

    def feed(self, chunk: bytes) -> None:
        """Take in more of the form.

        Raises:
            DatasetUnusable: It is no form, or has too many or too long texts.
        """
        with _faults_told():
            self._parser.write(chunk)

    def finish(self) -> None:
        """Say that nothing more comes.

        Raises:
            DatasetUnusable: The form is not at its end.
        """
        if not self._is_complete:
            raise DatasetUnusable("The form cannot be read: it ends before its last boundary")

    def _callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._on_part_begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_part_data,
            "on_part_end": self._on_part_end,
            "on_end": self._on_end,
        }

    def _on_part_begin(self) -> None:
        self._disposition = b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0].extend(data[start:end])

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1].extend(data[start:end])

    def _on_header_end(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._disposition = bytes(value)
        self._header = (bytearray(), bytearray())

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = _text(options.get(b"name", b""))
        file_name = options.get(b"filename")
        self._text = bytearray() if file_name is None else None
        # A browser sends an empty name where no file was chosen.
        self._in_file = bool(file_name) and self._name == self._file_field
        self.names[self._name] = None
        if self._in_file:
            self._sink.begin(_text(file_name or b""))
            return
        self._n_others += 1
        if self._n_others > MAX_OTHERS:
            raise DatasetUnusable(f"The form may have at most {MAX_OTHERS} parts beside its files")

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._sink.write(data[start:end])
        elif self._text is not None:
            self._text.extend(data[start:end])
            if len(self._text) > MAX_TEXT_BYTES:
                raise DatasetUnusable(
                    f"The field {self._name!r} may have at most {MAX_TEXT_BYTES} bytes"
                )

    def _on_part_end(self) -> None:
        if self._in_file:
            self._sink.end()
        elif self._text is not None:
            self.texts.setdefault(self._name, _text(bytes(self._text)))

    def _on_end(self) -> None:
        self._is_complete = True


@contextmanager
def _faults_told() -> Iterator[None]:
    try:
        yield
    except FormParserError as error:
        raise DatasetUnusable(f"The form cannot be read: {error}") from error


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
