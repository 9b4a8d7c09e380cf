"""The trainer over HTTP: its runs, and the files that it published."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, RedirectResponse

from services.trainer.runs import Run
from services.trainer.schemas import Models, ModelVersions, Runs, RunView, run_view
from shared.errors import NotFound
from shared.manifest import Manifest
from shared.model_store import MANIFEST_FILE, ModelStore

router = APIRouter()


def _store(request: Request) -> ModelStore:
    store: ModelStore = request.app.state.store
    return store


def _runs(request: Request) -> list[Run]:
    runs: list[Run] = request.app.state.runs
    return runs


StoreDep = Annotated[ModelStore, Depends(_store)]
RunsDep = Annotated[list[Run], Depends(_runs)]


@router.get("/", include_in_schema=False)
def home() -> RedirectResponse:
    """The documentation, until there is a page."""
    return RedirectResponse("/docs")


@router.get("/v1/runs", tags=["runs"])
def list_runs(runs: RunsDep) -> Runs:
    """All runs since the service started, newest first."""
    return Runs(runs=[run_view(run) for run in reversed(runs)])


@router.get("/v1/runs/{run_id}", tags=["runs"])
def show_run(run_id: str, runs: RunsDep) -> RunView:
    """One run: its state, how far it is, and what it published."""
    for run in runs:
        if run.id == run_id:
            return run_view(run)
    raise NotFound(f"No run has this id. Received: {run_id}")


@router.get("/v1/models", tags=["models"])
def list_models(store: StoreDep) -> Models:
    """Every model on the volume, with its versions."""
    return Models(
        models=[ModelVersions(name=name, versions=store.versions(name)) for name in store.models()]
    )


@router.get("/v1/models/{model}/versions/{version}", tags=["models"])
def show_version(model: str, version: int, store: StoreDep) -> Manifest:
    """The model card of a version."""
    return store.manifest(model, version)


@router.get("/v1/models/{model}/versions/{version}/files/{path:path}", tags=["models"])
def download_file(model: str, version: int, path: str, store: StoreDep) -> FileResponse:
    """One file of a version, for example `pesos.h5`, `model.keras` or `evaluation.json`."""
    manifest = store.manifest(model, version)
    if path not in manifest.files and path != MANIFEST_FILE:
        files = ", ".join([MANIFEST_FILE, *manifest.files])
        raise NotFound(
            f"{model}/{version} has no such file. Received: {path!r}; there are: {files}"
        )
    return FileResponse(store.path(model, version) / path, filename=f"{model}-{version}-{path}")
