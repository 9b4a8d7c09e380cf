"""Opens the run desk of a volume: its store, its queue, and the right to work on it.

One service works on a volume at a time. Until the volume can be written, and no other
service works on it, the desk is closed, says why, and tries again.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from services.trainer.run_store import STATE_DIRECTORY, RunStore
from services.trainer.runs import RunRequest
from services.trainer.scheduler import Executor, Scheduler
from shared.errors import Unavailable, VolumeUnusable

logger = logging.getLogger(__name__)

LOCK_FILE = "service.lock"
RETRY_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Desk:
    """An open desk."""

    store: RunStore
    scheduler: Scheduler


class DeskKeeper:
    """Opens the desk, keeps it open, and closes it.

    Args:
        volume: Where runs are kept.
        executor: Carries them out.
        max_concurrent: How many at a time.
        sweep: Removes what a crash left; called when no other service works on the volume.
        first: Gives what is queued when the desk opens, unless such a run waits already.
    """

    def __init__(
        self,
        volume: Path,
        executor: Executor,
        max_concurrent: int,
        sweep: Callable[[], None],
        first: Callable[[], RunRequest | None],
    ) -> None:
        self._volume = volume
        self._executor = executor
        self._max_concurrent = max_concurrent
        self._sweep = sweep
        self._first = first
        self._desk: Desk | None = None
        self.closed_because = "The run desk is not open yet"

    def open_desk(self) -> Desk:
        """The desk, if it is open.

        Raises:
            Unavailable: It is closed; the message says why.
        """
        if self._desk is None:
            raise Unavailable(self.closed_because, retry_after_seconds=int(RETRY_SECONDS))
        return self._desk

    async def keep(self) -> None:
        """Open the desk as soon as that is possible, and work until cancelled."""
        while True:
            try:
                await self._keep_once()
            except (VolumeUnusable, Timeout, OSError) as error:
                reason = _reason(self._volume, error)
                if reason != self.closed_because:
                    logger.warning("desk_closed", extra={"reason": reason})
                self.closed_because = reason
            await asyncio.sleep(RETRY_SECONDS)

    async def _keep_once(self) -> None:
        lock_file = self._volume / STATE_DIRECTORY / LOCK_FILE
        lock_file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(lock_file, timeout=0):
            self._sweep()
            store = RunStore(self._volume)
            try:
                scheduler = Scheduler(store, self._executor, self._max_concurrent)
                first = self._first()
                if first is not None and not _waits(store, first):
                    scheduler.submit(first)
                self._desk, self.closed_because = Desk(store, scheduler), ""
                await scheduler.serve()
            finally:
                self._desk = None
                store.close()


def _waits(store: RunStore, request: RunRequest) -> bool:
    """Whether a run like this is not over yet; it goes on by itself."""
    return any(run.request.only_missing for run in store.unfinished(request.dataset))


def _reason(volume: Path, error: Exception) -> str:
    if isinstance(error, VolumeUnusable):
        return error.detail
    if isinstance(error, Timeout):
        return f"Another trainer works on the volume {volume}"
    return f"The volume {volume} cannot be written: {error}"
