"""Trains a network with Keras: one cycle of the learning rate, the best epoch by validation.

The test split never comes here.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from services.trainer.datasets.dataset import Split, TrainingSplits
from services.trainer.errors import ModelRejected
from services.trainer.networks.build import Network
from services.trainer.progress import EpochEnded, Event, Stepped
from services.trainer.recipes import Fitting

STEPS_PER_EXECUTION = 16
REPORT_EVERY_SECONDS = 1.0
EVALUATION_BATCH = 512


@dataclass(slots=True)
class History:
    """What each epoch came to, first epoch first, and which was kept."""

    epochs: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0

    @property
    def best(self) -> dict[str, float]:
        """The figures of the epoch whose weights were kept."""
        return self.epochs[self.best_epoch - 1]


@dataclass(frozen=True, slots=True)
class Fit:
    """How training went; the network holds the weights of the best epoch."""

    history: History
    training_seconds: float


def fit(
    network: Network,
    splits: TrainingSplits,
    fitting: Fitting,
    *,
    model: str,
    seed: int,
    tell: Callable[[Event], None],
) -> Fit:
    """Train the network in place, and keep the epoch that did best on the validation split.

    Args:
        network: What is trained.
        splits: What it learns from, and what selects the epoch.
        fitting: Hyperparameters.
        model: The name that events bear.
        seed: Decides the order of the examples.
        tell: Receives progress.

    Raises:
        ModelRejected: The loss stopped being a number.
    """
    steps = math.ceil(len(splits.train) / fitting.batch_size)
    epochs = fitting.epochs_for(len(splits.train))
    smoothing = fitting.label_smoothing
    network.trainable.compile(
        optimizer=keras.optimizers.AdamW(
            OneCycle(fitting.peak_learning_rate, steps * epochs, fitting.warmup_fraction),
            weight_decay=fitting.weight_decay,
        ),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing),
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
        steps_per_execution=min(STEPS_PER_EXECUTION, steps),
        jit_compile=False,  # XLA compiles longer than this network trains
    )
    history = History()
    watch = _Watch(network.trainable, history, _Course(model, epochs, steps), tell)
    started = time.perf_counter()
    network.trainable.fit(
        _batches(splits.train, fitting.batch_size, network, seed=seed),
        validation_data=_batches(splits.validation, EVALUATION_BATCH, network),
        epochs=epochs,
        shuffle=False,  # the batches come shuffled
        verbose=0,
        callbacks=[watch],
    )
    watch.restore_best()
    return Fit(history, time.perf_counter() - started)


def probabilities_of(network: Network, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The served probabilities, float32 `(n, n_classes)`, for uint8 images."""
    answer = tf.function(network.served, jit_compile=False)
    parts = [
        np.asarray(answer(as_input(images[start : start + EVALUATION_BATCH])), np.float32)
        for start in range(0, len(images), EVALUATION_BATCH)
    ]
    return np.concatenate(parts)


def as_input(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Images as the model takes them: float32 in [0, 1]."""
    return images.astype(np.float32) / np.float32(255)


class OneCycle(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """The learning rate rises along a cosine to its peak, then falls along one to nothing.

    References:
        Smith and Topin (2019), Super-convergence, arXiv:1708.07120.
    """

    def __init__(self, peak: float, steps: int, warmup_fraction: float) -> None:
        self.peak = peak
        self.steps = steps
        self.warmup_fraction = warmup_fraction

    def __call__(self, step: Any) -> Any:
        """The rate at a step, counted from 0."""
        ops = keras.ops
        warmup = max(1.0, self.steps * self.warmup_fraction)
        rest = max(1.0, self.steps - warmup)
        step = ops.cast(step, "float32")
        rising = 0.5 - 0.5 * ops.cos(math.pi * (step + 1.0) / (warmup + 1.0))
        falling = 0.5 + 0.5 * ops.cos(math.pi * ops.minimum((step - warmup) / rest, 1.0))
        return self.peak * ops.where(step < warmup, rising, falling)

    def get_config(self) -> dict[str, float]:
        """The arguments, for Keras to save."""
        return {
            "peak": self.peak,
            "steps": self.steps,
            "warmup_fraction": self.warmup_fraction,
        }


def _batches(split: Split, batch_size: int, network: Network, seed: int | None = None) -> Any:
    """Batches of float images and one-hot labels; in a new order each epoch if seeded."""
    n_classes = network.served.output_shape[-1]
    images, labels = tf.constant(split.images), tf.constant(split.labels)

    def gather(indices: Any) -> tuple[Any, Any]:
        floats = tf.cast(tf.gather(images, indices), tf.float32) / 255.0
        return floats, tf.one_hot(tf.gather(labels, indices), n_classes)

    indices = tf.data.Dataset.range(len(split))
    if seed is not None:
        indices = indices.shuffle(len(split), seed=seed, reshuffle_each_iteration=True)
    return indices.batch(batch_size).map(gather, num_parallel_calls=1).prefetch(2)


@dataclass(frozen=True, slots=True)
class _Course:
    """What lies ahead when training begins."""

    model: str
    epochs: int
    steps: int


class _Watch(keras.callbacks.Callback):  # type: ignore[misc]
    """Tells progress, records each epoch, and keeps the best epoch's weights."""

    def __init__(
        self,
        network: Any,
        history: History,
        course: "_Course",
        tell: Callable[[Event], None],
    ) -> None:
        super().__init__()
        self._network = network
        self._history = history
        self._course = course
        self._tell = tell
        self._epoch = 1
        self._started = self._last_report = time.perf_counter()
        self._best_weights: list[NDArray[np.float32]] = []

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Start the clock."""
        del logs
        self._started = self._last_report = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Report now and then, and stop a run that has no loss any more."""
        figures = logs or {}
        self._check_finite(figures)
        now = time.perf_counter()
        if now - self._last_report < REPORT_EVERY_SECONDS:
            return
        self._last_report = now
        step = min(batch + 1, self._course.steps)
        self._tell(
            Stepped(
                model=self._course.model,
                epoch=self._epoch,
                epochs=self._course.epochs,
                step=step,
                steps=self._course.steps,
                loss=figures["loss"],
                accuracy=figures["accuracy"],
                seconds_left=self._seconds_left(self._epoch - 1 + step / self._course.steps),
            )
        )

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Record the epoch, and keep its weights if none before was better."""
        figures = logs or {}
        self._check_finite(figures)
        rate = float(keras.ops.convert_to_numpy(self._network.optimizer.learning_rate))
        record = {
            "loss": float(figures["loss"]),
            "accuracy": float(figures["accuracy"]),
            "validation_loss": float(figures["val_loss"]),
            "validation_accuracy": float(figures["val_accuracy"]),
            "learning_rate": rate,
            "seconds": time.perf_counter() - self._started,
        }
        self._history.epochs.append(record)
        if self._history.best_epoch == 0 or _rank(record) > _rank(self._history.best):
            self._history.best_epoch = epoch + 1
            self._best_weights = self._network.get_weights()
        self._epoch = epoch + 2
        self._tell(
            EpochEnded(
                model=self._course.model,
                epoch=epoch + 1,
                epochs=self._course.epochs,
                loss=record["loss"],
                accuracy=record["accuracy"],
                validation_loss=record["validation_loss"],
                validation_accuracy=record["validation_accuracy"],
                learning_rate=rate,
                seconds_left=self._seconds_left(epoch + 1),
            )
        )

    def restore_best(self) -> None:
        """Put the weights of the best epoch back."""
        self._network.set_weights(self._best_weights)

    def _seconds_left(self, epochs_done: float) -> float:
        elapsed = time.perf_counter() - self._started
        return elapsed / epochs_done * (self._course.epochs - epochs_done)

    def _check_finite(self, figures: dict[str, float]) -> None:
        if not math.isfinite(figures["loss"]):
            raise ModelRejected(
                f"{self._course.model}: in epoch {self._epoch} the loss became {figures['loss']}; "
                "the learning rate may be too high"
            )


def _rank(epoch: dict[str, float]) -> tuple[float, float]:
    return epoch["validation_accuracy"], -epoch["validation_loss"]
