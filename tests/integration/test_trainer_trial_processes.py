"""Processes of trials: one that dies early fails alone, and none outlives the sweep."""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from multiprocessing import resource_tracker
from pathlib import Path

import numpy as np
import pytest

from services.trainer.datasets.dataset import Dataset, Split
from services.trainer.sweeps.local import LocalTrials
from services.trainer.sweeps.trials import Grid
from tests.support import ROOT

PIPE_BYTES = 2**16


@pytest.fixture
def processes_die_at_once() -> Iterator[None]:
    resource_tracker.ensure_running()  # it is started with the same executable
    multiprocessing.set_executable("/bin/false")
    yield
    multiprocessing.set_executable(sys.executable)


@pytest.mark.timeout(30)
@pytest.mark.usefixtures("processes_die_at_once")
def test_a_process_that_dies_before_it_has_its_data_fails_its_trial() -> None:
    split = Split(np.zeros((PIPE_BYTES, 8, 8, 1), np.uint8), np.zeros(PIPE_BYTES, np.int64))
    dataset = Dataset("d", "D", ("a", "b"), "none", split, split, {})
    trials = Grid(["linear"], ["fast"], [0, 1]).trials("d")

    results = list(LocalTrials().run(trials, dataset))

    assert [result.learned for result in results] == [None, None]
    assert "died with exit code 1" in results[0].reason


SLOW_SWEEP = textwrap.dedent(
    """
    import os, time
    import numpy as np
    from services.trainer.datasets.dataset import Dataset, Split
    from services.trainer.sweeps import local
    from services.trainer.sweeps.trials import Grid

    def slow(trial, dataset):
        print(os.getpid(), len(dataset.train), flush=True)
        time.sleep(60)

    local.learn_trial = slow  # in the process of the trial too, which imports this file
    if __name__ == "__main__":
        split = Split(np.zeros((9, 8, 8, 1), np.uint8), np.zeros(9, np.int64))
        dataset = Dataset("d", "D", ("a", "b"), "none", split, split, {})
        list(local.LocalTrials().run(Grid(["linear"], ["fast"], [0]).trials("d"), dataset))
    """
)


@pytest.mark.timeout(60)
def test_a_trial_ends_when_its_sweep_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "slow.py"
    script.write_text(SLOW_SWEEP)
    command = [sys.executable, str(script)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as sweep:
        assert sweep.stdout is not None
        trial, n_examples = map(int, sweep.stdout.readline().split())
        sweep.kill()
        try:
            # The trial has the same output; it ends when the last process that has it does.
            rest, _ = sweep.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            os.kill(trial, signal.SIGKILL)
            raise

    assert n_examples == 9
    assert rest == ""
