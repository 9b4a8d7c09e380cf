"""Bodies and answers as `/docs` describes them; the answers themselves are made by the core."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.metrics.inputs import bodies
from services.metrics.options import ComparisonOptions, EvaluationOptions, MultilabelOptions

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

    cost_matrix: list[list[float]] | None = Field(
        default=None,
        description="What a sample costs: a row for each true class of `labels`, a column for "
        "each predicted one. Gives expected cost, and kappa weighted by the costs.",
    )
    groups: dict[str, list[Label]] | list[Label] | None = Field(
        default=None,
        description="Groupings by name, each the group of every sample: every statistic for each "
        "group, gaps between them, and the usual fairness criteria.",
    )


class ComparisonRequest(ComparisonOptions):
    """One truth and the predictions of two or more models."""

    y_true: list[Label] = Field(description="The true label of each sample.")
    predictions: dict[str, list[Label]] = Field(
        description="By model, the predicted label of each sample."
    )
    scores: dict[str, list[float] | list[list[float]]] | None = Field(
        default=None,
        description="By model, its scores: one for each sample, of the second of two classes, or "
        "a row with one for each class.",
    )
    labels: list[Label] | None = Field(
        default=None, description="The classes and their order. Default: those that occur."
    )


class MultilabelRequest(MultilabelOptions):
    """For every sample which labels hold, and which were predicted."""

    y_true: list[list[int]] = Field(
        description="A row for each sample, 1 for each label that holds and 0 for the others."
    )
    y_pred: list[list[int]] | None = Field(
        default=None, description="Likewise. Default: where `y_score` reaches `threshold`."
    )
    y_score: list[list[float]] | None = Field(
        default=None, description="A row for each sample with one score for each label."
    )
    labels: list[Label] | None = Field(
        default=None, description="What the columns are called. Default: 0, 1, 2, ..."
    )
    sample_weight: list[float] | None = Field(default=None, description="Default: 1.")


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


class LabelIntervals(BaseModel):
    """Confidence intervals, beside the numbers of the same names; null where there is none."""

    confidence_level: float
    effective_samples: float = Field(description="What weighted samples are worth, after Kish.")
    methods: dict[str, dict[str, str]]
    overall: dict[str, tuple[float, float] | None]
    cohen_kappa_test: dict[str, float | None] = Field(
        description="Standard error, that without agreement beyond chance, and z and p of it."
    )
    averages: dict[str, dict[str, tuple[float, float] | None]]
    per_class: list[dict[str, Any]]


class Evaluation(BaseModel):
    """The answer to an evaluation. Numbers that have no value are null, and listed."""

    model_config = ConfigDict(extra="allow")

    n_samples: int
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
    matrices: dict[str, list[list[float | None]]] | None = Field(
        default=None, description="With `include: matrices`: the matrix in other forms."
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
    scores: dict[str, Any] | None = None
    undefined: list[UndefinedNumber]


class Comparison(BaseModel):
    """The answer to a comparison."""

    model_config = ConfigDict(extra="allow")

    n_samples: int
    labels: list[Label]
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

_SCORES = {
    "y_true": ["spam", "ham", "spam", "ham", "spam", "ham", "ham", "spam"],
    "y_score": [0.9, 0.2, 0.65, 0.4, 0.35, 0.1, 0.7, 0.8],
    "score_type": "probability",
    "positive_label": "spam",
    "include": ["operating_points", "curves"],
}
_GROUPS = {
    "y_true": [1, 0, 1, 0, 1, 0, 1, 0],
    "y_pred": [1, 0, 0, 0, 1, 1, 1, 0],
    "groups": {"site": ["north", "north", "north", "north", "south", "south", "south", "south"]},
}
_COSTS = {
    "y_true": ["ill", "ill", "well", "well", "well", "well"],
    "y_pred": ["ill", "well", "well", "ill", "well", "well"],
    "labels": ["ill", "well"],
    "cost_matrix": [[0, 10], [1, 0]],
}
_EVERYTHING = {**_DIGITS, "include": "all", "bootstrap_replicates": 1000}

EVALUATION_EXAMPLES |= {
    "scores": {"summary": "Spam: probabilities of the positive class", "value": _SCORES},
    "groups": {"summary": "Two sites: every statistic for each", "value": _GROUPS},
    "costs": {"summary": "A missed illness costs ten times a false alarm", "value": _COSTS},
    "everything": {"summary": "Everything, with bootstrap intervals", "value": _EVERYTHING},
}

_TWO_MODELS = {
    "y_true": [7, 2, 1, 0, 4, 1, 4, 9, 5, 9],
    "predictions": {
        "cnn": [7, 2, 1, 0, 4, 1, 4, 9, 5, 9],
        "linear": [7, 2, 1, 0, 4, 1, 4, 9, 6, 4],
    },
}
COMPARISON_EXAMPLES: dict[str, Any] = {
    "two models": {"summary": "Two models on ten samples", "value": _TWO_MODELS},
    "resampled": {
        "summary": "The same with bootstrap and permutation test",
        "value": {**_TWO_MODELS, "bootstrap_replicates": 1000, "permutations": 1000},
    },
}


MULTILABEL_EXAMPLES: dict[str, Any] = {
    "genres": {
        "summary": "Films and their genres",
        "value": {
            "labels": ["comedy", "drama", "war"],
            "y_true": [[1, 0, 0], [0, 1, 1], [1, 1, 0], [0, 1, 0]],
            "y_score": [[0.9, 0.2, 0.1], [0.1, 0.8, 0.4], [0.7, 0.6, 0.2], [0.6, 0.5, 0.1]],
            "threshold": 0.5,
        },
    }
}


def multilabel_body() -> dict[str, Any]:
    """The request body of a multilabel evaluation, for OpenAPI."""
    return _body(MultilabelRequest, MULTILABEL_EXAMPLES)


def evaluation_body() -> dict[str, Any]:
    """The request body of an evaluation, for OpenAPI."""
    return _body(EvaluationRequest, EVALUATION_EXAMPLES)


def comparison_body() -> dict[str, Any]:
    """The request body of a comparison, for OpenAPI."""
    return _body(ComparisonRequest, COMPARISON_EXAMPLES)


def _body(model: type[BaseModel], examples: dict[str, Any]) -> dict[str, Any]:
    binary = {"schema": {"type": "string", "format": "binary"}}
    form = {
        "schema": {
            "type": "object",
            "properties": {"file": {"type": "string", "format": "binary"}},
        }
    }
    content: dict[str, Any] = dict.fromkeys(bodies.SUPPORTED, binary)
    content[bodies.JSON] = {"schema": model.model_json_schema(), "examples": examples}
    content[bodies.FORM] = form
    return {"requestBody": {"required": True, "content": content}}
