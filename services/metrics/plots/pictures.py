"""Draws an answer as a picture of a kind."""

from collections.abc import Callable
from typing import Any

from services.metrics.plots.calibration import calibration
from services.metrics.plots.confusion_matrix import confusion_matrix
from services.metrics.plots.options import Kind, PlotOptions
from services.metrics.plots.per_class import per_class
from services.metrics.plots.precision_recall import precision_recall
from services.metrics.plots.roc import roc
from services.metrics.plots.sheet import drawing
from services.metrics.plots.subject import Drawing, Subject

MAX_PIXELS = 40_000_000
DRAWERS: dict[Kind, Callable[[Subject], Drawing]] = {
    "confusion-matrix": confusion_matrix,
    "roc": roc,
    "precision-recall": precision_recall,
    "calibration": calibration,
    "per-class": per_class,
}


def drawn(
    kind: Kind, answer: dict[str, Any], options: PlotOptions, max_pixels: int = MAX_PIXELS
) -> bytes:
    """A picture of an answer that has the numbers for it, as SVG or PNG.

    Args:
        kind: Which.
        answer: Of an evaluation, as `plot_numbers` makes it.
        options: What the caller chose about the picture.
        max_pixels: The most that a PNG may have.

    Raises:
        InvalidOption: The names do not fit the classes, or there would be too many pixels.
    """
    with drawing():
        done = DRAWERS[kind](Subject(answer, options))
        return done.sheet.written(options.dpi, max_pixels, done.title, done.description)
