"""JSON bodies, read into buffers rather than lists wherever the values allow it.

simdjson writes an array of numbers straight into a buffer, and in doing so flattens nested
arrays silently. Opening brackets are therefore counted in the text: if there are as many as
arrays were expected, nothing is nested and the buffers are right; if not, the slow path looks
at every value and names the one that is wrong.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import simdjson
from numpy.typing import NDArray

from services.metrics import labels as label_arrays
from services.metrics.faults import (
    InvalidNumbers,
    LengthMismatch,
    UnreadableBody,
    one_fault,
    shown,
)
from services.metrics.inputs.fields import Column, Fields, escaped, pointer_to
from services.metrics.labels import LabelArray, LabelKind
from shared.errors import InvalidInput


def read(body: bytes | bytearray, wanted: Fields) -> tuple[dict[str, Column], dict[str, Any]]:
    """The arrays of a JSON object and its other members.

    Raises:
        UnreadableBody: The body is no JSON object.
        InvalidInput: An array holds what it must not.
    """
    document = _parse(body)
    options: dict[str, Any] = {}
    found: dict[str, Any] = {}
    for name in _names(document, "#"):
        value = document[name]
        if name not in wanted.arrays:
            options[name] = _plain(value)
        elif name in wanted.maps and isinstance(value, simdjson.Object):
            for inner in _names(value, f"#/{name}"):
                found[f"{name}.{inner}"] = value[inner]
        elif value is not None:
            found[name] = value
    flat = body.count(b"[") == _expected_brackets(found, options, wanted)
    return {n: _column(n, v, wanted, flat=flat) for n, v in found.items()}, options


def _names(document: simdjson.Object, pointer: str) -> list[str]:
    """The names of the members, each of which may stand once."""
    names = list(document.keys())
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        detail = f"A member may stand once. Received: {twice} twice."
        raise one_fault(InvalidInput, f"{pointer}/{escaped(twice)}", detail)
    return names


def _parse(body: bytes | bytearray) -> simdjson.Object:
    try:
        document = simdjson.Parser().parse(body)
    except (ValueError, RuntimeError) as error:
        raise _why_unreadable(body) from error
    if not isinstance(document, simdjson.Object):
        received = "an array" if isinstance(document, simdjson.Array) else shown(document)
        raise one_fault(UnreadableBody, "#", f"A JSON object is expected. Received: {received}.")
    return document


def _why_unreadable(body: bytes | bytearray) -> InvalidInput:
    """What is wrong with the text, and where; numbers that JSON lacks are named as such."""
    try:
        document = json.loads(body)  # takes NaN and Infinity, which JSON has not
    except (ValueError, RecursionError) as error:
        received = f"{len(body)} bytes, {error}" if body else "an empty body"
        return one_fault(UnreadableBody, "#", f"The body is not JSON. Received: {received}.")
    for name, value in document.items() if isinstance(document, dict) else ():
        values = value if isinstance(value, list) else [value]
        for index, entry in enumerate(values):
            cells = entry if isinstance(entry, list) else [entry]
            for column, cell in enumerate(cells):
                if isinstance(cell, float) and not math.isfinite(cell):
                    steps = [index] * isinstance(value, list) + [column] * isinstance(entry, list)
                    at = "/".join(["#", escaped(name), *map(str, steps)])
                    detail = f"JSON has finite numbers only. Received: {cell} at index {index}."
                    return one_fault(InvalidNumbers, at, detail)
    return one_fault(UnreadableBody, "#", "The body is not JSON as RFC 8259 defines it.")


def _expected_brackets(found: dict[str, Any], options: dict[str, Any], wanted: Fields) -> int:
    """How many arrays open if no labels are nested and scores have one row a sample."""
    count = sum(isinstance(value, list) for value in options.values())
    for name, value in found.items():
        if isinstance(value, simdjson.Array):
            count += 1
            if wanted.holds_scores(name) and len(value) and isinstance(value[0], simdjson.Array):
                count += len(value)
    return count


def _plain(value: Any) -> Any:
    if isinstance(value, simdjson.Array):
        return value.as_list()
    if isinstance(value, simdjson.Object):
        return value.as_dict()
    return value


def _column(name: str, value: Any, wanted: Fields, *, flat: bool) -> Column:
    pointer = pointer_to(name)
    if not isinstance(value, simdjson.Array):
        received = "an object" if isinstance(value, simdjson.Object) else shown(value)
        raise one_fault(InvalidInput, pointer, f"An array is expected. Received: {received}.")
    if len(value) == 0:
        detail = "At least one entry is needed. Received: an empty array."
        raise one_fault(LengthMismatch, pointer, detail)
    if wanted.holds_labels(name):
        return _label_column(value, pointer, flat=flat)
    if wanted.holds_scores(name):
        return _score_column(value, pointer, flat=flat)
    return _numbers(value, pointer, flat=flat)


def _label_column(value: simdjson.Array, pointer: str, *, flat: bool) -> LabelArray:
    if flat and isinstance(value[0], int) and not isinstance(value[0], bool):
        try:
            buffer = value.as_buffer(of_type="i")
        except (TypeError, ValueError):  # the slow path says which value and why
            pass
        else:
            return LabelArray(LabelKind.INTEGER, np.frombuffer(buffer, np.int64))
    return label_arrays.from_values(value.as_list(), pointer)


def _numbers(value: simdjson.Array, pointer: str, flat: bool) -> NDArray[np.float64]:
    if flat:
        try:
            return np.frombuffer(value.as_buffer(of_type="d"), np.float64)
        except (TypeError, ValueError):  # the slow path says which value and why
            pass
    return _checked_row(value.as_list(), pointer)


def _score_column(value: simdjson.Array, pointer: str, *, flat: bool) -> NDArray[np.float64]:
    first = value[0]
    if not isinstance(first, simdjson.Array):
        return _checked_row(value.as_list(), pointer)
    width = len(first)
    for index, row in enumerate(value):
        if not isinstance(row, simdjson.Array) or len(row) != width:
            received = f"{len(row)} numbers" if isinstance(row, simdjson.Array) else shown(row)
            detail = f"Every row must have {width} numbers. Received: {received} in row {index}."
            raise one_fault(LengthMismatch, f"{pointer}/{index}", detail)
    try:
        numbers = np.frombuffer(value.as_buffer(of_type="d"), np.float64)
    except (TypeError, ValueError):
        numbers = np.empty(0)
    if flat and len(numbers) == len(value) * width:
        return numbers.reshape(len(value), width)
    lists: list[Any] = value.as_list()
    rows = [_checked_row(row, f"{pointer}/{i}") for i, row in enumerate(lists)]
    return np.array(rows)


def _checked_row(values: list[Any], pointer: str) -> NDArray[np.float64]:
    for index, value in enumerate(values):
        if type(value) not in (int, float):
            detail = f"Numbers are expected. Received: {shown(value)} at index {index}."
            raise one_fault(InvalidNumbers, f"{pointer}/{index}", detail)
    return np.array(values, np.float64)


def refuse_given_twice(body: Mapping[str, Any], query: Mapping[str, Any]) -> None:
    """Raise if an option stands in the body and in the query."""
    for name in body.keys() & query.keys():
        detail = f"The option stands in the body and in the query. Received: {name} twice."
        raise one_fault(InvalidInput, f"#/{escaped(name)}", detail)
