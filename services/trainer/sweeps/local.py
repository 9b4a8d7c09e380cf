"""Carries trials out in processes of this machine, a few at a time."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from threading import Thread
from typing import Any

from services.trainer.datasets.dataset import Dataset
from services.trainer.sweeps.learning import learn_trial
from services.trainer.sweeps.trials import Learned, Trial, TrialResult

GRACE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class LocalTrials:
    """A `TrialExecutor`: each trial in a process of its own.

    Attributes:
        at_once: How many work at the same time.
    """

    at_once: int = 1

    def run(self, trials: Sequence[Trial], dataset: Dataset) -> Iterator[TrialResult]:
        """See `TrialExecutor`."""
        waiting, working = list(trials), list[_Worker]()
        try:
            while waiting or working:
                while waiting and len(working) < self.at_once:
                    working.append(_Worker(waiting.pop(0), dataset))
                ready = wait([worker.answers for worker in working])
                for worker in [w for w in working if w.answers in ready]:
                    working.remove(worker)
                    yield worker.result()
        finally:
            for worker in working:
                worker.stop()


class _Worker:
    """A process that works on one trial."""

    def __init__(self, trial: Trial, dataset: Dataset) -> None:
        self._trial = trial
        # Spawned, not forked: TensorFlow's threads do not survive a fork.
        context = multiprocessing.get_context("spawn")
        self.answers, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()  # so that its end is seen when it dies
        with suppress(BrokenPipeError, ConnectionResetError):  # `result` tells that it died
            # Not an argument: `start` would wait for ever for a process that died reading it.
            self.answers.send((trial, dataset))

    def result(self) -> TrialResult:
        """The answer of a process that gave one, or died."""
        try:
            answer: Learned | str = self.answers.recv()
        except (EOFError, OSError):
            self._process.join()
            code = self._process.exitcode
            hint = " Memory may have run out." if code == -9 else ""  # noqa: PLR2004  SIGKILL
            answer = f"The process of the trial died with exit code {code}.{hint}"
        self.stop()
        if isinstance(answer, str):
            return TrialResult(self._trial, None, answer)
        return TrialResult(self._trial, answer)

    def stop(self) -> None:
        """End the process, if it has not ended."""
        self._process.join(GRACE_SECONDS if not self._process.is_alive() else 0)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join(GRACE_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self.answers.close()


def _work(channel: "Connection[Any, Any]") -> None:
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        trial, dataset = channel.recv()
    except (EOFError, OSError):  # the sweep was given up
        return
    try:
        answer: Learned | str = learn_trial(trial, dataset)
    except Exception as error:  # noqa: BLE001  whatever it is, the sweep goes on
        answer = f"{type(error).__name__}: {error}"
    with suppress(BrokenPipeError, ConnectionResetError):  # the sweep was given up
        channel.send(answer)


def _end_with_parent() -> None:
    """End this process when the sweep's was killed; it cannot say so any more."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
