"""Builds the metrics service: `uvicorn --factory services.metrics.main:create_app`."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.metrics import distributions
from services.metrics.page_routes import page_router
from services.metrics.plot_routes import plot_router
from services.metrics.routes import router
from services.metrics.settings import Settings
from services.metrics.uploads import Intake
from services.metrics.work import Work
from shared import log
from shared.service import ServiceDescription, build_service
from shared.web.pages import Pages

# Late enough not to slow the first answer, early enough for the second.
WARM_AFTER_SECONDS = 1.0

ABOUT = ServiceDescription(
    title="Gabarito metrics",
    description=(
        "Marks the answers of classifiers: send true and predicted labels, get the confusion "
        "matrix and every statistic that follows from it, with its uncertainty. A number that "
        "has no value is null, and `undefined` says why."
    ),
    tags=[
        ("evaluate", "Mark the predictions of one model."),
        ("plots", "Draw what is evaluated, as SVG or PNG."),
        ("compare", "Compare models on the same samples."),
        ("catalogue", "What every statistic is."),
    ],
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service, ready to be served.

    Args:
        settings: Read from the environment if not given.
    """
    settings = settings or Settings()
    log.configure("metrics", settings.log_format)
    app = build_service(
        ABOUT, missing=_nothing, max_body_bytes=settings.max_body_bytes, lifespan=_warming
    )
    work = Work(settings)
    # A body of the largest size is always taken if there is no other.
    max_held_bytes = max(settings.max_held_bytes, settings.max_body_bytes)
    intake = Intake(max_held_bytes, settings.body_timeout_seconds)
    app.include_router(router(work, intake))
    app.include_router(plot_router(work, intake))
    pages = Pages("metrics", Path(__file__).parent / "web", settings)
    app.include_router(pages.router())
    app.include_router(page_router(pages))
    return app


@asynccontextmanager
async def _warming(_app: FastAPI) -> AsyncIterator[None]:
    """Load what is slow to load once the service has started, before somebody waits for it."""
    task = asyncio.create_task(_warm())
    try:
        yield
    finally:
        task.cancel()


async def _warm() -> None:
    await asyncio.sleep(WARM_AFTER_SECONDS)
    await asyncio.to_thread(distributions.warm)


def _nothing() -> Sequence[str]:
    return ()
