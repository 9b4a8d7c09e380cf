"""Builds the network that a recipe describes."""

from dataclasses import dataclass
from typing import Any

import keras

from services.trainer.hyperparameters import CnnRecipe, Recipe
from services.trainer.networks.cnn import cnn_logits
from services.trainer.networks.linear import linear_logits
from services.trainer.probabilities import NO_CALIBRATION, Calibration


@dataclass(frozen=True, slots=True)
class Network:
    """One set of layers, seen twice.

    Attributes:
        trainable: Image to logits; the loss on logits is exact where a softmax saturates.
        served: Image to probabilities; what is published.
        calibration: How `served` makes probabilities of the logits.
    """

    trainable: Any
    served: Any
    calibration: Calibration = NO_CALIBRATION

    def with_calibration(self, calibration: Calibration) -> "Network":
        """The same layers, and this calibration in place of another."""
        served = _served(self.trainable, self.served.name, calibration)
        return Network(self.trainable, served, calibration)


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
        logits = cnn_logits(normalised, n_classes, recipe)
    else:
        # The mean stays: blank pixels then add nothing, where they would else add large
        # terms that cancel, and each engine rounds such a sum in its own way.
        scaled = keras.layers.Rescaling(scale, name="normalise")(image)
        logits = linear_logits(scaled, n_classes)
    trainable = keras.Model(image, logits, name=f"{recipe.kind}_logits")
    return Network(trainable, _served(trainable, recipe.kind, NO_CALIBRATION))


def _served(trainable: Any, name: str, calibration: Calibration) -> Any:
    # Layers without weights, so that their digest does not depend on the calibration.
    softened = keras.layers.Rescaling(1.0 / calibration.temperature, name="temperature")
    probabilities = keras.layers.Softmax(name="probabilities")(softened(trainable.output))
    if share := calibration.uniform_share:
        even = share / probabilities.shape[-1]
        probabilities = keras.layers.Rescaling(1.0 - share, even, name="doubt")(probabilities)
    return keras.Model(trainable.input, probabilities, name=name)
