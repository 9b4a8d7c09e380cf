"""What authors call a value: weak, fair, good. Opinions, each with its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Scale:
    """Words for the values of a statistic.

    Attributes:
        statistic: Its id.
        source: Who proposed the words.
        words: The least value of each word, ascending; the first holds for all below too.
        overall: Whether the statistic is of the whole table, or of a class.
    """

    statistic: str
    source: str
    words: tuple[tuple[float, str], ...]
    overall: bool = True

    def word(self, value: float) -> str:
        """What the source calls the value."""
        found = self.words[0][1]
        for least, word in self.words:
            if value >= least:
                found = word
        return found


_LOW = float("-inf")
_KAPPA = "cohen_kappa"

SCALES = (
    Scale(
        _KAPPA,
        "Landis & Koch 1977, Biometrics 33",
        ((_LOW, "poor"), (0.0, "slight"), (0.2, "fair"), (0.4, "moderate"),
         (0.6, "substantial"), (0.8, "almost perfect")),
    ),
    Scale(
        _KAPPA,
        "Fleiss 1981, Statistical Methods for Rates and Proportions",
        ((_LOW, "poor"), (0.4, "intermediate to good"), (0.75, "excellent")),
    ),
    Scale(
        _KAPPA,
        "Altman 1991, Practical Statistics for Medical Research",
        ((_LOW, "poor"), (0.2, "fair"), (0.4, "moderate"), (0.6, "good"), (0.8, "very good")),
    ),
    Scale(
        _KAPPA,
        "Cicchetti 1994, Psychological Assessment 6",
        ((_LOW, "poor"), (0.4, "fair"), (0.59, "good"), (0.74, "excellent")),
    ),
    Scale(
        "cramer_v",
        "Rea & Parker 1992, Designing and Conducting Survey Research",
        ((_LOW, "negligible"), (0.1, "weak"), (0.2, "moderate"), (0.4, "relatively strong"),
         (0.6, "strong"), (0.8, "very strong")),
    ),
    Scale(
        "matthews_corrcoef",
        "Mukaka 2012, Malawi Medical Journal 24",
        ((_LOW, "negligible"), (0.3, "weak"), (0.5, "moderate"), (0.7, "strong"),
         (0.9, "very strong")),
    ),
    Scale(
        "krippendorff_alpha",
        "Krippendorff 2004, Content Analysis",
        ((_LOW, "low"), (0.667, "tentative"), (0.8, "high")),
    ),
    Scale(
        "positive_likelihood_ratio",
        "Raslich, Markert & Stutes 2007, Biochemia Medica 17",
        ((_LOW, "negligible"), (1.0, "poor"), (5.0, "fair"), (10.0, "good")),
        overall=False,
    ),
    Scale(
        "negative_likelihood_ratio",
        "Raslich, Markert & Stutes 2007, Biochemia Medica 17",
        ((_LOW, "good"), (0.1, "fair"), (0.2, "poor"), (0.5, "negligible")),
        overall=False,
    ),
    Scale(
        "balanced_accuracy",
        "Simundic 2009, EJIFCC 19 (for the area under the curve)",
        ((_LOW, "poor"), (0.6, "fair"), (0.7, "good"), (0.8, "very good"), (0.9, "excellent")),
        overall=False,
    ),
    Scale(
        "yule_q",
        "Davis 1971, Elementary Survey Analysis",
        ((_LOW, "negligible"), (0.25, "weak"), (0.5, "moderate"), (0.75, "strong")),
        overall=False,
    ),
    Scale(
        "discriminant_power_log10",
        "Sokolova, Japkowicz & Szpakowicz 2006",
        ((_LOW, "poor"), (1.0, "limited"), (2.0, "fair"), (3.0, "good")),
        overall=False,
    ),
)  # fmt: skip


def described(overall: Mapping[str, Any], per_class: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The `bands` member of an answer, from the numbers in it; null where they are undefined."""
    answer = []
    for scale in SCALES:
        entry: dict[str, Any] = {"statistic": scale.statistic, "source": scale.source}
        if scale.overall and scale.statistic in overall:
            answer.append(entry | {"overall": _word(scale, overall[scale.statistic])})
        elif not scale.overall and scale.statistic in per_class[0]:
            words = [_word(scale, row[scale.statistic]) for row in per_class]
            answer.append(entry | {"per_class": words})
    return answer


def _word(scale: Scale, value: float | None) -> str | None:
    return None if value is None else scale.word(value)
