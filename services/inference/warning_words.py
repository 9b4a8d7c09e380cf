"""The warnings of answers, told apart so that the page can say them in other languages; pure.

Services warn in English sentences; the catalogue of the page holds the same sentences.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

PREFIX = "warning."
SHOWN_OTHERWISE = "warning.several"  # the page shows every digit


class WarningWords:
    """Finds the key of a sentence.

    Args:
        english: The sentences by their keys; `{n}` stands for a whole number.
    """

    def __init__(self, english: Mapping[str, str]) -> None:
        self.sentences = english
        self._forms = {
            key: re.compile(re.escape(sentence).replace(r"\{n\}", r"(?P<n>\d+)"))
            for key, sentence in english.items()
        }

    def keyed(self, warnings: Iterable[str]) -> Sequence[tuple[str, int | str]]:
        """Each warning once, as key and number; one that is not known as itself without key.

        What the page shows otherwise is left out.
        """
        found = [self._keyed(warning) for warning in dict.fromkeys(warnings)]
        return [pair for pair in found if pair[0] != SHOWN_OTHERWISE]

    def _keyed(self, warning: str) -> tuple[str, int | str]:
        for key, form in self._forms.items():
            if match := form.fullmatch(warning):
                return key, int(match.groupdict().get("n") or 0)
        return "", warning
