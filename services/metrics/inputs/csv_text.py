"""Comma-separated text with a header line."""

import csv
import io
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.metrics import labels as label_arrays
from services.metrics.faults import InvalidLabels, InvalidNumbers, UnreadableBody, one_fault, shown
from services.metrics.inputs.fields import escaped
from services.metrics.labels import LabelArray, LabelKind

# A whole number as a program writes it: 007 and +7 are names, not numbers.
INTEGER = re.compile(r"0|-?[1-9][0-9]*")
BOOLEANS = {"true": True, "false": False}


class CsvTable:
    """The columns of a CSV text.

    Labels are integers if every cell of the column is a whole number, booleans if every cell
    is `true` or `false`, else strings.

    Args:
        body: UTF-8 text, with a header line, separated by commas, semicolons or tabs.

    Raises:
        UnreadableBody: It is no such text, has no row, or its rows differ in length.
    """

    def __init__(self, body: bytes | bytearray) -> None:
        rows = _rows(body)
        if not rows:
            raise one_fault(UnreadableBody, "#", "A header line is expected. Received: nothing.")
        self._names, *self._rows = rows
        if len(set(self._names)) < len(self._names):
            twice = next(name for name in self._names if self._names.count(name) > 1)
            detail = f"A column's name may stand once. Received: {shown(twice)} twice."
            raise one_fault(UnreadableBody, "#", detail)
        width = len(self._names)
        if set(map(len, self._rows)) - {width}:
            line = next(i for i, row in enumerate(self._rows) if len(row) != width)
            detail = (
                f"Every row must have {width} cells, as the header has. "
                f"Received: {len(self._rows[line])} cells in row {line}."
            )
            raise one_fault(UnreadableBody, f"#/{line}", detail)

    @property
    def names(self) -> Sequence[str]:
        """The header."""
        return self._names

    def labels(self, name: str) -> LabelArray:
        """A column as labels.

        Raises:
            InvalidLabels: A cell is empty.
        """
        strings = label_arrays.from_strings(self._column(name))
        if "" in strings.categories:
            row = int(np.flatnonzero(strings.codes == strings.categories.index(""))[0])
            detail = f"A label may not be empty. Received: an empty cell in row {row}."
            raise one_fault(InvalidLabels, f"#/{escaped(name)}/{row}", detail)
        if all(INTEGER.fullmatch(category) for category in strings.categories):
            values = label_arrays.from_values(
                [int(category) for category in strings.categories], f"#/{escaped(name)}"
            )
            return LabelArray(LabelKind.INTEGER, values.codes[strings.codes])
        lowered = [category.lower() for category in strings.categories]
        if all(category in BOOLEANS for category in lowered):
            truths = np.array([BOOLEANS[category] for category in lowered], np.uint8)
            return LabelArray(LabelKind.BOOLEAN, truths[strings.codes])
        return strings

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column as numbers.

        Raises:
            InvalidNumbers: A cell is none.
        """
        cells = self._column(name)
        try:
            return np.fromiter(map(float, cells), np.float64, len(cells))
        except ValueError:
            row = next(i for i, cell in enumerate(cells) if not _is_number(cell))
            detail = f"A number is expected. Received: {shown(cells[row])} in row {row}."
            raise one_fault(InvalidNumbers, f"#/{escaped(name)}/{row}", detail) from None

    def _column(self, name: str) -> list[str]:
        index = self._names.index(name)
        return [row[index] for row in self._rows]


def _rows(body: bytes | bytearray) -> list[list[str]]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        detail = f"The text must be UTF-8. Received: byte {body[error.start]} at {error.start}."
        raise one_fault(UnreadableBody, "#", detail) from error
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise one_fault(UnreadableBody, "#", f"This is no CSV. Received: {error}.") from error
    return [row for row in rows if row]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
