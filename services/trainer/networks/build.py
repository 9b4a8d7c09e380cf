"""Builds the network that a recipe describes."""

from dataclasses import dataclass
from typing import Any

import keras

from services.trainer.networks.cnn import cnn_logits
from services.trainer.networks.linear import linear_logits
from services.trainer.recipes import CnnRecipe, Recipe


@dataclass(frozen=True, slots=True)
class Network:
    """One set of layers, seen twice.

    Attributes:
        trainable: Image to logits; the loss on logits is exact where a softmax saturates.
        served: Image to probabilities; what is published.
    """

    trainable: Any
    served: Any


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
    probabilities = keras.layers.Softmax(name="probabilities")(logits)
    return Network(
        trainable=keras.Model(image, logits, name=f"{recipe.kind}_logits"),
        served=keras.Model(image, probabilities, name=recipe.kind),
    )
