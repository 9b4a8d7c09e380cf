"""`GET /`, what its scripts ask for, and the form that uploads without them."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.trainer.own_data import OwnData, listed_data, read_descriptions
from services.trainer.page import Refused, Standing, TrainerPage
from services.trainer.receiving import Texts, received
from services.trainer.settings import Settings
from services.trainer.start_form import start_form
from services.trainer.uploading import about_form, read_and_kept, refuse_taken
from shared import problems
from shared.errors import ServiceError
from shared.security import check_key, refuse_other_sites

UPLOAD_PATH = "/upload"


def page_router(page: TrainerPage, settings: Settings) -> APIRouter:
    """The routes of the page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def show(request: Request) -> Response:
        return await page.answer(request)

    @router.get("/web/standing")
    async def standing() -> Standing:
        """What there is, for the page that is open."""
        return await page.standing()

    @router.get("/web/start")
    def start() -> dict[str, Any]:
        """What a run can be started with, data sets that were uploaded since included."""
        return start_form(settings)

    @router.get("/web/data")
    def data() -> OwnData:
        """What was uploaded."""
        return listed_data(*read_descriptions(settings.data_places.uploaded))

    return router


def upload_router(page: TrainerPage, settings: Settings) -> APIRouter:
    """The routes of the form, for people without scripts and for scripts that did not load."""
    router = APIRouter(include_in_schema=False)

    @router.get(UPLOAD_PATH)
    async def show(request: Request) -> Response:
        """A refused form is answered at this address; the links of that page lead here."""
        return RedirectResponse(f"/?{request.url.query}#data=", 303)

    @router.post(UPLOAD_PATH)
    async def upload(request: Request) -> Response:
        said: dict[str, str] = {}

        def check(texts: Texts, file_name: str) -> None:
            said.update(texts)
            check_key(settings.api_key, texts.get("key", ""))
            refuse_taken(about_form(texts, file_name).name, settings)

        try:
            refuse_other_sites(request.headers)
            async with received(request, settings, check) as got:
                about = about_form(got.texts, got.file_name)
                await read_and_kept(got.path, about, settings, request.app.state.dataset_lock)
        except ServiceError as error:  # a person reads it on the page, not as a problem document
            return await page.answer(request, problems.status_of(error), Refused(error, said))
        return RedirectResponse(f"/#data={about.name}", 303)

    return router
