"""What augmentation does to pictures, against SciPy and by its promises."""

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray
from scipy import ndimage

from services.trainer.augmentation import augmented
from services.trainer.batches import Feed
from services.trainer.datasets.dataset import Dataset, Split
from services.trainer.fit import as_input
from services.trainer.hyperparameters import Augmentation

Images = NDArray[np.float32]
KEY = tf.constant([3, 5], tf.int32)


@pytest.fixture(scope="module")
def images(digits_dataset: Dataset) -> Images:
    return as_input(digits_dataset.train.images[:200])


def changed(images: Images, augmentation: Augmentation, key: tf.Tensor = KEY) -> Images:
    return np.asarray(augmented(tf.constant(images), augmentation, key))


def test_the_same_key_gives_the_same_images_and_another_others(images: Images) -> None:
    everything = Augmentation(8, 0.1, 0.1, 0.05, bend=0.02, mirror=True, erase=0.3)

    once = changed(images, everything)

    np.testing.assert_array_equal(once, changed(images, everything))
    assert not np.array_equal(once, changed(images, everything, KEY + 1))
    assert once.min() >= 0
    assert once.max() <= 1 + 1e-6


def test_without_bounds_nothing_changes(images: Images) -> None:
    np.testing.assert_allclose(changed(images, Augmentation()), images, atol=1e-6)


def test_a_bend_of_nearly_nothing_is_the_affine_map_alone(images: Images) -> None:
    """The two ways of drawing agree: TensorFlow's own, and ours for bent planes."""
    plain = Augmentation(15, 0.2, 0.2, 0.1, mirror=True)
    bent = Augmentation(15, 0.2, 0.2, 0.1, mirror=True, bend=1e-9)

    np.testing.assert_allclose(changed(images, plain), changed(images, bent), atol=1e-4)


def test_about_half_are_mirrored_and_the_others_left_alone(images: Images) -> None:
    mirrored = changed(images, Augmentation(mirror=True))

    is_mirrored = np.abs(mirrored - images[:, :, ::-1]).max(axis=(1, 2, 3)) < 1e-4
    is_same = np.abs(mirrored - images).max(axis=(1, 2, 3)) < 1e-4
    assert np.all(is_mirrored | is_same)
    assert 0.35 < is_mirrored.mean() < 0.65


def test_shifts_stay_within_their_bound() -> None:
    """Measured by the centre of mass of a blob far from the rim."""
    blob = np.zeros((500, 28, 28, 1), np.float32)
    blob[:, 12:16, 12:16] = 1.0

    moved = changed(blob, Augmentation(shift=3 / 28))

    centres = np.array([ndimage.center_of_mass(image[..., 0]) for image in moved])
    distance = np.abs(centres - 13.5)
    assert distance.max() < 3.01
    assert distance.max(axis=0).min() > 2.9


def test_bends_are_as_strong_as_said_and_smooth() -> None:
    """A ramp shows where each pixel came from."""
    ramp = np.tile(np.arange(28, dtype=np.float32)[:, np.newaxis], (400, 1, 28, 1)).reshape(
        400, 28, 28, 1
    )

    bent = changed(ramp, Augmentation(bend=0.7 / 28))

    inner = (bent - ramp)[:, 6:22, 6:22, 0]
    assert inner.std() == pytest.approx(0.7, rel=0.1)
    assert np.abs(np.diff(inner, axis=2)).mean() < 0.2


def test_an_erased_rectangle_is_no_larger_than_its_bound() -> None:
    white = np.ones((300, 20, 20, 1), np.float32)

    erased = 1 - changed(white, Augmentation(erase=0.5))[..., 0]

    assert erased.any(axis=1).sum(axis=1).max() <= 11
    assert erased.any(axis=2).sum(axis=1).max() <= 11
    assert erased.sum(axis=(1, 2)).max() > 36
    for mask in erased[:20]:
        rows, columns = mask.any(axis=1), mask.any(axis=0)
        np.testing.assert_array_equal(mask > 0, np.outer(rows, columns))


def test_colour_and_oblong_images_are_taken() -> None:
    oblong = np.random.default_rng(0).random((5, 12, 30, 3)).astype(np.float32)

    for bend in (0.0, 0.02):
        result = changed(oblong, Augmentation(10, 0.1, shift=0.1, bend=bend, erase=0.2))
        assert result.shape == oblong.shape


def test_plain_epochs_see_the_images_as_they_are(digits_dataset: Dataset) -> None:
    split: Split = digits_dataset.train.take(np.arange(64))
    feed = Feed(split, 10, 64, seed=1, augmentation=Augmentation(20, plain_epochs=2))
    plain = Feed(split, 10, 64, seed=1)

    for epoch, is_same in ((1, True), (2, True), (3, False)):
        (seen, _), (expected, _) = (next(iter(each.epoch(epoch))) for each in (feed, plain))
        assert np.allclose(seen, expected) == is_same
