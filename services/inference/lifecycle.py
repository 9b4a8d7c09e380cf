"""What happens around serving: start, readiness, what is said in the log, drain and stop."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.inference.executor import Executor
from services.inference.live_models import LiveModels
from services.inference.servables import Servable
from services.inference.watcher import Watcher
from services.inference.worker_telemetry import WorkerTelemetry
from shared import log
from shared.telemetry import Telemetry

logger = logging.getLogger(__name__)

TELEMETRY_INTERVAL_SECONDS = 1.0
FIRST_POLL_WAIT_SECONDS = 2.0


class Readiness:
    """Whether a request would succeed now.

    Attributes:
        draining: Set once the service is to end: it finishes what it has and is not ready.
    """

    def __init__(self, live: LiveModels, problem: Callable[[], str], models_dir: Path) -> None:
        self._live = live
        self._problem = problem
        self._models_dir = models_dir
        self.draining = False

    def missing(self) -> Sequence[str]:
        """What a request would miss now, in words; nothing once a model can answer."""
        if self.draining:
            return ["The service is shutting down."]
        names = self._live.names()
        if any(self._live.serving_versions(name) for name in names):
            return ()
        if problem := self._problem():
            return [problem]
        reasons = [
            f"{name}/{status.version} {status.state}: {status.reason}".rstrip(": ")
            for name in names
            for status in self._live.statuses(name)
        ]
        return reasons or [f"No model version is published in {self._models_dir} yet."]


class Announcer:
    """Says in the log what serves, and where the page is if that is known."""

    def __init__(self, public_url: str) -> None:
        self._page = {"page": public_url} if public_url else {}
        self._where = f" at {public_url}" if public_url else ""

    def __call__(self, servable: Servable) -> None:
        """Announce a version that answers from now on."""
        # What was loaded stays: the collector need not walk over it in every full collection.
        gc.collect()
        gc.freeze()
        logger.info(
            "serving",
            extra={
                "sentence": f"{servable.model} version {servable.version} answers{self._where}",
                "model": servable.model,
                "version": servable.version,
                "engine": servable.engine.name,
                "load_ms": round(servable.load_seconds * 1000, 1),
                **self._page,
            },
        )


def lifespan(
    executor: Executor, watcher: Watcher, telemetry: Telemetry
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """What runs around serving, as FastAPI takes it."""

    @asynccontextmanager
    async def run(_: FastAPI) -> AsyncIterator[None]:
        executor.start()
        watcher.start()
        # What is published is served from the first request on, unless it takes long to load.
        await asyncio.to_thread(watcher.wait_for_first_poll, FIRST_POLL_WAIT_SECONDS)
        saving = asyncio.create_task(_save_telemetry(telemetry))
        try:
            yield
        finally:
            saving.cancel()
            await asyncio.to_thread(watcher.stop)
            await executor.stop()
            log.flush()

    return run


async def _save_telemetry(telemetry: Telemetry) -> None:
    if isinstance(telemetry, WorkerTelemetry):
        while True:
            await asyncio.to_thread(telemetry.save)
            await asyncio.sleep(TELEMETRY_INTERVAL_SECONDS)
