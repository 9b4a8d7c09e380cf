"""`GET /` and `POST /`: the page for people. It works without JavaScript."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.inference.asgi import read_body
from services.inference.pictures.service import PictureService
from services.inference.uploads import form_text
from services.inference.web.page import Page, style_sheet
from shared import problems
from shared.errors import ServiceError

_SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_NOTHING_SERVED = "No model is served yet. As soon as one is trained, this page can answer."


def page_router(pictures: PictureService, timeout_seconds: float) -> APIRouter:
    """The routes of the page."""
    router = APIRouter(include_in_schema=False)
    page, style = Page(), style_sheet()

    @router.get("/")
    async def show(request: Request) -> Response:
        datasets = pictures.datasets()
        return _html(
            page.render(
                address=str(request.base_url).rstrip("/"),
                datasets=datasets,
                chosen=pictures.default_dataset() if datasets else "",
                notice="" if datasets else _NOTHING_SERVED,
            )
        )

    @router.post("/")
    async def answer(request: Request) -> Response:
        address = str(request.base_url).rstrip("/")
        dataset, notice, status, answers = "", "", 200, []
        try:
            content_type = request.headers.get("content-type", "").encode("latin-1")
            body = await read_body(request.receive, timeout_seconds)
            dataset = form_text(content_type, body, "dataset")
            answers = await pictures.compare(dataset, content_type, body, with_input=True)
        except ServiceError as error:  # a person reads it on the page, not as a problem document
            notice, status = error.detail, problems.status_of(error)
        datasets = pictures.datasets()
        content = page.render(
            address=address, datasets=datasets, chosen=dataset, notice=notice, answers=answers
        )
        return _html(content, status)

    @router.get("/web/style.css")
    async def style_css() -> Response:
        return Response(style, media_type="text/css", headers={"Cache-Control": "no-cache"})

    return router


def _html(content: bytes, status: int = 200) -> HTMLResponse:
    return HTMLResponse(content, status, headers=_SECURITY_HEADERS)
