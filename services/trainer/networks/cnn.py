"""The convolutional network."""

from typing import Any

import keras

from services.trainer.hyperparameters import CnnRecipe, Convolution


def cnn_logits(pixels: Any, n_classes: int, recipe: CnnRecipe) -> Any:
    """Convolutions, perhaps a hidden dense layer, and a score for each class."""
    layers = keras.layers
    x = pixels
    for number, convolution in enumerate(recipe.convolutions, start=1):
        x = _convolved(x, convolution, recipe.norm_momentum, number)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(recipe.dropout, name="dropout")(x)
    if recipe.dense_units:
        x = layers.Dense(recipe.dense_units, activation="relu", name="hidden")(x)
    return layers.Dense(n_classes, name="logits")(x)


def _convolved(x: Any, convolution: Convolution, norm_momentum: float, number: int) -> Any:
    layers = keras.layers
    side = min(x.shape[1:3])
    # On images smaller than the recipe was made for, nothing is dropped or pooled away.
    roomy = side >= 2 * convolution.kernel
    x = layers.Conv2D(
        convolution.filters,
        convolution.kernel,
        strides=convolution.stride,
        padding=convolution.padding if roomy else "same",
        use_bias=False,
        name=f"conv_{number}",
    )(x)
    if convolution.pool and min(x.shape[1:3]) >= 2:  # noqa: PLR2004  what it pools
        x = layers.MaxPooling2D(2, name=f"pool_{number}")(x)
    x = layers.BatchNormalization(momentum=norm_momentum, name=f"norm_{number}")(x)
    return layers.ReLU(name=f"relu_{number}")(x)
