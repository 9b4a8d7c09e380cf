"""The real handwritten digits inside scikit-learn: for a machine with neither files nor internet.

1,797 digits of 43 writers, 8x8 with 17 grey levels. They are enlarged and laid out as MNIST
is, so that a drawn digit is prepared for them and for MNIST in the same way.

References:
    Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI repository.
"""

import hashlib

import numpy as np
from sklearn.datasets import load_digits

from services.trainer.datasets.dataset import Dataset, Split
from shared.images import mnist_layout

GREY_LEVELS = 16
TEST_EVERY = 5


def digits() -> Dataset:
    """The data set; every fifth example, in the order of the source, is the test split."""
    bunch = load_digits()
    ink = np.asarray(bunch.images, np.float32) / GREY_LEVELS
    images = np.stack([np.rint(mnist_layout(image) * 255).astype(np.uint8) for image in ink])
    everything = Split(images[..., np.newaxis], np.asarray(bunch.target, np.int64))
    is_test = np.arange(len(everything)) % TEST_EVERY == 0
    source = np.ascontiguousarray(bunch.data, np.uint8).tobytes() + everything.labels.tobytes()
    return Dataset(
        name="digits",
        title="Handwritten digits of scikit-learn",
        class_names=tuple(str(name) for name in bunch.target_names),
        preprocessing="mnist-digit",
        train=everything.take(np.flatnonzero(~is_test)),
        test=everything.take(np.flatnonzero(is_test)),
        sha256={"sklearn.datasets.load_digits": hashlib.sha256(source).hexdigest()},
    )
