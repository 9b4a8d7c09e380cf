"""`GET /` and `POST /`: the page for people. It works without JavaScript too."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.inference.asgi import read_body
from services.inference.live_models import LiveModels
from services.inference.pictures.answers import Answer
from services.inference.pictures.service import PictureService
from services.inference.routes.models import summaries
from services.inference.routes.pictures import wanted_version
from services.inference.settings import Settings
from services.inference.trainer_service import TrainerService, Training
from services.inference.uploads import form_of
from services.inference.warning_words import PREFIX, WarningWords
from shared import problems
from shared.errors import InvalidImage, ServiceError
from shared.web.pages import Pages

_TEXT_FIELDS = ("dataset", "model", "url")


def page_router(
    pages: Pages,
    pictures: PictureService,
    live: LiveModels,
    trainer: TrainerService,
    settings: Settings,
) -> APIRouter:
    """The routes of the page."""
    router = APIRouter(include_in_schema=False)
    warning_words = WarningWords(pages.sentences(PREFIX))

    def page(
        request: Request,
        status: int = 200,
        *,
        form: Mapping[str, str] | None = None,
        answers: Sequence[Answer] = (),
        error: ServiceError | None = None,
    ) -> Response:
        context = _context(pictures, live, form or {})
        context["page_data"] |= {
            "warnings": warning_words.sentences,
            "maxBodyBytes": settings.max_body_bytes,
        }
        doubts = warning_words.keyed(text for it in answers for text in it["warnings"])
        return pages.respond(
            request, "page.html", status, answers=answers, doubts=doubts, error=error, **context
        )

    @router.get("/")
    async def show(request: Request) -> Response:
        return page(request)

    @router.post("/")
    async def answer(request: Request) -> Response:
        content_type = request.headers.get("content-type", "").encode("latin-1")
        form: dict[str, str] = {}
        try:
            body = await read_body(request.receive, settings.deadline_seconds)
            form = _text_fields(content_type, body)
            answers = await _answers(pictures, form, content_type, body)
        except ServiceError as error:  # a person reads it on the page, not as a problem document
            return page(request, problems.status_of(error), form=form, error=error)
        return page(request, form=form, answers=answers)

    @router.get("/web/training")
    async def training() -> Training:
        """What the trainer does, for the page that waits for its models."""
        return await trainer.training()

    return router


def _text_fields(content_type: bytes, body: bytes) -> dict[str, str]:
    """What the form says besides the picture."""
    fields = form_of(content_type, body)
    return {name: fields.get(name, b"").decode("utf-8", "replace") for name in _TEXT_FIELDS}


async def _answers(
    pictures: PictureService, form: Mapping[str, str], content_type: bytes, body: bytes
) -> Sequence[Answer]:
    """What the chosen model, or all of the chosen data set, say of the form's picture."""
    if not form["url"].strip() and not form_of(content_type, body).get("file"):
        raise InvalidImage("No picture was chosen. Expected: a file, or the address of a picture.")
    if form["model"]:
        model, _, version = form["model"].partition("/")
        answered = await pictures.predict(
            model, wanted_version(version), content_type, body, with_input=True
        )
        return [orjson.loads(answered.result)]
    return await pictures.compare(form["dataset"], content_type, body, with_input=True)


def _context(pictures: PictureService, live: LiveModels, form: Mapping[str, str]) -> dict[str, Any]:
    """What the page says of the models that there are, and what was chosen of them."""
    models = [summary.model_dump(mode="json") for summary in summaries(live)]
    datasets = pictures.datasets()
    default = pictures.default_dataset() if datasets else ""
    chosen = form["dataset"] if form.get("dataset") in datasets else default
    current = {name: live.current(name) for name in live.names()}
    class_names = {
        name: servable.manifest.class_names
        for name, servable in current.items()
        if servable and servable.manifest
    }
    of_chosen = [it for it in models if it["dataset"] == chosen and it["name"] in class_names]
    return {
        "models": models,
        "of_digits": all(_are_digits(class_names[it["name"]]) for it in of_chosen),
        "datasets": datasets,
        "chosen": chosen,
        "chosen_model": form.get("model", ""),
        "page_data": {"models": models, "dataset": chosen, "classNames": class_names},
    }


def _are_digits(class_names: Sequence[str]) -> bool:
    return all(name.isdigit() for name in class_names)
