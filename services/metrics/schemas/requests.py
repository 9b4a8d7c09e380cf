"""Bodies of requests."""

from pydantic import Field

from services.metrics.options.comparison import ComparisonOptions
from services.metrics.options.evaluation import EvaluationOptions
from services.metrics.options.multilabel import MultilabelOptions
from services.metrics.schemas.answers import Label


class EvaluationRequest(EvaluationOptions):
    """True and predicted labels, one entry for each sample, and what is optional."""

    y_true: list[Label] | None = Field(
        default=None,
        description="The true label of each sample: all integers, all strings or all booleans. "
        "Needed unless there is a `confusion_matrix`.",
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

    confusion_matrix: list[list[float]] | None = Field(
        default=None,
        description="Instead of samples: a row for each true class of `labels` (by default 0, 1, "
        "2, ...), a column for each predicted one. Whole numbers are counts of samples; if any "
        "cell is not whole, all are weights, and nothing is said of their uncertainty.",
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
