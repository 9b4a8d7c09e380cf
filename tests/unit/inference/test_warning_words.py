"""Every warning that an answer can hold is one that the page can say in other languages."""

import json

import pytest

from services.inference.main import WEB
from services.inference.pictures import preprocessing
from services.inference.warning_words import PREFIX, WarningWords
from shared.pictures import decoding

ENGLISH = json.loads((WEB / "text" / "en.json").read_text("utf-8"))
WORDS = WarningWords({key: text for key, text in ENGLISH.items() if key.startswith(PREFIX)})
SENTENCES = [
    *decoding._FIRST_OF_SEVERAL.values(),
    *(
        text
        for name, text in vars(preprocessing).items()
        if name.startswith("_") and isinstance(text, str) and text.endswith(".")
        if not name.startswith("__")
    ),
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_sentence_of_the_code_has_its_key(sentence: str) -> None:
    [(key, _)] = WORDS.keyed([sentence])
    assert ENGLISH[key] == sentence


def test_there_are_sentences_to_compare() -> None:
    assert len(SENTENCES) >= 7


def test_numbers_are_taken_out_doubles_and_what_is_seen_anyway_left_out() -> None:
    too_many = "There are more digits than are read: the 16 most prominent."
    several = "3 digits were found; the label is the most prominent one's."
    assert WORDS.keyed([too_many, several, too_many, "Something new."]) == [
        ("warning.too-many", 16),
        ("", "Something new."),
    ]
