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
from services.metrics.plots.numbers import plot_numbers
from services.metrics.plots.options import Kind, PlotQuery, known_kind
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
        self._limiters: tuple[anyio.CapacityLimiter, anyio.CapacityLimiter] | None = None

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

    async def plot(self, kind: str, body: Body, query: PlotQuery) -> bytes:
        """A picture of an evaluation; the errors are those of an evaluation and NotFound.

        Pictures are drawn one at a time, and no evaluation waits for them.
        """
        known = known_kind(kind)
        answer = await self._run(partial(self._numbers, known, body, query))
        return await self._run(partial(self._draw, known, answer, query), drawing=True)

    def _numbers(self, kind: Kind, body: Body, query: PlotQuery) -> dict[str, Any]:
        given, options = query.split()
        samples, evaluation = read_evaluation(body, given, self._settings.max_body_bytes)
        most = min(self._settings.max_plot_classes, self._settings.max_classes)
        return plot_numbers(kind, samples, evaluation, options, most)

    def _draw(self, kind: Kind, answer: dict[str, Any], query: PlotQuery) -> bytes:
        # matplotlib is loaded when the first picture is asked for: it takes a second and 40 MB.
        from services.metrics.plots.pictures import drawn  # noqa: PLC0415

        _, options = query.split()
        return drawn(kind, answer, options, self._settings.max_plot_pixels)

    def _evaluate_multilabel(self, body: Body, query: Mapping[str, Any]) -> dict[str, Any]:
        samples, options = read_multilabel(body, query, self._settings.max_body_bytes)
        return evaluate_multilabel(samples, options)

    def _evaluate(self, body: Body, query: Mapping[str, Any]) -> dict[str, Any]:
        samples, options = read_evaluation(body, query, self._settings.max_body_bytes)
        return evaluate(samples, options, self._limits)

    def _compare(self, body: Body, query: Mapping[str, Any]) -> dict[str, Any]:
        contest, options = read_comparison(body, query, self._settings.max_body_bytes)
        return Comparison(contest, options, self._limits.max_classes).report()

    async def _run(self, task: Callable[[], Result], *, drawing: bool = False) -> Result:
        if self._limiters is None:  # made here because they belong to the running event loop
            evaluations = anyio.CapacityLimiter(self._settings.max_concurrent_evaluations)
            self._limiters = (evaluations, anyio.CapacityLimiter(1))
        limiter = self._limiters[drawing]
        if limiter.statistics().tasks_waiting >= self._settings.max_waiting_evaluations:
            what = "pictures" if drawing else "evaluations"
            raise Saturated(
                f"{self._settings.max_waiting_evaluations} {what} wait already; try again."
            )
        return await anyio.to_thread.run_sync(task, limiter=limiter)
