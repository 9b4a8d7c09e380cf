"""A table of pixels (CSV): a line for each picture, a column for its label, one for each pixel.

    label,pixel0,pixel1,...          Kaggle's form; the label's column may stand anywhere
    5,0,0,...                        without a heading the label comes first

A number of pixels that is a square is a grey picture; three times a square, a picture in colour,
its channels side by side.
"""

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from services.trainer.datasets.arrays import BRIGHTEST, COLOUR, as_images
from services.trainer.datasets.dataset import Split
from services.trainer.datasets.examples import Examples, listed
from services.trainer.datasets.labels import class_indices
from services.trainer.datasets.limits import DataLimits
from services.trainer.errors import DatasetUnusable

LABEL_COLUMNS = ("label", "labels", "class", "target", "y")
_LINES_AT_ONCE = 2048
_CHARACTERS_AT_ONCE = 2**22
_LONGEST_LINE = 2**22
_CHARACTERS_A_CELL = 64


def read_pixel_table(path: Path, size: tuple[int, int] | None, limits: DataLimits) -> Examples:
    """The examples in a table.

    Raises:
        DatasetUnusable: It has no column of labels, the pixels make no square, or a value is
            not one of a pixel. The message names the line.
        PayloadTooLarge: It holds more bytes than allowed.
    """
    limits.check_bytes(path.stat().st_size, "A table")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(file, size, limits)
    except UnicodeDecodeError as error:
        raise DatasetUnusable(f"{path.name} is no text in UTF-8: {error.reason}") from error


def _read(file: TextIO, size: tuple[int, int] | None, limits: DataLimits) -> Examples:
    first = _line(file, 1, _LONGEST_LINE)
    try:
        cells = next(csv.reader([first]), [])
    except csv.Error as error:
        raise DatasetUnusable(f"Line 1: {error}") from error
    label_column = _label_column(cells)
    has_heading = not all(map(_is_number, cells))
    shape = _shape(len(cells) - 1)
    pixels: list[NDArray[np.uint8]] = []
    labels: list[str] = []
    longest = min(_CHARACTERS_A_CELL * len(cells), _LONGEST_LINE)
    for chunk in _chunks(_numbered(file, "" if has_heading else first, longest)):
        part = _pixels(chunk, label_column, len(cells))
        labels += part[0]
        pixels.append(part[1])
        limits.check_arrays(len(labels) * (len(cells) - 1))
    if not labels:
        raise DatasetUnusable("The table has no line below its heading")
    names, (column,) = class_indices([_typed(labels)], None, cells[label_column] or "label")
    images = as_images(np.concatenate(pixels).reshape(-1, *shape), "pixels", size, limits)
    return Examples(names, Split(images, column), None, {})


def _label_column(cells: list[str]) -> int:
    """Where the labels are.

    Raises:
        DatasetUnusable: No column is called so, or there is no heading and no room for them.
    """
    names = [cell.strip().lower() for cell in cells]
    found = [names.index(name) for name in LABEL_COLUMNS if name in names]
    if found:
        return found[0]
    if cells and all(map(_is_number, cells)) and _side(len(cells) - 1):
        return 0
    raise DatasetUnusable(
        f"Expected: a column called {' or '.join(LABEL_COLUMNS)}, or no heading and the label "
        f"before the pixels. Received: {len(cells)} columns: {listed(cells[:5])}"
    )


def _pixels(
    chunk: list[tuple[int, str]], label_column: int, n_columns: int
) -> tuple[list[str], NDArray[np.uint8]]:
    labels, rows = [], []
    try:
        table = list(csv.reader([line for _, line in chunk], strict=True))
    except csv.Error as error:
        raise DatasetUnusable(f"Lines {chunk[0][0]} to {chunk[-1][0]}: {error}") from error
    if len(table) != len(chunk):
        raise DatasetUnusable(
            f"Lines {chunk[0][0]} to {chunk[-1][0]}: expected a line for each picture. "
            "Received: text in quotation marks over several lines"
        )
    for (number, _), cells in zip(chunk, table, strict=True):
        if len(cells) != n_columns:
            raise DatasetUnusable(
                f"Line {number}: expected {n_columns} columns. Received: {len(cells)}"
            )
        labels.append(cells.pop(label_column).strip())
        rows.append(_row(cells, number))
    return labels, np.stack(rows)


def _row(cells: list[str], number: int) -> NDArray[np.uint8]:
    try:
        values = np.array(cells, np.float32)
    except ValueError as error:
        raise DatasetUnusable(f"Line {number}: a pixel is no number: {error}") from error
    if not (values.min() >= 0 and values.max() <= BRIGHTEST and (values == np.rint(values)).all()):
        wrong = next(c for c in cells if not (float(c).is_integer() and 0 <= float(c) <= BRIGHTEST))
        raise DatasetUnusable(
            f"Line {number}: expected pixels from 0 to {BRIGHTEST}, whole numbers. "
            f"Received: {wrong!r}"
        )
    return values.astype(np.uint8)


def _typed(labels: list[str]) -> NDArray[np.float64] | NDArray[np.str_]:
    """Numbers if all are; names if none is.

    Raises:
        DatasetUnusable: Some are and some are not.
    """
    numeric = [_is_number(label) for label in labels]
    if all(numeric):
        return np.array(labels, np.float64)
    if any(numeric):
        index = numeric.index(False)
        raise DatasetUnusable(
            "Expected: labels that are all whole numbers, or all names. "
            f"Received: {labels[index]!r} for picture {index + 1}, and numbers"
        )
    return np.array(labels)


def _shape(n_pixels: int) -> tuple[int, int, int]:
    side = _side(n_pixels)
    if not side:
        raise DatasetUnusable(
            "Expected: as many columns of pixels as a square picture has, or three times that. "
            f"Received: {n_pixels}"
        )
    return side, side, n_pixels // side**2


def _side(n_pixels: int) -> int:
    """The side of a square of so many pixels, grey or in colour; 0 if there is none."""
    for channels in (1, COLOUR):
        side = math.isqrt(max(n_pixels, 0) // channels)
        if side and side * side * channels == n_pixels:
            return side
    return 0


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _numbered(file: TextIO, first: str, longest: int) -> Iterator[tuple[int, str]]:
    """The lines with their numbers in the file, empty ones left out."""
    if first.strip():
        yield 1, first
    number = 2
    while line := _line(file, number, longest):
        if line.strip():
            yield number, line
        number += 1


def _line(file: TextIO, number: int, longest: int) -> str:
    line = file.readline(longest + 1)
    if len(line) > longest:
        raise DatasetUnusable(f"Line {number} has more than {longest} characters")
    return line


def _chunks(lines: Iterator[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """As many lines as are read before they are turned into numbers."""
    chunk: list[tuple[int, str]] = []
    characters = 0
    for number, line in lines:
        chunk.append((number, line))
        characters += len(line)
        if len(chunk) == _LINES_AT_ONCE or characters >= _CHARACTERS_AT_ONCE:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk
