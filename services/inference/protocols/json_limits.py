"""Bounds on a JSON document, seen from its bytes before an object is made of any of it.

A list of nothing takes three bytes of text and a hundred of memory, so the size of a body
bounds little. What is counted here is what takes memory: lists, objects and their members.
"""

import re
from dataclasses import dataclass

import numpy as np

from shared.errors import InvalidInput, PayloadTooLarge

# A string, also one that never ends; possessive, so that no text takes more than one pass.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[{]}")
_CHUNK = 2**16


@dataclass(frozen=True, slots=True)
class JsonLimits:
    """How large a document may be in what it makes of memory.

    Attributes:
        max_nesting: Lists and objects within each other.
        max_values: Values in all lists and objects together.
        max_examples: Examples in a document of plain nested lists of numbers, whose values are
            not counted.
    """

    max_nesting: int = 32
    max_values: int = 1_000_000
    max_examples: int = 4096

    def check(self, text: bytes) -> None:
        """Refuse a document that is larger; it may still be no JSON at all.

        Raises:
            PayloadTooLarge: It has more values than allowed.
            InvalidInput: It is nested too deeply.
        """
        quotes = text.count(b'"')
        if quotes > 4 * self.max_values:  # each value may have a name: two strings
            raise self._too_many()
        bare = _STRING.sub(b"", text) if quotes else text
        opened = bare.count(b"[") + bare.count(b"{")
        if opened + bare.count(b",") > self.max_values:
            raise self._too_many()
        if opened > self.max_nesting and _nesting(bare, self.max_nesting) > self.max_nesting:
            raise InvalidInput(
                f"The JSON document is nested too deeply. At most {self.max_nesting} lists and "
                "objects may lie within each other."
            )

    def check_examples(self, n: int) -> None:
        """Refuse plain nested lists of more examples than allowed.

        Raises:
            PayloadTooLarge: They hold more.
        """
        check_examples(n, self.max_examples)

    def _too_many(self) -> PayloadTooLarge:
        return PayloadTooLarge(
            f"The JSON document may hold at most {self.max_values} values. Plain nested lists of "
            "numbers and binary tensors may be larger.",
            limit=self.max_values,
        )


def check_examples(n: int, most: int) -> None:
    """Refuse more examples than one request may hold.

    Raises:
        PayloadTooLarge: There are more.
    """
    if n > most:
        raise PayloadTooLarge(
            f"A request may hold at most {most} examples. Received: {n}", limit=most
        )


def _nesting(bare: bytes, enough: int) -> int:
    """How deep brackets lie within each other; once it is more than `enough`, that is said."""
    steps = np.frombuffer(bare.translate(_STEPS, _NO_BRACKETS), np.int8)
    depth = deepest = 0
    for start in range(0, len(steps), _CHUNK):
        depths = depth + np.cumsum(steps[start : start + _CHUNK], dtype=np.int64)
        depth, deepest = int(depths[-1]), max(deepest, int(depths.max()))
        if deepest > enough:
            break
    return deepest
