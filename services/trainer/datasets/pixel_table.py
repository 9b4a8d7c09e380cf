"""A table of pixels (CSV): a line for each picture, a column for its label, one for each pixel.

    label,pixel0,pixel1,...          Kaggle's form; the label's column may stand anywhere
    5,0,0,...                        without a heading the label comes first

A number of pixels that is a square is a grey picture; three times a square, a picture in colour,
its channels side by side.
"""

import csv
import math
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from services.trainer.datasets.arrays import BRIGHTEST, as_images
from services.trainer.datasets.dataset import Split
from services.trainer.datasets.examples import Examples, check_sides, listed
from services.trainer.datasets.labels import LabelReader, NamedLabels, class_indices
from services.trainer.datasets.limits import LONGEST_CLASS_NAME, DataLimits, Skipped
from services.trainer.errors import DatasetUnusable
from shared.pictures.picture import GREY, RGB

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
    target = size or shape[:2]
    check_sides(*target)
    pixels: list[NDArray[np.uint8]] = []
    where = cells[label_column][:LONGEST_CLASS_NAME] or "label"
    labels = LabelReader(where, limits)
    total_bytes = 0
    longest = min(_CHARACTERS_A_CELL * len(cells), _LONGEST_LINE)
    for chunk in _chunks(_numbered(file, "" if has_heading else first, longest)):
        names, part = _pixels(chunk, label_column, len(cells))
        labels.add(names)
        pixels.append(part)
        total_bytes += len(part) * max(math.prod(target) * shape[2], math.prod(shape))
        limits.check_arrays(total_bytes)
    if not pixels:
        raise DatasetUnusable("The table has no line below its heading")
    class_names, (column,) = class_indices([_typed(labels.labels(), where)], None, where, limits)
    images = as_images(np.concatenate(pixels).reshape(-1, *shape), "pixels", size)
    return Examples(class_names, Split(images, column), None, Skipped())


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
        labels.append(cells.pop(label_column))
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


def _typed(labels: NamedLabels, where: str) -> NamedLabels:
    """Numbers if all are, each in one spelling: 3 for 3.0; names if none is.

    Raises:
        DatasetUnusable: Some are and some are not, or one is no whole number.
    """
    numeric = [_is_number(name) for name in labels.names]
    if not any(numeric):
        return labels
    if not all(numeric):
        index, name = _first(labels, [not it for it in numeric])
        raise DatasetUnusable(
            "Expected: labels that are all whole numbers, or all names. "
            f"Received: {name!r} for picture {index + 1}, and numbers"
        )
    numbers = [_whole(name) for name in labels.names]
    is_wrong = [number is None for number in numbers]
    if any(is_wrong):
        index, name = _first(labels, is_wrong)
        count = int(np.array(is_wrong)[labels.codes].sum())
        raise DatasetUnusable(
            f"{where}: {count} labels are no whole numbers. Received: {name} at index {index}"
        )
    return NamedLabels(tuple(map(str, numbers)), labels.codes)


def _first(labels: NamedLabels, is_sought: list[bool]) -> tuple[int, str]:
    """The first label that is sought, with its index."""
    index = int(np.flatnonzero(np.array(is_sought)[labels.codes])[0])
    return index, labels.names[labels.codes[index]]


def _whole(text: str) -> int | None:
    """The whole number that a text means, exactly: a real one merges those above 2 to the 53rd."""
    try:
        number = Decimal(text)
    except InvalidOperation:  # its exponent is beyond all bounds
        return None
    if (
        not number.is_finite() or number.adjusted() >= LONGEST_CLASS_NAME
    ):  # 1e999999999 fills memory
        return None
    return int(number) if number == number.to_integral_value() else None


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
    for channels in (GREY, RGB):
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
