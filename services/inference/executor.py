"""Work off the event loop: a bounded queue, a few threads, and a deadline for each task.

Brief work of a request that is alone is done at once, on the event loop: to hand it to a
thread and back takes as long again. A request is alone if no other came in while the
event loop was let turn once.

The threads hand results back in bunches: one wake-up of the event loop serves all that
finished since the last. With 64 clients that halves the cost of a hand-over, compared
with the executor of `asyncio`.

Long work may be spread: threads that have nothing to do then help the one that does it.
"""

import asyncio
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from shared.errors import DeadlineExceeded, Saturated, Unavailable

T = TypeVar("T")

_ANSWERED_KEPT = 64  # tasks whose deadline is not yet forgotten, beside those that wait


@dataclass(slots=True, eq=False)
class _Task:
    work: Callable[[], Any]
    future: asyncio.Future[Any]
    deadline: float
    result: Any = None
    error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self.work()
        except BaseException as error:  # noqa: BLE001  it is raised where the result is awaited
            self.error = error

    def deliver(self) -> None:
        if self.future.done():  # late, or its client has gone
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class _Help:
    """A thread's part in the work of another, if it comes to it in time."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._claim = threading.Lock()
        self._ended = threading.Event()
        self._error: BaseException | None = None

    def run(self) -> None:
        """Do the work, unless it was called off."""
        if not self._claim.acquire(blocking=False):
            return
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001  it is raised where the work was begun
            self._error = error
        finally:
            self._ended.set()

    def close(self) -> BaseException | None:
        """Call it off, or wait for its end if it has begun; what went wrong, if anything."""
        if not self._claim.acquire(blocking=False):
            self._ended.wait()
        return self._error


class Executor:
    """Runs tasks on threads, for one event loop.

    Args:
        threads: How many tasks run at once.
        max_queued: How many may wait for a thread.
        deadline_seconds: How long after its arrival a task may end.
    """

    def __init__(self, threads: int, max_queued: int, deadline_seconds: float) -> None:
        self._max_waiting = threads + max_queued
        self._deadline_seconds = deadline_seconds
        self._n_threads = threads
        self._tasks: queue.SimpleQueue[_Task | _Help | None] = queue.SimpleQueue()
        self._finished: deque[_Task] = deque()
        self._awaited: deque[tuple[float, asyncio.Future[Any]]] = deque()  # by deadline
        self._timer: asyncio.TimerHandle | None = None
        self._wake_up_pending = False
        self._threads: list[threading.Thread] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._present = 0
        self.unfinished = 0

    def start(self) -> None:
        """Start the threads; results go to the event loop that runs now."""
        self._loop = asyncio.get_running_loop()
        self._threads = [
            threading.Thread(target=self._serve, name=f"predict-{n}", daemon=True)
            for n in range(self._n_threads)
        ]
        for thread in self._threads:
            thread.start()

    async def stop(self) -> None:
        """Finish every task that was taken in, then end the threads."""
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            await asyncio.to_thread(thread.join)
        self._threads = []
        self._deliver()
        if self._timer is not None:
            self._timer.cancel()

    async def run(self, work: Callable[[], T], *, brief: bool = False) -> T:
        """What `work` returns.

        Args:
            work: Computed on one of the threads.
            brief: Whether it takes about a millisecond at most, so that it may be computed
                here if nobody would have to wait for it.

        Raises:
            Saturated: The queue is full; nothing was done.
            DeadlineExceeded: It was not done in time; it may still run to its end.
            Unavailable: The threads do not run.
        """
        if self._loop is None or not self._threads:
            raise Unavailable("The service is starting or stopping.")
        self._present += 1
        try:
            if brief and self._is_alone():
                await asyncio.sleep(0)
                if self._is_alone():
                    return work()
            return await self._run_on_thread(work, self._loop)
        finally:
            self._present -= 1

    def idle_threads(self) -> int:
        """How many threads have nothing to do, as far as can be told from any thread."""
        return self._n_threads - self.unfinished

    def spread(self, work: Callable[[], None], helpers: int) -> None:
        """Do work on the caller's thread, and on others too where they get to it in time.

        Args:
            work: Called once on each thread; what there is to do it takes piece by piece.
            helpers: How many other threads are asked.

        Raises:
            BaseException: What `work` raised, on whichever thread; all of them have ended.
        """
        helps = [_Help(work) for _ in range(helpers)]
        for one in helps:
            self._tasks.put(one)
        try:
            work()
        finally:
            errors = [error for one in helps if (error := one.close())]
        if errors:
            raise errors[0]

    def _is_alone(self) -> bool:
        return self._present == 1 and self.unfinished == 0

    async def _run_on_thread(self, work: Callable[[], T], loop: asyncio.AbstractEventLoop) -> T:
        if self.unfinished >= self._max_waiting:
            raise Saturated(f"{self.unfinished} requests are being served or wait; try again.")
        future: asyncio.Future[T] = loop.create_future()
        deadline = time.monotonic() + self._deadline_seconds
        self.unfinished += 1
        self._keep(deadline, future, loop)
        self._tasks.put(_Task(work, future, deadline))
        return await future

    def _keep(
        self, deadline: float, future: asyncio.Future[Any], loop: asyncio.AbstractEventLoop
    ) -> None:
        """See to it that a task is answered in time; one timer serves all of them."""
        self._awaited.append((deadline, future))
        if self._timer is None:
            self._timer = loop.call_later(self._deadline_seconds, self._expire, loop)
        if len(self._awaited) > 2 * self.unfinished + _ANSWERED_KEPT:
            self._awaited = deque(one for one in self._awaited if not one[1].done())

    def _expire(self, loop: asyncio.AbstractEventLoop) -> None:
        """Answer what is late, and set the timer for the next."""
        self._timer = None
        now = time.monotonic()
        while self._awaited:
            deadline, future = self._awaited[0]
            if not future.done() and deadline > now:
                self._timer = loop.call_later(deadline - now, self._expire, loop)
                return
            self._awaited.popleft()
            if not future.done():
                future.set_exception(
                    DeadlineExceeded(f"No answer within {self._deadline_seconds:g} seconds.")
                )

    def _serve(self) -> None:
        while (task := self._tasks.get()) is not None:
            if isinstance(task, _Help):
                task.run()
                continue
            if not task.future.done() and time.monotonic() < task.deadline:
                task.run()
            self._finished.append(task)
            if not self._wake_up_pending and self._loop is not None:
                self._wake_up_pending = True
                self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        # Cleared first: a task that finishes from here on asks for a wake-up of its own.
        self._wake_up_pending = False
        while self._finished:
            task = self._finished.popleft()
            self.unfinished -= 1
            task.deliver()
