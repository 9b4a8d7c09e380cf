"""Ink is told from what light does to a sheet: bars of shadow, glare, slopes, noise, print."""

import numpy as np
import pytest
from numpy.typing import NDArray

from services.inference.pictures.digits.finding import FoundDigits, digits_on
from services.inference.pictures.digits.ink import ink_of
from services.inference.pictures.digits.sheets import sheets_on
from shared.pictures.picture import Picture

Grey = NDArray[np.float32]
Mask = NDArray[np.bool_]
SIDE = 200
ROWS, COLUMNS = np.indices((SIDE, SIDE), np.float32)
RING_BOX = (52, 42, 97, 117)  # left, top, width, height
RING = abs(np.hypot((ROWS - 100) / 1.25, COLUMNS - 100) - 42) < 5.5


def found_on(light: Grey) -> FoundDigits:
    pixels = np.rint(255 * light.clip(0, 1)).astype(np.uint8)
    height, width = pixels.shape
    return digits_on(Picture(pixels[..., None], (width, height)), 9)


def drawn(mask: Mask, paper: float = 0.9, pen: float = 0.1) -> Grey:
    return np.where(mask, pen, paper).astype(np.float32)


def assert_is_the_ring(found: FoundDigits, tolerance: float = 5) -> None:
    (digit,) = found.digits
    box = (digit.box.left, digit.box.top, digit.box.width, digit.box.height)
    assert box == pytest.approx(RING_BOX, abs=tolerance)
    middle = digit.image[11:17, 12:16]
    assert middle.max() < 0.3, "the ring is filled"
    assert digit.image.max() > 0.9


@pytest.mark.parametrize("degrees", [0, 35, 90, 140])
@pytest.mark.parametrize("spacing", [50, 80])
def test_bars_of_shadow_through_a_window_are_no_ink(degrees: float, spacing: float) -> None:
    angle = np.deg2rad(degrees)
    along = COLUMNS * np.cos(angle) + ROWS * np.sin(angle)
    shadow = np.where((along / spacing) % 1 < 0.5, np.float32(0.5), np.float32(1))

    assert_is_the_ring(found_on(drawn(RING) * shadow))


@pytest.mark.parametrize("degrees", [20, 70, 110, 160])
def test_a_band_of_glare_is_no_ink_of_a_light_pen(degrees: float) -> None:
    angle = np.deg2rad(degrees)
    across = (COLUMNS - 130) * np.cos(angle) + (ROWS - 80) * np.sin(angle)
    glare = 0.3 * np.exp(-np.square(across / 22))

    assert_is_the_ring(found_on(drawn(RING, paper=0.72) + glare))


def test_a_digit_that_fills_the_picture_is_seen_and_not_its_hole() -> None:
    for pen, paper in ((0.1, 0.9), (0.9, 0.1)):
        tight = drawn(RING, paper, pen)[43:157, 53:147]
        noisy = tight + np.random.default_rng(2).normal(0, 0.02, tight.shape)
        (digit,) = found_on(noisy.astype(np.float32)).digits
        assert digit.box.height > 105
        assert digit.image[11:17, 12:16].max() < 0.3


def test_halves_of_a_slope_of_light_are_no_sheets() -> None:
    slope = (0.3 + 0.6 * ROWS / SIDE).astype(np.float32)
    assert sheets_on((drawn(RING) * slope)[::2, ::2]) == []
    assert sheets_on(slope[::2, ::2]) == []
    step = np.where((abs(ROWS - 100) < 60) & (abs(COLUMNS - 90) < 50), 1.0, 0.4)
    assert sheets_on((slope * step).astype(np.float32)[::2, ::2])


def test_what_a_round_sheet_leaves_in_the_corners_is_no_digit() -> None:
    sheet = np.where(np.hypot(ROWS - 100, COLUMNS - 100) < 98, drawn(RING, 0.1, 0.9), 1)
    assert_is_the_ring(found_on(sheet.astype(np.float32)))


@pytest.mark.parametrize("fan", [0, 0.0006, -0.001])
def test_printed_lines_that_are_not_parallel_are_left_out(fan: float) -> None:
    turned = ROWS + fan * (COLUMNS - 100) * (ROWS - 100)
    lines = (turned % 37 < 2) | ((COLUMNS + 0.02 * ROWS) % 41 < 2)
    paper = np.where(lines, np.float32(0.65), np.float32(0.95))
    assert_is_the_ring(found_on(np.where(RING, np.float32(0.1), paper)))


def test_strokes_are_seen_through_strong_noise() -> None:
    rng = np.random.default_rng(5)
    small = drawn(RING, 0.7)[::2, ::2]
    speckled = small * (1 + rng.normal(0, 0.25, small.shape))
    (digit,) = found_on(speckled.astype(np.float32)).digits
    assert digit.box.height == pytest.approx(RING_BOX[3] / 2, abs=6)
    for _ in range(5):
        noise = 0.6 * (1 + rng.normal(0, 0.25, small.shape))
        assert ink_of(noise.astype(np.float32)) is None


def test_a_short_stroke_within_the_bend_of_a_long_one_is_not_framed_by_it() -> None:
    """The two strokes of an open 4."""
    short = (abs(ROWS - 66) < 20) & (abs(COLUMNS - 80) < 5)
    bend = (abs(ROWS - 105) < 5) & (abs(COLUMNS - 95) < 35)
    long = (abs(ROWS - 95) < 55) & (abs(COLUMNS - 120) < 5)
    (digit,) = found_on(drawn(short | bend | long)).digits
    assert digit.box.height > 100
    assert digit.box.width > 60
