"""Languages are chosen as RFC 9110 says, and write numbers as CLDR does."""

import pytest

from shared.web.languages import LANGUAGES, choose_language


@pytest.mark.parametrize(
    ("asked", "remembered", "accepted", "chosen"),
    [
        (None, None, None, "en"),
        ("es", "pt", "en", "es"),
        ("xx", "pt", "en", "pt"),
        (None, "", "de, es;q=0.5, pt-PT;q=0.9", "pt"),
        (None, None, "en;q=0, es;q=0.1", "es"),
        (None, None, "de-CH, fr;q=0.8", "en"),
        (None, None, "es_MX.UTF-8", "es"),
        (None, None, "es;q=high, pt;q=0.1", "pt"),
        ("PT-br", None, None, "pt"),
    ],
)
def test_the_language_of_a_request(
    asked: str | None, remembered: str | None, accepted: str | None, chosen: str
) -> None:
    assert choose_language(asked, remembered, accepted).code == chosen


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("en", ["1,234.50", "0", "\u221212", "1,234,567", "98.1%", "0"]),
        ("pt", ["1.234,50", "0", "\u221212", "1.234.567", "98,1%", "0"]),
        ("es", ["1234,50", "0", "\u221212", "1.234.567", "98,1\u00a0%", "0"]),
    ],
)
def test_numbers(code: str, written: list[str]) -> None:
    language = LANGUAGES[code]
    assert [
        language.number(1234.5, 2),
        language.number(0),
        language.number(-12),
        language.number(1234567),
        language.percentage(0.9812),
        language.number(-0.3),
    ] == written


def test_plurals() -> None:
    counts = (0, 1, 1.5, 2, 11)
    categories = {code: [it.plural(n) for n in counts] for code, it in LANGUAGES.items()}
    assert categories == {
        "en": ["other", "one", "other", "other", "other"],
        "pt": ["one", "one", "one", "other", "other"],
        "es": ["other", "one", "other", "other", "other"],
    }
