"""From a data set and a recipe to a network that has learnt; nothing is tested or published."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
from numpy.typing import NDArray

from services.trainer.calibration import Judged, calibrated
from services.trainer.checkpoint import Checkpoint
from services.trainer.datasets.dataset import Dataset, TrainingSplits, hold_out
from services.trainer.fit import Fit, Session, fit
from services.trainer.hyperparameters import Recipe
from services.trainer.networks.build import Network, build_network
from services.trainer.progress import Event, Started
from services.trainer.versions import model_name


@dataclass(frozen=True, slots=True)
class Trained:
    """A network that has learnt, and what it learnt from.

    Attributes:
        validation: The validation split as the network judges it.
    """

    model: str
    dataset: Dataset
    splits: TrainingSplits
    recipe: Recipe
    seed: int
    network: Network
    validation: Judged
    fitted: Fit


def learn(
    dataset: Dataset,
    recipe: Recipe,
    seed: int,
    tell: Callable[[Event], None],
    checkpoint: Checkpoint | None = None,
) -> Trained:
    """Train a model and choose its epoch on a validation split; the test split is not looked at.

    Args:
        dataset: What to learn.
        recipe: How.
        seed: Decides every random choice.
        tell: Receives progress.
        checkpoint: Where an interrupted training is resumed from.

    Raises:
        ModelRejected: The training diverges.
    """
    model = model_name(dataset.name, recipe.kind)
    splits, network = started(dataset, recipe, seed)
    epochs = recipe.fitting.epochs_for(len(splits.train))
    tell(Started(model, recipe.name, epochs, len(splits.train)))
    fitted = fit(network, splits, recipe.fitting, Session(model, seed, tell, checkpoint))
    network, validation = calibrated(network, splits.validation)
    return Trained(model, dataset, splits, recipe, seed, network, validation, fitted)


def restored(
    dataset: Dataset, recipe: Recipe, seed: int, weights: Sequence[NDArray[Any]], fitted: Fit
) -> Trained:
    """What `learn` gave elsewhere, made again of its weights."""
    splits, network = started(dataset, recipe, seed)
    network.trainable.set_weights(weights)
    network, validation = calibrated(network, splits.validation)
    model = model_name(dataset.name, recipe.kind)
    return Trained(model, dataset, splits, recipe, seed, network, validation, fitted)


def started(dataset: Dataset, recipe: Recipe, seed: int) -> tuple[TrainingSplits, Network]:
    """The splits of that seed, and the network at its random start."""
    keras.utils.set_random_seed(seed)
    splits = hold_out(dataset.train, recipe.fitting.validation_fraction, seed)
    network = build_network(
        recipe,
        dataset.image_shape,
        dataset.n_classes,
        pixel_mean=float(splits.train.images.mean()) / 255,
        pixel_deviation=float(splits.train.images.std()) / 255,
    )
    return splits, network
