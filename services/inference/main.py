"""The inference service: `uvicorn --factory services.inference.main:create_app`."""

import logging
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from services.inference import hot_path, openapi, openapi_protocols
from services.inference.executor import Executor
from services.inference.lifecycle import Announcer, Readiness, lifespan
from services.inference.live_models import LiveModels
from services.inference.loading import Loader
from services.inference.pictures.fetching import FetchLimits, PictureFetcher
from services.inference.pictures.service import PictureLimits, PictureService
from services.inference.prediction import Predictor
from services.inference.repository import Repository
from services.inference.routes.models import model_router
from services.inference.routes.open_inference import OpenInference
from services.inference.routes.pages import page_router
from services.inference.routes.pictures import picture_routes
from services.inference.routes.tensorflow_serving import tensorflow_serving_routes
from services.inference.settings import Settings
from services.inference.telemetry import ModelCollector
from services.inference.trainer_service import TrainerService
from services.inference.volume import ModelVolume
from services.inference.watcher import Intervals, Load, Volume, Watcher
from services.inference.worker_telemetry import WorkerTelemetry
from shared import log
from shared.label_routes import label_router
from shared.label_store import LabelStore
from shared.service import ServiceDescription, build_service
from shared.telemetry import Telemetry
from shared.web.pages import Pages

WEB = Path(__file__).parent / "web"
LOG_FLUSH_INTERVAL_SECONDS = 0.05

ABOUT = ServiceDescription(
    title="Gabarito inference",
    description="Serves image classifiers by version: pictures in, probabilities out.",
    tags=(
        ("pictures", "A picture or its URL in, what the models say of it out."),
        ("models", "What is served, and its cards."),
        *openapi_protocols.TAGS,
    ),
)


@dataclass(frozen=True, slots=True)
class _Core:
    """The parts that know nothing of HTTP."""

    live: LiveModels
    executor: Executor
    watcher: Watcher
    predictor: Predictor
    pictures: PictureService
    readiness: Readiness


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
    logging.getLogger("httpx").setLevel(logging.WARNING)  # what people fetch is their own affair
    core = _core(
        settings,
        volume or ModelVolume(settings.models_dir),
        load or Loader(settings.models_dir, settings.settle_seconds),
    )
    telemetry = _telemetry(core, telemetry_dir)
    app = build_service(
        ABOUT,
        missing=core.readiness.missing,
        max_body_bytes=settings.max_body_bytes,
        telemetry=telemetry,
        lifespan=lifespan(core.executor, core.watcher, telemetry),
    )
    app.state.readiness = core.readiness
    _install_routes(app, core, settings, telemetry)
    openapi.extend(app)
    return app


def _core(settings: Settings, volume: Volume, load: Load) -> _Core:
    live = LiveModels()
    executor = Executor(settings.threads, settings.max_queued, settings.deadline_seconds)
    predictor = Predictor(live, executor, max_examples=settings.max_examples)
    watcher = Watcher(
        volume,
        load,
        live,
        policy_of=settings.policy_of,
        on_publish=Announcer(settings.public_url),
        intervals=Intervals(settings.poll_interval_seconds, settings.retry_interval_seconds),
    )
    return _Core(
        live=live,
        executor=executor,
        watcher=watcher,
        predictor=predictor,
        pictures=PictureService(
            live,
            predictor,
            _fetcher(settings).fetch,
            limits=PictureLimits(settings.max_pixels, settings.max_digits),
            default_dataset=settings.default_dataset,
        ),
        readiness=Readiness(live, lambda: watcher.problem, settings.models_dir),
    )


def _fetcher(settings: Settings) -> PictureFetcher:
    return PictureFetcher(
        FetchLimits(
            timeout_seconds=settings.url_timeout_seconds,
            max_bytes=settings.url_max_bytes,
            max_redirects=settings.url_max_redirects,
            max_fetches=settings.url_max_fetches,
        ),
        is_on=settings.url_fetch,
        allow_loopback=settings.url_allow_loopback,
    )


def _telemetry(core: _Core, directory: Path | None) -> Telemetry:
    telemetry = WorkerTelemetry(directory) if directory else Telemetry()
    telemetry.registry.register(
        ModelCollector(
            core.live,
            unfinished=lambda: core.executor.unfinished,
            failed_loads=lambda: core.watcher.failed_loads,
            last_poll_seconds=lambda: core.watcher.last_poll_seconds,
        )
    )
    return telemetry


def _install_routes(app: FastAPI, core: _Core, settings: Settings, telemetry: Telemetry) -> None:
    repository = Repository(core.live, core.watcher, settings.workers)
    open_inference = OpenInference(
        core.live, core.predictor, repository, settings, core.readiness.missing
    )
    hot_path.install(
        app,
        [
            *picture_routes(core.pictures, settings.deadline_seconds),
            *tensorflow_serving_routes(core.live, core.predictor, settings),
            *open_inference.routes(),
        ],
        telemetry=telemetry,
        limits=hot_path.IntakeLimits(settings.max_body_bytes, settings.max_held_bytes),
    )
    app.include_router(model_router(core.live, lambda: core.watcher.problem))
    app.include_router(
        label_router(LabelStore(settings.models_dir), settings.api_key, models="/models")
    )
    pages = Pages("inference", WEB, settings)
    app.include_router(pages.router())
    trainer = TrainerService(settings.trainer_url)
    app.include_router(page_router(pages, core.pictures, core.live, trainer, settings))
