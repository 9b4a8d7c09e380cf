"""What every drawing is made from, and what it gives back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from services.metrics.plots.fonts import drawable
from services.metrics.plots.names import shown_names
from services.metrics.plots.options import PlotOptions
from services.metrics.plots.sheet import Sheet
from services.metrics.plots.themes import THEMES, Theme
from services.metrics.plots.words import Words

TWO_CLASSES = 2
MANY_SAMPLES = 1000
NEAR_ONE = 0.98


@dataclass(frozen=True, slots=True)
class Drawing:
    """A filled sheet and what it shows.

    Attributes:
        sheet: What was drawn.
        title: What it is called.
        description: What it shows, for those who do not see it.
    """

    sheet: Sheet
    title: str
    description: str


class Subject:
    """An answer with the words, names and colours that it is drawn with.

    Args:
        answer: Of an evaluation.
        options: What the caller chose.
    """

    def __init__(self, answer: dict[str, Any], options: PlotOptions) -> None:
        self.answer, self.options = answer, options
        self.words = Words(options.lang)
        self.theme: Theme = THEMES[options.theme]
        names = shown_names(answer["labels"], options.class_names)
        self.names = names if options.format == "svg" else [drawable(name)[0] for name in names]
        self.has_code_points = self.names != names
        self.width = float(options.width)

    @property
    def n_classes(self) -> int:
        """K."""
        return len(self.names)

    @property
    def is_narrow(self) -> bool:
        """Whether what stands beside a picture must stand below it."""
        return self.width < 560  # noqa: PLR2004  pixels

    @cached_property
    def name_of(self) -> dict[Any, str]:
        """The name of each label."""
        return dict(zip(self.answer["labels"], self.names, strict=True))

    @cached_property
    def whole(self) -> bool:
        """Whether samples are counted, not weighted."""
        return self.answer["confusion_matrix"].dtype.kind in "iu"

    @cached_property
    def positive(self) -> int | None:
        """The line of the positive of two classes."""
        if self.n_classes != TWO_CLASSES:
            return None
        label = self.answer.get("scores", {}).get("positive_label", self.answer["labels"][1])
        return int(self.answer["labels"].index(label))

    def title(self, key: str, **parts: object) -> str:
        """The caller's title, or the usual one."""
        return self.options.title or self.words(key, **parts)

    def with_interval(self, value: float | None, bounds: Sequence[float] | None) -> str:
        """A share and its interval, if it has one."""
        words = self.words
        digits = 2 if (self.answer["n_samples"] or 0) >= MANY_SAMPLES else 1
        if value is None or bounds is None:
            return words.share(value, digits)
        low, high = (words.share(bound, digits) for bound in bounds)
        return words("interval", value=words.share(value, digits), low=low, high=high)

    def areas(self, values: Iterable[float | None]) -> list[str]:
        """Areas as numbers of three digits, four if all are near 1."""
        listed = list(values)
        least = min((value for value in listed if value is not None), default=0.0)
        digits = 4 if least > NEAR_ONE else 3
        return [self.words.area(value, digits) for value in listed]

    def summary(self) -> str:
        """Samples, if it is known how many, classes and accuracy in a line."""
        accuracy = self.answer["overall"]["accuracy"]
        bounds = self.answer["intervals"]["overall"]["accuracy"]
        parts = {
            "classes": str(self.n_classes),
            "accuracy": self.with_interval(accuracy, bounds),
        }
        if (samples := self.answer["n_samples"]) is None:
            return self.words("summary-weights", **parts)
        return self.words("summary", samples=self.words.count(samples), **parts)

    def confusions(self) -> list[tuple[str, str]]:
        """The most confused pairs in words, and how often, the most frequent first."""
        support = {row["label"]: row["support"] for row in self.answer["per_class"]}
        words = self.words
        return [
            (
                words(
                    "confusion",
                    true=self.name_of[pair["true"]],
                    predicted=self.name_of[pair["predicted"]],
                ),
                words(
                    "of",
                    count=words.count(pair["weight"]),
                    support=words.count(support[pair["true"]]),
                    share=words.share(pair["share_of_true"]),
                ),
            )
            for pair in self.answer["notes"]["most_confused"]
        ]
