"""Reads large arrays of numbers in JSON without making a Python object of each number.

simdjson gives the numbers of nested lists as one flat buffer, whatever the lists look like.
That they look as they should is seen from the document without its numbers: what is left
when digits, signs and white space are taken away must be, byte for byte, the brackets of
a tensor of the right shape. Where it is not, the caller reads the document the slow way,
and finds what is wrong.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import simdjson
from numpy.typing import NDArray

_OF_NUMBERS = b"0123456789.eE+- \t\r\n"
# Documents of this size and more are worth it; it is also the most that a parser keeps.
_MAX_KEPT_BYTES = 4 * 2**20


def without_numbers(text: bytes) -> bytes:
    """What is left of a JSON text without the bytes that numbers and white space consist of."""
    return text.translate(None, _OF_NUMBERS)


def brackets(shape: tuple[int, ...]) -> bytes:
    """What is left of the nested lists of a tensor of this shape."""
    inner = b""
    for length in reversed(shape):
        inner = b"[" + b",".join([inner] * length) + b"]"
    return inner


class FloatReader:
    """Reads arrays of numbers; keeps its parsers, because a new one allocates anew."""

    def __init__(self) -> None:
        self._idle: list[simdjson.Parser] = []

    def read(self, body: bytes, find: Callable[[Any], Any]) -> NDArray[np.float32] | None:
        """The numbers of one array in a document, flat, or nothing if it cannot be read so.

        Args:
            body: The document.
            find: Takes the parsed document, returns the array in it; may raise `KeyError`.
        """
        try:
            parser = self._idle.pop()
        except IndexError:
            parser = simdjson.Parser()
        try:
            numbers = _numbers(parser, body, find)
        except (KeyError, TypeError, ValueError, RuntimeError, AttributeError, IndexError):
            return None  # the parser may still hold the document, and is let go with it
        if len(body) <= _MAX_KEPT_BYTES:
            self._idle.append(parser)
        return numbers


def _numbers(
    parser: simdjson.Parser, body: bytes, find: Callable[[Any], Any]
) -> NDArray[np.float32]:
    document = parser.parse(body)
    flat = np.frombuffer(find(document).as_buffer(of_type="d"))
    with np.errstate(over="ignore"):  # beyond float32 is infinite, and refused as such
        return flat.astype(np.float32)
