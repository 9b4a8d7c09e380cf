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


DEADLY_STEPS = ("_record_files", "_last_given", "_write_synced", "_write_last_given", "rename")


def _publish_and_die(root: Path, step: str, calls_before: int) -> None:
    """Publish a version in this process, and be killed at a step of it."""
    owner = Path if step == "rename" else publishing
    original = getattr(owner, step)
    left = [calls_before]

    def deadly(*arguments: Any) -> Any:
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        return original(*arguments)

    setattr(owner, step, deadly)
    publish_files(ModelStore(root), "mnist-cnn", FILES)


@pytest.mark.parametrize("step", DEADLY_STEPS)
def test_a_publisher_killed_at_any_step_leaves_no_half_version(
    store: ModelStore, step: str
) -> None:
    publish_files(store, "mnist-cnn", FILES)
    publisher = multiprocessing.get_context("spawn").Process(
        target=_publish_and_die, args=(store.root, step, 0)
    )
    publisher.start()
    publisher.join()

    assert publisher.exitcode == -signal.SIGKILL
    assert store.versions("mnist-cnn") == [1]
    assert store.verify("mnist-cnn", 1).version == 1
    version = publish_files(store, "mnist-cnn", FILES)
    assert version >= 2
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
