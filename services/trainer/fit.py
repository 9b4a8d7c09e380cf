"""Trains a network with Keras: one cycle of the learning rate, the best epoch by validation loss.

The test split never comes here.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from services.trainer.batches import Feed
from services.trainer.checkpoint import Arrays, Checkpoint, History, State
from services.trainer.datasets.dataset import TrainingSplits
from services.trainer.hyperparameters import Fitting
from services.trainer.networks.build import Network
from services.trainer.progress import Event, Notice
from services.trainer.schedule import OneCycle
from services.trainer.watch import Course, Watch

STEPS_PER_EXECUTION = 16
EVALUATION_BATCH = 512


@dataclass(frozen=True, slots=True)
class Fit:
    """How training went; the network holds the weights of the best epoch."""

    history: History
    training_seconds: float


@dataclass(frozen=True, slots=True)
class Session:
    """What a training is called, what decides its dice, who listens, and where it is kept."""

    model: str
    seed: int
    tell: Callable[[Event], None]
    checkpoint: Checkpoint | None = None


def fit(network: Network, splits: TrainingSplits, fitting: Fitting, session: Session) -> Fit:
    """Train the network in place, and keep the epoch with the least validation loss.

    A training with a checkpoint goes on after the last epoch that it holds, and ends with the
    same weights as if it had not been interrupted.

    Args:
        network: What is trained.
        splits: What it learns from, and what selects the epoch.
        fitting: Hyperparameters.
        session: Name, seed, listener and checkpoint.

    Raises:
        ModelRejected: The training diverges.
        VolumeUnusable: The checkpoint cannot be written.
    """
    n_classes = network.served.output_shape[-1]
    feed = Feed(splits.train, n_classes, fitting.batch_size, session.seed, fitting.augmentation)
    judge = Feed(splits.validation, n_classes, EVALUATION_BATCH, 0).plain(EVALUATION_BATCH)
    training = _Training(network.trainable, fitting, feed.steps, len(splits.train), session)
    for epoch in range(training.epochs_done + 1, training.epochs + 1):
        network.trainable.fit(
            feed.epoch(epoch),
            validation_data=judge,
            initial_epoch=epoch - 1,
            epochs=epoch,
            shuffle=False,  # the batches come shuffled
            verbose=0,
            callbacks=[training.watch],
        )
        training.end_epoch()
    return training.finish()


def probabilities_of(network: Network, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The served probabilities, float32 `(n, n_classes)`, for uint8 images."""
    return _answers(network.served, images)


def logits_of(network: Network, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The logits, not yet divided by the temperature, float32 `(n, n_classes)`."""
    return _answers(network.trainable, images)


def logits_and_probabilities_of(
    network: Network, images: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Both, by one pass over the images: it takes seconds where a network is wide."""
    outputs = [network.trainable.output, network.served.output]
    both = keras.Model(network.served.input, keras.layers.Concatenate()(outputs))
    logits, probabilities = np.hsplit(_answers(both, images), 2)
    return logits, probabilities


def _answers(model: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    answer = tf.function(partial(model, training=False), jit_compile=False)
    parts = [
        np.asarray(answer(as_input(images[start : start + EVALUATION_BATCH])), np.float32)
        for start in range(0, len(images), EVALUATION_BATCH)
    ]
    return np.concatenate(parts)


def as_input(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Images as the model takes them: float32 in [0, 1]."""
    return images.astype(np.float32) / np.float32(255)


class _Training:
    """The state of a training: its history, its best weights, its clock."""

    def __init__(
        self, model: Any, fitting: Fitting, steps: int, examples: int, session: Session
    ) -> None:
        self.epochs = fitting.epochs_for(examples)
        self._model = model
        self._session = session
        self._history = History()
        self._best_weights: Arrays = []
        self._seconds_before = 0.0
        self._compile(fitting, steps)
        self._resume()
        self._started = time.perf_counter()
        course = Course(
            session.model,
            n_classes=model.output_shape[-1],
            epochs=self.epochs,
            steps=steps,
            batch_size=fitting.batch_size,
            epochs_done=self.epochs_done,
        )
        self.watch = Watch(course, session.tell)

    @property
    def epochs_done(self) -> int:
        """How many epochs lie behind."""
        return len(self._history.epochs)

    def end_epoch(self) -> None:
        """Record the epoch, keep its weights if its validation loss is the least, and save."""
        record = {**self.watch.figures, "seconds": self._seconds()}
        self._history.epochs.append(record)
        # Not the accuracy: over 5,000 examples it is chance among the last epochs.
        best = self._history.best if self._history.best_epoch else None
        if best is None or record["validation_loss"] < best["validation_loss"]:
            self._history.best_epoch = self.epochs_done
            self._best_weights = self._model.get_weights()
        if self._session.checkpoint is not None:
            self._session.checkpoint.save(
                State(
                    [keras.ops.convert_to_numpy(v) for v in self._variables()],
                    self._best_weights,
                    self._history,
                    self._seconds(),
                )
            )

    def finish(self) -> Fit:
        """Put the weights of the best epoch back."""
        self._model.set_weights(self._best_weights)
        return Fit(self._history, self._seconds())

    def _compile(self, fitting: Fitting, steps: int) -> None:
        schedule = OneCycle(
            fitting.peak_learning_rate, steps * self.epochs, fitting.warmup_fraction
        )
        optimizer = keras.optimizers.AdamW(schedule, weight_decay=fitting.weight_decay)
        optimizer.build(self._model.trainable_variables)
        self._model.compile(
            optimizer=optimizer,
            loss=keras.losses.CategoricalCrossentropy(
                from_logits=True, label_smoothing=fitting.label_smoothing
            ),
            metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
            steps_per_execution=min(STEPS_PER_EXECUTION, steps),
            jit_compile=False,  # XLA compiles longer than these networks train
        )

    def _resume(self) -> None:
        checkpoint = self._session.checkpoint
        state = checkpoint.load() if checkpoint else None
        if state is None:
            return
        for variable, value in zip(self._variables(), state.variables, strict=True):
            variable.assign(value)
        self._history, self._best_weights = state.history, state.best_weights
        self._seconds_before = state.seconds
        self._session.tell(
            Notice(f"{self._session.model} goes on after epoch {self.epochs_done}/{self.epochs}")
        )

    def _variables(self) -> list[Any]:
        # Those of the metrics are of no consequence: each epoch begins by resetting them.
        return [*self._model.weights, *_seed_states(self._model), *self._model.optimizer.variables]

    def _seconds(self) -> float:
        return self._seconds_before + time.perf_counter() - self._started


def _seed_states(model: Any) -> list[Any]:
    """The state of the dice of dropout layers, which is no weight."""
    weights = {id(variable) for variable in model.weights}
    return [v for layer in model.layers for v in layer.variables if id(v) not in weights]
