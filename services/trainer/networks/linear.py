"""Softmax regression."""

from typing import Any

import keras


def linear_logits(pixels: Any, n_classes: int) -> Any:
    """One weighted sum of all pixels for each class, `(n, n_classes)`."""
    flat = keras.layers.Flatten(name="flatten")(pixels)
    return keras.layers.Dense(n_classes, kernel_initializer="zeros", name="logits")(flat)
