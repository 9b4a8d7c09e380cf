"""One training of one entrant, measured in the process that runs it."""

import os
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import keras
import numpy as np
from numpy.typing import NDArray

from services.trainer.calibration import calibrated
from services.trainer.datasets.dataset import Dataset, Split
from services.trainer.datasets.loading import DataPlaces, load_dataset
from services.trainer.evaluation import Evaluation, Predicted
from services.trainer.fit import Session, as_input, fit, logits_of, probabilities_of
from services.trainer.learning import Trained, started
from services.trainer.probabilities import expected_calibration_error
from services.trainer.progress import EpochEnded, Event
from services.trainer.recipes import recipe_for
from services.trainer.training import Trainer
from shared.errors import UpstreamFailed
from shared.model_store import ModelStore

EXAMPLE_EPOCHS = 15
EXAMPLE_BATCH = 128


@dataclass
class Clocks:
    """Seconds and CPU seconds since the start, without those of the measuring itself.

    Attributes:
        epochs: Of each epoch, both clocks at its end and the test accuracy.
    """

    epochs: list[dict[str, float]] = field(default_factory=list)
    _started: float = field(default_factory=time.perf_counter)
    _cpu_started: float = field(default_factory=time.process_time)

    def now(self) -> dict[str, float]:
        """Both clocks."""
        return {
            "seconds": time.perf_counter() - self._started,
            "cpu_seconds": time.process_time() - self._cpu_started,
        }

    def end_epoch(self, test_accuracy: Callable[[], float]) -> None:
        """Note the clocks and the accuracy, and set the clocks back by what that took."""
        before = self.now()
        self.epochs.append({**before, "test_accuracy": test_accuracy()})
        after = self.now()
        self._started += after["seconds"] - before["seconds"]
        self._cpu_started += after["cpu_seconds"] - before["cpu_seconds"]


def measured(entrant: str, dataset: str, data: Path, seed: int) -> dict[str, Any]:
    """Train once; gives clocks, accuracy, calibration error and memory as JSON."""
    loaded = load_dataset(dataset, DataPlaces(data, data), lambda *_: None, _refuse)
    keras.utils.set_random_seed(seed)
    kind, _, recipe = entrant.partition("/")
    result = _recipe(kind, recipe, loaded, seed) if recipe else _example(loaded)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {**result, "peak_memory_bytes": peak, "cpus": len(os.sched_getaffinity(0))}


def _example(dataset: Dataset) -> dict[str, Any]:
    """The convnet of the Keras documentation, by its published layers and hyperparameters."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input(dataset.image_shape),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(dataset.n_classes, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    images = as_input(dataset.train.images)
    labels = keras.utils.to_categorical(dataset.train.labels, dataset.n_classes)
    clocks = Clocks()

    def answers() -> NDArray[np.float32]:
        test = as_input(dataset.test.images)
        return np.asarray(model.predict(test, batch_size=512, verbose=0))

    watch = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: clocks.end_epoch(lambda: _accuracy(answers(), dataset.test))
    )
    model.fit(
        images,
        labels,
        batch_size=EXAMPLE_BATCH,
        epochs=EXAMPLE_EPOCHS,
        validation_split=0.1,
        verbose=0,
        callbacks=[watch],
    )
    whole = clocks.now()
    return {
        **_result(clocks, whole, answers(), dataset.test),
        "parameters": model.count_params(),
    }


def _recipe(kind: str, name: str, dataset: Dataset, seed: int) -> dict[str, Any]:
    """A recipe, as the trainer runs it, published at the end."""
    recipe = recipe_for(kind, name, dataset.name)
    clocks = Clocks()
    splits, network = started(dataset, recipe, seed)

    def tell(event: Event) -> None:
        if isinstance(event, EpochEnded):
            clocks.end_epoch(
                lambda: _accuracy(logits_of(network, dataset.test.images), dataset.test)
            )

    fitted = fit(network, splits, recipe.fitting, Session(dataset.name, seed, tell))
    network, validation = calibrated(network, splits.validation)
    whole = clocks.now()
    answers = probabilities_of(network, dataset.test.images)
    published_from = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(ModelStore(Path(folder)), _Nobody(), seed, lambda _: None)
        named = Trained("benchmark", dataset, splits, recipe, seed, network, validation, fitted)
        trainer.publish(named)
    return {
        **_result(clocks, whole, answers, dataset.test),
        "parameters": network.served.count_params(),
        "publication_seconds": time.perf_counter() - published_from,
    }


def _result(
    clocks: Clocks, whole: dict[str, float], answers: NDArray[np.float32], test: Split
) -> dict[str, Any]:
    return {
        **whole,
        "epochs": clocks.epochs,
        "accuracy": _accuracy(answers, test),
        "expected_calibration_error": expected_calibration_error(answers, test.labels),
    }


def _accuracy(answers: NDArray[np.float32], test: Split) -> float:
    return float((answers.argmax(axis=1) == test.labels).mean())


class _Nobody:
    """In place of the metrics service: its time is its own."""

    def evaluate(self, predicted: Predicted) -> Evaluation:
        raise UpstreamFailed(f"not asked about {len(predicted.y_true)} examples")

    def confusion_matrix_svg(self, predicted: Predicted) -> bytes:
        raise UpstreamFailed(f"not asked about {len(predicted.y_true)} examples")


def _refuse(notice: str) -> NoReturn:
    raise SystemExit(notice)  # another data set than was asked for
