"""Bytes to pixels to tensors."""

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services.inference.pictures.preprocessing import prepare
from shared.errors import ServiceError
from shared.manifest import Preprocessing
from shared.pictures.decoding import decode
from shared.pictures.picture import to_png
from tests.unit.inference.fakes import png

MAX_PIXELS = 1_000_000
SHAPE = (28, 28, 1)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def seen(data: bytes, preprocessing: Preprocessing = "mnist-digit") -> np.ndarray:
    prepared = prepare(decode(data, max_pixels=MAX_PIXELS), preprocessing, SHAPE)
    image = prepared.images[prepared.prominent]
    assert image.shape == SHAPE
    assert image.dtype == np.float32
    assert 0 <= image.min() <= image.max() <= 1
    return np.asarray(image[..., 0])


def drawn_seven(side: int, *, paper: int, ink: int) -> np.ndarray:
    """A seven of two strokes, off-centre on a sheet."""
    sheet = np.full((side, side), paper, np.uint8)
    stroke = max(2, side // 20)
    top, left = side // 8, side // 5
    sheet[top : top + stroke, left : left + side // 3] = ink
    sheet[top : top + side // 2, left + side // 3 - stroke : left + side // 3] = ink
    return sheet


@pytest.mark.parametrize("preprocessing", ["mnist-digit", "fashion", "none"])
def test_what_already_is_a_model_input_passes_through_untouched(
    preprocessing: Preprocessing,
) -> None:
    pixels = np.zeros((28, 28), np.uint8)
    pixels[3:9, 2:7] = np.arange(30, dtype=np.uint8).reshape(6, 5) * 8
    expected = pixels.astype(np.float32) / 255
    np.testing.assert_array_equal(seen(png(pixels), preprocessing), expected)
    np.testing.assert_array_equal(seen(png(np.dstack([pixels] * 3)), preprocessing), expected)


def test_dark_ink_on_light_paper_is_seen_as_light_on_dark() -> None:
    dark = seen(png(drawn_seven(200, paper=250, ink=20)))
    light = seen(png(drawn_seven(200, paper=5, ink=235)))
    np.testing.assert_allclose(dark, light, atol=0.02)
    assert dark[0].max() == 0
    assert dark.max() > 0.9


def test_the_digit_is_laid_out_as_mnist_does_wherever_it_was_drawn() -> None:
    sheet = drawn_seven(200, paper=255, ink=0)
    moved = np.roll(sheet, (60, 70), (0, 1))
    np.testing.assert_array_equal(seen(png(sheet)), seen(png(moved)))
    rows = np.flatnonzero(seen(png(sheet)).any(axis=1))
    assert rows[-1] - rows[0] + 1 == 20


def test_transparency_is_paper() -> None:
    sheet = drawn_seven(200, paper=255, ink=0)
    clear = np.zeros((200, 200, 4), np.uint8)
    clear[..., 3] = 255 - sheet  # black ink, all of the drawing in the alpha channel
    np.testing.assert_allclose(seen(png(clear)), seen(png(sheet)), atol=0.01)


def test_white_ink_in_the_alpha_channel_is_seen_too() -> None:
    sheet = drawn_seven(200, paper=255, ink=0)
    clear = np.full((200, 200, 4), 255, np.uint8)
    clear[..., 3] = 255 - sheet
    np.testing.assert_allclose(seen(png(clear)), seen(png(sheet)), atol=0.01)


def test_colour_palette_16_bits_and_one_bit_are_read() -> None:
    sheet = drawn_seven(120, paper=255, ink=0)
    expected = seen(png(sheet))
    grey = Image.fromarray(sheet)
    deep = Image.fromarray(sheet.astype(np.uint16) * 257)
    for image in (grey.convert("RGB"), grey.convert("P"), grey.convert("1"), deep):
        np.testing.assert_allclose(seen(encoded(image)), expected, atol=0.02, err_msg=image.mode)


def test_a_faint_pencil_is_stretched_to_full_ink() -> None:
    assert seen(png(drawn_seven(200, paper=230, ink=180))).max() > 0.9


def test_a_camera_s_rotation_is_undone() -> None:
    upright = Image.fromarray(drawn_seven(200, paper=255, ink=0))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees clockwise to be upright
    turned = encoded(upright.rotate(90), "JPEG", exif=exif, quality=95)
    np.testing.assert_allclose(seen(turned), seen(encoded(upright)), atol=0.12)


def test_a_blank_sheet_is_black_with_a_warning() -> None:
    prepared = prepare(
        decode(png(np.full((90, 90), 255, np.uint8)), max_pixels=MAX_PIXELS), "mnist-digit", SHAPE
    )
    assert prepared.images.max() == 0
    assert prepared.warnings


def test_a_model_of_another_size_or_in_colour_is_served() -> None:
    picture = decode(png(np.full((40, 60, 3), (255, 0, 51), np.uint8)), max_pixels=MAX_PIXELS)
    image = prepare(picture, "none", (8, 6, 3)).images[0]
    np.testing.assert_allclose(image, np.broadcast_to([1.0, 0.0, 0.2], (8, 6, 3)), atol=1e-6)


def test_what_the_model_saw_survives_the_way_through_a_png() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, SHAPE).astype(np.float32)
    image = pixels / np.float32(255)
    np.testing.assert_array_equal(
        decode(to_png(image), max_pixels=MAX_PIXELS).luminance()[..., None], image
    )


@settings(deadline=None)  # the machine may be busy
@given(st.data())
def test_damage_is_an_answer_and_never_an_unforeseen_exception(data: st.DataObject) -> None:
    whole = bytearray(png(drawn_seven(64, paper=255, ink=0)))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ServiceError):
        seen(bytes(whole))
