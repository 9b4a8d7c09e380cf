"""What a caller may choose about an evaluation."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
)

from services.metrics.faults import InvalidOption, shown
from shared.errors import Fault

BootstrapMethod = Literal["percentile", "basic", "bca"]
Group = Literal[
    "all",
    "headline",
    "notes",
    "intervals",
    "matrices",
    "bands",
    "summary",
    "baselines",
    "rates",
    "indices",
    "chance",
    "distances",
    "agreement",
    "association",
    "clustering",
    "costs",
    "ordinal",
    "ranking",
    "probability",
    "operating_points",
    "calibration",
    "curves",
]
DegenerateMatthews = Literal["null", "zero", "limit"]
ScoreType = Literal["probability", "decision"]
IntervalMethod = Literal[
    "wilson", "wilson_continuity", "clopper_pearson", "jeffreys", "agresti_coull", "wald"
]


Options = TypeVar("Options", bound=BaseModel)


def checked(model: type[Options], values: Mapping[str, Any]) -> Options:
    """Options, each checked.

    Raises:
        InvalidOption: One is unknown or has a value that it cannot have.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = []
        for item in error.errors():
            at = "/".join(["#", *(_escaped(str(step)) for step in item["loc"])])
            if item["type"] == "extra_forbidden":
                known = ", ".join(model.model_fields)
                said = f"No such field. Received: {item['loc'][0]}; options are: {known}."
            else:
                said = f"{item['msg']}. Received: {shown(item['input'])}."
            faults.append(Fault(at, said))
        detail = faults[0].detail if len(faults) == 1 else f"{len(faults)} options are wrong."
        raise InvalidOption(detail, faults) from error


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def _split(value: object) -> object:
    """Parts separated by commas, as a query parameter gives them, as a list."""
    parts = value if isinstance(value, list) else [value]
    return [
        name
        for part in parts
        for name in (map(str.strip, part.split(",")) if isinstance(part, str) else [part])
    ]


class TableColumns(BaseModel):
    """For tables (CSV, Arrow, Parquet): which column is which. By default those so called."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    true_column: str | None = Field(
        default=None, description="In tables: the column of true labels. Default `y_true`."
    )
    pred_column: str | None = Field(
        default=None, description="In tables: the column of predicted labels. Default `y_pred`."
    )
    weight_column: str | None = Field(
        default=None, description="In tables: the column of weights. Default `sample_weight`."
    )
    score_columns: Annotated[list[str] | None, BeforeValidator(_split)] = Field(
        default=None,
        description="In tables: the columns of scores, one for each of `labels`, or one of the "
        "positive class. Default `y_score`.",
    )
    group_columns: Annotated[list[str] | None, BeforeValidator(_split)] = Field(
        default=None, description="In tables: columns of groups. Default none."
    )
    pred_columns: Annotated[list[str] | None, BeforeValidator(_split)] = Field(
        default=None, description="In tables: for a comparison, each model's predictions."
    )

    def places(self) -> dict[str, str | Sequence[str]]:
        """By field, the column or columns that hold it."""
        answer: dict[str, str | Sequence[str]] = {}
        single = {
            "y_true": self.true_column,
            "y_pred": self.pred_column,
            "sample_weight": self.weight_column,
        }
        answer.update({field: column for field, column in single.items() if column is not None})
        if self.score_columns:
            one = len(self.score_columns) == 1
            answer["y_score"] = self.score_columns[0] if one else self.score_columns
        answer.update({f"groups.{name}": name for name in self.group_columns or ()})
        answer.update({f"predictions.{name}": name for name in self.pred_columns or ()})
        return answer


class ComparisonOptions(BaseModel):
    """All optional. Members of a JSON body, query parameters for every other format."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    confidence_level: float | None = Field(
        default=None, gt=0, lt=1, description="Coverage of every interval. Default 0.95."
    )
    bootstrap_replicates: int | None = Field(
        default=None,
        ge=100,
        le=1_000_000,
        description="Draw so many paired bootstrap replicates of each difference. Default: none.",
    )
    permutations: int | None = Field(
        default=None,
        ge=100,
        le=1_000_000,
        description="Test each difference by so many random exchanges of the two models' "
        "predictions. Default: none.",
    )
    bootstrap_seed: int | None = Field(
        default=None,
        ge=0,
        lt=2**63,
        description="Of the random numbers of bootstrap and permutations. Default 0.",
    )
    max_listed: int | None = Field(
        default=None,
        ge=0,
        le=10_000_000,
        description="Most samples listed where models disagree. Default 1000.",
    )


class MultilabelOptions(BaseModel):
    """All optional. Members of a JSON body, query parameters for every other format."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    threshold: float | None = Field(
        default=None,
        description="Without `y_pred`: the score at or above which a label is predicted.",
    )
    zero_division: int | None = Field(
        default=None,
        ge=0,
        le=1,
        description="What stands for an undefined ratio of counts. Default: nothing does.",
    )
    include: Annotated[
        list[Literal["all", "rates", "indices", "chance", "distances", "operating_points"]] | None,
        BeforeValidator(_split),
    ] = Field(default=None, description="Groups of statistics besides the headline, or `all`.")


class EvaluationOptions(BaseModel):
    """All optional. Members of a JSON body, query parameters for every other format."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    score_type: ScoreType | None = Field(
        default=None,
        description="What `y_score` holds; must be said when it is given, and is never guessed. "
        "`probability`: in [0, 1], rows sum to 1. `decision`: any finite numbers, larger for "
        "a surer positive; statistics of order alone are computed.",
    )
    positive_label: StrictInt | StrictBool | StrictStr | None = Field(
        default=None,
        description="The class that counts as positive in `averages.binary`. Default: the "
        "second of exactly two classes.",
    )
    beta: float | None = Field(
        default=None,
        gt=0,
        le=1000,
        description="How many times recall counts as much as precision in `f_beta_score`. "
        "Default 2.",
    )
    zero_division: int | None = Field(
        default=None,
        ge=0,
        le=1,
        description="What stands for an undefined ratio of counts (0/0), as in scikit-learn. "
        "Default: nothing does; it is null.",
    )
    confidence_level: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="Coverage of every interval. Default 0.95.",
    )
    interval_method: IntervalMethod | None = Field(
        default=None, description="The interval of a proportion. Default `wilson`."
    )
    include: Annotated[list[Group] | None, BeforeValidator(_split)] = Field(
        default=None,
        description="Groups of statistics besides the headline, or `all` but `matrices`; "
        "`GET /v1/catalogue` says what each holds.",
    )
    bootstrap_replicates: int | None = Field(
        default=None,
        ge=100,
        le=1_000_000,
        description="Draw so many bootstrap replicates and give an interval for every label "
        "statistic of the answer. Default: none.",
    )
    bootstrap_method: BootstrapMethod | None = Field(
        default=None, description="How replicates become an interval. Default `percentile`."
    )
    bootstrap_seed: int | None = Field(
        default=None, ge=0, lt=2**63, description="Of the bootstrap's random numbers. Default 0."
    )
    score_bootstrap_replicates: int | None = Field(
        default=None,
        ge=100,
        le=100_000,
        description="With `y_score`: draw so many bootstrap replicates of the samples, for "
        "intervals of the areas and the proper scores. Each goes through all scores. "
        "Default: none.",
    )
    iba_alpha: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Weight of the dominance in `index_of_balanced_accuracy`. Default 1.",
    )
    tversky_alpha: float | None = Field(
        default=None,
        ge=0,
        le=1000,
        description="Weight of false negatives in `tversky_index`. Default 0.5.",
    )
    tversky_beta: float | None = Field(
        default=None,
        ge=0,
        le=1000,
        description="Weight of false positives in `tversky_index`. Default 0.5.",
    )
    threshold: float | None = Field(
        default=None,
        description="With one score for each sample and no `y_pred`: the score at or above "
        "which the positive class is predicted. Default 0.5 for probabilities.",
    )
    calibration_bins: int | None = Field(
        default=None, ge=2, le=1000, description="Bins of the calibration errors. Default 15."
    )
    curve_points: int | None = Field(
        default=None, ge=10, le=100_000, description="Most points of a curve. Default 1000."
    )
    degenerate_matthews: DegenerateMatthews | None = Field(
        default=None,
        description="What Matthews' coefficient is where truth or prediction is constant: "
        "`null` (default), `zero`, or `limit`: 1 if one class is all there is and right, -1 if "
        "one class is always taken for one other, else 0.",
    )
    threshold_probability: float | None = Field(
        default=None, ge=0, lt=1, description="Where `net_benefit` is taken. Default 0.5."
    )


class _TextLabels(BaseModel):
    """For formats other than JSON."""

    labels: Annotated[list[str] | None, BeforeValidator(_split)] = Field(
        default=None,
        description="For formats without an array of labels: the classes and their order.",
    )


class EvaluationQuery(EvaluationOptions, TableColumns, _TextLabels):
    """What may stand in the query of an evaluation."""


class ComparisonQuery(ComparisonOptions, TableColumns, _TextLabels):
    """What may stand in the query of a comparison."""
