"""The page for people, as the server makes it; what it must not lack, it shows without scripts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.encoders import jsonable_encoder
from fastapi.responses import Response
from pydantic import BaseModel

from services.trainer.datasets.limits import MAX_SIDE_PIXELS, MIN_SIDE_PIXELS
from services.trainer.datasets.uploaded import NAME
from services.trainer.desk import DeskKeeper
from services.trainer.overview import ModelLines, Overview
from services.trainer.own_data import listed_data, read_descriptions
from services.trainer.runs import RunState
from services.trainer.schemas import RunView, run_view
from services.trainer.settings import Settings
from services.trainer.start_form import start_form
from shared.errors import ServiceError
from shared.manifest import Preprocessing
from shared.web.pages import Pages

RUNS_SHOWN = 12
DATASETS_SHOWN = 12


class Standing(BaseModel):
    """What the page asks for again and again.

    Attributes:
        closed_because: Why no run can be started or seen; empty if they can.
        unreadable_because: Why the models are not known; empty if they are.
        queue: Ids of the runs that wait, the next first.
    """

    closed_because: str
    unreadable_because: str
    queue: list[str]
    models: list[ModelLines]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an upload by the form was refused, and what the form said."""

    error: ServiceError
    texts: Mapping[str, str]


class TrainerPage:
    """Gathers what the page shows.

    Args:
        pages: Renders it.
        overview: Of the models.
        keeper: Of the desk with the runs.
        settings: Those of the service.
    """

    def __init__(
        self, pages: Pages, overview: Overview, keeper: DeskKeeper, settings: Settings
    ) -> None:
        self._pages = pages
        self._overview = overview
        self._keeper = keeper
        self._settings = settings

    async def answer(
        self, request: Request, status: int = 200, refused: Refused | None = None
    ) -> Response:
        """The page, with an upload that was refused if one was."""
        settings = self._settings
        standing = await self.standing()
        runs = self._runs()
        own, damaged = await run_in_threadpool(read_descriptions, settings.data_places.uploaded)
        needs_key = bool(settings.api_key and settings.api_key.get_secret_value())
        return self._pages.respond(
            request,
            "page.html",
            status,
            standing=standing,
            runs=runs[:RUNS_SHOWN],
            own=own[:DATASETS_SHOWN],
            refused=refused,
            preprocessings=get_args(Preprocessing),
            sides=(MIN_SIDE_PIXELS, MAX_SIDE_PIXELS),
            name_pattern=NAME.pattern,
            needs_key=needs_key,
            first_tab="data" if refused else _first_tab(standing, runs),
            page_data={
                "standing": jsonable_encoder(standing),
                "runs": jsonable_encoder(runs),
                "runsShown": RUNS_SHOWN,
                "needsKey": needs_key,
                "start": start_form(settings),
                "own": jsonable_encoder(listed_data(own, damaged)),
                "ownShown": DATASETS_SHOWN,
                "maxUploadBytes": settings.max_upload_bytes,
            },
        )

    async def standing(self) -> Standing:
        """What there is at this moment."""
        models: list[ModelLines] = []
        unreadable, queue = "", []
        try:
            models = await run_in_threadpool(self._overview.models)
        except ServiceError as error:
            unreadable = error.detail
        try:
            waiting = self._keeper.open_desk().store.listed(RunState.QUEUED, limit=1000)
            queue = [run.id for run in reversed(waiting)]
            closed = ""
        except ServiceError as error:
            closed = error.detail
        return Standing(
            closed_because=closed, unreadable_because=unreadable, queue=queue, models=models
        )

    def _runs(self) -> list[RunView]:
        try:
            store = self._keeper.open_desk().store
            runs = store.listed(limit=RUNS_SHOWN + 1)
            return [run_view(run, store.highlights(run.id)) for run in runs]
        except ServiceError:  # the standing says why
            return []


def _first_tab(standing: Standing, runs: Sequence[RunView]) -> str:
    """What people come for: the run that goes on, or else the comparison, if there is one."""
    n_versions: Counter[str] = Counter()
    for model in standing.models:
        n_versions[model.dataset] += len(model.versions)
    goes_on = any(not run.state.is_final for run in runs)
    return "compare" if not goes_on and max(n_versions.values(), default=0) > 1 else "runs"
