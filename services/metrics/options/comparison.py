"""What a caller may choose about a comparison."""

from pydantic import BaseModel, ConfigDict, Field

from services.metrics.options.checks import Adjustment, Ignored
from services.metrics.options.columns import TableColumns, TextLabels


class ComparisonOptions(BaseModel):
    """All optional. Members of a JSON body, query parameters for every other format."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    confidence_level: float | None = Field(
        default=None, gt=0, lt=1, description="Coverage of every interval. Default 0.95."
    )
    ignore: Ignored | None = Field(
        default=None,
        description="True labels whose samples are left out, as if they had not been sent: "
        "void or unlabelled ones, such as -1 or 255. The answer counts them in `ignored`.",
    )
    bootstrap_replicates: int | None = Field(
        default=None,
        ge=100,
        le=1_000_000,
        description="Draw so many paired bootstrap replicates of each difference. Default: none.",
    )
    equivalence_margin: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="The greatest difference of two accuracies that does not matter, such as "
        "0.01: tests whether the models are equivalent within it, and whether one is not "
        "inferior. Default: none.",
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
    p_value_adjustment: Adjustment | None = Field(
        default=None,
        description="Adjust the p values of all pairs also by this: `mid_p_value_adjusted`. "
        "Holm's adjustment is always beside them.",
    )
    max_listed: int | None = Field(
        default=None,
        ge=0,
        le=10_000_000,
        description="Most samples listed where models disagree. Default 1000.",
    )


class ComparisonQuery(ComparisonOptions, TableColumns, TextLabels):
    """What may stand in the query of a comparison."""
