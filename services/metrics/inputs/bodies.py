"""A request's body by its content type: which reader takes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from services.metrics.faults import InvalidOption, UnreadableBody, one_fault
from services.metrics.inputs import json_body, npy, npz
from services.metrics.inputs.arrow import ArrowTable
from services.metrics.inputs.columns import Table, arrays_from
from services.metrics.inputs.csv_text import CsvTable
from services.metrics.inputs.encodings import Hold, decoded, uncounted
from services.metrics.inputs.fields import Column, Fields, escaped
from services.metrics.inputs.multipart import parts
from services.metrics.options.checks import checked
from services.metrics.options.columns import TableColumns
from shared.errors import UnsupportedMediaType

JSON = "application/json"
NPZ = "application/x-npz"
NPY = "application/x-npy"
ARROW_STREAM = "application/vnd.apache.arrow.stream"
ARROW_FILE = "application/vnd.apache.arrow.file"
PARQUET = "application/vnd.apache.parquet"
CSV = "text/csv"
FORM = "multipart/form-data"
SUPPORTED = (JSON, NPZ, NPY, ARROW_STREAM, ARROW_FILE, PARQUET, CSV, FORM)

TYPE_OF_SUFFIX = {
    ".json": JSON,
    ".npz": NPZ,
    ".npy": NPY,
    ".arrows": ARROW_STREAM,
    ".arrow": ARROW_FILE,
    ".feather": ARROW_FILE,
    ".parquet": PARQUET,
    ".csv": CSV,
    ".tsv": CSV,
    ".txt": CSV,
}


@dataclass(frozen=True, slots=True)
class Body:
    """What a caller sent.

    Attributes:
        data: The bytes.
        content_type: As the caller says it, parameters and all.
        content_encoding: `gzip`, `zstd`, or empty.
        hold: Told of bytes that are unpacked from it.
    """

    data: bytearray
    content_type: str
    content_encoding: str = ""
    hold: Hold = uncounted


@dataclass(frozen=True, slots=True)
class Reading:
    """How a body is read.

    Attributes:
        wanted: The arrays that the route takes.
        columns: For tables, by field the column that holds it.
        max_bytes: The most that a body may hold once decompressed.
        hold: Told of bytes that are unpacked from it.
    """

    wanted: Fields
    columns: Mapping[str, str | Sequence[str]]
    max_bytes: int
    hold: Hold = uncounted

    def with_columns(self, options: dict[str, Any]) -> "Reading":
        """The same with the columns that a form names, which are taken out of its options."""
        given = {name: options.pop(name) for name in TableColumns.model_fields if name in options}
        chosen = checked(TableColumns, given).places()
        return replace(self, columns={**self.columns, **chosen})


def read(body: Body, reading: Reading) -> tuple[dict[str, Column], dict[str, Any]]:
    """The arrays of a body and the options that stand in it.

    Raises:
        UnsupportedMediaType: No reader takes the content type or encoding.
        InvalidInput: The body cannot be used.
    """
    data = decoded(body.data, body.content_encoding, reading.max_bytes, body.hold)
    media = body.content_type.partition(";")[0].strip().lower()
    if media == FORM:
        return _form(data, body.content_type, reading)
    if media == JSON:
        _refuse_columns(reading)
        return json_body.read(data, reading.wanted)
    return _arrays(data, media, reading), {}


def _arrays(data: bytearray, media: str, reading: Reading) -> dict[str, Column]:
    if media in (NPZ, NPY):
        _refuse_columns(reading)
    match media:
        case "application/x-npz":
            return dict(npz.read(data, reading.wanted, reading.max_bytes, reading.hold))
        case "application/x-npy":
            return dict(npy.read_sequence(data))
        case _:
            return arrays_from(_table(data, media, reading), reading.columns, reading.wanted)


def _table(data: bytearray, media: str, reading: Reading) -> Table:
    match media:
        case "text/csv":
            return CsvTable(data)
        case "application/vnd.apache.arrow.stream":
            return ArrowTable(data, "stream", reading.max_bytes, reading.hold)
        case "application/vnd.apache.arrow.file":
            return ArrowTable(data, "file", reading.max_bytes, reading.hold)
        case "application/vnd.apache.parquet":
            return ArrowTable(data, "parquet", reading.max_bytes, reading.hold)
        case other:
            raise UnsupportedMediaType(
                f"Received: {other or 'no content type'}; supported: {', '.join(SUPPORTED)}."
            )


def _form(
    data: bytearray, content_type: str, reading: Reading
) -> tuple[dict[str, Column], dict[str, Any]]:
    """A form's fields: `file` is a table or archive, others are arrays (`.npy`) or options."""
    found = list(parts(data, content_type))
    options: dict[str, Any] = {
        part.name: bytes(part.data).decode("utf-8", "replace")
        for part in found
        if not part.filename
    }
    reading = reading.with_columns(options)
    arrays: dict[str, Column] = {}
    for part in found:
        if not part.filename:
            continue
        if part.name == "file":
            media = TYPE_OF_SUFFIX.get(PurePath(part.filename).suffix.lower(), part.content_type)
            arrays.update(_arrays(bytearray(part.data), media, reading))
        else:
            reading.wanted.check(part.name)
            arrays[part.name] = npy.read_array(part.data, f"#/{escaped(part.name)}")
    if not arrays:
        detail = f"A form needs a file. Received: {', '.join(options) or 'nothing'}."
        raise one_fault(UnreadableBody, "#", detail)
    return arrays, options


def _refuse_columns(reading: Reading) -> None:
    for name, column in reading.columns.items():
        detail = f"Columns are named for tables (CSV, Arrow, Parquet). Received: {column}."
        raise one_fault(InvalidOption, f"#/query/{name}", detail)
