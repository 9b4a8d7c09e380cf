"""Builds the trainer service: `uvicorn --factory services.trainer.main:create_app`."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI

from services.trainer.comparison import SignificanceTester
from services.trainer.dataset_routes import DATASETS_PATH
from services.trainer.dataset_routes import router as datasets_router
from services.trainer.datasets.test_images import TestImages
from services.trainer.desk import DeskKeeper
from services.trainer.metrics_service import MetricsService, Retries
from services.trainer.overview import Overview
from services.trainer.page import TrainerPage
from services.trainer.page_routes import UPLOAD_PATH, page_router, upload_router
from services.trainer.receiving import sweep_incoming
from services.trainer.recipes import DEFAULT_RECIPE
from services.trainer.routes import router
from services.trainer.run_store import STATE_DIRECTORY
from services.trainer.runs import RunRequest
from services.trainer.scheduler import Executor
from services.trainer.settings import Settings
from services.trainer.versions import model_name
from services.trainer.worker import LocalProcesses
from shared import log
from shared.label_routes import label_router
from shared.label_store import LabelStore
from shared.model_store import ModelStore
from shared.service import ServiceDescription, build_service
from shared.web.pages import Pages

CHECKPOINTS_DIRECTORY = "checkpoints"
ABOUT = ServiceDescription(
    title="Gabarito trainer",
    description="Trains a convolutional and a linear model on the same data, and publishes "
    "versions of them on the shared volume.",
    tags=(
        ("data sets", "What models can be trained on, your own among them."),
        ("runs", "What is being trained, and how far it is."),
        ("models", "What was published: model cards and files."),
    ),
)


def create_app(
    settings: Settings | None = None,
    executor: Executor | None = None,
    tester: SignificanceTester | None = None,
) -> FastAPI:
    """The trainer as an application.

    Args:
        settings: Those of the environment by default.
        executor: Carries runs out; processes of this machine by default.
        tester: Compares models; the metrics service by default.
    """
    settings = settings or Settings()
    log.configure("trainer", settings.log_format)
    started = time.time()
    store = ModelStore(settings.models_dir)
    checkpoints = settings.models_dir / STATE_DIRECTORY / CHECKPOINTS_DIRECTORY
    keeper = DeskKeeper(
        settings.models_dir,
        executor or LocalProcesses(settings.models_dir, checkpoints),
        settings.max_concurrent_runs,
        sweep=lambda: _sweep(settings, started),
        first=lambda: _first_run(settings, store),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        work = asyncio.create_task(keeper.keep())
        yield
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work

    app = build_service(
        ABOUT,
        missing=lambda: [keeper.closed_because] if keeper.closed_because else [],
        max_body_bytes=settings.max_body_bytes,
        larger_bodies=dict.fromkeys((DATASETS_PATH, UPLOAD_PATH), settings.max_upload_bytes),
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.dataset_lock = asyncio.Lock()
    app.state.store = store
    app.state.tester = tester or MetricsService(
        settings.metrics_url, settings.metrics_timeout_seconds, Retries(attempts=2)
    )
    app.state.open_desk = keeper.open_desk
    app.state.test_images = TestImages(settings.data_places)
    pages = Pages("trainer", Path(__file__).parent / "web", settings)
    app.include_router(pages.router())
    page = TrainerPage(pages, Overview(store), keeper, settings)
    app.include_router(page_router(page, settings))
    app.include_router(upload_router(page, settings))
    app.include_router(router)
    app.include_router(datasets_router)
    app.include_router(
        label_router(LabelStore(settings.models_dir), settings.api_key, models="/v1/models")
    )
    return app


def _sweep(settings: Settings, before: float) -> None:
    """Remove what earlier services left half done."""
    sweep_incoming(settings.download_dir, before)
    settings.data_places.uploaded.sweep(before)


def _first_run(settings: Settings, store: ModelStore) -> RunRequest | None:
    """What the volume lacks of the data set that is trained at start."""
    dataset = settings.auto_dataset
    lacking = tuple(
        kind for kind in settings.auto_models if not store.versions(model_name(dataset, kind))
    )
    if not dataset or not lacking:
        return None
    return RunRequest(dataset, lacking, DEFAULT_RECIPE, settings.seed, only_missing=True)
