"""Feeds a training: batches in an order that the seed and the epoch decide, augmented or not.

Nothing is carried from one epoch to the next, so a resumed run sees what it would have seen.
"""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from services.trainer.datasets.dataset import Split
from services.trainer.recipes import Augmentation

_PREFETCHED_BATCHES = 4
_NUMBERS_PER_IMAGE = 8


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
        key = tf.constant([self._seed % 2**31, number], tf.int32)

        def fetch(step: Any, indices: Any) -> tuple[Any, Any]:
            images, labels = self._fetch(indices)
            if self._augmentation is not None:
                step_key = tf.stack([key[0], key[1] * 2**20 + tf.cast(step, tf.int32)])
                images = augmented(images, self._augmentation, step_key)
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


def augmented(images: Any, augmentation: Augmentation, key: Any) -> Any:
    """Each image turned, zoomed, sheared, shifted and perhaps mirrored, by its own dice.

    Args:
        images: float32 `(n, height, width, channels)`; what comes in from outside is 0.
        augmentation: How far, each in both directions and evenly spread.
        key: Two int32; the same key throws the same dice.
    """
    height, width = images.shape[1:3]
    dice = tf.random.stateless_uniform([_NUMBERS_PER_IMAGE, tf.shape(images)[0]], key, -1.0, 1.0)
    angle = dice[0] * (augmentation.rotation_degrees * math.pi / 180)
    zoom_x = 1.0 + dice[1] * augmentation.zoom
    zoom_y = 1.0 + dice[2] * augmentation.zoom
    shear = dice[3] * augmentation.shear
    if augmentation.mirror:
        zoom_x *= tf.where(dice[6] < 0.0, -1.0, 1.0)
    # Output to input, around the middle: [x', y'] = A [x - c, y - c] + c + shift.
    a = tf.cos(angle) * zoom_x
    b = (shear - tf.sin(angle)) * zoom_y
    c = tf.sin(angle) * zoom_x
    d = tf.cos(angle) * zoom_y
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    shift_x = middle_x - a * middle_x - b * middle_y + dice[4] * augmentation.shift_pixels
    shift_y = middle_y - c * middle_x - d * middle_y + dice[5] * augmentation.shift_pixels
    zero = tf.zeros_like(a)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack([a, b, shift_x, c, d, shift_y, zero, zero], axis=1),
        output_shape=[height, width],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
