"""For tables: which column is which. For everything but JSON: the labels, as text."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from services.metrics.options.checks import split_at_commas


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
    score_columns: Annotated[list[str] | None, BeforeValidator(split_at_commas)] = Field(
        default=None,
        description="In tables: the columns of scores, one for each of `labels`, or one of the "
        "positive class. Default `y_score`.",
    )
    group_columns: Annotated[list[str] | None, BeforeValidator(split_at_commas)] = Field(
        default=None, description="In tables: columns of groups. Default none."
    )
    pred_columns: Annotated[list[str] | None, BeforeValidator(split_at_commas)] = Field(
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


class TextLabels(BaseModel):
    """For formats other than JSON."""

    labels: Annotated[list[str] | None, BeforeValidator(split_at_commas)] = Field(
        default=None,
        description="For formats without an array of labels: the classes and their order.",
    )
