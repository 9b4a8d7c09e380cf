"""Feeds a training: batches in an order that the seed and the epoch decide, augmented or not.

Nothing is carried from one epoch to the next, so a resumed run sees what it would have seen.
"""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from services.trainer.augmentation import augmented
from services.trainer.datasets.dataset import Split
from services.trainer.hyperparameters import Augmentation

_PREFETCHED_BATCHES = 4


class Feed:
    """The training split, ready to be fed epoch by epoch.

    Args:
        split: What is fed.
        n_classes: Width of the one-hot labels.
        batch_size: Examples in a batch.
        seed: Decides order and augmentation, together with the epoch.
        augmentation: What is done to each image anew in each epoch, or nothing.
    """

    def __init__(
        self,
        split: Split,
        n_classes: int,
        batch_size: int,
        seed: int,
        augmentation: Augmentation | None = None,
    ) -> None:
        self._images = tf.constant(split.images)
        self._labels = tf.constant(split.labels)
        self._n_classes = n_classes
        self._batch_size = batch_size
        self._seed = seed
        self._augmentation = augmentation

    @property
    def steps(self) -> int:
        """Batches in an epoch; the last may be smaller."""
        return math.ceil(len(self._labels) / self._batch_size)

    def epoch(self, number: int) -> Any:
        """A `tf.data.Dataset` of float images in [0, 1] and one-hot labels, in random order."""
        order = np.random.default_rng([self._seed, number]).permutation(len(self._labels))
        augmentation = self._augmentation
        if augmentation is not None and number <= augmentation.plain_epochs:
            augmentation = None
        key = tf.constant([self._seed % 2**31, number], tf.int32)

        def fetch(step: Any, indices: Any) -> tuple[Any, Any]:
            images, labels = self._fetch(indices)
            if augmentation is not None:
                step_key = tf.stack([key[0], key[1] * 2**20 + tf.cast(step, tf.int32)])
                images = augmented(images, augmentation, step_key)
            return images, labels

        batches = tf.data.Dataset.from_tensor_slices(order).batch(self._batch_size).enumerate()
        return batches.map(fetch, num_parallel_calls=1).prefetch(_PREFETCHED_BATCHES)

    def plain(self, batch_size: int) -> Any:
        """The same in its own order, as it is, for measuring."""
        indices = tf.data.Dataset.range(len(self._labels)).batch(batch_size)
        return indices.map(self._fetch, num_parallel_calls=1).prefetch(_PREFETCHED_BATCHES)

    def _fetch(self, indices: Any) -> tuple[Any, Any]:
        images = tf.cast(tf.gather(self._images, indices), tf.float32) / 255.0
        return images, tf.one_hot(tf.gather(self._labels, indices), self._n_classes)
