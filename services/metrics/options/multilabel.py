"""What a caller may choose about a multilabel evaluation."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from services.metrics.options.checks import split_at_commas

MultilabelGroup = Literal[
    "all", "matrices", "rates", "indices", "chance", "distances", "operating_points"
]


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
    include: Annotated[list[MultilabelGroup] | None, BeforeValidator(split_at_commas)] = Field(
        default=None,
        description="Groups of statistics besides the headline, `all` of them, or `matrices`: "
        "the 2 x 2 matrix of each label and of each sample.",
    )
    ties: Literal["pessimistic", "optimistic", "expected"] | None = Field(
        default=None,
        description="What a false label that scores as much as a true one counts in "
        "`label_ranking_loss`: 1 (`pessimistic`, the default), 0 (`optimistic`) or a half "
        "(`expected`).",
    )
