"""The addresses of the service: they read, hand on and answer."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.metrics.catalogue_text import document
from services.metrics.inputs.bodies import JSON
from services.metrics.options.comparison import ComparisonQuery
from services.metrics.options.evaluation import EvaluationQuery
from services.metrics.options.multilabel import MultilabelOptions
from services.metrics.schemas.answers import Catalogue, Comparison, Evaluation, MultilabelEvaluation
from services.metrics.schemas.openapi import comparison_body, evaluation_body, multilabel_body
from services.metrics.uploads import Intake
from services.metrics.work import Work

EvaluationOptionsQuery = Annotated[EvaluationQuery, Query()]
MultilabelOptionsQuery = Annotated[MultilabelOptions, Query()]
ComparisonOptionsQuery = Annotated[ComparisonQuery, Query()]


def router(work: Work, intake: Intake) -> APIRouter:
    """The routes, over what does the work and what takes bodies in."""
    routes = APIRouter()
    _add_marking(routes, work, intake)
    _add_comparison(routes, work, intake)
    _add_reading(routes)
    return routes


def _add_marking(routes: APIRouter, work: Work, intake: Intake) -> None:
    @routes.post(
        "/v1/evaluate",
        tags=["evaluate"],
        response_class=Response,
        responses={200: {"model": Evaluation}},
        openapi_extra=evaluation_body(),
    )
    async def evaluate(request: Request, options: EvaluationOptionsQuery) -> Response:
        """Mark predictions: the confusion matrix and every statistic that follows from it.

        Options are members of a JSON body. For every other format they are query parameters,
        or text fields of a form.
        """
        async with intake.body(request) as body:
            answer = await work.evaluate(body, options.model_dump(exclude_none=True))
        return _json(answer)

    @routes.post(
        "/v1/multilabel",
        tags=["evaluate"],
        response_class=Response,
        responses={200: {"model": MultilabelEvaluation}},
        openapi_extra=multilabel_body(),
    )
    async def multilabel(request: Request, options: MultilabelOptionsQuery) -> Response:
        """Mark predictions where several labels may hold for a sample."""
        async with intake.body(request) as body:
            answer = await work.evaluate_multilabel(body, options.model_dump(exclude_none=True))
        return _json(answer)


def _add_comparison(routes: APIRouter, work: Work, intake: Intake) -> None:
    @routes.post(
        "/v1/compare",
        tags=["compare"],
        response_class=Response,
        responses={200: {"model": Comparison}},
        openapi_extra=comparison_body(),
    )
    async def compare(request: Request, options: ComparisonOptionsQuery) -> Response:
        """Compare models on the same samples: by how much they differ, and is it chance."""
        async with intake.body(request) as body:
            answer = await work.compare(body, options.model_dump(exclude_none=True))
        return _json(answer)


def _add_reading(routes: APIRouter) -> None:
    @routes.get(
        "/v1/catalogue",
        tags=["catalogue"],
        response_class=Response,
        responses={200: {"model": Catalogue}},
    )
    def catalogue() -> Response:
        """Every statistic: names, formula, range, direction, what it needs, where it stands."""
        return _json(document())


def _json(answer: Any) -> Response:
    return Response(orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY), media_type=JSON)
