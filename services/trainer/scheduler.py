"""Takes runs from the queue, a few at a time, and sees each to its end.

Whatever happens to a run is written down first. A run that its service left behind, by a
stop or by a crash, goes on at the next start; one whose process or service vanishes again and
again, without an epoch in between, fails.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

from services.trainer.progress import EpochEnded, Event, Notice, StateChanged
from services.trainer.run_store import RunStore, StoredEvent
from services.trainer.runs import Run, RunRequest, RunState
from shared.errors import VolumeUnusable

logger = logging.getLogger(__name__)

MAX_DEATHS = 3
RETRY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution ended; `died` means without a word, so it may be tried again."""

    kind: Literal["succeeded", "failed", "died"]
    reason: str = ""


class Executor(Protocol):
    """Carries a run out somewhere: in a process here, or on another machine."""

    async def execute(self, run: Run, on_event: Callable[[Event], None]) -> Outcome:
        """Train to the end; when cancelled, stop the training before the cancellation passes.

        Args:
            run: What to train; if it was interrupted before, it goes on from its checkpoint.
            on_event: Receives what the run tells, on the event loop.
        """

    def forget(self, run: Run) -> None:
        """The run is over: what was kept for its resumption may go."""


class Scheduler:
    """The queue at work. Use it on one event loop."""

    def __init__(self, store: RunStore, executor: Executor, max_concurrent: int) -> None:
        self._store = store
        self._executor = executor
        self._max_concurrent = max_concurrent
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._cancelled: set[str] = set()
        self._wake = asyncio.Event()
        self._news = asyncio.Condition()

    def submit(self, request: RunRequest) -> Run:
        """Put a run into the queue.

        Raises:
            VolumeUnusable: It could not be written down.
        """
        run = Run(request)
        self._store.add(run)
        self._wake.set()
        return run

    async def cancel(self, run_id: str) -> Run:
        """End a run; gives it when it is over.

        Raises:
            RunNotFound: There is no such run.
            IllegalMove: It is over already.
        """
        run = self._store.get(run_id)
        task = self._tasks.get(run_id)
        if task is not None and run_id not in self._cancelled:
            self._cancelled.add(run_id)
            task.cancel()
        if task is not None:
            await asyncio.wait({task})
        run = self._store.get(run_id)
        if task is None or not run.state.is_final:  # it had not taken its first step
            run = self._move(run, RunState.CANCELLED)
            self._executor.forget(run)
        return run

    async def serve(self) -> None:
        """Work until cancelled; then the runs in hand stop, and wait for the next start."""
        for run in self._store.listed(RunState.RUNNING):
            state, reason = _after_death(
                run, "The service was not stopped, and ended while it ran."
            )
            if self._move(run, state, reason, died=True).state.is_final:
                self._executor.forget(run)
        try:
            while True:
                self._wake.clear()
                self._start_waiting()
                await self._wake.wait()
        finally:
            for task in list(self._tasks.values()):
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def follow(self, run_id: str, after: int = 0) -> AsyncIterator[StoredEvent]:
        """What a run told later than that event, and then what it tells, until it is over."""
        while True:
            is_final = self._store.get(run_id).state.is_final
            for stored in self._store.events(run_id, after):
                after = stored.number
                yield stored
            if is_final:
                return
            async with self._news:
                # What came between the reading and the waiting is seen at the next turn.
                with suppress(TimeoutError):
                    async with asyncio.timeout(1.0):
                        await self._news.wait()

    def _start_waiting(self) -> None:
        while len(self._tasks) < self._max_concurrent:
            run = self._store.next_queued(without=list(self._tasks))
            if run is None:
                return
            task = asyncio.create_task(self._see_through(run))
            self._tasks[run.id] = task
            task.add_done_callback(partial(self._free, run.id))

    def _free(self, run_id: str, task: asyncio.Task[None]) -> None:
        """The slot is free, however the task ended."""
        self._tasks.pop(run_id, None)
        self._cancelled.discard(run_id)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("run_not_followed", extra={"run": run_id}, exc_info=error)

    async def _see_through(self, run: Run) -> None:
        try:
            run = await self._settle(run, RunState.RUNNING, "")
            outcome = await self._executed(run)
            died = outcome.kind == "died"
            await self._settle(run, *self._state_after(run, outcome), died=died)
        except asyncio.CancelledError:
            if run.id in self._cancelled:
                await self._settle(run, RunState.CANCELLED, "")
                return
            if self._store.get(run.id).state is RunState.RUNNING:
                self._move(run, RunState.QUEUED, "The service was stopped while it ran")
            raise

    async def _executed(self, run: Run) -> Outcome:
        try:
            return await self._executor.execute(run, lambda event: self._note(run, event))
        except Exception as error:
            logger.exception("execution_failed", extra={"run": run.id})
            return Outcome("failed", f"The service could not follow the run: {error}")

    def _state_after(self, run: Run, outcome: Outcome) -> tuple[RunState, str]:
        if outcome.kind == "succeeded":
            return RunState.SUCCEEDED, ""
        if outcome.kind == "failed":
            return RunState.FAILED, outcome.reason
        state, reason = _after_death(self._store.get(run.id), outcome.reason)
        if not state.is_final:
            self._note(run, Notice(f"{reason} It goes on from its last checkpoint."))
        return state, reason

    async def _settle(self, run: Run, state: RunState, reason: str, *, died: bool = False) -> Run:
        """Move the run, however long the volume cannot be written; gives it as it is then."""
        while True:
            try:
                moved = self._move(run, state, reason, died=died)
            except VolumeUnusable as error:
                logger.error("run_not_recorded", extra={"run": run.id, "detail": error.detail})  # noqa: TRY400  the detail says all
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if moved.state.is_final:
                self._executor.forget(moved)
            return moved

    def _move(self, run: Run, state: RunState, reason: str = "", *, died: bool = False) -> Run:
        moved = self._store.move(run.id, state, reason, died=died)
        level = logging.ERROR if state is RunState.FAILED else logging.INFO
        what = f"run {run.id[:8]} of {run.request.dataset}: {state.value}"
        extra = {"run": run.id, "state": state.value, "dataset": run.request.dataset}
        extra["sentence"] = f"{what} ({reason})" if reason else what
        logger.log(level, "run", extra={**extra, "reason": reason} if reason else extra)
        self._note(run, StateChanged(state.value, reason))
        return moved

    def _note(self, run: Run, event: Event) -> None:
        try:
            self._store.add_event(run.id, event)
            if isinstance(event, EpochEnded):
                self._store.got_on(run.id)
        except VolumeUnusable as error:  # the training matters more than the telling of it
            logger.warning("event_not_recorded", extra={"run": run.id, "detail": error.detail})
        asyncio.get_running_loop().create_task(self._tell())

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()


def _after_death(run: Run, how: str) -> tuple[RunState, str]:
    """Where a run goes that died once more, and why."""
    if run.deaths + 1 < MAX_DEATHS:
        return RunState.QUEUED, how
    return (
        RunState.FAILED,
        f"{how} The run died {MAX_DEATHS} times in a row and is not tried again.",
    )
