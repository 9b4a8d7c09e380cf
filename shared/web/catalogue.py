"""The words of the pages, in every language, from files `text/<language>.json`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from shared.web.languages import LANGUAGES, Language

Entry = str | dict[str, str]


class Catalogue:
    """The words of some folders, later ones added to earlier ones.

    An entry is a text with `{placeholders}`, or `{"one": ..., "other": ...}` of such texts, of
    which the value `n` chooses one by the plural rules of the language.

    Args:
        folders: Each holds one file for each language.

    Raises:
        ValueError: Two folders have the same key.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._entries = {code: _read(folders, code) for code in LANGUAGES}

    def entries(self, language: Language) -> Mapping[str, Entry]:
        """All words in a language, for scripts."""
        return self._entries[language.code]

    def text(self, language: Language, key: str, **values: Any) -> Markup:
        """The words of a key, safe in HTML.

        Args:
            language: In which.
            key: Which.
            values: For the placeholders. Numbers are written as the language does; `Markup`
                stays as it is, everything else is escaped.

        Raises:
            KeyError: Nothing has this key, or a placeholder has no value.
        """
        entry = self._entries[language.code][key]
        if isinstance(entry, dict):
            entry = entry[language.plural(values["n"])]
        return Markup(escape(entry)).format(  # noqa: S704  escaped just before
            **{name: _written(language, value) for name, value in values.items()}
        )


def _written(language: Language, value: Any) -> Any:
    return language.number(value) if isinstance(value, int) else value


def _read(folders: Sequence[Path], code: str) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for folder in folders:
        found = json.loads((folder / f"{code}.json").read_text("utf-8"))
        if twice := entries.keys() & found.keys():
            raise ValueError(f"{folder}: these keys are taken: {', '.join(sorted(twice))}")
        entries.update(found)
    return entries
