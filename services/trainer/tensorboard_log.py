"""Writes a training's curves where TensorBoard reads them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf

from services.trainer.progress import EpochEnded, Event, Notice, Published


class TensorBoardLog:
    """A listener that keeps loss, accuracy and learning rate of each epoch, model by model.

    Args:
        directory: Each training gets a folder in it, named for the model and the training.
        name: What tells this training from others of the model.
        tell: Receives a notice when nothing can be written any more.
    """

    def __init__(self, directory: Path, name: str, tell: Callable[[Event], None]) -> None:
        self._directory = directory
        self._name = name
        self._tell = tell
        self._is_well = True
        self._writers: dict[str, Any] = {}

    def __call__(self, event: Event) -> None:
        """Take one event; the first failure is told, and is the last that is tried."""
        if not self._is_well:
            return
        try:
            self._take(event)
        except (tf.errors.OpError, OSError) as error:
            self._is_well = False
            self._tell(Notice(f"TensorBoard's curves cannot be written any more: {error}"))

    def _take(self, event: Event) -> None:
        match event:
            case EpochEnded():
                self._write(event)
            case Published(model=model):
                if writer := self._writers.pop(model, None):
                    writer.close()
            case _:
                pass

    def _write(self, event: EpochEnded) -> None:
        if event.model not in self._writers:
            path = self._directory / event.model / self._name
            self._writers[event.model] = tf.summary.create_file_writer(str(path))
        with self._writers[event.model].as_default(step=event.epoch):
            tf.summary.scalar("loss/train", event.loss)
            tf.summary.scalar("loss/validation", event.validation_loss)
            tf.summary.scalar("accuracy/train", event.accuracy)
            tf.summary.scalar("accuracy/validation", event.validation_accuracy)
            tf.summary.scalar("learning_rate", event.learning_rate)
        self._writers[event.model].flush()
