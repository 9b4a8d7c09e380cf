"""The layout is MNIST's own: MNIST's digits come back as they were."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from services.trainer.datasets.idx import read_idx
from shared.images import BOX_PIXELS, CENTRE_INDEX, SIDE_PIXELS, mnist_layout


def centre_of_mass(image: NDArray[np.float32]) -> NDArray[np.float64]:
    rows, columns = np.indices(image.shape)
    return np.array([np.average(rows, weights=image), np.average(columns, weights=image)])


def test_digits_of_mnist_itself_come_back_unchanged(real_data_dir: Path) -> None:
    images = read_idx(real_data_dir / "mnist" / "t10k-images-idx3-ubyte.gz", 3).array[:500]

    moved = 0
    for image in images.astype(np.float32) / 255:
        moved += not np.array_equal(mnist_layout(image), image)

    assert moved <= 2  # about one in a thousand was not made by the rule itself


@pytest.mark.parametrize("shape", [(280, 280), (600, 90), (40, 700), (8, 8), (3, 5)])
def test_any_size_fits_the_box_and_is_centred_by_mass(shape: tuple[int, int]) -> None:
    ink = np.random.default_rng(3).random(shape, np.float32) ** 2

    laid_out = mnist_layout(ink)

    rows, columns = np.nonzero(laid_out)
    assert laid_out.shape == (SIDE_PIXELS, SIDE_PIXELS)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == BOX_PIXELS
    assert np.abs(centre_of_mass(laid_out) - CENTRE_INDEX).max() <= 0.5
    assert laid_out.min() >= 0
    assert laid_out.max() <= 1


def test_where_the_digit_stands_makes_no_difference() -> None:
    digit = np.random.default_rng(5).random((30, 22), np.float32)
    corner, middle = np.zeros((2, 100, 100), np.float32)
    corner[:30, :22] = digit
    middle[40:70, 33:55] = digit

    np.testing.assert_array_equal(mnist_layout(corner), mnist_layout(middle))


def test_a_blank_sheet_stays_blank() -> None:
    assert not mnist_layout(np.zeros((50, 60), np.float32)).any()


def test_a_single_dot_does_not_break_it() -> None:
    dot = np.zeros((50, 60), np.float32)
    dot[7, 9] = 1

    assert mnist_layout(dot).sum() > 0
