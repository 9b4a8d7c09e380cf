"""How a training process ends, and what the run says of it: real processes, nothing trained."""

import asyncio
import sys
from pathlib import Path

import pytest

from services.trainer.progress import Event, Notice, Started
from services.trainer.runs import Run, RunRequest
from services.trainer.scheduler import Outcome
from services.trainer.worker import LocalProcesses

RUN = Run(RunRequest("digits", ("linear",), "fast", 3))


def executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> tuple[Outcome, list[Event]]:
    """Execute a run whose training process runs this code in place of the training."""
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{code}' \"$@\"\n")
    program.chmod(0o755)
    monkeypatch.setattr("services.trainer.worker.sys.executable", str(program))
    events: list[Event] = []
    executor = LocalProcesses(tmp_path, tmp_path / "checkpoints")
    return asyncio.run(executor.execute(RUN, events.append)), events


ENDS = {
    "success": (
        'print("{\\"event\\": \\"Notice\\", \\"message\\": \\"hello\\"}")',
        Outcome("succeeded"),
    ),
    "reason": (
        'print("{\\"event\\": \\"Failed\\", \\"reason\\": \\"the disk is full\\"}"); exit(1)',
        Outcome("failed", "the disk is full"),
    ),
    "killed": (
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        Outcome("died", "The training process was ended by SIGKILL. Memory may have run out."),
    ),
    "terminated": ("exit(143)", Outcome("died", "The training process was ended by SIGTERM.")),
}


@pytest.mark.parametrize("end", ENDS)
def test_an_end_is_told_for_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    code, expected = ENDS[end]

    assert executed(tmp_path, monkeypatch, code)[0] == expected


def test_an_exception_or_memory_that_cannot_be_had_fails_the_run_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**28, 2**28)); bytes(2**30)"

    outcome, _ = executed(tmp_path, monkeypatch, code)

    assert outcome.kind == "failed"
    assert "ended with status 1" in outcome.reason
    assert outcome.reason.endswith("MemoryError")


def test_what_is_no_event_is_kept_for_the_reason_and_what_is_one_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = '{\\"event\\": \\"Started\\", \\"model\\": \\"m\\", \\"recipe\\": \\"fast\\", '
    started += '\\"epochs\\": 1, \\"examples\\": 2}'
    code = f'print("{started}"); print("odd words"); print("x" * 2**21); exit(9)'

    outcome, events = executed(tmp_path, monkeypatch, code)

    assert events == [Started("m", "fast", 1, 2)]
    assert "status 9: odd words / (a line too long to be kept)" in outcome.reason


def test_the_process_gets_what_the_run_asks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import json, sys; "
        'print(json.dumps({"event": "Notice", "message": " ".join(sys.argv[1:])}))'
    )

    _, events = executed(tmp_path, monkeypatch, code)

    (notice,) = events
    assert isinstance(notice, Notice)
    assert "--dataset digits --recipe fast --seed 3 --models linear" in notice.message
    assert f"--run-id {RUN.id}" in notice.message


def test_a_process_that_cannot_be_started_fails_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.trainer.worker.sys.executable", str(tmp_path / "none"))

    outcome = asyncio.run(LocalProcesses(tmp_path, tmp_path).execute(RUN, lambda _: None))

    assert outcome.kind == "failed"
    assert "did not start" in outcome.reason
