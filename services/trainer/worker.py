"""Carries runs out in processes of this machine, so that the service answers meanwhile."""

import asyncio
import json
import logging
import shutil
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

from services.trainer import progress
from services.trainer.progress import Event, Failed
from services.trainer.runs import Run
from services.trainer.scheduler import Outcome
from services.trainer.terminal import sentence

logger = logging.getLogger(__name__)

GRACE_SECONDS = 3.0
SHELL_SIGNAL_BASE = 128  # the exit status of a process that ends itself upon a signal
MAX_LINE_BYTES = 2**20
KEPT_ERROR_LINES = 20
LOG_EVENTS: Mapping[type[Event], str] = {
    progress.Notice: "notice",
    progress.Downloading: "downloaded",
    progress.Started: "training_started",
    progress.EpochEnded: "epoch_ended",
    progress.Published: "published",
}


class LocalProcesses:
    """An `Executor`: each run in a process of its own.

    Args:
        models_dir: The volume.
        checkpoints_dir: Where runs keep what they resume from.
    """

    def __init__(self, models_dir: Path, checkpoints_dir: Path) -> None:
        self._models_dir = models_dir
        self._checkpoints_dir = checkpoints_dir

    async def execute(self, run: Run, on_event: Callable[[Event], None]) -> Outcome:
        """See `Executor`."""
        try:
            process = await self._start(run)
        except OSError as error:
            return Outcome("failed", f"The training process did not start: {error}")
        reader = _Reader(process, on_event)
        try:
            await asyncio.gather(reader.read_events(), reader.read_errors())
            await process.wait()
        except BaseException:
            await _stop(process)
            raise
        return reader.outcome()

    def forget(self, run: Run) -> None:
        """See `Executor`."""
        shutil.rmtree(self._checkpoints_dir / run.id, ignore_errors=True)

    async def _start(self, run: Run) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.trainer", "train"),
            *self._arguments(run),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=MAX_LINE_BYTES,
            # A signal to the service's group is not for it: the service says when it ends.
            start_new_session=True,
        )

    def _arguments(self, run: Run) -> list[str]:
        request = run.request
        arguments = ["--progress", "json", "--end-with-parent", "--run-id", run.id]
        arguments += ["--models-dir", str(self._models_dir)]
        arguments += ["--checkpoints-dir", str(self._checkpoints_dir / run.id)]
        arguments += ["--dataset", request.dataset, "--recipe", request.recipe]
        arguments += ["--seed", str(request.seed), "--models", *request.kinds]
        for name, value in (
            ("--epochs", request.changes.epochs),
            ("--batch-size", request.changes.batch_size),
            ("--learning-rate", request.changes.learning_rate),
        ):
            arguments += [name, str(value)] if value is not None else []
        return [*arguments, "--if-missing"] if request.only_missing else arguments


class _Reader:
    """Reads what a training process writes, and judges how it ended."""

    def __init__(
        self, process: asyncio.subprocess.Process, on_event: Callable[[Event], None]
    ) -> None:
        self._process = process
        self._on_event = on_event
        self._last_lines: deque[str] = deque(maxlen=KEPT_ERROR_LINES)
        self._failure = ""

    async def read_events(self) -> None:
        """Pass on each event until the process closes its output."""
        stdout = self._process.stdout
        while stdout is not None and (line := await _line(stdout)):
            try:
                event = progress.from_record(json.loads(line))
            except ValueError:
                self._last_lines.append(line.decode(errors="replace").rstrip())
                continue
            if isinstance(event, Failed):
                self._failure = event.reason
            _log(event)
            self._on_event(event)

    async def read_errors(self) -> None:
        """Keep the last lines, for the reason of a failure."""
        stderr = self._process.stderr
        while stderr is not None and (line := await _line(stderr)):
            self._last_lines.append(line.decode(errors="replace").rstrip())

    def outcome(self) -> Outcome:
        """How the process ended."""
        status = self._process.returncode or 0
        if status == 0:
            return Outcome("succeeded")
        if self._failure:
            return Outcome("failed", self._failure)
        number = -status if status < 0 else status - SHELL_SIGNAL_BASE
        if status < 0 or number in {signal.SIGTERM, signal.SIGINT}:
            hint = " Memory may have run out." if number == signal.SIGKILL else ""
            name = signal.Signals(number).name
            return Outcome("died", f"The training process was ended by {name}.{hint}")
        last = " / ".join(self._last_lines)
        return Outcome("failed", f"The training process ended with status {status}: {last}")


async def _line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readline()
    except ValueError:  # longer than the limit; what was read of it is gone
        return b"(a line too long to be kept)\n"


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


def _log(event: Event) -> None:
    if isinstance(event, progress.Downloading) and event.done_bytes != event.total_bytes:
        return  # too many for a log, as steps are
    if type(event) not in LOG_EVENTS:
        return  # what fails is said once, when the run ends
    level = logging.WARNING if isinstance(event, progress.Notice) else logging.INFO
    record = progress.to_record(event)
    del record["event"]
    # `message` is a name that the log keeps for itself.
    extra = {("text" if key == "message" else key): value for key, value in record.items()}
    logger.log(level, LOG_EVENTS[type(event)], extra={**extra, "sentence": sentence(event)})
