"""`GET /`: the page for people; what it must not lack, it shows without JavaScript too."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.encoders import jsonable_encoder
from fastapi.responses import Response
from pydantic import BaseModel

from services.trainer.dataset_routes import DatasetSummary, list_datasets
from services.trainer.desk import DeskKeeper
from services.trainer.hyperparameters import MAX_BATCH_SIZE, MAX_EPOCHS, MAX_LEARNING_RATE
from services.trainer.overview import ModelLines, Overview
from services.trainer.recipes import DEFAULT_RECIPE, RECIPES, recipe_for
from services.trainer.runs import RunState
from services.trainer.schemas import RunView, run_view
from services.trainer.settings import Settings
from shared.errors import ServiceError
from shared.web.pages import Pages

RUNS_SHOWN = 12


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


def page_router(
    pages: Pages, overview: Overview, keeper: DeskKeeper, settings: Settings
) -> APIRouter:
    """The routes of the page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def show(request: Request) -> Response:
        standing = await _standing(overview, keeper)
        runs = _runs(keeper)
        return pages.respond(
            request,
            "page.html",
            standing=standing,
            runs=runs[:RUNS_SHOWN],
            needs_key=_needs_key(settings),
            first_tab=_first_tab(standing, runs),
            page_data={
                "standing": jsonable_encoder(standing),
                "runs": jsonable_encoder(runs),
                "runsShown": RUNS_SHOWN,
                "needsKey": _needs_key(settings),
                "start": _start_form(settings),
            },
        )

    @router.get("/web/standing")
    async def standing() -> Standing:
        """What there is, for the page that is open."""
        return await _standing(overview, keeper)

    @router.get("/web/start")
    def start_form() -> dict[str, Any]:
        """What a run can be started with, data sets that were uploaded since included."""
        return _start_form(settings)

    return router


async def _standing(overview: Overview, keeper: DeskKeeper) -> Standing:
    models: list[ModelLines] = []
    unreadable, queue = "", []
    try:
        models = await run_in_threadpool(overview.models)
    except ServiceError as error:
        unreadable = error.detail
    try:
        waiting = keeper.open_desk().store.listed(RunState.QUEUED, limit=1000)
        queue = [run.id for run in reversed(waiting)]
        closed = ""
    except ServiceError as error:
        closed = error.detail
    return Standing(
        closed_because=closed, unreadable_because=unreadable, queue=queue, models=models
    )


def _runs(keeper: DeskKeeper) -> list[RunView]:
    try:
        store = keeper.open_desk().store
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


def _needs_key(settings: Settings) -> bool:
    return bool(settings.api_key and settings.api_key.get_secret_value())


def _start_form(settings: Settings) -> dict[str, Any]:
    return {
        "datasets": [_dataset_choice(each) for each in list_datasets(settings).datasets],
        "kinds": list(RECIPES),
        "recipe": DEFAULT_RECIPE,
        "recipes": list(dict.fromkeys(name for recipes in RECIPES.values() for name in recipes)),
        "auto": settings.auto_dataset,
        "seed": settings.seed,
        "most": {
            "epochs": MAX_EPOCHS,
            "batch_size": MAX_BATCH_SIZE,
            "learning_rate": MAX_LEARNING_RATE,
        },
    }


def _dataset_choice(dataset: DatasetSummary) -> dict[str, Any]:
    """A data set, and what each recipe says for it."""
    return {
        "name": dataset.name,
        "title": dataset.title,
        "classes": len(dataset.class_names),
        "own": dataset.is_uploaded,
        "recipes": {
            kind: {name: _fitting(kind, name, dataset.name) for name in recipes}
            for kind, recipes in RECIPES.items()
        },
    }


def _fitting(kind: str, name: str, dataset: str) -> dict[str, Any]:
    fitting = asdict(recipe_for(kind, name, dataset).fitting)
    return {key: fitting[key] for key in ("epochs", "batch_size", "peak_learning_rate")}
