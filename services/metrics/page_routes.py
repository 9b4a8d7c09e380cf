"""`GET /`: the page for people."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from shared.web.pages import Pages


def page_router(pages: Pages) -> APIRouter:
    """The route of the page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def show(request: Request) -> Response:
        return pages.respond(request, "page.html")

    return router
