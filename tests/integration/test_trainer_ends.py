"""Runs of a service that end badly, one killed at every stage of a training: all are told right."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.trainer import scheduler
from services.trainer.main import create_app
from services.trainer.settings import Settings
from shared.model_store import ModelStore
from tests.support import ROOT, listening, wait_for

STAGES = ("before a checkpoint", "in a checkpoint", "in the export", "after the rename")
KILLED_SEED = 77

pytestmark = pytest.mark.timeout(600)  # seven processes, each with its own TensorFlow

# In place of the training process: the same, killed at the stage that comes next.
DEADLY = f"""
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
import numpy as np
from services.trainer.__main__ import main
from services.trainer.checkpoint import Checkpoint
from services.trainer.publishing import StagedVersion

stages_file = Path(__file__).with_name("stages")
stages = stages_file.read_text().splitlines()
stage = stages[0] if stages and "{KILLED_SEED}" in sys.argv else ""
save, savez, fsync, publish = Checkpoint.save, np.savez, os.fsync, StagedVersion.publish

def die():
    stages_file.write_text("\\n".join(stages[1:]))
    os.kill(os.getpid(), signal.SIGKILL)

def saving(*arguments):
    if stage == "before a checkpoint":
        die()
    save(*arguments)

def syncing(descriptor):
    path = Path(f"/proc/self/fd/{{descriptor}}").readlink()
    if stage == "in a checkpoint" and path.name == "linear.part" and stages_file.exists():
        if path.with_suffix(".npz").exists():
            os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
            die()
    fsync(descriptor)

def saving_arrays(file, **arrays):
    if stage == "in the export" and Path(str(file)).name == "golden.npz":
        die()
    savez(file, **arrays)

def publishing(*arguments):
    version = publish(*arguments)
    if stage == "after the rename":
        die()
    return version

Checkpoint.save, np.savez, os.fsync, StagedVersion.publish = (
    saving, saving_arrays, syncing, publishing
)
sys.exit(main(sys.argv[3:]))
"""


@dataclass(frozen=True)
class Ended:
    """What became of the runs, in the order in which they were queued."""

    store: ModelStore
    diverging: dict[str, Any]
    out_of_space: dict[str, Any]
    killed: dict[str, Any]
    seen_versions: set[int]
    stages_left: str


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    root = tmp_path_factory.mktemp("ends")
    store = ModelStore(root / "models")
    (root / "stages").write_text("\n".join(STAGES))
    (root / "deadly.py").write_text(DEADLY)
    program = root / "python"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{root}/deadly.py" "$@"\n')
    program.chmod(0o755)
    settings = Settings(models_dir=store.root, auto_dataset="", log_format="text")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.trainer.worker.sys.executable", str(program))
        patch.setattr(scheduler, "MAX_DEATHS", len(STAGES) + 1)
        with listening(create_app(settings)) as url, httpx.Client(base_url=url) as client:
            patch.setenv("TRAINER_METRICS_URL", url)  # it marks nothing, and says so at once
            wait_for(lambda: client.get("/readyz").status_code == 200, 10)
            yield _all_ended(client, store, root / "stages")


def _all_ended(client: httpx.Client, store: ModelStore, stages: Path) -> Ended:
    def queued(seed: int, **changes: float) -> str:
        body = {"dataset": "digits", "models": ["linear"], "seed": seed, "changes": changes}
        response = client.post("/v1/runs", json=body)
        assert response.status_code == 202, response.text
        run_id: str = response.json()["id"]
        return run_id

    diverging = queued(0, learning_rate=1e6)
    out_of_space = queued(0, epochs=3)
    killed = queued(KILLED_SEED, epochs=3)
    checkpoint = store.root / ".trainer" / "checkpoints" / out_of_space / "linear.part"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.symlink_to("/dev/full")
    seen: set[int] = set()

    def is_over() -> bool:
        for version in store.versions("digits-linear"):
            seen.add(store.verify("digits-linear", version).version)  # never half of one
        return client.get(f"/v1/runs/{killed}").json()["ended_at"] is not None

    wait_for(is_over, 400)
    of_id = {run["id"]: run for run in client.get("/v1/runs").json()["runs"]}
    return Ended(
        store=store,
        diverging=of_id[diverging],
        out_of_space=of_id[out_of_space],
        killed=of_id[killed],
        seen_versions=seen,
        stages_left=stages.read_text(),
    )


def test_a_rate_that_is_far_too_high_fails_the_run_with_its_reason(ended: Ended) -> None:
    run = ended.diverging

    assert (run["state"], run["attempts"], run["published"]) == ("failed", 1, [])
    assert run["reason"].startswith("digits-linear: in epoch 1 the ")
    assert "where guessing gives 2.30; the learning rate may be too high" in run["reason"]


def test_a_full_disk_fails_the_run_with_its_reason(ended: Ended) -> None:
    run = ended.out_of_space

    assert (run["state"], run["attempts"], run["published"]) == ("failed", 1, [])
    assert run["reason"].endswith("linear.npz is full: No space left on device")


def test_the_service_lives_on_and_a_run_killed_at_every_stage_goes_on_to_its_end(
    ended: Ended,
) -> None:
    run = ended.killed

    assert ended.stages_left == ""
    assert (run["state"], run["attempts"]) == ("succeeded", len(STAGES) + 1), run["reason"]
    assert [notice for notice in run["notices"] if "goes on after epoch" in notice] == [
        "digits-linear goes on after epoch 1/3",
        "digits-linear goes on after epoch 3/3",
    ]
    assert sum("SIGKILL" in notice for notice in run["notices"]) == len(STAGES)


def test_what_a_killed_run_publishes_is_whole_and_there_once(ended: Ended) -> None:
    (published,) = ended.killed["published"]
    home = ended.store.root / "digits-linear"

    assert (published["model"], published["version"]) == ("digits-linear", 1)
    assert ended.seen_versions == {1}
    assert ended.store.versions("digits-linear") == [1]
    card = ended.store.verify("digits-linear", 1)
    assert (card.run, card.epochs) == (ended.killed["id"], 3)
    assert not list((ended.store.root / ".trainer" / "checkpoints").iterdir())
    assert len(list(home.glob(".staging-*.lock"))) <= 1
