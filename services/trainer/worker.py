"""Trains in a process of its own, so that the service answers meanwhile and outlives it."""

import asyncio
import json
import logging
import sys
from collections import deque
from pathlib import Path

from services.trainer import progress
from services.trainer.runs import Run, RunState
from services.trainer.terminal import sentence

logger = logging.getLogger(__name__)

GRACE_SECONDS = 4.0
MAX_LINE_BYTES = 2**20
KEPT_ERROR_LINES = 20
LOG_EVENTS = {
    "Notice": "notice",
    "Started": "training_started",
    "EpochEnded": "epoch_ended",
    "Published": "published",
}


class Worker:
    """The process of one run."""

    def __init__(self, run: Run, models_dir: Path) -> None:
        self.run = run
        self._models_dir = models_dir
        self._errors: deque[str] = deque(maxlen=KEPT_ERROR_LINES)

    async def work(self) -> None:
        """Train to the end; when cancelled, end the process first.

        What goes wrong becomes the run's reason, and is no exception.
        """
        try:
            process = await self._start()
        except OSError as error:
            self._end(RunState.FAILED, f"The training process did not start: {error}")
            return
        try:
            await asyncio.gather(self._follow(process), self._keep_errors(process))
            await process.wait()
        except asyncio.CancelledError:
            await _stop(process)
            self._end(RunState.CANCELLED, "The service was stopped")
            raise
        if process.returncode == 0:
            self._end(RunState.SUCCEEDED)
        else:
            self._end(RunState.FAILED, self._reason(process.returncode))

    async def _start(self) -> asyncio.subprocess.Process:
        command = [sys.executable, "-m", "services.trainer", "train", "--progress", "json"]
        command += ["--if-missing", "--end-with-parent", "--models-dir", str(self._models_dir)]
        command += ["--dataset", self.run.dataset, "--models", *self.run.models]
        logger.info("run_started", extra={"dataset": self.run.dataset, "run": self.run.id})
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=MAX_LINE_BYTES,
        )

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            return
        async for line in process.stdout:
            try:
                event = progress.from_record(json.loads(line))
            except ValueError:
                self._errors.append(line.decode(errors="replace").rstrip())
                continue
            self.run.take(event)
            _log(event)

    async def _keep_errors(self, process: asyncio.subprocess.Process) -> None:
        if process.stderr is None:
            return
        async for line in process.stderr:
            self._errors.append(line.decode(errors="replace").rstrip())

    def _reason(self, returncode: int | None) -> str:
        last = "\n".join(self._errors)
        if returncode is not None and returncode < 0:
            return f"The training process was ended by signal {-returncode}. {last}".strip()
        return f"The training process ended with status {returncode}. {last}".strip()

    def _end(self, state: RunState, reason: str = "") -> None:
        self.run.end(state, reason)
        level = logging.ERROR if state is RunState.FAILED else logging.INFO
        extra = {"run": self.run.id, "state": state.value}
        if self.run.reason:
            extra["reason"] = self.run.reason
        logger.log(level, "run_ended", extra=extra)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Ask the process to end, and end it if it does not."""
    try:
        process.terminate()
        await asyncio.wait_for(process.wait(), GRACE_SECONDS)
    except ProcessLookupError:
        return
    except TimeoutError:
        process.kill()
        await process.wait()


def _log(event: progress.Event) -> None:
    if isinstance(event, progress.Stepped | progress.Downloading | progress.Failed):
        return  # too many for a log, and said once when the run ends
    level = logging.WARNING if isinstance(event, progress.Notice) else logging.INFO
    record = progress.to_record(event)
    name = LOG_EVENTS[record.pop("event")]
    # `message` is a name that the log keeps for itself.
    extra = {("text" if key == "message" else key): value for key, value in record.items()}
    logger.log(level, name, extra={**extra, "sentence": sentence(event)})
