"""Bodies and answers as `/docs` describes them; the answers themselves are made by the core."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.metrics.options import EvaluationOptions

Label = int | str | bool
Number = int | float | None


class EvaluationRequest(EvaluationOptions):
    """True and predicted labels, one entry for each sample, and what is optional."""

    y_true: list[Label] = Field(
        description="The true label of each sample: all integers, all strings or all booleans."
    )
    y_pred: list[Label] | None = Field(
        default=None,
        description="The predicted label of each sample. Default: the class of the highest "
        "`y_score`, the first of equals.",
    )
    labels: list[Label] | None = Field(
        default=None,
        description="The classes and their order; must hold every label that occurs. Default: "
        "the labels that occur, ascending.",
    )
    sample_weight: list[float] | None = Field(
        default=None, description="The weight of each sample, finite and not negative. Default: 1."
    )
    y_score: list[float] | list[list[float]] | None = Field(
        default=None,
        description="Scores: a row for each sample with one number for each of `labels`, or one "
        "number for each sample, of the positive class of two.",
    )


class UndefinedNumber(BaseModel):
    """A number that has no value; it is null where it stands."""

    path: str = Field(description="Where it stands, as a JSON pointer.")
    reason: str
    limit: Literal["Infinity", "-Infinity"] | None = Field(
        description="Where the formula tends, if it does."
    )
    replaced_by: float | None = Field(
        default=None, description="What stands for it, if `zero_division` was given."
    )


class ClassRow(BaseModel):
    """One class against all others."""

    model_config = ConfigDict(extra="allow")

    label: Label
    support: int | float
    true_positives: int | float
    false_positives: int | float
    false_negatives: int | float
    true_negatives: int | float
    precision: float | None
    recall: float | None
    specificity: float | None
    f1_score: float | None


class Averages(BaseModel):
    """Means over the classes, by each usual rule; further rules may stand beside them."""

    model_config = ConfigDict(extra="allow")

    macro: dict[str, Number] = Field(description="Over the classes where it is defined.")
    micro: dict[str, Number] = Field(description="From the counts of all classes added up.")
    weighted: dict[str, Number] = Field(description="As macro, weighted by support.")
    macro_zero_filled: dict[str, Number] = Field(
        description="Undefined counts as 0, which is scikit-learn's default."
    )
    weighted_zero_filled: dict[str, Number]
    binary: dict[str, Number] | None = Field(
        default=None, description="The positive class's own values, if there is one."
    )


class Evaluation(BaseModel):
    """The answer to an evaluation. Numbers that have no value are null, and listed."""

    model_config = ConfigDict(extra="allow")

    n_samples: int
    labels: list[Label]
    confusion_matrix: list[list[int | float]] = Field(description="Rows are the true classes.")
    overall: dict[str, Number]
    averages: Averages
    per_class: list[ClassRow]
    undefined: list[UndefinedNumber]


_DIGITS = {
    "y_true": [7, 2, 1, 0, 4, 1, 4, 9, 5, 9],
    "y_pred": [7, 2, 1, 0, 4, 1, 4, 9, 6, 4],
}
_WORDS = {
    "y_true": ["cat", "dog", "cat", "bird", "dog", "cat"],
    "y_pred": ["cat", "dog", "dog", "bird", "dog", "cat"],
    "labels": ["cat", "dog", "bird"],
    "sample_weight": [1, 1, 0.5, 2, 1, 1],
}

EVALUATION_EXAMPLES: dict[str, Any] = {
    "digits": {"summary": "Digits: labels are integers", "value": _DIGITS},
    "words": {"summary": "Animals: labels are words, samples are weighted", "value": _WORDS},
}
