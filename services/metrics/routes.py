"""The addresses of the service: they read, hand on and answer."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from services.metrics.inputs.bodies import JSON, NPZ
from services.metrics.options import EvaluationOptions
from services.metrics.schemas import EVALUATION_EXAMPLES, Evaluation, EvaluationRequest
from services.metrics.work import Work, read_body

OptionsQuery = Annotated[EvaluationOptions, Query()]


def _body(model: type[EvaluationRequest], examples: dict[str, Any]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return {
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": schema, "examples": examples},
                NPZ: {"schema": {"type": "string", "format": "binary"}},
            },
        }
    }


def router(work: Work) -> APIRouter:
    """The routes, over what does the work."""
    routes = APIRouter()

    @routes.get("/", include_in_schema=False)
    def home() -> RedirectResponse:
        return RedirectResponse("/docs")

    @routes.post(
        "/v1/evaluate",
        tags=["evaluate"],
        response_class=Response,
        responses={200: {"model": Evaluation}},
        openapi_extra=_body(EvaluationRequest, EVALUATION_EXAMPLES),
    )
    async def evaluate(request: Request, options: OptionsQuery) -> Response:
        """Mark predictions: the confusion matrix and every statistic that follows from it.

        Besides JSON the body may be a NumPy `.npz` archive (`application/x-npz`) whose arrays
        bear the names of the JSON members; the options are then query parameters.
        """
        body = await read_body(request)
        answer = await work.evaluate(
            body,
            request.headers.get("content-type", ""),
            options.model_dump(exclude_none=True),
        )
        return Response(orjson.dumps(answer), media_type=JSON)

    return routes
