"""What a caller may choose about an evaluation."""

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
)

from services.metrics.options.checks import Adjustment, Ignored, split_at_commas
from services.metrics.options.columns import TableColumns, TextLabels

BootstrapMethod = Literal["percentile", "basic", "bca"]
Group = Literal[
    "all",
    "headline",
    "notes",
    "intervals",
    "matrices",
    "positions",
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
AgreementWeights = Literal[
    "linear", "quadratic", "ordinal", "radical", "ratio", "circular", "bipolar"
]
Ties = Literal["label_order", "pessimistic", "optimistic", "expected"]
ScoreType = Literal["probability", "decision"]
IntervalMethod = Literal[
    "wilson",
    "wilson_continuity",
    "clopper_pearson",
    "mid_p",
    "jeffreys",
    "agresti_coull",
    "likelihood_ratio",
    "logit",
    "arcsine",
    "wald",
]


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
    ignore: Ignored | None = Field(
        default=None,
        description="True labels whose samples are left out, as if they had not been sent: "
        "void or unlabelled ones, such as -1 or 255. The answer counts them in `ignored`.",
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
    include: Annotated[list[Group] | None, BeforeValidator(split_at_commas)] = Field(
        default=None,
        description="Groups of statistics besides the headline, or `all` but `matrices` and "
        "`positions`; `GET /v1/catalogue` says what each holds.",
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
        "intervals of the areas, the proper scores and the calibration error, and with "
        "`include: operating_points` of partial areas and rates at given rates. Each goes through "
        "all scores. Default: none.",
    )
    strata: str | None = Field(
        default=None,
        description="The name of one of the `groups`: every two groups of the other groupings "
        "are compared within each of its groups (Cochran, Mantel and Haenszel). Default: within "
        "each true class.",
    )
    p_value_adjustment: Adjustment | None = Field(
        default=None,
        description="With `groups`: adjust the p values of all pairs of groups also by this: "
        "`chi_square_p_value_adjusted`. Holm's adjustment is always beside them.",
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
    ties: Ties | None = Field(
        default=None,
        description="Where other classes are as probable as the true one, its rank in top-k "
        "accuracy and the mean ranks: in the order of the labels (default), behind them "
        "(`pessimistic`), before them (`optimistic`), or the mean over all orders (`expected`).",
    )
    calibration_bins: int | None = Field(
        default=None, ge=2, le=1000, description="Bins of the calibration errors. Default 15."
    )
    curve_points: int | None = Field(
        default=None, ge=10, le=100_000, description="Most points of a curve. Default 1000."
    )
    max_listed: int | None = Field(
        default=None,
        ge=0,
        le=10_000_000,
        description="With `include: positions`: most samples listed of a true and a predicted "
        "class. Default 1000.",
    )
    degenerate_matthews: DegenerateMatthews | None = Field(
        default=None,
        description="What Matthews' coefficient is where truth or prediction is constant: "
        "`null` (default), `zero`, or `limit`: 1 if one class is all there is and right, -1 if "
        "one class is always taken for one other, else 0.",
    )
    agreement_weights: AgreementWeights | None = Field(
        default=None,
        description="The credit for near misses in the statistics of weighted agreement "
        "(`cohen_kappa_weighted` and its like), by the place of the classes in `labels`. "
        "Default `ordinal`.",
    )
    prevalence: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="Where else a classifier is to work: the share of positives there, for "
        "`precision_at_prevalence` and `negative_predictive_value_at_prevalence`. Default 0.5.",
    )
    threshold_probability: float | None = Field(
        default=None, ge=0, lt=1, description="Where `net_benefit` is taken. Default 0.5."
    )


class EvaluationQuery(EvaluationOptions, TableColumns, TextLabels):
    """What may stand in the query of an evaluation."""
