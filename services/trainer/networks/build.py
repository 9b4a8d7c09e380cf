"""Builds the network that a recipe describes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from services.trainer.hyperparameters import CnnRecipe, Recipe
from services.trainer.networks.cnn import cnn_members
from services.trainer.networks.linear import linear_logits
from services.trainer.probabilities import NO_CALIBRATION, Calibration


@dataclass(frozen=True, slots=True)
class Network:
    """One set of layers, seen three times.

    Attributes:
        trainable: Image to the logits of each member, `(n, members, n_classes)`: each has a loss
            of its own, and on logits, which is exact where a softmax saturates.
        logits: Image to logits, the members' mean, `(n, n_classes)`.
        served: Image to probabilities; what is published.
        calibration: How `served` makes probabilities of the logits.
    """

    trainable: Any
    logits: Any
    served: Any
    calibration: Calibration = NO_CALIBRATION

    def with_calibration(self, calibration: Calibration) -> "Network":
        """The same layers, and this calibration in place of another."""
        served = _served(self.logits, self.served.name, calibration)
        return Network(self.trainable, self.logits, served, calibration)


def build_network(
    recipe: Recipe,
    image_shape: tuple[int, int, int],
    n_classes: int,
    pixel_mean: float,
    pixel_deviation: float,
) -> Network:
    """The network of a recipe, its weights at their random start.

    Args:
        recipe: What to build.
        image_shape: Height, width, channels.
        n_classes: Width of the output.
        pixel_mean: Mean of the training pixels, in [0, 1].
        pixel_deviation: Their standard deviation; pixels are normalised inside the graph, so
            that every runtime does it alike.
    """
    image = keras.Input(image_shape, name="image")
    scale = 1.0 / max(pixel_deviation, 1e-6)
    if isinstance(recipe, CnnRecipe):
        normalised = keras.layers.Rescaling(scale, -pixel_mean * scale, name="normalise")(image)
        members = cnn_members(normalised, n_classes, recipe)
    else:
        # The mean stays: blank pixels then add nothing, where they would else add large
        # terms that cancel, and each engine rounds such a sum in its own way.
        scaled = keras.layers.Rescaling(scale, name="normalise")(image)
        members = [linear_logits(scaled, n_classes)]
    trainable = keras.Model(image, _side_by_side(members), name=f"{recipe.kind}_members")
    mean = keras.layers.Average(name="mean")(members) if len(members) > 1 else members[0]
    logits = keras.Model(image, mean, name=f"{recipe.kind}_logits")
    return Network(trainable, logits, _served(logits, recipe.kind, NO_CALIBRATION))


def _side_by_side(members: Sequence[Any]) -> Any:
    rows = [keras.layers.Reshape((1, member.shape[-1]))(member) for member in members]
    return keras.layers.Concatenate(axis=1)(rows) if len(rows) > 1 else rows[0]


def _served(logits: Any, name: str, calibration: Calibration) -> Any:
    # Layers without weights, so that their digest does not depend on the calibration.
    softened = keras.layers.Rescaling(1.0 / calibration.temperature, name="temperature")
    probabilities = keras.layers.Softmax(name="probabilities")(softened(logits.output))
    if share := calibration.uniform_share:
        even = share / probabilities.shape[-1]
        probabilities = keras.layers.Rescaling(1.0 - share, even, name="doubt")(probabilities)
    return keras.Model(logits.input, probabilities, name=name)
