"""The named recipes: how each kind of model is trained on each data set, with the reasons."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.trainer.errors import UnknownName
from services.trainer.hyperparameters import (
    Augmentation,
    CnnRecipe,
    Convolution,
    Fitting,
    Kind,
    LinearRecipe,
    Recipe,
)
from shared.errors import InvalidInput

# Recipes of one name are alike in purpose: `quick` for a first model to look at, `fast` for
# every day, `accurate` for the best that minutes can buy.

FAST_LINEAR = LinearRecipe(
    name="fast",
    fitting=Fitting(
        epochs=16,  # the problem is convex and small: twice as many were no better
        least_steps=400,
        batch_size=256,
        peak_learning_rate=4e-3,
        warmup_fraction=0.1,
        weight_decay=1e-2,
        label_smoothing=0.0,  # smoothing costs a linear model accuracy
        validation_fraction=1 / 12,
    ),
)
QUICK_LINEAR = replace(FAST_LINEAR, name="quick", fitting=replace(FAST_LINEAR.fitting, epochs=4))
ACCURATE_LINEAR = replace(FAST_LINEAR, name="accurate")

FAST_CNN = CnnRecipe(
    name="fast",
    # The first layer strides, so most of the arithmetic happens on a quarter of the pixels.
    # Nothing is padded: the rim of a digit's picture is empty, and a convolution over 14 by 14
    # values takes twice the time of one over 10 by 10.
    convolutions=(
        Convolution(32, kernel=5, stride=2),
        Convolution(48),
        Convolution(64, pool=True),
    ),
    dense_units=128,
    dropout=0.3,
    norm_momentum=0.95,
    fitting=Fitting(
        epochs=5,
        least_steps=400,
        batch_size=128,  # larger ones leave the processor's cache and are slower
        peak_learning_rate=4e-3,  # batch norm and the one-cycle schedule allow so high a rate
        warmup_fraction=0.15,
        weight_decay=1e-2,
        label_smoothing=0.05,  # fewer confident errors for the same accuracy
        validation_fraction=1 / 12,
        # As people differ in writing; it takes 3 % of the time. The first epoch does without,
        # and learns the rough shapes sooner.
        augmentation=Augmentation(rotation_degrees=8, zoom=0.08, shift=1 / 28, plain_epochs=1),
    ),
)
QUICK_CNN = replace(
    FAST_CNN,
    name="quick",
    fitting=replace(
        FAST_CNN.fitting, epochs=1, least_steps=200, warmup_fraction=0.25, augmentation=None
    ),
)
ACCURATE_CNN = CnnRecipe(
    name="accurate",
    # One wide network has more right answers than three small ones that take as long. The first
    # layer looks at every pixel: with one channel in, that costs little.
    convolutions=(
        Convolution(32, kernel=5, pool=True),
        Convolution(64, padding="same"),
        Convolution(128, padding="same", pool=True),
        Convolution(192, padding="same"),
        Convolution(192, padding="same", pool=True),
        Convolution(256, padding="same"),
    ),
    dense_units=0,  # after six convolutions a hidden layer has nothing to add
    dropout=0.3,
    norm_momentum=0.98,
    fitting=replace(
        FAST_CNN.fitting,
        epochs=12,
        least_steps=1200,
        weight_decay=5e-2,  # so wide a network learns examples by heart
        validation_fraction=1 / 20,  # 3,000 choose as well, and 2,000 more teach
        # Stronger ones had more errors: they make of a digit what nobody writes.
        augmentation=Augmentation(
            rotation_degrees=10,
            zoom=0.10,
            shear=0.10,
            shift=1 / 28,
            bend=0.4 / 28,  # as strokes differ within a digit
            plain_epochs=1,
        ),
    ),
)

# Garments fill their pictures up to the rim, hang upright, and look alike in a mirror.
FAST_GARMENT_CNN = replace(
    FAST_CNN,
    convolutions=(
        Convolution(32, kernel=5, stride=2, padding="same"),
        Convolution(64, padding="same", pool=True),
        Convolution(96, padding="same", pool=True),
    ),
    fitting=replace(
        FAST_CNN.fitting,
        epochs=6,
        warmup_fraction=0.25,
        augmentation=Augmentation(mirror=True),
    ),
)
QUICK_GARMENT_CNN = replace(
    FAST_GARMENT_CNN, name="quick", fitting=replace(FAST_GARMENT_CNN.fitting, epochs=2)
)
ACCURATE_GARMENT_CNN = replace(
    ACCURATE_CNN,
    convolutions=(
        Convolution(32, kernel=5, stride=2, padding="same"),
        *ACCURATE_CNN.convolutions[1:],
    ),
    fitting=replace(
        ACCURATE_CNN.fitting,
        epochs=16,
        augmentation=Augmentation(mirror=True, shift=1 / 28, erase=0.35, plain_epochs=1),
    ),
)

RECIPES: dict[Kind, dict[str, Recipe]] = {
    "linear": {"quick": QUICK_LINEAR, "fast": FAST_LINEAR, "accurate": ACCURATE_LINEAR},
    "cnn": {"quick": QUICK_CNN, "fast": FAST_CNN, "accurate": ACCURATE_CNN},
}
OF_DATASET: dict[str, dict[Kind, dict[str, Recipe]]] = {
    "fashion-mnist": {
        "cnn": {
            "quick": QUICK_GARMENT_CNN,
            "fast": FAST_GARMENT_CNN,
            "accurate": ACCURATE_GARMENT_CNN,
        }
    },
}
DEFAULT_RECIPE = "fast"


def recipe_for(kind: str, name: str = DEFAULT_RECIPE, dataset: str = "") -> Recipe:
    """The recipe of that name for that kind of model, and for the data set if it has its own.

    Raises:
        UnknownName: There is none; the message lists those there are.
    """
    for known, recipes in RECIPES.items():
        if known == kind:
            if name not in recipes:
                raise UnknownName(f"recipe for {kind}", name, recipes)
            return OF_DATASET.get(dataset, {}).get(known, {}).get(name, recipes[name])
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
            convolutions = values.pop("convolutions")
            values["convolutions"] = tuple(Convolution(**each) for each in convolutions)
            return CnnRecipe(name=name, fitting=Fitting(**fitting), **values)
    except (TypeError, KeyError, ValueError) as error:
        raise InvalidInput(f"The card describes no recipe of this release: {error}") from error
    raise UnknownName("kind of model", str(kind), RECIPES)
