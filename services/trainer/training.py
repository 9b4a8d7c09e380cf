"""From a data set and a recipe to a published version."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from services.trainer.calibration import Judged, calibration_record
from services.trainer.card import Provenance, installed_packages, this_machine
from services.trainer.checkpoint import Checkpoint
from services.trainer.datasets.dataset import Dataset
from services.trainer.evaluation import Evaluation, Evaluator, Predicted
from services.trainer.export import Exported, export
from services.trainer.fit import (
    Fit,
    as_input,
    logits_and_probabilities_of,
    probabilities_of,
)
from services.trainer.hyperparameters import Recipe
from services.trainer.learning import Trained, learn
from services.trainer.networks.build import Network
from services.trainer.pictures.of_version import (
    draw_confusion_matrix,
    draw_errors,
    draw_history,
)
from services.trainer.progress import Event, Notice, Published
from services.trainer.publishing import staged_version
from services.trainer.retention import prune
from services.trainer.tensorflow_import import ONEDNN, onednn_state
from services.trainer.timing import measure_inference
from services.trainer.versions import (
    EVALUATION_FILE,
    HISTORY_FILE,
    PREDICTIONS_FILE,
)
from shared import __version__
from shared.errors import StorageError, UpstreamFailed, VersionBroken, VolumeUnusable
from shared.manifest import EvaluationRecord, InferenceTime, Manifest
from shared.model_store import ModelStore

EXAMPLES_COMPARED = 256


@dataclass(frozen=True, slots=True)
class Trainer:
    """Trains models one after the other, and publishes each as soon as it is done.

    Attributes:
        store: Where versions are published.
        evaluator: Evaluates the test split; if it fails, the version says so and is published.
        seed: Decides every random choice.
        tell: Receives progress.
        run_id: Written into the model card; empty if it is no run of the service.
        keep_versions: How many of the newest versions stay, beside labelled ones; 0: all.
        checkpoints_dir: Where interrupted trainings are resumed from, or nowhere.
    """

    store: ModelStore
    evaluator: Evaluator
    seed: int
    tell: Callable[[Event], None]
    run_id: str = ""
    keep_versions: int = 0
    checkpoints_dir: Path | None = None

    def train(self, dataset: Dataset, recipe: Recipe) -> Published:
        """Train a model, choose its epoch on a validation split, test it once, and publish it.

        Raises:
            ModelRejected: The training diverges, or the exported form differs.
            VolumeUnusable: The version cannot be written.
        """
        return self.publish(self.learn(dataset, recipe))

    def publish(self, trained: Trained) -> Published:
        """Test what was trained once, publish it, and remove versions that are superfluous.

        Raises:
            ModelRejected: The exported form differs.
            VolumeUnusable: The version cannot be written.
        """
        published = self._publish(trained)
        self.tell(published)
        self._prune(trained.model)
        return published

    def learn(self, dataset: Dataset, recipe: Recipe) -> Trained:
        """Train a model and choose its epoch on a validation split; nothing is published.

        Raises:
            ModelRejected: The training diverges.
        """
        return learn(dataset, recipe, self.seed, self.tell, self._checkpoint(dataset, recipe))

    def with_seed(self, seed: int) -> "Trainer":
        """The same trainer with another seed."""
        return replace(self, seed=seed)

    def already_published(self, model: str) -> Published | None:
        """What this run has put on the volume of the model before it was interrupted."""
        if not self.run_id:
            return None
        for manifest in self._readable_manifests(model):
            if manifest.run == self.run_id:
                return Published(
                    model=model,
                    version=manifest.version,
                    training_seconds=manifest.training_seconds,
                    validation_accuracy=manifest.scores["validation"]["accuracy"],
                    test_accuracy=manifest.scores.get("test", {}).get("accuracy"),
                )
        return None

    def _readable_manifests(self, model: str) -> Iterator[Manifest]:
        """Newest first."""
        for version in reversed(self.store.versions(model)):
            with suppress(VersionBroken):
                yield self.store.manifest(model, version)

    def _checkpoint(self, dataset: Dataset, recipe: Recipe) -> Checkpoint | None:
        if self.checkpoints_dir is None:
            return None
        identity = json.dumps([dataset.sha256, asdict(recipe), self.seed, __version__])
        return Checkpoint(self.checkpoints_dir / f"{recipe.kind}.npz", identity)

    def _prune(self, model: str) -> None:
        try:
            removed = prune(self.store, model, self.keep_versions)
        except StorageError as error:  # the version is published; the next one tries again
            self.tell(Notice(f"Old versions of {model} were not removed: {error.detail}"))
            return
        if removed:
            numbers = ", ".join(map(str, removed))
            self.tell(
                Notice(
                    f"{model}: removed version {numbers}, keeping the newest {self.keep_versions}"
                )
            )

    def _evaluated(self, model: str, predicted: Predicted) -> Evaluation | str:
        """The evaluation of the test split, or the reason why there is none."""
        try:
            return self.evaluator.evaluate(predicted)
        except UpstreamFailed as error:
            self.tell(Notice(f"{model} is published without an evaluation: {error.detail}"))
            return error.detail

    def _publish(self, trained: Trained) -> Published:
        test = trained.dataset.test
        logits, answers = logits_and_probabilities_of(trained.network, test.images)
        predicted = Predicted(test.labels, answers, trained.dataset.class_names)
        evaluation = self._evaluated(trained.model, predicted)
        with staged_version(self.store, trained.model) as staged:
            np.savez(staged.directory / PREDICTIONS_FILE, y_true=test.labels, probabilities=answers)
            _write_json(staged.directory / HISTORY_FILE, asdict(trained.fitted.history))
            if not isinstance(evaluation, str):
                _write_json(staged.directory / EVALUATION_FILE, evaluation)
                draw_confusion_matrix(
                    staged.directory,
                    predicted,
                    self.evaluator,
                    lambda reason: self.tell(Notice(f"{trained.model} {reason}")),
                )
            history = trained.fitted.history
            draw_history(staged.directory, trained.model, history.epochs, history.best_epoch)
            draw_errors(staged.directory, trained.model, test.images, predicted)
            images, probabilities, golden = _examples(trained)
            with _tensorflow_writing(staged.directory):
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
            provenance = _provenance(trained, logits, evaluation, exported, times, self.run_id)
            version = staged.publish(provenance.card)
        return Published(
            model=trained.model,
            version=version,
            training_seconds=trained.fitted.training_seconds,
            validation_accuracy=provenance.scores["validation"]["accuracy"],
            test_accuracy=provenance.scores.get("test", {}).get("accuracy"),
        )


def _provenance(
    trained: Trained,
    test_logits: NDArray[np.float32],
    evaluation: Evaluation | str,
    exported: Exported,
    times: tuple[InferenceTime, ...],
    run_id: str,
) -> Provenance:
    evaluated = not isinstance(evaluation, str)
    test = trained.dataset.test
    return Provenance(
        model=trained.model,
        dataset=trained.dataset,
        split_sizes={
            "train": len(trained.splits.train),
            "validation": len(trained.splits.validation),
            "test": len(test),
        },
        recipe=trained.recipe,
        seed=trained.seed,
        run=run_id,
        weights_sha256=weights_digest(trained.network),
        parameters=trained.network.served.count_params(),
        epochs=len(trained.fitted.history.epochs),
        training_seconds=trained.fitted.training_seconds,
        scores=_scores(trained.fitted, evaluation),
        evaluation=EvaluationRecord(
            state="evaluated" if evaluated else "not-evaluated",
            reason="" if evaluated else str(evaluation),
            file=EVALUATION_FILE if evaluated else None,
        ),
        inference_times=times,
        twin=exported.twin,
        golden=exported.golden,
        calibration=calibration_record(
            trained.network.calibration,
            {
                "validation": trained.validation,
                "test": Judged(test_logits, test.labels),
            },
        ),
        hardware=this_machine(_accelerators()),
        packages=installed(),
    )


def installed() -> dict[str, str]:
    """The versions of what decides a training's outcome, and whether oneDNN is on."""
    return {**installed_packages(tf.__version__), ONEDNN: onednn_state()}


def weights_digest(network: Network) -> str:
    """SHA-256 of all weights, in their order: equal if and only if the network is."""
    digest = hashlib.sha256()
    for array in network.served.get_weights():
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _scores(fitted: Fit, evaluation: Evaluation | str) -> dict[str, dict[str, float]]:
    best = fitted.history.best
    scores = {
        "validation": {"accuracy": best["validation_accuracy"], "loss": best["validation_loss"]}
    }
    if not isinstance(evaluation, str):
        headline = {
            "accuracy": evaluation["overall"]["accuracy"],
            "f1_macro": evaluation["averages"]["macro"]["f1_score"],
        }
        scores["test"] = {name: value for name, value in headline.items() if value is not None}
    return scores


def _examples(
    trained: Trained,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.intp]]:
    """Inputs on which all forms must agree, their probabilities, and one index for each class."""
    validation = trained.splits.validation
    some = validation.take(np.arange(min(EXAMPLES_COMPARED, len(trained.splits.validation))))
    _, first_of_class = np.unique(some.labels, return_index=True)
    return as_input(some.images), probabilities_of(trained.network, some.images), first_of_class


def _accelerators() -> tuple[str, ...]:
    return tuple(device.name for device in tf.config.list_physical_devices("GPU"))


@contextmanager
def _tensorflow_writing(directory: Path) -> Iterator[None]:
    """What TensorFlow raises where it cannot write is no `OSError`."""
    try:
        yield
    except tf.errors.OpError as error:
        raise VolumeUnusable(f"{directory} cannot be written: {error.message}") from error


def _write_json(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
