"""Languages: which one a request wants, and how each writes numbers and plurals; pure.

References:
    RFC 9110, section 12.5.4 (Accept-Language). Unicode CLDR 46: plural rules and number
    patterns of `en`, `pt` (as in Brazil) and `es`.
"""

from collections.abc import Callable
from dataclasses import dataclass

NO_BREAK_SPACE = "\u00a0"


@dataclass(frozen=True, slots=True)
class Language:
    """How a language is named, and how it writes numbers.

    Attributes:
        code: Names its catalogue: `pt`.
        tag: As in HTML and for `Intl` in the browser: `pt-BR`.
        name: What it calls itself.
        decimal: Its decimal mark.
        group: What stands between groups of three digits.
        group_from: The fewest digits of a number that is grouped.
        percent: What a percentage ends in.
        is_one: Whether a count takes the singular.
    """

    code: str
    tag: str
    name: str
    decimal: str
    group: str
    group_from: int
    percent: str
    is_one: Callable[[float], bool]

    def number(self, value: float, digits: int = 0) -> str:
        """The number with this many digits after the decimal mark."""
        whole, _, fraction = f"{abs(value):.{digits}f}".partition(".")
        if len(whole) >= self.group_from:
            whole = f"{int(whole):,}".replace(",", self.group)
        written = f"{whole}{self.decimal}{fraction}" if fraction else whole
        is_zero = not any(character in "123456789" for character in written)
        return written if value >= 0 or is_zero else f"\u2212{written}"

    def percentage(self, share: float, digits: int = 1) -> str:
        """A share of one, as a percentage with this many digits after the mark."""
        return self.number(share * 100, digits) + self.percent

    def plural(self, count: float) -> str:
        """The plural category of a count: `one` or `other`."""
        return "one" if self.is_one(count) else "other"


LANGUAGES = {
    language.code: language
    for language in (
        Language("en", "en", "English", ".", ",", 4, "%", lambda n: n == 1),
        Language("pt", "pt-BR", "Português", ",", ".", 4, "%", lambda n: int(abs(n)) in {0, 1}),
        Language("es", "es", "Español", ",", ".", 5, f"{NO_BREAK_SPACE}%", lambda n: n == 1),
    )
}
DEFAULT_LANGUAGE = LANGUAGES["en"]


def choose_language(asked: str | None, remembered: str | None, accepted: str | None) -> Language:
    """The language of an answer.

    Args:
        asked: What the address says, as a language tag.
        remembered: What the cookie says.
        accepted: The header `Accept-Language`.

    Returns:
        The first of these that names a language we have; English otherwise.
    """
    for tag in (asked, remembered, *_by_preference(accepted or "")):
        if language := find_language(tag):
            return language
    return DEFAULT_LANGUAGE


def find_language(tag: str | None) -> Language | None:
    """The language of a tag, of which the first part decides: `pt-PT` is served as `pt`."""
    return LANGUAGES.get((tag or "").strip().lower().replace("_", "-").partition("-")[0])


def _by_preference(header: str) -> list[str]:
    """The tags of an `Accept-Language` header, the most wanted first; refused ones left out."""
    wanted: list[tuple[float, str]] = []
    for item in header.split(","):
        tag, _, parameter = item.partition(";")
        try:
            quality = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if quality > 0:
            wanted.append((quality, tag))
    return [tag for _, tag in sorted(wanted, key=lambda it: -it[0])]
