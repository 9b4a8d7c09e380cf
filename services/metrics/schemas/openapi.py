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
