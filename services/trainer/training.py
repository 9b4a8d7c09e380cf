"""From a data set and a recipe to a published version."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from services.trainer.card import Making, installed_packages, this_machine
from services.trainer.datasets.dataset import Dataset, TrainingSplits, hold_out
from services.trainer.evaluation import Evaluation, Marker
from services.trainer.export import Exported, export
from services.trainer.fit import Fit, as_input, fit, probabilities_of
from services.trainer.networks.build import Network, build_network
from services.trainer.progress import Event, Notice, Published, Started
from services.trainer.publishing import staged_version
from services.trainer.recipes import Recipe
from services.trainer.timing import measure_inference
from shared.errors import UpstreamFailed
from shared.manifest import EvaluationRecord, InferenceTime
from shared.model_store import ModelStore

HISTORY_FILE = "history.json"
EVALUATION_FILE = "evaluation.json"
EXAMPLES_COMPARED = 256


def model_name(dataset: str, kind: str) -> str:
    """The name under which a kind of model is published for a data set."""
    return f"{dataset}-{kind}"


@dataclass(frozen=True, slots=True)
class Trainer:
    """Trains models one after the other, and publishes each as soon as it is done.

    Attributes:
        store: Where versions are published.
        marker: Marks the test split; if it fails, the version says so and is published.
        seed: Decides every random choice.
        tell: Receives progress.
    """

    store: ModelStore
    marker: Marker
    seed: int
    tell: Callable[[Event], None]

    def train(self, dataset: Dataset, recipe: Recipe) -> Published:
        """Train a model, choose its epoch on a validation split, test it once, and publish it.

        Raises:
            ModelRejected: The loss stopped being a number, or the exported form differs.
            VolumeUnusable: The version cannot be written.
        """
        model = model_name(dataset.name, recipe.kind)
        keras.utils.set_random_seed(self.seed)
        splits = hold_out(dataset.train, recipe.fitting.validation_fraction, self.seed)
        epochs = recipe.fitting.epochs_for(len(splits.train))
        self.tell(Started(model, recipe.name, epochs, len(splits.train)))
        network = build_network(
            recipe,
            dataset.image_shape,
            dataset.n_classes,
            pixel_mean=float(splits.train.images.mean()) / 255,
            pixel_deviation=float(splits.train.images.std()) / 255,
        )
        fitted = fit(network, splits, recipe.fitting, model=model, seed=self.seed, tell=self.tell)
        trained = _Trained(model, dataset, splits, recipe, network, fitted)
        published = self._publish(trained, self._marked(trained))
        self.tell(published)
        return published

    def _marked(self, trained: "_Trained") -> Evaluation | str:
        """The marks of the test split, or the reason why there are none."""
        test = trained.dataset.test
        try:
            return self.marker.evaluate(test.labels, probabilities_of(trained.network, test.images))
        except UpstreamFailed as error:
            self.tell(Notice(f"{trained.model} is published without an evaluation: {error.detail}"))
            return error.detail

    def _publish(self, trained: "_Trained", marks: Evaluation | str) -> Published:
        with staged_version(self.store, trained.model) as staged:
            _write_json(staged.directory / HISTORY_FILE, asdict(trained.fitted.history))
            if not isinstance(marks, str):
                _write_json(staged.directory / EVALUATION_FILE, marks)
            images, probabilities, golden = _examples(trained)
            exported = export(
                trained.network,
                staged.directory,
                model=trained.model,
                images=images,
                probabilities=probabilities,
                golden=golden,
            )
            if exported.twin_fault:
                self.tell(Notice(f"{trained.model}: {exported.twin_fault}"))
            times = measure_inference(staged.directory, images)
            making = _making(trained, marks, exported, times, self.seed)
            version = staged.publish(making.card)
        return Published(
            model=trained.model,
            version=version,
            training_seconds=trained.fitted.training_seconds,
            validation_accuracy=making.scores["validation"]["accuracy"],
            test_accuracy=making.scores.get("test", {}).get("accuracy"),
        )


@dataclass(frozen=True, slots=True)
class _Trained:
    """A network that has learnt, and what it learnt from."""

    model: str
    dataset: Dataset
    splits: TrainingSplits
    recipe: Recipe
    network: Network
    fitted: Fit


def _making(
    trained: _Trained,
    marks: Evaluation | str,
    exported: Exported,
    times: tuple[InferenceTime, ...],
    seed: int,
) -> Making:
    marked = not isinstance(marks, str)
    return Making(
        model=trained.model,
        dataset=trained.dataset,
        split_sizes={
            "train": len(trained.splits.train),
            "validation": len(trained.splits.validation),
            "test": len(trained.dataset.test),
        },
        recipe=trained.recipe,
        seed=seed,
        parameters=trained.network.served.count_params(),
        epochs=len(trained.fitted.history.epochs),
        training_seconds=trained.fitted.training_seconds,
        scores=_scores(trained.fitted, marks),
        evaluation=EvaluationRecord(
            state="evaluated" if marked else "not-evaluated",
            reason="" if marked else str(marks),
            file=EVALUATION_FILE if marked else None,
        ),
        inference_times=times,
        twin=exported.twin,
        golden=exported.golden,
        hardware=this_machine(_accelerators()),
        packages=installed_packages(tf.__version__),
    )


def _scores(fitted: Fit, marks: Evaluation | str) -> dict[str, dict[str, float]]:
    best = fitted.history.best
    scores = {
        "validation": {"accuracy": best["validation_accuracy"], "loss": best["validation_loss"]}
    }
    if not isinstance(marks, str):
        headline = {
            "accuracy": marks["overall"]["accuracy"],
            "f1_macro": marks["averages"]["macro"]["f1_score"],
        }
        scores["test"] = {name: value for name, value in headline.items() if value is not None}
    return scores


def _examples(
    trained: _Trained,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.intp]]:
    """Inputs on which all forms must agree, their probabilities, and one index for each class."""
    validation = trained.splits.validation
    some = validation.take(np.arange(min(EXAMPLES_COMPARED, len(validation))))
    _, first_of_class = np.unique(some.labels, return_index=True)
    return as_input(some.images), probabilities_of(trained.network, some.images), first_of_class


def _accelerators() -> tuple[str, ...]:
    return tuple(device.name for device in tf.config.list_physical_devices("GPU"))


def _write_json(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
