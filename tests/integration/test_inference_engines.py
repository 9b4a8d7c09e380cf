"""The two engines compute the same function, on every image of the real test set."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from services.inference.engines.savedmodel import SavedModelEngine
from services.inference.loading import Loader
from services.inference.servables import signature_of
from services.trainer.datasets.loading import DataPlaces, load_dataset
from services.trainer.hyperparameters import Recipe
from services.trainer.recipes import FAST_CNN, FAST_LINEAR
from services.trainer.training import Trainer
from shared.model_store import ModelStore
from tests.integration.conftest import NoEvaluator, small

AGREEMENT = 1e-5
TRAINED_ON = 2000  # images: enough for answers that are sure and answers that are not


@pytest.mark.parametrize("recipe", [FAST_LINEAR, FAST_CNN], ids=lambda recipe: str(recipe.kind))
def test_the_engines_agree_on_the_whole_test_set_of_mnist(
    real_data_dir: Path, tmp_path: Path, recipe: Recipe
) -> None:
    places = DataPlaces(real_data_dir, tmp_path / "downloads")
    mnist = load_dataset("mnist", places, lambda *_: None, print)
    few = dataclasses.replace(mnist, train=mnist.train.take(np.arange(TRAINED_ON)))
    store = ModelStore(tmp_path / "models")
    Trainer(store, NoEvaluator(), seed=1, tell=lambda _: None).train(few, small(recipe))
    model = f"mnist-{recipe.kind}"
    litert = Loader(store.root, 0)(model, 1).engine
    manifest = store.manifest(model, 1)
    savedmodel = SavedModelEngine(store.path(model, 1), signature_of(manifest))

    images = mnist.test.images.astype(np.float32) / np.float32(255)
    by_litert, by_savedmodel = litert.predict(images), savedmodel.predict(images)

    assert (litert.name, savedmodel.name) == ("litert", "savedmodel")
    assert len(images) == 10_000
    assert np.abs(by_litert - by_savedmodel).max() <= AGREEMENT
    accuracy = float(np.mean(by_litert.argmax(axis=1) == mnist.test.labels))
    assert accuracy > 0.8  # a model that has learnt nothing would agree with itself too
