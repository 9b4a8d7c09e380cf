"""The hyperparameters of a training: networks, fitting and augmentation, as data.

`networks` builds what they describe, `fit` trains it, and the model card repeats them whole.
`recipes` gives them values.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

from shared.errors import InvalidInput

MAX_EPOCHS = 1000
MAX_BATCH_SIZE = 2**16
MAX_LEARNING_RATE = 1e6

Kind = Literal["linear", "cnn"]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """What is done to each training image anew in each epoch, evenly spread up to these bounds.

    Lengths are shares of the image's height or width, so that a recipe fits any size.

    Attributes:
        rotation_degrees: Turned to either side.
        zoom: Height and width each changed by this share, larger or smaller.
        shear: Slanted to either side, in widths for each height.
        shift: Moved along each axis.
        bend: Standard deviation of an elastic bend of the plane; not evenly spread.
        mirror: Whether half of them are mirrored left to right.
        erase: Side of the largest rectangle that is blanked.
        plain_epochs: First epochs that see the images as they are.
    """

    rotation_degrees: float = 0.0
    zoom: float = 0.0
    shear: float = 0.0
    shift: float = 0.0
    bend: float = 0.0
    mirror: bool = False
    erase: float = 0.0
    plain_epochs: int = 0


@dataclass(frozen=True, slots=True)
class Fitting:
    """How the weights are found; alike for every network.

    Attributes:
        epochs: Passes over the training split, if that gives the least number of steps.
        least_steps: Steps in all that a small data set is passed over more often for.
        batch_size: Examples in a step.
        peak_learning_rate: The highest rate of the one-cycle schedule.
        warmup_fraction: Share of all steps in which the rate rises to its peak.
        weight_decay: Decoupled decay of the weights (AdamW), for each step and unit of rate.
        label_smoothing: Share of the target that is spread over all classes.
        validation_fraction: Share of the training data that selects the epoch and is not
            trained on.
        augmentation: What is done to the images, outside the graph that is published.
    """

    epochs: int
    least_steps: int
    batch_size: int
    peak_learning_rate: float
    warmup_fraction: float
    weight_decay: float
    label_smoothing: float
    validation_fraction: float
    augmentation: Augmentation | None = None

    def epochs_for(self, n_examples: int) -> int:
        """How often that many examples are passed over."""
        steps = math.ceil(n_examples / self.batch_size)
        return max(self.epochs, math.ceil(self.least_steps / steps))


@dataclass(frozen=True, slots=True)
class LinearRecipe:
    """Softmax regression on the pixels: one weight for each pixel and class, nothing else."""

    name: str
    fitting: Fitting
    kind: Literal["linear"] = "linear"


@dataclass(frozen=True, slots=True)
class Convolution:
    """A convolution, then perhaps max pooling of 2 by 2, then batch norm and ReLU.

    Attributes:
        filters: Output channels.
        kernel: Height and width in pixels.
        stride: Pixels from one output to the next.
        padding: `valid` drops the rim, as images with an empty margin allow; `same` keeps it.
        pool: Whether it is pooled; batch norm after pooling has a quarter of the work.
    """

    filters: int
    kernel: int = 3
    stride: int = 1
    padding: Literal["valid", "same"] = "valid"
    pool: bool = False


@dataclass(frozen=True, slots=True)
class CnnRecipe:
    """Convolutions, each with batch norm; dropout; perhaps a hidden dense layer; softmax.

    Attributes:
        convolutions: From the image on.
        dense_units: Width of the hidden dense layer; 0 for none.
        dropout: Share of the flattened values that a training step leaves out.
        norm_momentum: Share of the running statistics of batch norm that a step keeps.
    """

    name: str
    convolutions: tuple[Convolution, ...]
    dense_units: int
    dropout: float
    norm_momentum: float
    fitting: Fitting
    kind: Literal["cnn"] = "cnn"


Recipe = LinearRecipe | CnnRecipe


@dataclass(frozen=True, slots=True)
class Changes:
    """What of a recipe a run replaces; `None` leaves the recipe's own."""

    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None

    def applied(self, recipe: Recipe) -> Recipe:
        """The recipe with these changes.

        Raises:
            InvalidInput: A value is out of bounds.
        """
        for name, value, most in (
            ("epochs", self.epochs, MAX_EPOCHS),
            ("batch_size", self.batch_size, MAX_BATCH_SIZE),
            ("learning_rate", self.learning_rate, MAX_LEARNING_RATE),
        ):
            if value is not None and not 0 < value <= most:
                raise InvalidInput(f"{name} lies above 0 and is at most {most}. Received: {value}")
        fitting = recipe.fitting
        changed = replace(
            fitting,
            epochs=self.epochs or fitting.epochs,
            least_steps=0 if self.epochs else fitting.least_steps,
            batch_size=self.batch_size or fitting.batch_size,
            peak_learning_rate=self.learning_rate or fitting.peak_learning_rate,
        )
        return replace(recipe, fitting=changed)
