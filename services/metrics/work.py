"""Takes evaluations in, a bounded number at a time, and computes them off the event loop."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from starlette.requests import Request

from services.metrics.evaluation import Limits, evaluate
from services.metrics.inputs.bodies import read_evaluation
from services.metrics.settings import Settings
from shared.errors import Saturated

Result = TypeVar("Result")


class Work:
    """The service's computations under the limits of its settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = Limits(settings.max_classes, settings.max_bootstrap_values)
        self._limiter: anyio.CapacityLimiter | None = None

    async def evaluate(
        self, body: bytearray, content_type: str, query: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The answer to one evaluation.

        Raises:
            Saturated: Too many evaluations wait already.
            ServiceError: The request cannot be used; the error says why.
        """
        return await self._run(partial(self._evaluate, body, content_type, query))

    def _evaluate(
        self, body: bytearray, content_type: str, query: Mapping[str, Any]
    ) -> dict[str, Any]:
        samples, options = read_evaluation(body, content_type, query, self._settings.max_body_bytes)
        return evaluate(samples, options, self._limits)

    async def _run(self, task: Callable[[], Result]) -> Result:
        if self._limiter is None:  # made here because it belongs to the running event loop
            self._limiter = anyio.CapacityLimiter(self._settings.max_concurrent_evaluations)
        if self._limiter.statistics().tasks_waiting >= self._settings.max_waiting_evaluations:
            raise Saturated(
                f"{self._settings.max_waiting_evaluations} evaluations wait already; try again."
            )
        return await anyio.to_thread.run_sync(task, limiter=self._limiter)


async def read_body(request: Request) -> bytearray:
    """All of the body in one buffer, made once if the caller says how long it is."""
    declared = int(request.headers.get("content-length") or 0)
    buffer = bytearray(declared)
    received = 0
    async for chunk in request.stream():
        end = received + len(chunk)
        if end <= declared:
            buffer[received:end] = chunk
        else:
            buffer[received:] = chunk
        received = end
    del buffer[received:]
    return buffer
