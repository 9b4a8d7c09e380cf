"""Names of classes as a picture can show them: clean, measured, and cut where they must be."""

import unicodedata
from collections.abc import Sequence

from services.metrics.faults import InvalidOption, one_fault
from services.metrics.labels import Label

ELLIPSIS = "…"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Of DejaVu Sans, in parts of the size: wide enough that nearly all text is narrower.
USUAL_ADVANCE, WIDE_ADVANCE, NARROW_ADVANCE, CAPITAL_ADVANCE = 0.635, 1.05, 0.37, 0.75
NARROW = frozenset("iIjl.,:;'|!()[] tfr\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}")


def shown_names(labels: Sequence[Label], given: Sequence[str] | None) -> list[str]:
    """What each class is called.

    Args:
        labels: The classes of an answer.
        given: What the caller calls them; None if as they are.

    Raises:
        InvalidOption: There are not as many names as classes.
    """
    if given is None:
        return [str(x).lower() if isinstance(x, bool) else clean(str(x)) for x in labels]
    if len(given) != len(labels):
        detail = f"A name is needed for each of the {len(labels)} classes. Received: {len(given)}."
        raise one_fault(InvalidOption, "#/query/class_names", detail)
    return [clean(name) for name in given]


def clean(text: str) -> str:
    """The text in one line, without what XML cannot hold."""
    return " ".join("".join(map(_drawable, text)).split()) or REPLACEMENT


def _drawable(character: str) -> str:
    if character.isspace():
        return " "
    # Control characters, halves of surrogate pairs and the two non-characters of XML.
    if unicodedata.category(character) in {"Cc", "Cs"} or character in "\ufffe\uffff":
        return REPLACEMENT
    return character


def width_of(text: str, size: float) -> float:
    """About how wide the text is, in pixels, erring on the side of too wide."""
    return size * sum(map(_advance, text))


def _advance(character: str) -> float:
    if character in NARROW:
        return NARROW_ADVANCE
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Cf"}:
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return WIDE_ADVANCE
    return CAPITAL_ADVANCE if character.isupper() or character in "%mw@→" else USUAL_ADVANCE


def cut(text: str, width: float, size: float) -> str:
    """The text, or as much of its beginning as the width holds."""
    if width_of(text, size) <= width:
        return text
    kept = len(text)
    while kept > 1 and width_of(text[:kept], size) + size > width:
        kept -= 1
    return text[:kept].rstrip() + ELLIPSIS


def cut_apart(names: Sequence[str], width: float, size: float) -> list[str]:
    """Each name cut to the width; those whose beginnings are alike are cut in their middle."""
    short = [cut(name, width, size) for name in names]
    seen: dict[str, int] = {}
    for name in short:
        seen[name] = seen.get(name, 0) + 1
    return [
        text if seen[text] == 1 or text == name else _cut_middle(name, width, size)
        for name, text in zip(names, short, strict=True)
    ]


def _cut_middle(text: str, width: float, size: float) -> str:
    ends = len(text) // 2
    while ends > 1 and width_of(text[:ends] + text[-ends:], size) + size > width:
        ends -= 1
    return text[:ends] + ELLIPSIS + text[-ends:]


def wrapped(text: str, width: float, size: float) -> list[str]:
    """The text in lines of at most the width; a longer word is cut."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and width_of(f"{lines[-1]} {word}", size) <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(cut(word, width, size))
    return lines
