"""Real trainings: the epoch that is kept, the rate of each step, and rates that are too high."""

import dataclasses
import math

import keras
import numpy as np
import pytest

from services.trainer.datasets.dataset import Dataset
from services.trainer.errors import ModelRejected
from services.trainer.fit import Fit, Session, fit, logits_of
from services.trainer.hyperparameters import Recipe
from services.trainer.learning import started
from services.trainer.networks.build import Network
from services.trainer.progress import EpochEnded, Event
from services.trainer.recipes import FAST_CNN, FAST_LINEAR
from services.trainer.schedule import OneCycle
from services.trainer.watch import MOST_GUESSING_LOSSES
from tests.integration.conftest import SMALL_CONVOLUTIONS

GUESSING = math.log(10)
SMALL_CNN = dataclasses.replace(FAST_CNN, convolutions=SMALL_CONVOLUTIONS, dense_units=16)


def at_rate(recipe: Recipe, learning_rate: float, epochs: int) -> Recipe:
    fitting = dataclasses.replace(
        recipe.fitting, peak_learning_rate=learning_rate, epochs=epochs, least_steps=0
    )
    return dataclasses.replace(recipe, fitting=fitting)


@pytest.fixture(scope="module")
def overfitted(digits_dataset: Dataset) -> tuple[Network, Fit, float]:
    """A linear model that learns its examples by heart, and the validation loss of its weights."""
    recipe = at_rate(FAST_LINEAR, 0.2, 30)
    splits, network = started(digits_dataset, recipe, 0)
    few = dataclasses.replace(splits, train=splits.train.take(np.arange(200)))
    fitted = fit(network, few, recipe.fitting, Session("digits-linear", 0, lambda _: None))
    logits = logits_of(network, splits.validation.images).astype(np.float64)
    of_truth = logits[np.arange(len(logits)), splits.validation.labels]
    return network, fitted, float((np.log(np.exp(logits).sum(axis=1)) - of_truth).mean())


def test_the_epoch_of_the_least_validation_loss_is_kept_and_not_the_last(
    overfitted: tuple[Network, Fit, float],
) -> None:
    _, fitted, loss_of_weights = overfitted
    losses = [epoch["validation_loss"] for epoch in fitted.history.epochs]

    assert losses[-1] > 1.05 * min(losses)  # else this training shows nothing
    assert fitted.history.best_epoch == 1 + int(np.argmin(losses))
    assert loss_of_weights == pytest.approx(min(losses), rel=1e-4)


def test_the_rate_of_the_last_step_is_next_to_nothing(
    overfitted: tuple[Network, Fit, float],
) -> None:
    network, fitted, _ = overfitted
    rates = [epoch["learning_rate"] for epoch in fitted.history.epochs]

    assert int(network.trainable.optimizer.iterations) == len(rates)  # one step in each epoch
    assert max(rates) == pytest.approx(0.2, rel=0.05)
    assert rates[-1] == pytest.approx(0, abs=1e-9)


def test_keras_applies_one_cycle_of_the_rate() -> None:
    steps, warmup, peak = 100, 20, 0.5
    optimizer = keras.optimizers.SGD(OneCycle(peak, steps, warmup / steps))
    weight = keras.Variable(np.zeros(1, np.float32))
    weights = []
    for _ in range(steps):
        optimizer.apply([np.ones(1, np.float32)], [weight])
        weights.append(float(weight[0]))

    rates = -np.diff([0.0, *weights])  # a gradient of 1 moves the weight by the rate

    rising = 0.5 - 0.5 * np.cos(np.pi * np.arange(1, warmup + 1) / (warmup + 1))
    falling = 0.5 + 0.5 * np.cos(np.pi * np.arange(steps - warmup) / (steps - warmup))
    np.testing.assert_allclose(rates, peak * np.append(rising, falling), atol=1e-5)
    assert 0 < rates[0] < 0.01 * peak
    assert int(rates.argmax()) == warmup
    assert rates[warmup] == pytest.approx(peak, abs=1e-5)
    assert 0 < rates[-1] < 0.001 * peak
    assert float(optimizer.learning_rate) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("recipe", "learning_rate", "epochs_before"),
    [(FAST_LINEAR, 1e3, 2), (SMALL_CNN, 1e6, 0)],
    ids=["linear", "cnn"],
)
def test_a_training_that_diverges_ends_soon_and_says_why(
    digits_dataset: Dataset, recipe: Recipe, learning_rate: float, epochs_before: int
) -> None:
    recipe = at_rate(recipe, learning_rate, 20)
    splits, network = started(digits_dataset, recipe, 0)
    told: list[Event] = []

    with pytest.raises(
        ModelRejected,
        match=r"^digits: in epoch \d+ the (validation )?loss became .*, "
        r"where guessing gives 2\.30; the learning rate may be too high$",
    ):
        fit(network, splits, recipe.fitting, Session("digits", 0, told.append))

    ended = [event for event in told if isinstance(event, EpochEnded)]
    assert len(ended) <= epochs_before
    for event in ended:
        assert max(event.loss, event.validation_loss) <= MOST_GUESSING_LOSSES * GUESSING


def test_a_rate_that_is_far_too_high_and_still_teaches_is_left_alone(
    digits_dataset: Dataset,
) -> None:
    recipe = at_rate(FAST_LINEAR, 100, 20)
    splits, network = started(digits_dataset, recipe, 0)

    fitted = fit(network, splits, recipe.fitting, Session("digits", 0, lambda _: None))

    assert max(epoch["validation_loss"] for epoch in fitted.history.epochs) > 100 * GUESSING
    assert fitted.history.best["validation_accuracy"] > 0.8


def test_a_validation_loss_that_is_no_number_ends_the_training(digits_dataset: Dataset) -> None:
    recipe = at_rate(dataclasses.replace(SMALL_CNN, dense_units=0), 1e-3, 2)
    splits, network = started(digits_dataset, recipe, 0)
    norm = network.served.get_layer("norm_3")  # its running mean matters to validation alone
    norm.moving_mean.assign(np.full(norm.moving_mean.shape, -np.inf))
    told: list[Event] = []

    with pytest.raises(ModelRejected, match="in epoch 1 the validation loss became nan"):
        fit(network, splits, recipe.fitting, Session("digits", 0, told.append))

    assert not any(isinstance(event, EpochEnded) for event in told)
