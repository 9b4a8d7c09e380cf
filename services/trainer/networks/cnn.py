"""The convolutional network."""

from typing import Any

import keras

from services.trainer.recipes import CnnRecipe


def cnn_logits(pixels: Any, n_classes: int, recipe: CnnRecipe) -> Any:
    """Three convolutions, two poolings, a hidden dense layer, and a score for each class."""
    layers = keras.layers
    wide, middle, narrow = recipe.filters
    x = _convolution(pixels, wide, kernel=5, strides=2, name="1")
    x = _convolution(x, middle, kernel=3, strides=1, name="2")
    x = layers.MaxPooling2D(2, name="pool_2")(x)
    x = _convolution(x, narrow, kernel=3, strides=1, name="3")
    x = layers.MaxPooling2D(2, name="pool_3")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(recipe.dropout, name="dropout")(x)
    x = layers.Dense(recipe.dense_units, activation="relu", name="hidden")(x)
    return layers.Dense(n_classes, name="logits")(x)


def _convolution(x: Any, filters: int, *, kernel: int, strides: int, name: str) -> Any:
    layers = keras.layers
    x = layers.Conv2D(
        filters, kernel, strides=strides, padding="same", use_bias=False, name=f"conv_{name}"
    )(x)
    x = layers.BatchNormalization(momentum=0.9, name=f"norm_{name}")(x)
    return layers.ReLU(name=f"relu_{name}")(x)
