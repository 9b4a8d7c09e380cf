"""Draws the pictures of a version that is being written."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.trainer.evaluation import Evaluator, Predicted
from services.trainer.pictures.curves import history_svg
from services.trainer.pictures.sheet import MOST_TILES, most_confident_errors, sheet_png
from services.trainer.versions import CONFUSION_FILE, ERRORS_FILE, HISTORY_PICTURE_FILE
from shared.errors import UpstreamFailed


def draw_history(
    directory: Path, model: str, epochs: Sequence[Mapping[str, float]], best_epoch: int
) -> None:
    """Write the curves of the training."""
    svg = history_svg(epochs, best_epoch, f"{model}: loss and accuracy of each epoch")
    (directory / HISTORY_PICTURE_FILE).write_bytes(svg)


def draw_errors(
    directory: Path, model: str, images: NDArray[np.uint8], predicted: Predicted
) -> None:
    """Write the most confident errors on the test split."""
    tiles = most_confident_errors(images, predicted)
    wrong = int((predicted.probabilities.argmax(axis=1) != predicted.y_true).sum())
    shown = f", the {MOST_TILES} most confident first" if wrong > MOST_TILES else ""
    title = f"{model}: {wrong} errors on {len(images)} test examples{shown}"
    (directory / ERRORS_FILE).write_bytes(sheet_png(tiles, title))


def draw_confusion_matrix(
    directory: Path, predicted: Predicted, evaluator: Evaluator, tell: Callable[[str], None]
) -> None:
    """Write the confusion matrix as the metrics service draws it, or tell why there is none."""
    try:
        (directory / CONFUSION_FILE).write_bytes(evaluator.confusion_matrix_svg(predicted))
    except UpstreamFailed as error:
        tell(f"is published without a picture of its confusion matrix: {error.detail}")
