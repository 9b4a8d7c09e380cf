"""What a sweep tries, which of it is best, and Ray where there is none."""

import sys

import numpy as np
import pytest

from services.trainer.datasets.dataset import Dataset, Split
from services.trainer.errors import UnknownName
from services.trainer.sweeps.ray_cluster import RayTrials
from services.trainer.sweeps.trials import (
    Grid,
    Learned,
    Trial,
    TrialResult,
    best_of_each_kind,
    ranked,
    without_test,
)
from shared.errors import InvalidInput


def test_every_combination_is_tried_once() -> None:
    grid = Grid(["linear", "cnn"], ["fast"], [0, 1, 2, 1], (3,), (None,), (0.001, None))

    trials = grid.trials("mnist")

    assert len(set(trials)) == len(trials) == 12
    assert {trial.recipe.fitting.epochs for trial in trials} == {3}
    rates = {t.recipe.fitting.peak_learning_rate for t in trials if t.recipe.kind == "cnn"}
    assert len(rates) == 2
    assert 0.001 in rates
    assert "linear fast seed=0 epochs=3 batch_size=" in trials[0].name


def test_a_grid_of_what_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownName, match=r"Unknown recipe for cnn. Received: 'slow'; there are"):
        Grid(["cnn"], ["slow"], [0]).trials("mnist")
    with pytest.raises(InvalidInput, match="batch_size lies above 0"):
        Grid(["cnn"], ["fast"], [0], batch_sizes=(-1,)).trials("mnist")


def result(kind: str, accuracy: float | None, loss: float = 0.5) -> TrialResult:
    (trial,) = Grid([kind], ["fast"], [0]).trials("mnist")
    if accuracy is None:
        return TrialResult(trial, None, "out of memory")
    epochs = [
        {"validation_accuracy": accuracy, "validation_loss": loss},
        {"validation_accuracy": 0.1, "validation_loss": 9.0},
    ]
    return TrialResult(trial, Learned([], epochs, 1, 2.0))


def test_the_best_has_the_highest_accuracy_then_the_lowest_loss() -> None:
    best, tie, worse = result("cnn", 0.9, 0.3), result("cnn", 0.9, 0.4), result("cnn", 0.8, 0.1)
    failed, other = result("cnn", None), result("linear", 0.7)

    assert ranked([failed, worse, tie, best, other]) == [best, tie, worse, other, failed]
    assert best_of_each_kind([failed, worse, tie, best, other]) == [best, other]
    assert best_of_each_kind([failed]) == []


def test_workers_get_no_test_example() -> None:
    split = Split(np.ones((4, 8, 8, 1), np.uint8), np.array([0, 1, 0, 1]))
    dataset = Dataset("d", "D", ("a", "b"), "none", split, split, {"examples": "x"})

    sent = without_test(dataset)

    assert (len(sent.train), len(sent.test)) == (4, 0)
    assert sent.sha256 == dataset.sha256


def test_without_ray_the_way_to_have_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    (trial,) = Grid(["linear"], ["fast"], [0]).trials("mnist")
    split = Split(np.ones((4, 8, 8, 1), np.uint8), np.array([0, 1, 0, 1]))
    dataset = Dataset("d", "D", ("a", "b"), "none", split, split, {})

    with pytest.raises(InvalidInput, match="Ray is not installed: pip install"):
        next(RayTrials().run([trial], dataset))
    assert isinstance(trial, Trial)
