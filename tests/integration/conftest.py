"""Really trained versions, made once a session: small, seeded, of real digits. And the metrics."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.metrics.main import create_app as create_metrics
from services.trainer.datasets.dataset import Dataset
from services.trainer.datasets.digits import digits
from services.trainer.evaluation import Predicted
from services.trainer.hyperparameters import Convolution, Recipe
from services.trainer.progress import Event
from services.trainer.recipes import FAST_CNN, FAST_LINEAR
from services.trainer.training import Trainer
from shared.errors import UpstreamFailed
from shared.model_store import ModelStore
from tests.support import Service, evaluating, serving

SMALL_CONVOLUTIONS = (
    Convolution(8, kernel=5, stride=2),
    Convolution(16, pool=True),
    Convolution(16, pool=True),
)


def small(recipe: Recipe) -> Recipe:
    """The recipe, over in a few seconds."""
    fitting = dataclasses.replace(recipe.fitting, epochs=4, least_steps=150)
    if recipe.kind == "cnn":
        return dataclasses.replace(
            recipe, convolutions=SMALL_CONVOLUTIONS, dense_units=32, fitting=fitting
        )
    return dataclasses.replace(recipe, fitting=fitting)


class NoEvaluator:
    """A metrics service that is out of reach."""

    def evaluate(self, predicted: Predicted) -> Mapping[str, Any]:
        raise UpstreamFailed(f"out of reach, with {len(predicted.y_true)} labels")

    def confusion_matrix_svg(self, predicted: Predicted) -> bytes:
        raise AssertionError(f"asked for all the same, of {len(predicted.y_true)} labels")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The trainer's take longest: begun first, they leave no process idle at the end."""
    items.sort(key=lambda item: not item.path.name.startswith("test_trainer"))


@pytest.fixture(scope="session")
def digits_dataset() -> Dataset:
    return digits()


@pytest.fixture(scope="session")
def training_events() -> list[Event]:
    """What the training of `trained_store` told, in order."""
    return []


@pytest.fixture(scope="session")
def trained_store(
    tmp_path_factory: pytest.TempPathFactory,
    digits_dataset: Dataset,
    training_events: list[Event],
) -> ModelStore:
    """A volume with digits-linear/1 and digits-cnn/1; do not change it, copy it."""
    store = ModelStore(Path(tmp_path_factory.mktemp("volume")))
    trainer = Trainer(store, NoEvaluator(), seed=7, tell=training_events.append)
    for recipe in (FAST_LINEAR, FAST_CNN):
        trainer.train(digits_dataset, small(recipe))
    return store


@pytest.fixture(scope="session")
def metrics() -> Iterator[Service]:
    """A metrics service in a process of its own."""
    with serving("services.metrics.main:create_app") as service:
        yield service


@pytest.fixture(scope="session")
def evaluate() -> Iterator[Callable[..., dict[str, Any]]]:
    """Asks a metrics service of this process, and gives the answer of a success."""
    with TestClient(create_metrics()) as client:
        yield evaluating(client)
