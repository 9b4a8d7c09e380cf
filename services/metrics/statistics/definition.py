"""What the service says about each of its statistics, beside the formula itself."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Any, Literal

from services.metrics.arrays import Floats
from services.metrics.binary_counts import BinaryCounts
from services.metrics.tables import Table


class Best(StrEnum):
    """Where a good classifier's value lies."""

    HIGHER = "higher"
    LOWER = "lower"
    ZERO = "zero"
    ONE = "one"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What is known of a statistic in the literature.

    Attributes:
        id: Its key in every answer; one key for one definition.
        title: Its usual name.
        formula: How it is computed, in the symbols that the catalogue explains.
        group: The part of the answer that holds it, as `include` names it.
        low: The least value that it can take.
        high: The greatest value that it can take.
        best: Where good values lie.
        undefined: When it has no value.
        aliases: Other names, and the names that other libraries use.
        reference: Where it was defined.
    """

    id: str
    title: str
    formula: str
    group: str = "headline"
    low: float = 0.0
    high: float = 1.0
    best: Best = Best.HIGHER
    undefined: str = ""
    aliases: tuple[str, ...] = ()
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassStatistic(Description):
    """One number for each class, from the class's own four counts.

    Attributes:
        compute: The formula over the counts; NaN where undefined, an infinity at a limit.
        averaged: Whether a mean over the classes means anything.
        counts: Whether it is a count: a whole number if the samples have no weights.
        fills: Whether `zero_division` replaces its undefined values.
    """

    compute: Callable[[BinaryCounts], Any]
    averaged: bool = True
    counts: bool = False
    fills: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStatistic(Description):
    """One number for each class that needs the class's whole row and column."""

    compute: Callable[[Table], Floats]
    averaged: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OverallStatistic(Description):
    """One number for the whole table.

    Attributes:
        compute: The formula over the table.
        replicable: Whether it is cheap enough to be computed for every bootstrap replicate.
    """

    compute: Callable[[Table], Any]
    replicable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreStatistic(Description):
    """A number from scores; `statistics.ranking` and its neighbours compute it.

    Attributes:
        of: What it describes: one class's ranking, all classes' rankings, or probabilities.
        compute: The formula over that thing.
    """

    of: Literal[
        "ranking",
        "rankings",
        "probabilities",
        "calibration",
        "decision",
        "label_sets",
        "label_rankings",
    ]
    compute: Callable[[Any], Any]


UNBOUNDED = inf
NO_COUNT = "samples are weighted, so there is no count of them"
NO_ACTUAL = "no sample is of the class (TP + FN = 0)"
NO_NEGATIVE = "every sample is of the class (FP + TN = 0)"
NO_PREDICTED = "no sample is predicted as the class (TP + FP = 0)"
NO_REJECTED = "every sample is predicted as the class (FN + TN = 0)"
NO_POSITIVE = "the class is neither true nor predicted for any sample (TP + FP + FN = 0)"
NO_MARGIN = "the class is true, or predicted, for every sample or for none"
NO_BOTH = f"{NO_ACTUAL}, or {NO_NEGATIVE}"
