"""Publishers in several processes, some of them killed: readers never see half a version."""

import itertools
import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from services.trainer import publishing
from services.trainer.publishing import staged_version, sweep_staging
from shared.model_store import ModelStore
from tests.support import publish_files

FILES = {"saved_model.pb": b"graph", "variables/variables.index": b"index", "pesos.h5": b""}


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


def _publish_many(root: Path, count: int) -> list[int]:
    return [publish_files(ModelStore(root), "mnist-cnn", FILES) for _ in range(count)]


def test_publishers_in_several_processes_never_give_out_the_same_number(store: ModelStore) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        given = pool.starmap(_publish_many, [(store.root, 8)] * 3)

    assert sorted(itertools.chain.from_iterable(given)) == list(range(1, 25))
    assert store.versions("mnist-cnn") == list(range(1, 25))


# What is killed at which of its calls, and which versions are then there.
DEADLY_STEPS = {
    "files": ("_record_files", 0, [1]),
    "number": ("_last_given", 0, [1]),
    "manifest": ("_write_synced", 0, [1]),
    "folders": ("_folders", 0, [1]),
    "last-number": ("_write_last_given", 0, [1]),
    "last-number-written": ("_write_synced", 1, [1]),
    "last-number-replaced": ("replace", 0, [1]),
    "home-before": ("_sync_home", 0, [1]),
    "rename": ("rename", 0, [1]),
    "home-after": ("_sync_home", 1, [1, 2]),
}


def _publish_and_die(root: Path, step: str, calls_before: int) -> None:
    """Publish a version in this process, and be killed at a step of it."""
    of_home = step == "_sync_home"
    owner: Any = Path if step in {"rename", "replace"} else publishing
    name = "_sync" if of_home else step
    original = getattr(owner, name)
    left = [calls_before]

    def deadly(*arguments: Any) -> Any:
        if not of_home or arguments == (root / "mnist-cnn",):
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
        return original(*arguments)

    setattr(owner, name, deadly)
    publish_files(ModelStore(root), "mnist-cnn", FILES)


@pytest.mark.parametrize("stage", DEADLY_STEPS)
def test_a_publisher_killed_at_any_step_leaves_no_half_version(
    store: ModelStore, stage: str
) -> None:
    step, calls_before, there = DEADLY_STEPS[stage]
    publish_files(store, "mnist-cnn", FILES)
    publisher = multiprocessing.get_context("spawn").Process(
        target=_publish_and_die, args=(store.root, step, calls_before)
    )
    publisher.start()
    publisher.join()

    assert publisher.exitcode == -signal.SIGKILL
    assert store.versions("mnist-cnn") == there
    for version in there:
        assert store.verify("mnist-cnn", version).version == version
    version = publish_files(store, "mnist-cnn", FILES)
    assert version > there[-1]
    assert store.verify("mnist-cnn", version).version == version
    assert not list((store.root / "mnist-cnn").glob(".staging-*"))


def _stage_and_wait(root: Path) -> None:
    with staged_version(ModelStore(root), "mnist-cnn") as staged:
        (staged.directory / "saved_model.pb").write_bytes(b"half")
        time.sleep(60)


def test_what_a_killed_publisher_left_is_swept_and_what_a_living_one_holds_is_not(
    store: ModelStore,
) -> None:
    context = multiprocessing.get_context("spawn")
    publisher = context.Process(target=_stage_and_wait, args=(store.root,))
    publisher.start()
    home = store.root / "mnist-cnn"
    deadline = time.monotonic() + 30
    while not list(home.glob(".staging-*/saved_model.pb")) and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        assert sweep_staging(store, "mnist-cnn") == []
        assert list(home.glob(".staging-*/saved_model.pb"))
    finally:
        os.kill(publisher.pid or 0, signal.SIGKILL)
        publisher.join()

    assert store.models() == []
    (swept,) = sweep_staging(store, "mnist-cnn")
    assert swept.startswith(".staging-")
    assert list(home.glob(".staging-*")) == []
