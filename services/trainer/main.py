"""Builds the trainer service: `uvicorn --factory services.trainer.main:create_app`."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from services.trainer.routes import router
from services.trainer.runs import Run
from services.trainer.settings import Settings
from services.trainer.worker import Worker
from shared import log
from shared.model_store import ModelStore
from shared.service import ServiceDescription, build_service

ABOUT = ServiceDescription(
    title="Gabarito trainer",
    description="Trains a convolutional and a linear model on the same data, and publishes "
    "versions of them on the shared volume.",
    tags=(
        ("runs", "What is being trained, and how far it is."),
        ("models", "What was published: model cards and files."),
    ),
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The trainer as an application.

    Args:
        settings: Those of the environment by default.
    """
    settings = settings or Settings()
    log.configure("trainer", settings.log_format)
    store = ModelStore(settings.models_dir)
    runs: list[Run] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        training = asyncio.create_task(_train_at_start(settings, store, runs))
        yield
        training.cancel()
        with suppress(asyncio.CancelledError):
            await training

    app = build_service(
        ABOUT,
        missing=lambda: _missing(store),
        max_body_bytes=settings.max_body_bytes,
        lifespan=lifespan,
    )
    app.state.store = store
    app.state.runs = runs
    app.include_router(router)
    return app


async def _train_at_start(settings: Settings, store: ModelStore, runs: list[Run]) -> None:
    """Train what the volume lacks of the data set that is trained at start."""
    lacking = tuple(
        kind
        for kind in settings.auto_models
        if not store.versions(f"{settings.auto_dataset}-{kind}")
    )
    if settings.auto_dataset and lacking:
        run = Run(settings.auto_dataset, lacking)
        runs.append(run)
        await Worker(run, settings.models_dir).work()


def _missing(store: ModelStore) -> Sequence[str]:
    root = store.root
    nearest = next((path for path in (root, *root.absolute().parents) if path.exists()), root)
    if not os.access(nearest, os.W_OK):
        return [f"The volume {root} cannot be written"]
    return []
