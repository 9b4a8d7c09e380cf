"""Takes requests in, a bounded number at a time, and computes them off the event loop."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread

from services.metrics.comparison import Comparison
from services.metrics.evaluation import evaluate
from services.metrics.inputs.bodies import Body
from services.metrics.inputs.requests import read_comparison, read_evaluation, read_multilabel
from services.metrics.limits import Limits
from services.metrics.multilabel import evaluate_multilabel
from services.metrics.settings import Settings
from shared.errors import Saturated

Result = TypeVar("Result")


class Work:
    """The service's computations under the limits of its settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = Limits(
            settings.max_classes,
            settings.max_bootstrap_values,
            settings.max_group_cells,
            settings.max_groups,
        )
        self._limiter: anyio.CapacityLimiter | None = None

    async def evaluate(self, body: Body, query: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one evaluation.

        Raises:
            Saturated: Too many requests wait already.
            ServiceError: The request cannot be used; the error says why.
        """
        return await self._run(partial(self._evaluate, body, query))

    async def compare(self, body: Body, query: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one comparison; the errors are those of an evaluation."""
        return await self._run(partial(self._compare, body, query))

    async def evaluate_multilabel(self, body: Body, query: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a multilabel evaluation; the errors are those of an evaluation."""
        return await self._run(partial(self._evaluate_multilabel, body, query))

    def _evaluate_multilabel(self, body: Body, query: Mapping[str, Any]) -> dict[str, Any]:
        samples, options = read_multilabel(body, query, self._settings.max_body_bytes)
        return evaluate_multilabel(samples, options)

    def _evaluate(self, body: Body, query: Mapping[str, Any]) -> dict[str, Any]:
        samples, options = read_evaluation(body, query, self._settings.max_body_bytes)
        return evaluate(samples, options, self._limits)

    def _compare(self, body: Body, query: Mapping[str, Any]) -> dict[str, Any]:
        contest, options = read_comparison(body, query, self._settings.max_body_bytes)
        return Comparison(contest, options, self._limits.max_classes).report()

    async def _run(self, task: Callable[[], Result]) -> Result:
        if self._limiter is None:  # made here because it belongs to the running event loop
            self._limiter = anyio.CapacityLimiter(self._settings.max_concurrent_evaluations)
        if self._limiter.statistics().tasks_waiting >= self._settings.max_waiting_evaluations:
            raise Saturated(
                f"{self._settings.max_waiting_evaluations} evaluations wait already; try again."
            )
        return await anyio.to_thread.run_sync(task, limiter=self._limiter)
