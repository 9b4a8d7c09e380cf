"""The trainer over HTTP: its runs, and the files that it published."""

from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import FileResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from services.trainer.comparison import compare_versions
from services.trainer.datasets.loading import require_known
from services.trainer.dependencies import (
    KEY_NEEDED,
    VERSION_HELD,
    ComparedModels,
    DeskDep,
    FilePath,
    ModelName,
    RunDep,
    SettingsDep,
    StoreDep,
    TesterDep,
    TestImagesDep,
    Version,
    listed_names,
)
from services.trainer.difference_schemas import DifferencesView, differences_view
from services.trainer.disagreements import disagreements
from services.trainer.progress import to_record
from services.trainer.recipes import recipe_for
from services.trainer.runs import RunState
from services.trainer.schemas import (
    ComparisonView,
    Models,
    ModelVersions,
    RunBody,
    Runs,
    RunView,
    comparison_view,
    run_view,
)
from shared.manifest import Manifest

router = APIRouter()


@router.post("/v1/runs", tags=["runs"], status_code=202, dependencies=KEY_NEEDED)
async def start_run(
    body: RunBody, desk: DeskDep, settings: SettingsDep, response: Response
) -> RunView:
    """Queue a run. `Location` says where it can be watched."""
    request = body.request(settings.seed)
    require_known(request.dataset, settings.data_places.uploaded)
    for kind in request.kinds:
        recipe_for(kind, request.recipe)
    run = desk.scheduler.submit(request)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run_view(run, [])


@router.get("/v1/runs", tags=["runs"])
async def list_runs(
    desk: DeskDep,
    state: RunState | None = None,
    dataset: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Runs:
    """Runs, newest first; only those in a state or of a data set, if one is given."""
    runs = desk.store.listed(state, dataset, limit)
    return Runs(runs=[run_view(run, desk.store.highlights(run.id)) for run in runs])


@router.get("/v1/runs/{run_id}", tags=["runs"])
async def show_run(run: RunDep, desk: DeskDep) -> RunView:
    """One run: its state, how far it is, and what it published."""
    return run_view(run, desk.store.highlights(run.id))


@router.get("/v1/runs/{run_id}/events", tags=["runs"], response_class=EventSourceResponse)
async def watch_run(
    run: RunDep, desk: DeskDep, last_event_id: Annotated[int, Header(ge=0, lt=2**63)] = 0
) -> AsyncIterable[ServerSentEvent]:
    """All that a run tells, as server-sent events, from its start until it is over.

    After a broken connection the browser sends `Last-Event-ID`, and gets the rest.
    """
    async for stored in desk.scheduler.follow(run.id, after=last_event_id):
        record = to_record(stored.event)
        yield ServerSentEvent(data=record, event=record["event"], id=str(stored.number))


@router.delete("/v1/runs/{run_id}", tags=["runs"], dependencies=KEY_NEEDED)
async def cancel_run(run: RunDep, desk: DeskDep) -> RunView:
    """Cancel a run that waits or works; what it published already stays."""
    cancelled = await desk.scheduler.cancel(run.id)
    return run_view(cancelled, desk.store.highlights(run.id))


@router.get("/v1/comparisons", tags=["models"])
def compare(
    store: StoreDep,
    tester: TesterDep,
    models: ComparedModels,
) -> ComparisonView:
    """Models side by side: training time, quality with intervals, speed, size, and the test."""
    return comparison_view(compare_versions(store, tester, listed_names(models)))


@router.get("/v1/comparisons/examples", tags=["models"])
def show_differences(
    store: StoreDep,
    images: TestImagesDep,
    models: ComparedModels,
    limit: Annotated[int, Query(ge=1, le=200, description="Examples of each group.")] = 12,
) -> DifferencesView:
    """The test examples on which versions differ or that all have wrong, with their pictures."""
    return differences_view(disagreements(store, listed_names(models), limit), images)


@router.get("/v1/models", tags=["models"])
def list_models(store: StoreDep) -> Models:
    """Every model on the volume, with its versions."""
    return Models(
        models=[ModelVersions(name=name, versions=store.versions(name)) for name in store.models()]
    )


@router.get("/v1/models/{model}/versions/{version}", tags=["models"])
def show_version(model: ModelName, version: Version, store: StoreDep) -> Manifest:
    """The model card of a version."""
    return store.manifest(model, version)


@router.get(
    "/v1/models/{model}/versions/{version}/files/{path:path}",
    tags=["models"],
    dependencies=VERSION_HELD,
)
def download_file(
    model: ModelName, version: Version, path: FilePath, store: StoreDep
) -> FileResponse:
    """One file of a version, for example `pesos.h5`, `model.keras` or `evaluation.json`."""
    file = store.file(model, version, path)
    return FileResponse(file, filename=f"{model}-{version}-{path}")
