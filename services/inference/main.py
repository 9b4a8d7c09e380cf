"""The inference service: `uvicorn --factory services.inference.main:create_app`."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from services.inference import hot_path, openapi, openapi_protocols
from services.inference.executor import Executor
from services.inference.label_store import LabelStore
from services.inference.live_models import LiveModels
from services.inference.loading import Loader
from services.inference.pictures.service import PictureService
from services.inference.prediction import Predictor
from services.inference.repository import Repository
from services.inference.routes.labels import label_router
from services.inference.routes.models import model_router
from services.inference.routes.open_inference import OpenInference
from services.inference.routes.pages import page_router
from services.inference.routes.pictures import picture_routes
from services.inference.routes.tensorflow_serving import tensorflow_serving_routes
from services.inference.servables import Servable
from services.inference.settings import Settings
from services.inference.telemetry import ModelCollector
from services.inference.volume import ModelVolume
from services.inference.watcher import Intervals, Load, Volume, Watcher
from services.inference.worker_telemetry import WorkerTelemetry
from shared import log
from shared.service import ServiceDescription, build_service
from shared.telemetry import Telemetry

logger = logging.getLogger(__name__)

LOG_FLUSH_INTERVAL_SECONDS = 0.05
TELEMETRY_INTERVAL_SECONDS = 1.0
FIRST_POLL_WAIT_SECONDS = 2.0

ABOUT = ServiceDescription(
    title="Gabarito inference",
    description="Serves image classifiers by version: pictures in, probabilities out.",
    tags=(
        ("pictures", "A PNG or JPEG in, what the models say of it out."),
        ("models", "What is served, and its cards."),
        *openapi_protocols.TAGS,
    ),
)


@dataclass
class Drain:
    """Whether the service is to end: then it is not ready, and finishes what it has."""

    begun: bool = False


def create_app(
    settings: Settings | None = None,
    volume: Volume | None = None,
    load: Load | None = None,
    telemetry_dir: Path | None = None,
) -> FastAPI:
    """The application.

    Args:
        settings: From the environment by default.
        volume: The published versions; those below `settings.models_dir` by default.
        load: Loads a version; with the real engines by default.
        telemetry_dir: Where several processes leave their numbers for each other, if several
            serve.
    """
    settings = settings or Settings()
    log.configure(
        "inference", settings.log_format, flush_interval_seconds=LOG_FLUSH_INTERVAL_SECONDS
    )
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # what it says, the caller hears
    live = LiveModels()
    executor = Executor(settings.threads, settings.max_queued, settings.deadline_seconds)
    watcher = Watcher(
        volume or ModelVolume(settings.models_dir),
        load or Loader(settings.models_dir, settings.settle_seconds),
        live,
        policy_of=settings.policy_of,
        on_publish=_Announcer(settings.public_url),
        intervals=Intervals(settings.poll_interval_seconds, settings.retry_interval_seconds),
    )
    predictor = Predictor(live, executor, max_examples=settings.max_examples)
    pictures = PictureService(
        live, predictor, max_pixels=settings.max_pixels, default_dataset=settings.default_dataset
    )

    drain = Drain()

    def missing() -> Sequence[str]:
        return (
            ["The service is shutting down."] if drain.begun else _missing(live, watcher, settings)
        )

    open_inference = OpenInference(
        live, predictor, Repository(live, watcher, settings.workers), settings, missing
    )
    telemetry = WorkerTelemetry(telemetry_dir) if telemetry_dir else Telemetry()
    telemetry.registry.register(
        ModelCollector(
            live,
            unfinished=lambda: executor.unfinished,
            failed_loads=lambda: watcher.failed_loads,
            last_poll_seconds=lambda: watcher.last_poll_seconds,
        )
    )
    app = build_service(
        ABOUT,
        missing=missing,
        max_body_bytes=settings.max_body_bytes,
        telemetry=telemetry,
        lifespan=_lifespan(executor, watcher, telemetry),
    )
    hot_path.install(
        app,
        [
            *picture_routes(pictures, settings.deadline_seconds),
            *tensorflow_serving_routes(live, predictor, settings),
            *open_inference.routes(),
        ],
        telemetry=telemetry,
        max_body_bytes=settings.max_body_bytes,
    )
    app.include_router(model_router(live, lambda: watcher.problem))
    app.include_router(label_router(LabelStore(settings.models_dir), settings.api_key))
    app.include_router(page_router(pictures, settings.deadline_seconds))
    app.state.drain = drain
    openapi.extend(app)
    return app


class _Announcer:
    """Says in the log what serves, and where the page is."""

    def __init__(self, public_url: str) -> None:
        self._page = {"page": public_url} if public_url else {}
        self._where = f" at {public_url}" if public_url else ""

    def __call__(self, servable: Servable) -> None:
        # What was loaded stays: the collector need not walk over it in every full collection.
        gc.collect()
        gc.freeze()
        logger.info(
            "serving",
            extra={
                "sentence": self._sentence(servable),
                "model": servable.model,
                "version": servable.version,
                "engine": servable.engine.name,
                "load_ms": round(servable.load_seconds * 1000, 1),
                **self._page,
            },
        )

    def _sentence(self, servable: Servable) -> str:
        return f"{servable.model} version {servable.version} answers{self._where}"


def _missing(live: LiveModels, watcher: Watcher, settings: Settings) -> Sequence[str]:
    """What a request would miss now, in words; nothing once a model can answer."""
    names = live.names()
    if any(live.serving_versions(name) for name in names):
        return ()
    reasons = [
        f"{name}/{status.version} {status.state}: {status.reason}".rstrip(": ")
        for name in names
        for status in live.statuses(name)
    ]
    nothing = f"No model version is published in {settings.models_dir} yet."
    return [watcher.problem] if watcher.problem else reasons or [nothing]


def _lifespan(
    executor: Executor, watcher: Watcher, telemetry: Telemetry
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        executor.start()
        watcher.start()
        # What is published is served from the first request on, unless it takes long to load.
        await asyncio.to_thread(watcher.wait_for_first_poll, FIRST_POLL_WAIT_SECONDS)
        saving = asyncio.create_task(_save_telemetry(telemetry))
        try:
            yield
        finally:
            saving.cancel()
            watcher.stop()
            await executor.stop()
            log.flush()

    return lifespan


async def _save_telemetry(telemetry: Telemetry) -> None:
    if isinstance(telemetry, WorkerTelemetry):
        while True:
            await asyncio.to_thread(telemetry.save)
            await asyncio.sleep(TELEMETRY_INTERVAL_SECONDS)
