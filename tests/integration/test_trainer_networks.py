"""The networks that recipes describe, and the calibration inside what is published."""

import keras
import numpy as np
import pytest

from services.trainer.calibration import calibrated, calibration_record
from services.trainer.datasets.dataset import Dataset
from services.trainer.export import litert_probabilities
from services.trainer.fit import (
    as_input,
    logits_and_probabilities_of,
    logits_of,
    probabilities_of,
)
from services.trainer.hyperparameters import CnnRecipe, Recipe
from services.trainer.networks.build import Network, build_network
from services.trainer.probabilities import Calibration, expected_calibration_error
from services.trainer.recipes import FAST_CNN, FAST_LINEAR, OF_DATASET, RECIPES
from services.trainer.training import weights_digest
from shared.model_store import ModelStore

EVERY_RECIPE = [
    recipe
    for book in (RECIPES, *OF_DATASET.values())
    for recipes in book.values()
    for recipe in recipes.values()
]

EVERY_CNN = [recipe for recipe in EVERY_RECIPE if isinstance(recipe, CnnRecipe)]


def built(
    recipe: Recipe, shape: tuple[int, int, int] = (28, 28, 1), n_classes: int = 10
) -> Network:
    return build_network(recipe, shape, n_classes, pixel_mean=0.13, pixel_deviation=0.31)


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (40, 25, 3)])
@pytest.mark.parametrize("recipe", EVERY_RECIPE, ids=lambda r: f"{r.kind}-{r.name}")
def test_every_recipe_takes_every_size_of_image(
    recipe: Recipe, shape: tuple[int, int, int]
) -> None:
    network = built(recipe, shape, 4)

    images = np.zeros((3, *shape), np.uint8)

    assert logits_of(network, images).shape == (3, 4)
    np.testing.assert_allclose(probabilities_of(network, images).sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("recipe", EVERY_CNN, ids=lambda r: f"{r.name}-{r.convolutions[0].padding}")
def test_the_layers_of_the_classic_recipe_are_there(recipe: CnnRecipe) -> None:
    network = built(recipe).served
    kinds = {type(layer) for layer in network.layers}

    layers = keras.layers
    assert {layers.Conv2D, layers.MaxPooling2D, layers.Flatten, layers.Dense} <= kinds
    assert network.get_layer("logits").units == 10
    assert isinstance(network.layers[-1], layers.Softmax)


def test_the_linear_model_is_linear_in_its_input() -> None:
    network = built(FAST_LINEAR)
    random = np.random.default_rng(0)
    network.trainable.set_weights([random.normal(size=w.shape) for w in network.trainable.weights])
    one, other = random.random((2, 5, 28, 28, 1)).astype(np.float32)

    between = network.trainable(0.3 * one + 0.7 * other)

    expected = 0.3 * network.trainable(one) + 0.7 * network.trainable(other)
    np.testing.assert_allclose(between, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("calibration", [Calibration(2.5), Calibration(0.8, 0.1)])
def test_the_calibration_is_in_the_graph_and_is_no_weight(
    calibration: Calibration, digits_dataset: Dataset
) -> None:
    network = built(FAST_CNN)
    mended = network.with_calibration(calibration)
    images = digits_dataset.test.images[:20]

    expected = calibration.probabilities(logits_of(network, images))

    np.testing.assert_allclose(probabilities_of(mended, images), expected, rtol=1e-5)
    np.testing.assert_array_equal(logits_of(mended, images), logits_of(network, images))
    assert weights_digest(mended) == weights_digest(network)


def test_one_pass_gives_the_logits_and_the_served_probabilities(digits_dataset: Dataset) -> None:
    network = built(FAST_CNN, digits_dataset.image_shape).with_calibration(Calibration(1.7, 0.02))
    images = digits_dataset.test.images[:60]

    logits, probabilities = logits_and_probabilities_of(network, images)

    np.testing.assert_array_equal(logits, logits_of(network, images))
    np.testing.assert_array_equal(probabilities, probabilities_of(network, images))


def test_calibration_lowers_the_loss_of_validation_and_leaves_the_answers(
    digits_dataset: Dataset,
) -> None:
    network = built(FAST_LINEAR)
    random = np.random.default_rng(0)
    network.trainable.set_weights([random.normal(size=w.shape) for w in network.trainable.weights])
    validation, test = digits_dataset.train, digits_dataset.test

    mended, judged = calibrated(network, validation)

    np.testing.assert_array_equal(judged.logits, logits_of(mended, validation.images))
    np.testing.assert_array_equal(judged.labels, validation.labels)
    record = calibration_record(mended.calibration, {"validation": judged})
    assert record.temperature > 1
    scores = record.splits["validation"]
    assert scores.after.log_loss < scores.before.log_loss
    before, after = (probabilities_of(each, test.images) for each in (network, mended))
    np.testing.assert_array_equal(before.argmax(axis=1), after.argmax(axis=1))


@pytest.mark.parametrize("model", ["digits-linear", "digits-cnn"])
def test_a_card_says_how_well_calibrated_the_served_probabilities_are(
    model: str, trained_store: ModelStore, digits_dataset: Dataset
) -> None:
    record = trained_store.verify(model, 1).calibration
    assert record is not None
    test = digits_dataset.test
    directory = trained_store.path(model, 1)

    served = litert_probabilities(directory / "model.tflite", as_input(test.images))

    stated = record.splits["test"].after
    right = served[np.arange(len(test)), test.labels].astype(np.float64)
    assert stated.log_loss == pytest.approx(-np.log(right).mean(), rel=1e-3)
    error = expected_calibration_error(served, test.labels, record.bins)
    assert stated.expected_calibration_error == pytest.approx(error, abs=1e-3)
    whole = keras.models.load_model(directory / "pesos.h5")
    assert whole.get_layer("temperature").scale == pytest.approx(1 / record.temperature)
    validation = record.splits["validation"]
    assert validation.after.log_loss <= validation.before.log_loss
