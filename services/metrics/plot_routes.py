"""The addresses of the pictures."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from services.metrics.plots.options import KINDS, PlotQuery
from services.metrics.schemas.openapi import evaluation_body
from services.metrics.uploads import Intake
from services.metrics.work import Work

MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
KindPath = Annotated[
    str, Path(description="What is drawn.", json_schema_extra={"enum": list(KINDS)})
]
PlotOptionsQuery = Annotated[PlotQuery, Query()]
PICTURES = {
    media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA_TYPES.values()
}


def plot_router(work: Work, intake: Intake) -> APIRouter:
    """The routes, over what does the work and what takes bodies in."""
    routes = APIRouter()

    @routes.post(
        "/v1/plots/{kind}",
        tags=["plots"],
        summary="Draw an evaluation, as SVG or PNG",
        response_class=Response,
        responses={200: {"content": PICTURES, "description": "The picture."}},
        openapi_extra=evaluation_body(),
    )
    async def plot(kind: KindPath, request: Request, options: PlotOptionsQuery) -> Response:
        """The body is that of `/v1/evaluate`; `roc`, `precision-recall`, `calibration` need scores.

        What the picture looks like is said in the query, whatever the body is. The same
        request gives the same bytes.
        """
        async with intake.body(request) as body:
            content = await work.plot(kind, body, options)
        return Response(content, media_type=MEDIA_TYPES[options.format])

    return routes
