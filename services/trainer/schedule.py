"""The learning rate over a training."""

import math
from typing import Any

import keras


class OneCycle(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """The learning rate rises along a cosine to its peak, then falls along one to nothing.

    References:
        Smith and Topin (2019), Super-convergence, arXiv:1708.07120.
    """

    def __init__(self, peak: float, steps: int, warmup_fraction: float) -> None:
        self.peak = peak
        self.steps = steps
        self.warmup_fraction = warmup_fraction

    def __call__(self, step: Any) -> Any:
        """The rate at a step, counted from 0."""
        ops = keras.ops
        warmup = max(1.0, self.steps * self.warmup_fraction)
        rest = max(1.0, self.steps - warmup)
        step = ops.cast(step, "float32")
        rising = 0.5 - 0.5 * ops.cos(math.pi * (step + 1.0) / (warmup + 1.0))
        falling = 0.5 + 0.5 * ops.cos(math.pi * ops.minimum((step - warmup) / rest, 1.0))
        return self.peak * ops.where(step < warmup, rising, falling)

    def get_config(self) -> dict[str, float]:
        """The arguments, for Keras to save."""
        return {
            "peak": self.peak,
            "steps": self.steps,
            "warmup_fraction": self.warmup_fraction,
        }
