"""Each stage on the way from a picture to its digits, alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from services.inference.pictures.digits.arrays import (
    closed,
    grown,
    local_median,
    quantiles,
    two_levels,
)
from services.inference.pictures.digits.components import components_of
from services.inference.pictures.digits.finding import digits_on
from services.inference.pictures.digits.grouping import groups_of
from services.inference.pictures.digits.ink import ink_of
from services.inference.pictures.digits.projection import grey_of
from services.inference.pictures.digits.ruling import without_ruling
from services.inference.pictures.digits.sheets import laid_bare, sheets_on
from services.inference.pictures.digits.strokes import (
    NARROWED_PIXELS,
    THICKEST_PIXELS,
    THINNEST_PIXELS,
    WIDENED_PIXELS,
    normalised,
    stroke_width,
)
from shared.images import BOX_PIXELS
from shared.pictures.picture import Picture

MASKS = arrays(bool, st.tuples(st.integers(1, 14), st.integers(1, 14)))


def flooded(mask: NDArray[np.bool_]) -> list[frozenset[tuple[int, int]]]:
    """The 8-connected components, by walking from pixel to pixel."""
    left = {(int(row), int(column)) for row, column in np.argwhere(mask)}
    found = []
    while left:
        front, component = [min(left)], set[tuple[int, int]]()
        while front:
            row, column = front.pop()
            if (row, column) in left:
                left.remove((row, column))
                component.add((row, column))
                around = ((row + r, column + c) for r in (-1, 0, 1) for c in (-1, 0, 1))
                front += [pixel for pixel in around if pixel in left]
        found.append(frozenset(component))
    return found


@settings(deadline=None, max_examples=150)
@given(MASKS)
def test_components_are_those_that_walking_finds(mask: NDArray[np.bool_]) -> None:
    found = components_of(mask)

    expected = flooded(mask)
    assert len(found) == len(expected)
    for number in range(len(found)):
        pixels = np.argwhere(found.labels == number + 1)
        assert frozenset((int(r), int(c)) for r, c in pixels) in expected
        assert found.area[number] == len(pixels)
        assert (found.top[number], found.left[number]) == tuple(pixels.min(axis=0))
        assert (found.bottom[number], found.right[number]) == tuple(pixels.max(axis=0) + 1)


def test_a_long_spiral_is_one_component() -> None:
    """Labels have a long way to go."""
    mask = np.zeros((201, 201), bool)
    for ring in range(0, 100, 4):
        mask[ring, ring : 201 - ring] = mask[ring : 201 - ring, 200 - ring] = True
        mask[200 - ring, ring : 201 - ring] = mask[ring + 4 : 201 - ring, ring] = True
        mask[ring + 4, ring : ring + 5] = True
    assert len(components_of(mask)) == 1


@settings(deadline=None)
@given(MASKS)
def test_growing_adds_what_is_next_to_the_mask(mask: NDArray[np.bool_]) -> None:
    expected = np.zeros_like(mask)
    for row, column in np.argwhere(mask):
        expected[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2] = True
    np.testing.assert_array_equal(grown(mask), expected)


def test_closing_fills_what_is_narrow_and_keeps_the_edges_of_what_is_not() -> None:
    sheet = np.full((60, 80), 0.9, np.float32)
    sheet[:, 50:] = 0.4  # a shadow
    expected = sheet.copy()
    sheet[10:50, 20:25] = 0.1
    sheet[30:33, 55:75] = 0.1
    np.testing.assert_array_equal(closed(sheet, 15), expected)


def test_closing_does_not_change_light_that_falls_off_evenly() -> None:
    slope = np.linspace(0.3, 0.9, 50, dtype=np.float32)[:, None] * np.ones((1, 40), np.float32)
    np.testing.assert_allclose(closed(slope, 17), slope, atol=0.1)
    np.testing.assert_allclose(closed(slope, 17)[10:-10], slope[10:-10], atol=1e-6)


@pytest.mark.parametrize("side", [3, 8, 21, 90])
def test_closing_is_that_of_scipy_with_the_edge_repeated(side: int) -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    grey = np.random.default_rng(3).random((40, 27)).astype(np.float32)
    radius = side // 2
    padded = np.pad(grey, 3 * radius, "edge")
    expected = ndimage.grey_closing(padded, size=(2 * radius + 1,) * 2)
    inner = slice(3 * radius, -3 * radius)

    np.testing.assert_array_equal(closed(grey, side), expected[inner, inner])


def test_dark_and_light_are_parted_between_them() -> None:
    rng = np.random.default_rng(8)
    dark, light = rng.normal(0.2, 0.03, 300), rng.normal(0.8, 0.03, 900)
    grey = rng.permutation(np.concatenate([dark, light])).reshape(30, 40).astype(np.float32)

    level, between, median = two_levels(grey)

    assert dark.max() < level < light.min()
    assert between > 0.95
    assert median == pytest.approx(0.8, abs=0.02)
    assert two_levels(np.full((3, 4), np.float32(0.5)))[1] == 0


def turned_sheet(degrees: float) -> NDArray[np.float32]:
    """A light sheet with a seven on it, on a darker ground."""
    rows, columns = np.indices((120, 128), np.float32)
    angle = np.deg2rad(degrees)
    down = (rows - 60) * np.cos(angle) + (columns - 64) * np.sin(angle)
    across = (columns - 64) * np.cos(angle) - (rows - 60) * np.sin(angle)
    on_sheet = (abs(down) < 38) & (abs(across) < 32)
    bar = (abs(down + 15) < 3) & (abs(across) < 10)
    leg = (abs(across - 8) < 3) & (down > -18) & (down < 18)
    grey = np.where(on_sheet, 0.9 - 0.002 * columns, 0.3)
    return np.where(bar | leg, 0.1, grey).astype(np.float32)


@pytest.mark.parametrize("degrees", [0, 4, -11, 30])
def test_a_sheet_on_something_is_found_and_laid_bare(degrees: float) -> None:
    grey = turned_sheet(degrees)

    sheet = sheets_on(grey)[0]
    bare = laid_bare(grey, sheet, 1)

    assert sheet.mask.sum() == pytest.approx(76 * 64, rel=0.2)
    assert 0.05 < bare.min() < 0.15  # the ink is still there
    assert np.mean(bare < 0.5) == pytest.approx(
        np.mean(grey < 0.2) * grey.size / bare.size, rel=0.2
    )
    columns = np.arange(sheet.left, sheet.left + bare.shape[1])
    paper = 0.9 - 0.002 * columns
    assert np.abs(bare - paper)[bare > 0.5].max() < 0.02


def test_no_digit_and_no_ellipse_is_a_sheet() -> None:
    rows, columns = np.indices((100, 100), np.float32)
    radius = np.hypot((rows - 50) / 40, (columns - 50) / 28)
    for drawn in (radius < 1, abs(radius - 0.75) < 0.2, abs(rows - columns) < 8):
        assert sheets_on(np.where(drawn, 0.1, 0.9).astype(np.float32)) == []


@pytest.mark.parametrize("degrees", [0, 11])
@pytest.mark.parametrize("light", [False, True])
def test_only_the_ink_on_a_sheet_is_ink(degrees: float, light: bool) -> None:
    grey = turned_sheet(degrees)

    ink = ink_of(1 - grey if light else grey)

    assert ink is not None
    strong = ink.amount > ink.full / 2
    assert strong.sum() * ink.factor**2 == pytest.approx((grey < 0.2).sum(), rel=0.2)


def test_ink_is_told_from_a_hard_shadow_that_it_crosses() -> None:
    rows, columns = np.indices((160, 160), np.float32)
    digit = (abs(columns - 80) < 5) & (abs(rows - 80) < 45)
    light = np.where(rows + 0.7 * columns > 150, 0.5, 1.0)

    ink = ink_of((np.where(digit, 0.1, 0.95) * light).astype(np.float32))

    assert ink is not None
    strong = ink.amount > 0.5 * ink.full
    assert strong[digit].mean() > 0.9
    assert strong[~digit].mean() < 0.02


def test_a_bar_of_shadow_across_the_strokes_is_no_ink() -> None:
    rows, columns = np.indices((200, 200))
    digit = (abs(np.hypot(rows - 100, columns - 100) - 50) < 9).astype(np.float32)
    shadow = np.where(abs(rows - columns / 2 - 50) < 8, np.float32(0.55), np.float32(1))
    grey = (0.9 - 0.8 * digit) * shadow

    (found,) = digits_on(
        Picture(np.rint(255 * grey).astype(np.uint8)[..., None], (200, 200)), 9
    ).digits

    assert abs(found.box.left - 41) <= 4
    assert abs(found.box.width - 118) <= 8


def test_the_local_median_is_the_ground_under_thin_strokes() -> None:
    sheet = np.full((40, 40), 0.8, np.float32)
    sheet[5:35, 18:21] = 0.1
    np.testing.assert_allclose(local_median(sheet, 10), 0.8)


def test_quantiles_of_many_values_are_nearly_theirs() -> None:
    values = np.random.default_rng(2).normal(size=(300, 500))
    found = quantiles(values, 0.1, 0.5, 0.9)
    np.testing.assert_allclose(found, np.quantile(values, (0.1, 0.5, 0.9)), atol=0.08)


@pytest.mark.parametrize("wide", [2, 5, 9])
def test_the_width_of_a_stroke_is_measured_in_pixels(wide: int) -> None:
    bar = np.zeros((120, 60), np.float32)
    bar[10:110, 20 : 20 + wide] = 1
    assert stroke_width(bar) == pytest.approx(wide, rel=0.15)
    ring = np.hypot(*(np.indices((120, 120)) - 60))
    assert stroke_width((np.abs(ring - 40) <= wide / 2).astype(np.float32)) == pytest.approx(
        wide, rel=0.35
    )


def test_strokes_far_from_mnist_s_are_brought_near_and_others_left_alone() -> None:
    rows, columns = np.indices((100, 100))
    ring = np.abs(np.hypot(rows - 50, columns - 50) - 40)

    def width(ink: NDArray[np.float32]) -> float:
        return stroke_width(ink) * BOX_PIXELS / 100

    thin, usual, thick = ((ring <= half).astype(np.float32) for half in (1.2, 6, 16))
    assert width(thin) < THINNEST_PIXELS
    assert width(normalised(thin)) == pytest.approx(WIDENED_PIXELS, rel=0.2)
    assert normalised(usual) is usual
    assert width(thick) > THICKEST_PIXELS
    assert width(normalised(thick)) == pytest.approx(NARROWED_PIXELS, rel=0.25)


@pytest.mark.parametrize("slope", [-0.05, 0.0, 0.07])
def test_squares_are_taken_off_and_what_is_written_on_them_stays(slope: float) -> None:
    rows, columns = np.indices((200, 260), np.float32)
    grid = np.zeros((200, 260), np.float32)
    for place in ((rows + slope * columns) % 25, (columns - slope * rows) % 25):
        grid[place < 2] = 0.4
    digit = np.zeros_like(grid)
    digit[60:140, 108:120] = 1
    digit[60:72, 108:150] = 1

    left = without_ruling(np.maximum(grid, digit), np.maximum(grid, digit) > 0.2)

    rest = (left > 0.2) & (digit == 0)
    assert rest.sum() < 0.02 * (grid > 0).sum()
    assert (left[digit > 0] > 0.5).mean() > 0.8


def sheet_of(colour: tuple[int, int, int], pen: tuple[int, int, int]) -> Picture:
    pixels = np.full((100, 120, 3), colour, np.uint8)
    pixels[20:80, 50:60] = pen
    return Picture(pixels, (120, 100))


@pytest.mark.parametrize(
    ("paper", "pen"),
    [
        ((255, 255, 255), (0, 0, 0)),
        ((0, 0, 0), (255, 255, 255)),
        ((200, 60, 60), (20, 137, 60)),  # of one lightness
        ((255, 255, 0), (255, 255, 255)),
        ((40, 40, 200), (0, 70, 60)),
    ],
)
def test_ink_stands_out_whatever_its_colour(
    paper: tuple[int, int, int], pen: tuple[int, int, int]
) -> None:
    grey = grey_of(sheet_of(paper, pen))
    assert 0 <= grey.min() <= grey.max() <= 1
    assert abs(grey[50, 55] - grey[5, 5]) > 0.1


@pytest.mark.parametrize("light", [False, True])
def test_ink_is_found_dark_or_light_under_uneven_light(light: bool) -> None:
    rows, columns = np.indices((120, 160), np.float32)
    sheet = np.full((120, 160), 0.15 if light else 0.85, np.float32)
    pen = (slice(30, 90), slice(70, 78))
    sheet[pen] = 0.9 if light else 0.1
    ink = ink_of(
        (sheet * (1 - 0.4 * columns / 160) * np.where(rows > 80, 0.8, 1)).astype(np.float32)
    )
    assert ink is not None
    assert ink.factor == 1
    is_ink = np.zeros(sheet.shape, bool)
    is_ink[pen] = True
    assert ink.amount[is_ink].min() > 4 * np.quantile(ink.amount[~is_ink], 0.99)


@pytest.mark.parametrize("side", [1, 2, 5, 28, 300])
def test_on_a_blank_or_noisy_sheet_there_is_no_ink(side: int) -> None:
    assert ink_of(np.full((side, side), 0.7, np.float32)) is None
    noise = np.random.default_rng(side).normal(0.5, 0.1, (side, side)).astype(np.float32)
    if side > 28:
        assert ink_of(noise) is None


def groups(*boxes: tuple[int, int, int, int]) -> list[tuple[int, ...]]:
    """The groups of filled boxes: top, left, bottom, right."""
    mask = np.zeros((200, 300), bool)
    for top, left, bottom, right in boxes:
        mask[top:bottom, left:right] = True
    found = components_of(mask)
    return [
        (g.top, g.left, g.bottom, g.right)
        for g in groups_of(found, found.area.astype(np.float64), mask.shape)
    ]


def test_digits_are_read_line_by_line_from_left_to_right() -> None:
    first, second, third = (20, 20, 80, 50), (25, 100, 85, 130), (120, 15, 180, 45)
    assert groups(third, second, first) == [first, second, third]


def test_the_bar_of_a_five_belongs_to_it_and_a_speck_does_not() -> None:
    assert groups((60, 50, 120, 90), (45, 70, 52, 110), (150, 250, 152, 252)) == [
        (45, 50, 120, 110)
    ]


def test_the_halves_of_a_broken_stroke_are_one_digit() -> None:
    assert groups((20, 50, 68, 60), (72, 50, 120, 60)) == [(20, 50, 120, 60)]


def test_a_frame_around_the_digit_is_no_digit() -> None:
    frame = [(10, 10, 14, 280), (186, 10, 190, 280), (10, 10, 190, 14), (10, 276, 190, 280)]
    assert groups((60, 100, 140, 140), *frame) == [(60, 100, 140, 140)]


def test_what_lies_along_the_edge_of_the_picture_is_no_digit() -> None:
    assert groups((60, 100, 140, 140), (0, 0, 200, 12)) == [(60, 100, 140, 140)]


def test_a_dash_beside_a_digit_is_no_digit() -> None:
    assert groups((60, 100, 140, 140), (95, 170, 105, 230)) == [(60, 100, 140, 140)]
