"""How each kind of model is trained: every hyperparameter, with its reason.

A recipe is data. `networks` builds what it describes, `fit` trains it, and the model card
repeats it whole.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from services.trainer.errors import UnknownName
from shared.errors import InvalidInput

MAX_EPOCHS = 1000
MAX_BATCH_SIZE = 2**16
MAX_LEARNING_RATE = 1e6

Kind = Literal["linear", "cnn"]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """What is done to each training image anew in each epoch, evenly spread up to these bounds.

    Attributes:
        rotation_degrees: Turned to either side.
        zoom: Height and width each changed by this share, larger or smaller.
        shear: Slanted to either side, in widths for each height.
        shift_pixels: Moved along each axis.
        mirror: Whether half of them are mirrored left to right.
    """

    rotation_degrees: float = 0.0
    zoom: float = 0.0
    shear: float = 0.0
    shift_pixels: float = 0.0
    mirror: bool = False


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
class CnnRecipe:
    """Convolutions, each with batch norm; pooling; one hidden dense layer; softmax.

    Attributes:
        filters: Output channels of the three convolutions.
        dense_units: Width of the hidden dense layer.
        dropout: Share of the dense layer's inputs that a training step leaves out.
    """

    name: str
    filters: tuple[int, int, int]
    dense_units: int
    dropout: float
    fitting: Fitting
    kind: Literal["cnn"] = "cnn"


Recipe = LinearRecipe | CnnRecipe

FAST_LINEAR = LinearRecipe(
    name="fast",
    fitting=Fitting(
        epochs=16,  # the problem is convex and small: it has converged by then
        least_steps=400,
        batch_size=256,
        peak_learning_rate=4e-3,
        warmup_fraction=0.1,
        weight_decay=1e-2,
        label_smoothing=0.0,  # smoothing costs a linear model accuracy
        validation_fraction=1 / 12,
    ),
)

FAST_CNN = CnnRecipe(
    name="fast",
    # The first layer strides: most of the arithmetic then happens on a quarter of the pixels.
    filters=(32, 48, 64),
    dense_units=128,
    dropout=0.3,
    fitting=Fitting(
        epochs=5,
        least_steps=400,
        batch_size=128,
        peak_learning_rate=4e-3,  # batch norm and the one-cycle schedule allow so high a rate
        warmup_fraction=0.25,
        weight_decay=1e-2,
        label_smoothing=0.05,  # fewer confident errors for the same accuracy
        validation_fraction=1 / 12,
    ),
)


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


RECIPES: dict[Kind, dict[str, Recipe]] = {
    "linear": {FAST_LINEAR.name: FAST_LINEAR},
    "cnn": {FAST_CNN.name: FAST_CNN},
}
DEFAULT_RECIPE = "fast"


def recipe_for(kind: str, name: str = DEFAULT_RECIPE) -> Recipe:
    """The recipe of that name for that kind of model.

    Raises:
        UnknownName: There is none; the message lists those there are.
    """
    for known, recipes in RECIPES.items():
        if known == kind:
            if name not in recipes:
                raise UnknownName(f"recipe for {kind}", name, recipes)
            return recipes[name]
    raise UnknownName("kind of model", kind, RECIPES)


def recipe_from(name: str, hyperparameters: Mapping[str, Any]) -> Recipe:
    """The recipe that a model card describes.

    Raises:
        InvalidInput: It describes none that this release knows.
    """
    try:
        values = dict(hyperparameters)
        kind = values.pop("kind")
        fitting = dict(values.pop("fitting"))
        if augmentation := fitting.pop("augmentation", None):
            fitting["augmentation"] = Augmentation(**augmentation)
        if kind == "linear":
            return LinearRecipe(name=name, fitting=Fitting(**fitting), **values)
        if kind == "cnn":
            values["filters"] = tuple(values["filters"])
            return CnnRecipe(name=name, fitting=Fitting(**fitting), **values)
    except (TypeError, KeyError, ValueError) as error:
        raise InvalidInput(f"The card describes no recipe of this release: {error}") from error
    raise UnknownName("kind of model", str(kind), RECIPES)
