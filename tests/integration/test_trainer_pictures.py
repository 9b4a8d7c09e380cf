"""The pictures in a version: well formed, the same each time, and they show what they say."""

import io
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from services.trainer.evaluation import Predicted
from services.trainer.pictures.curves import history_svg
from services.trainer.pictures.of_version import draw_confusion_matrix, draw_errors
from services.trainer.pictures.sheet import (
    COLUMNS,
    IMAGE_PIXELS,
    MOST_TILES,
    Tile,
    most_confident_errors,
    sheet_png,
)
from shared.errors import UpstreamFailed

EPOCHS = [
    {"loss": 0.5, "accuracy": 0.8, "validation_loss": 0.4, "validation_accuracy": 0.85},
    {"loss": 0.3, "accuracy": 0.9, "validation_loss": 0.35, "validation_accuracy": 0.88},
]
NAMES = ("cat", "dog", "花")
PROBABILITIES = np.array(
    [[0.9, 0.1, 0], [0.6, 0.4, 0], [0.1, 0.2, 0.7], [0.05, 0.95, 0], [0.2, 0.8, 0]], np.float32
)
PREDICTED = Predicted(np.array([1, 0, 0, 0, 1]), PROBABILITIES, NAMES)
IMAGES = np.stack([np.full((8, 8, 1), 50 * i, np.uint8) for i in range(5)])


def test_the_curves_are_svg_with_text_and_the_same_each_time() -> None:
    svg = history_svg(EPOCHS, 2, "pets-cnn <1>")

    root = ET.fromstring(svg)  # noqa: S314  our own
    text = "".join(root.itertext())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    for word in ("pets-cnn <1>", "epoch", "loss", "accuracy", "training", "validation", "kept"):
        assert word in text
    assert svg == history_svg(EPOCHS, 2, "pets-cnn <1>")
    assert history_svg(EPOCHS[:1], 1, "x") != svg


def test_errors_come_surest_first_with_what_is_true_and_what_was_said() -> None:
    tiles = most_confident_errors(IMAGES, PREDICTED)

    assert [tile.lines for tile in tiles] == [
        ("is cat", "said dog 95.0%", "example 3"),
        ("is dog", "said cat 90.0%", "example 0"),
        ("is cat", "said 花 70.0%", "example 2"),
    ]
    np.testing.assert_array_equal(tiles[0].image, IMAGES[3])


def test_a_sheet_shows_each_image_enlarged_in_its_place() -> None:
    tiles = [Tile(np.full((8, 16, 3), (250 - i, 20, i), np.uint8), (f"{i}",)) for i in range(8)]

    with Image.open(io.BytesIO(sheet_png(tiles, "title"))) as sheet:
        pixels = np.asarray(sheet)
    for i in range(8):
        of_tile = np.all(pixels == (250 - i, 20, i), axis=2)
        assert of_tile.sum() == IMAGE_PIXELS * IMAGE_PIXELS // 2
        rows, columns = np.nonzero(of_tile)
        assert rows.min() // 140 == i // COLUMNS
        assert (columns.min() - 10) // 148 == i % COLUMNS
    assert sheet_png(tiles, "title") == sheet_png(tiles, "title")


def test_the_sheet_of_errors_says_how_many_and_is_drawn_for_none(tmp_path: Path) -> None:
    right = Predicted(PROBABILITIES.argmax(axis=1), PROBABILITIES, NAMES)
    many = Predicted(np.ones(99, np.int64), np.tile(PROBABILITIES[:1], (99, 1)), NAMES)

    for images, predicted in ((IMAGES, right), (np.repeat(IMAGES[:1], 99, axis=0), many)):
        draw_errors(tmp_path, "pets-cnn", images, predicted)
        with Image.open(tmp_path / "errors.png") as sheet:
            assert sheet.format == "PNG"
    assert len(most_confident_errors(np.repeat(IMAGES[:1], 99, axis=0), many)) == MOST_TILES


def test_a_name_too_long_for_its_tile_is_cut() -> None:
    tile = Tile(IMAGES[0], ("is a very long name of a class that has no end at all",))

    with Image.open(io.BytesIO(sheet_png([tile], ""))) as sheet:
        beyond = np.asarray(sheet)[:, 160:]
    assert beyond.min() == 255


class _Evaluator:
    def __init__(self, answer: bytes | UpstreamFailed) -> None:
        self.answer = answer

    def evaluate(self, predicted: Predicted) -> dict[str, object]:
        raise AssertionError(predicted)

    def confusion_matrix_svg(self, predicted: Predicted) -> bytes:
        assert predicted is PREDICTED
        if isinstance(self.answer, UpstreamFailed):
            raise self.answer
        return self.answer


@pytest.mark.parametrize("answer", [b"<svg/>", UpstreamFailed("metrics answered 404")])
def test_a_confusion_matrix_that_cannot_be_had_is_told(
    tmp_path: Path, answer: bytes | UpstreamFailed
) -> None:
    told: list[str] = []

    draw_confusion_matrix(tmp_path, PREDICTED, _Evaluator(answer), told.append)

    if isinstance(answer, bytes):
        assert (tmp_path / "confusion_matrix.svg").read_bytes() == answer
        assert told == []
    else:
        assert not list(tmp_path.iterdir())
        assert told == [
            "is published without a picture of its confusion matrix: metrics answered 404"
        ]
