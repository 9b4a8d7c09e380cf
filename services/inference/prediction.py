"""One request's way through a model: off the event loop, on one version, timed."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from services.inference.errors import NotFinite
from services.inference.executor import Executor
from services.inference.live_models import LiveModels, Wanted
from services.inference.protocols.json_limits import check_examples
from services.inference.servables import Images, Probabilities, Servable
from services.inference.spreading import outputs_of

T = TypeVar("T")

# What takes no longer than this may be done on the event loop when nobody else is there.
BRIEF_SECONDS = 0.001
BRIEF_BODY_BYTES = 16 * 2**10


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """A result, and the version that gave it."""

    result: T
    model: str
    version: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The headers that say which version answered."""
        return [
            (b"x-model-name", self.model.encode()),
            (b"x-model-version", b"%d" % self.version),
        ]


class Call:
    """One request in the hands of a version."""

    def __init__(
        self, servable: Servable, executor: Executor, arrived_ns: int, max_examples: int
    ) -> None:
        self.servable = servable
        self._executor = executor
        self._max_examples = max_examples
        self._arrived_ns = arrived_ns
        self._started_ns = self._called_ns = self._returned_ns = time.perf_counter_ns()
        self._examples = 0

    def predict(self, images: Images) -> Probabilities:
        """The outputs for each image, as of `Engine.predict`.

        Raises:
            PayloadTooLarge: These are more examples than one request may hold.
            NotFinite: An output is no number.
        """
        self._called_ns = time.perf_counter_ns()
        check_examples(len(images), self._max_examples)
        outputs = outputs_of(self.servable, images, self._executor)
        self._returned_ns = time.perf_counter_ns()
        self._examples = len(images)
        # A finite sum of squares is the quickest sign that all are; a great one may overflow.
        if not math.isfinite(np.vdot(outputs, outputs)) and not np.isfinite(outputs).all():
            raise NotFinite(
                f"{self.servable.model}/{self.servable.version} gave values that are not finite."
            )
        return outputs

    def record_success(self) -> None:
        """Count the request as answered, now."""
        self.servable.statistics.record_success(
            self._examples,
            queue_ns=self._started_ns - self._arrived_ns,
            input_ns=self._called_ns - self._started_ns,
            infer_ns=self._returned_ns - self._called_ns,
            output_ns=time.perf_counter_ns() - self._returned_ns,
        )

    def record_failure(self) -> None:
        """Count the request as refused or failed, now."""
        self.servable.statistics.record_failure(time.perf_counter_ns() - self._arrived_ns)


class Predictor:
    """Runs requests on the models that are live.

    Args:
        live: Which versions answer.
        executor: Where the work is done.
        max_examples: The most examples in one request.
    """

    def __init__(self, live: LiveModels, executor: Executor, *, max_examples: int) -> None:
        self._live = live
        self._executor = executor
        self._max_examples = max_examples

    async def run(
        self, model: str, wanted: Wanted, work: Callable[[Call], T], *, brief: bool = False
    ) -> Answered[T]:
        """The result of `work`, done off the event loop with the version that answers.

        Args:
            model: The model's name.
            wanted: Its version, or a label; `None` for the one that answers by default.
            work: Turns the request into an answer with the help of its `Call`.
            brief: Whether its own part of the work is brief.

        Raises:
            ServiceError: As of `LiveModels.lease`, `Executor.run` and `work`.
        """
        arrived_ns = time.perf_counter_ns()
        current = self._live.current(model)
        brief = brief and current is not None and current.example_seconds < BRIEF_SECONDS
        return await self._executor.run(
            lambda: self.work(model, wanted, work, arrived_ns), brief=brief
        )

    async def run_all(self, work: Callable[[], T]) -> T:
        """The result of work that calls `self.work` itself, for several models."""
        return await self._executor.run(work)

    def work(
        self, model: str, wanted: Wanted, work: Callable[[Call], T], arrived_ns: int
    ) -> Answered[T]:
        """Do the work of `run`, on the thread of the caller."""
        with self._live.lease(model, wanted) as servable:
            call = Call(servable, self._executor, arrived_ns, self._max_examples)
            try:
                result = work(call)
            except BaseException:
                call.record_failure()
                raise
            call.record_success()
            return Answered(result, servable.model, servable.version)
