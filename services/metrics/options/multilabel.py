"""What a caller may choose about a multilabel evaluation."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from services.metrics.options.checks import split_at_commas


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
        BeforeValidator(split_at_commas),
    ] = Field(default=None, description="Groups of statistics besides the headline, or `all`.")
