"""Examples side by side, each with its words below, as one PNG picture."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from services.trainer.evaluation import Predicted

MOST_TILES = 30
COLUMNS = 6
IMAGE_PIXELS = 112
TILE_WIDTH, LINE_HEIGHT, MARGIN = 148, 16, 10
FONT_PIXELS = 12
PAPER, INK, FRAME = "white", "black", "#999999"


@dataclass(frozen=True, slots=True)
class Tile:
    """One example: an image, uint8 `(height, width, 1 or 3)`, and lines of text."""

    image: NDArray[np.uint8]
    lines: tuple[str, ...]


def most_confident_errors(images: NDArray[np.uint8], predicted: Predicted) -> list[Tile]:
    """The errors that the model was most sure of, surest first.

    Args:
        images: Those that were predicted, uint8 `(n, height, width, channels)`.
        predicted: What the model says of them.
    """
    answers = predicted.probabilities.argmax(axis=1)
    wrong = np.flatnonzero(answers != predicted.y_true)
    surest = wrong[np.argsort(-predicted.probabilities[wrong].max(axis=1), kind="stable")]
    names = predicted.class_names
    return [
        Tile(
            images[index],
            (
                f"is {names[predicted.y_true[index]]}",
                f"said {names[answers[index]]} {predicted.probabilities[index].max():.1%}",
                f"example {index}",
            ),
        )
        for index in surest[:MOST_TILES]
    ]


def sheet_png(tiles: Sequence[Tile], title: str) -> bytes:
    """The tiles in rows below a title; the title alone if there are none."""
    font = _font()
    n_lines = max((len(tile.lines) for tile in tiles), default=0)
    tile_height = IMAGE_PIXELS + n_lines * LINE_HEIGHT + MARGIN
    n_rows = -(-len(tiles) // COLUMNS)
    top = MARGIN + LINE_HEIGHT + MARGIN
    size = (COLUMNS * TILE_WIDTH + MARGIN, top + n_rows * tile_height + MARGIN)
    sheet = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((MARGIN, MARGIN), title, fill=INK, font=font)
    for index, tile in enumerate(tiles):
        row, column = divmod(index, COLUMNS)
        left, upper = MARGIN + column * TILE_WIDTH, top + row * tile_height
        picture = _enlarged(tile.image)
        sheet.paste(picture, (left, upper))
        pen.rectangle(
            (left - 1, upper - 1, left + picture.width, upper + picture.height), outline=FRAME
        )
        for number, line in enumerate(tile.lines):
            text = _fitting(line, font)
            at = (left, upper + IMAGE_PIXELS + 2 + number * LINE_HEIGHT)
            pen.text(at, text, fill=INK, font=font)
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _enlarged(image: NDArray[np.uint8]) -> Image.Image:
    """The image as large as a tile has room for, its pixels seen."""
    picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
    factor = IMAGE_PIXELS / max(picture.size)
    width, height = (max(1, round(side * factor)) for side in picture.size)
    method = Image.Resampling.NEAREST if factor > 1 else Image.Resampling.BOX
    return picture.resize((width, height), method).convert("RGB")


def _fitting(line: str, font: ImageFont.FreeTypeFont) -> str:
    """The line, cut where the tile ends."""
    room = TILE_WIDTH - MARGIN
    if font.getlength(line) <= room:
        return line
    while line and font.getlength(line + "…") > room:
        line = line[:-1]
    return line + "…"


def _font() -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which comes with Matplotlib and knows most alphabets."""
    from matplotlib import get_data_path  # noqa: PLC0415  as in `curves`

    path = Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return ImageFont.truetype(str(path), FONT_PIXELS)
