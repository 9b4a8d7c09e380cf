"""What can be wrong with the numbers that are to be marked, free of HTTP.

InvalidInput
├── InvalidLabels           labels that are mixed, nested, missing or not declared
├── InvalidNumbers          weights or scores that are not finite, negative, or of the wrong shape
├── LengthMismatch          arrays that should have one entry for each sample
├── TooManyClasses          more distinct labels than the service's limit
├── UnreadableBody          bytes that are not what their content type says
└── InvalidOption           a choice that does not exist or does not fit the input
"""

from typing import TypeVar

from shared.errors import Fault, InvalidInput

ErrorT = TypeVar("ErrorT", bound=InvalidInput)

MAX_ECHO_CHARACTERS = 80


class InvalidLabels(InvalidInput):
    """Labels are integers, strings or booleans, of one kind, each among those declared."""

    slug = "invalid-labels"
    title = "The labels cannot be used"


class InvalidNumbers(InvalidInput):
    """Weights and scores are finite numbers, in the range and shape that their meaning asks for."""

    slug = "invalid-numbers"
    title = "The numbers cannot be used"


class LengthMismatch(InvalidInput):
    """Every array has one entry for each sample, in the same order, and there is a sample."""

    slug = "length-mismatch"
    title = "The arrays do not fit together"


class TooManyClasses(InvalidInput):
    """There are more distinct labels than the service's limit, so no matrix of them is made."""

    slug = "too-many-classes"
    title = "There are too many classes"


class UnreadableBody(InvalidInput):
    """The body is not what its content type says, or it was cut short."""

    slug = "unreadable-body"
    title = "The body cannot be read"


class InvalidOption(InvalidInput):
    """An option has a value that does not exist, or that does not fit the input."""

    slug = "invalid-option"
    title = "The option cannot be used"


def one_fault(kind: type[ErrorT], pointer: str, detail: str) -> ErrorT:
    """An error of the kind with a single fault, whose text is the error's own."""
    return kind(detail, [Fault(pointer, detail)])


def shown(value: object) -> str:
    """A value as an error message may show it: short, and plain about its type."""
    text = repr(value) if not isinstance(value, bool | type(None)) else str(value).lower()
    text = "null" if value is None else text
    return text if len(text) <= MAX_ECHO_CHARACTERS else text[:MAX_ECHO_CHARACTERS] + "…"
