"""Watches Keras train: tells progress, and stops a training that diverges."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import keras

from services.trainer.errors import ModelRejected
from services.trainer.progress import EpochEnded, Event, Stepped

REPORT_EVERY_SECONDS = 1.0
# At a rate a thousand times too high a linear model still learns, with a loss of 1,700 times
# that of guessing on the way; one whose weights grow with every step is beyond this soon.
MOST_GUESSING_LOSSES = 10_000


@dataclass(frozen=True, slots=True)
class Course:
    """What lies ahead when training begins, or goes on."""

    model: str
    n_classes: int
    epochs: int
    steps: int
    batch_size: int
    epochs_done: int


class Watch(keras.callbacks.Callback):  # type: ignore[misc]
    """Tells progress, and stops a training that diverges: `ModelRejected` is raised.

    Each step's loss must be a number, and at the end of an epoch neither the training nor the
    validation loss may be far beyond that of guessing. Guessing has the same loss with label
    smoothing.
    """

    def __init__(self, course: Course, tell: Callable[[Event], None]) -> None:
        super().__init__()
        self.figures: dict[str, float] = {}
        self._course = course
        self._tell = tell
        self._epoch = course.epochs_done
        self._started = self._last_report = time.perf_counter()

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Note which epoch it is."""
        del logs
        self._epoch = epoch + 1

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Report now and then."""
        figures = logs or {}
        self._check_loss("loss", figures["loss"], math.inf)
        now = time.perf_counter()
        if now - self._last_report < REPORT_EVERY_SECONDS:
            return
        self._last_report = now
        course = self._course
        step = min(batch + 1, course.steps)
        epochs_done = self._epoch - 1 + step / course.steps
        steps_here = (epochs_done - course.epochs_done) * course.steps
        self._tell(
            Stepped(
                model=course.model,
                epoch=self._epoch,
                epochs=course.epochs,
                step=step,
                steps=course.steps,
                loss=float(figures["loss"]),
                accuracy=float(figures["accuracy"]),
                learning_rate=self._learning_rate(),
                images_per_second=steps_here * course.batch_size / (now - self._started),
                seconds_left=self._seconds_left(epochs_done),
            )
        )

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Keep the epoch's figures, and tell them."""
        logs = logs or {}
        guessing = math.log(self._course.n_classes)
        for name, key in (("loss", "loss"), ("validation loss", "val_loss")):
            self._check_loss(name, logs[key], MOST_GUESSING_LOSSES * guessing)
        self.figures = {
            "loss": float(logs["loss"]),
            "accuracy": float(logs["accuracy"]),
            "validation_loss": float(logs["val_loss"]),
            "validation_accuracy": float(logs["val_accuracy"]),
            "learning_rate": self._learning_rate(),
        }
        self._tell(
            EpochEnded(
                model=self._course.model,
                epoch=epoch + 1,
                epochs=self._course.epochs,
                seconds_left=self._seconds_left(epoch + 1),
                **self.figures,
            )
        )

    def _learning_rate(self) -> float:
        return float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))

    def _seconds_left(self, epochs_done: float) -> float:
        elapsed = time.perf_counter() - self._started
        done_here = max(epochs_done - self._course.epochs_done, 1e-9)
        return elapsed / done_here * (self._course.epochs - epochs_done)

    def _check_loss(self, name: str, loss: float, most: float) -> None:
        if math.isfinite(loss) and loss <= most:
            return
        raise ModelRejected(
            f"{self._course.model}: in epoch {self._epoch} the {name} became {loss:.3g}, where "
            f"guessing gives {math.log(self._course.n_classes):.2f}; the learning rate may be too "
            "high"
        )
