"""Fonts for PNGs: which of those installed has a character, and what stands for it if none."""

from collections.abc import Iterator
from functools import lru_cache

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

FAMILY = "DejaVu Sans"  # comes with matplotlib


def drawable(text: str) -> tuple[str, list[str]]:
    """The text as PNGs show it, and the fonts for it, the first the usual one.

    A run of characters that no font has is written as code points, so that names stay apart.
    """
    families, parts = [FAMILY], []
    was_missing = False
    for character in text:
        family = _family_with(ord(character))
        if family is None:
            parts.append(f"{'·' if was_missing else 'U+'}{ord(character):04X}")
        else:
            parts.append(character)
            if family not in families:
                families.append(family)
        was_missing = family is None
    return "".join(parts), families


@lru_cache(maxsize=65_536)
def _family_with(code: int) -> str | None:
    return next((name for name, codes in _coverage() if code in codes), None)


@lru_cache(maxsize=1)
def _coverage() -> list[tuple[str, frozenset[int]]]:
    """What each upright font of usual weight covers, the usual font first."""
    entries = sorted(_regular(), key=lambda entry: (entry.name != FAMILY, entry.name))
    found: dict[str, frozenset[int]] = {}
    for entry in entries:
        if entry.name not in found:
            try:
                font = FT2Font(entry.fname)
                font.set_size(12, 72)  # fails for fonts of fixed sizes, as some of emoji are
                found[entry.name] = frozenset(font.get_charmap())
            except (OSError, RuntimeError, ValueError):
                continue
    return list(found.items())


def _regular() -> Iterator[font_manager.FontEntry]:
    for entry in font_manager.fontManager.ttflist:
        # The font of last resort has a box with a question for everything.
        if entry.name.startswith("Last Resort"):
            continue
        if entry.style == "normal" and entry.weight in (400, "normal", "regular", "book"):
            yield entry
