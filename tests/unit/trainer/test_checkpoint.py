"""Checkpoints on a disk that is full: said clearly, and the former one stays."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from services.trainer.checkpoint import Checkpoint, History, State
from shared.errors import VolumeUnusable


def state(seconds: float) -> State:
    weights: list[NDArray[Any]] = [
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.zeros(2, np.int64),
    ]
    return State(weights, weights[:1], History([{"loss": 0.5}], 1), seconds)


def test_a_full_disk_is_said_and_the_former_state_stays(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "run" / "cnn.npz", "mnist, fast, 0")
    checkpoint.save(state(1.5))
    (tmp_path / "run" / "cnn.part").symlink_to("/dev/full")

    with pytest.raises(VolumeUnusable, match=r"cnn\.npz is full: No space left on device"):
        checkpoint.save(state(3.0))

    stored = checkpoint.load()
    assert stored is not None
    assert stored.seconds == 1.5
    for ours, theirs in zip(stored.variables, state(1.5).variables, strict=True):
        np.testing.assert_array_equal(ours, theirs)
