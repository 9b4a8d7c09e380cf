"""Answers."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Label = int | str | bool
Number = int | float | None


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


class IgnoredLabel(BaseModel):
    """A true label whose samples were left out."""

    label: Label
    n_samples: int


class Ignored(BaseModel):
    """Samples that were left out."""

    n_samples: int
    labels: list[IgnoredLabel]


class LabelIntervals(BaseModel):
    """Confidence intervals, beside the numbers of the same names; null where there is none."""

    confidence_level: float
    effective_samples: float | None = Field(
        description="What weighted samples are worth, after Kish; null if a matrix of weights was "
        "sent, and then there are no intervals."
    )
    methods: dict[str, dict[str, str]]
    overall: dict[str, tuple[float, float] | None]
    cohen_kappa_test: dict[str, float | None] = Field(
        description="Standard error, that without agreement beyond chance, and z and p of it."
    )
    averages: dict[str, dict[str, tuple[float, float] | None]]
    per_class: list[dict[str, Any]]


class Cell(BaseModel):
    """The samples of one true and one predicted class."""

    true: Label
    predicted: Label
    count: int
    indices: list[int] = Field(description="From 0 on, in the order sent; at most `max_listed`.")


class Evaluation(BaseModel):
    """The answer to an evaluation. Numbers that have no value are null, and listed."""

    model_config = ConfigDict(extra="allow")

    n_samples: int | None = Field(description="Null if a matrix of weights was sent.")
    labels: list[Label]
    confusion_matrix: list[list[int | float]] = Field(description="Rows are the true classes.")
    overall: dict[str, Number]
    averages: Averages
    per_class: list[ClassRow]
    notes: dict[str, Any] = Field(
        description="Classes never predicted or never true, the most confused pairs, and "
        "exp(H), how many equally frequent classes would be as hard to guess."
    )
    intervals: LabelIntervals
    ignored: Ignored | None = Field(
        default=None, description="With `ignore`: what was left out; `n_samples` is what is left."
    )
    matrices: dict[str, list[list[float | None]]] | None = Field(
        default=None, description="With `include: matrices`: the matrix in other forms."
    )
    positions: list[Cell] | None = Field(
        default=None,
        description="With `include: positions`: which samples are in each cell, errors first.",
    )
    baselines: dict[str, Any] | None = Field(
        default=None,
        description="With `include: baselines`: the headline of guessing by `majority`, `prior` "
        "and `uniform`, from the truth alone.",
    )
    bands: list[dict[str, Any]] | None = Field(
        default=None, description="With `include: bands`: what authors call the values."
    )
    groups: dict[str, Any] | None = Field(
        default=None,
        description="With `groups`: by grouping `by_group`, `pairs`, `gaps`, `fairness`.",
    )
    bootstrap: dict[str, Any] | None = Field(
        default=None, description="With `bootstrap_replicates`: intervals laid out as above."
    )
    scores: dict[str, Any] | None = Field(
        default=None,
        description="With `y_score`: `overall`, `per_class`, `calibration`, `intervals`, with "
        "`include: curves` also `curves` and `pairwise_roc_auc`, and with "
        "`score_bootstrap_replicates` also `bootstrap`.",
    )
    undefined: list[UndefinedNumber]


class MultilabelEvaluation(BaseModel):
    """The answer to a multilabel evaluation."""

    n_samples: int
    labels: list[Label]
    overall: dict[str, Number]
    averages: dict[str, dict[str, Number]] = Field(
        description="As of an evaluation, and `samples`: the mean over the samples."
    )
    per_class: list[ClassRow]
    matrices: dict[str, list[list[list[int | float]]]] | None = Field(
        default=None,
        description="With `include: matrices`: `[[TN, FP], [FN, TP]]` of each label "
        "(`per_class`) and of each sample (`per_sample`).",
    )
    scores: dict[str, Any] | None = Field(
        default=None,
        description="With `y_score`: `overall` and `per_class`, areas and the ranking of labels.",
    )
    undefined: list[UndefinedNumber]


class Comparison(BaseModel):
    """The answer to a comparison."""

    model_config = ConfigDict(extra="allow")

    n_samples: int
    labels: list[Label]
    ignored: Ignored | None = Field(
        default=None, description="With `ignore`: what was left out; `n_samples` is what is left."
    )
    models: list[dict[str, Any]] = Field(description="Each model's accuracy with its interval.")
    confidence_level: float
    cochran_q: dict[str, float] = Field(description="Whether all models are right equally often.")
    agreement: dict[str, float | None] = Field(
        description="Of all models with each other: Fleiss' and Randolph's kappa."
    )
    all_right: int
    all_wrong: dict[str, Any]
    pairs: list[dict[str, Any]] = Field(
        description="For every two models: counts, difference with interval, McNemar's test in "
        "four forms and adjusted after Holm, agreement, flip rates, tests of symmetry, the "
        "samples where they disagree, DeLong's test if both have scores, bootstrap and "
        "permutation test if wished."
    )


class StatisticEntry(BaseModel):
    """What is known of a statistic."""

    id: str
    title: str
    where: str = Field(description="Where it stands in an answer.")
    group: str = Field(description="What to `include` to get it.")
    formula: str
    low: float | None = Field(description="The least value; null if there is none.")
    high: float | None = Field(description="The greatest value; null if there is none.")
    best: Literal["higher", "lower", "zero", "one", "neither"]
    needs: list[str]
    undefined: str
    aliases: list[str]
    reference: str


class Catalogue(BaseModel):
    """Every statistic of the service."""

    symbols: dict[str, str]
    groups: dict[str, str]
    statistics: list[StatisticEntry]
