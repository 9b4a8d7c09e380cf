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
from services.metrics.schemas.openapi import (
    answered,
    comparison_body,
    evaluation_body,
    multilabel_body,
)
from services.metrics.schemas.replies import COMPARISON_REPLY, EVALUATION_REPLY, MULTILABEL_REPLY
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
        summary="Mark the predictions of one model",
        responses=answered(Evaluation, EVALUATION_REPLY),
        openapi_extra=evaluation_body(),
    )
    async def evaluate(request: Request, options: EvaluationOptionsQuery) -> Response:
        """The confusion matrix and every statistic that follows from it.

        Send `y_true` with `y_pred`, or with `y_score` and `score_type`, or with both.
        Options are members of a JSON body. For every other format they are query parameters,
        or text fields of a form: the parameters listed here.
        """
        async with intake.body(request) as body:
            answer = await work.evaluate(body, options.model_dump(exclude_none=True))
        return _json(answer)

    @routes.post(
        "/v1/multilabel",
        tags=["evaluate"],
        response_class=Response,
        summary="Mark predictions where several labels may hold for a sample",
        responses=answered(MultilabelEvaluation, MULTILABEL_REPLY),
        openapi_extra=multilabel_body(),
    )
    async def multilabel(request: Request, options: MultilabelOptionsQuery) -> Response:
        """Statistics of each label, of the sets of labels, and of their ranking by scores.

        Send `y_true` as rows of 0 and 1, with `y_pred` alike, or with `y_score` and `threshold`.
        """
        async with intake.body(request) as body:
            answer = await work.evaluate_multilabel(body, options.model_dump(exclude_none=True))
        return _json(answer)


def _add_comparison(routes: APIRouter, work: Work, intake: Intake) -> None:
    @routes.post(
        "/v1/compare",
        tags=["compare"],
        response_class=Response,
        summary="Compare models on the same samples",
        responses=answered(Comparison, COMPARISON_REPLY),
        openapi_extra=comparison_body(),
    )
    async def compare(request: Request, options: ComparisonOptionsQuery) -> Response:
        """By how much models differ on the same samples, and whether it may be chance.

        Send `y_true` and `predictions` by model; with `scores` their ROC areas are compared too.
        The test to read is McNemar's mid-p, adjusted after Holm for the number of pairs.
        """
        async with intake.body(request) as body:
            answer = await work.compare(body, options.model_dump(exclude_none=True))
        return _json(answer)


def _add_reading(routes: APIRouter) -> None:
    @routes.get(
        "/v1/catalogue",
        tags=["catalogue"],
        response_class=Response,
        summary="What every statistic is",
        responses={200: {"model": Catalogue, "description": "The catalogue."}},
    )
    def catalogue() -> Response:
        """Names, formula, range, direction, what it needs, when it is undefined, where it stands.

        `groups` are what `include` takes.
        """
        return _json(document())


def _json(answer: Any) -> Response:
    return Response(orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY), media_type=JSON)
