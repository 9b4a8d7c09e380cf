"""Request bodies of every format, for OpenAPI."""

from typing import Any

from pydantic import BaseModel

from services.metrics.inputs import bodies
from services.metrics.schemas.examples import (
    COMPARISON_EXAMPLES,
    EVALUATION_EXAMPLES,
    MULTILABEL_EXAMPLES,
)
from services.metrics.schemas.requests import (
    ComparisonRequest,
    EvaluationRequest,
    MultilabelRequest,
)


def multilabel_body() -> dict[str, Any]:
    """The request body of a multilabel evaluation, for OpenAPI."""
    return _body(MultilabelRequest, MULTILABEL_EXAMPLES)


def evaluation_body() -> dict[str, Any]:
    """The request body of an evaluation, for OpenAPI."""
    return _body(EvaluationRequest, EVALUATION_EXAMPLES)


def comparison_body() -> dict[str, Any]:
    """The request body of a comparison, for OpenAPI."""
    return _body(ComparisonRequest, COMPARISON_EXAMPLES)


def answered(model: type[BaseModel], reply: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """The success of a route, with an example of it, for OpenAPI."""
    example = {"summary": "The first example's answer, shortened", "value": reply}
    content = {bodies.JSON: {"examples": {"reply": example}}}
    return {200: {"model": model, "description": "The answer.", "content": content}}


def _body(model: type[BaseModel], examples: dict[str, Any]) -> dict[str, Any]:
    fields = model.model_json_schema()
    content: dict[str, Any] = {
        bodies.JSON: {"schema": fields, "examples": examples},
        **{media: {"schema": _binary(text)} for media, text in _FORMATS.items()},
        bodies.CSV: {"schema": {"type": "string", "description": _CSV}, "example": _CSV_EXAMPLE},
        bodies.FORM: {"schema": {"type": "object", "properties": {"file": _binary(_FILE)}}},
    }
    return {"requestBody": {"required": True, "content": content}}


def _binary(text: str) -> dict[str, str]:
    return {"type": "string", "format": "binary", "description": text}


_COLUMNS = (
    "Columns are those called `y_true`, `y_pred`, `sample_weight`, `y_score`, or the ones that "
    "the parameters `true_column`, `pred_column`, `weight_column`, `score_columns`, "
    "`group_columns` (and to compare `pred_columns`) name."
)
_FORMATS = {
    bodies.NPZ: "An archive of `numpy.savez` whose arrays bear the names of the members of the "
    "JSON body; one in a map is called `groups.<name>`, `predictions.<name>`. No pickles.",
    bodies.NPY: "Two arrays one after the other, as two calls of `numpy.save` into one file write "
    "them: truth, then prediction.",
    bodies.ARROW_STREAM: f"A table as an Arrow IPC stream. {_COLUMNS}",
    bodies.ARROW_FILE: f"A table as an Arrow IPC file, or Feather. {_COLUMNS}",
    bodies.PARQUET: f"A table as Parquet. {_COLUMNS}",
}
_CSV = (
    f"A table with a header line; separated by commas, semicolons or tabs. {_COLUMNS} A column "
    "holds integers if every cell is a whole number, booleans if every cell is `true` or "
    "`false`, else strings."
)
_CSV_EXAMPLE = "y_true,y_pred\ncat,cat\ndog,cat\nbird,bird\n"
_FILE = (
    "A CSV, `.npz`, Arrow or Parquet file, known by its suffix. Options are further text fields "
    "of the form; instead of `file` there may be one `.npy` file for each array, under its name."
)
