"""Light and paper taken off: how much ink lies on each pixel, whatever lit the sheet."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from services.inference.pictures.digits.arrays import (
    Grey,
    Mask,
    closed,
    enlarged,
    local_median,
    reduced,
)
from services.inference.pictures.digits.components import components_of

_COARSE_SIDE_PIXELS = 128
# Of the shorter side: wider than any stroke, narrower than a shadow or the edge of a sheet.
_STROKE_FRACTION = 0.42
_DARKEST_PAPER = 0.04
_HALF = 0.5
_LEAST_CONTRAST = 0.06  # of the light on the paper; below it nothing was drawn
_LEAST_SIGNAL = 6.0  # deviations of the noise
_BLOB_FILL = 0.62  # a digit that is no bar covers less of its box
_BLOB_SHAPE = 0.45  # width to height of what is no bar
_BLOB_SCORE = 0.35
_SPANNING = 0.95  # of both sides: printed lines, or the edges of the sheet
_SPANNING_SCORE = 0.3
_STRONG_PERCENTILE = 75
# Of a sheet that is paper for the most part; the two lie one deviation of its noise apart.
_LOW_PERCENTILE, _PAPER_PERCENTILE = 10, 35
_SHEET_FILL = 0.7
_SHEET_SIDE = 0.3  # of the picture's longer side
_SHEET_INSET = 0.03  # of the sheet's shorter side: its edge, a little turned
_POLARITY_SIDE_PIXELS = 40
_SURROUNDINGS_FRACTION = 0.3  # of the shorter side


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """The ink on a sheet.

    Attributes:
        top: Of `amount`, in the picture.
        left: The same.
        amount: float32 `(height, width)`, at least 0: 0 is paper; ink that takes all light is 1.
        full: The amount where a pen has covered the paper.
        noise: The standard deviation of the amount on bare paper.
        extent_pixels: The longer side of the most conspicuous thing that is drawn.
    """

    top: int
    left: int
    amount: Grey
    full: float
    noise: float
    extent_pixels: int


@dataclass(frozen=True, slots=True, eq=False)
class _Drawing:
    """The most conspicuous thing on a sheet, seen coarsely.

    Attributes:
        paper: How light the paper is at each coarse pixel.
        offset: The amount of ink on bare paper.
        mask: The thing, in coarse pixels within its box.
        box: Top, left, bottom and right, in pixels of the picture.
        is_sheet: Whether it is filled and large: what is drawn may be drawn on it.
    """

    paper: Grey
    offset: float
    mask: Mask
    box: tuple[int, int, int, int]
    is_sheet: bool


def ink_of(grey: Grey) -> Ink | None:
    """The ink on a sheet, dark on light or light on dark; `None` where there is nothing to see.

    Where the only thing to see is a sheet that lies on something, the ink on that sheet.

    Args:
        grey: float32 `(height, width)` in [0, 1].
    """
    drawing, ink = _seen_on(grey)
    if drawing is None or not drawing.is_sheet:
        return ink
    top, left, bottom, right = drawing.box
    inset = round(_SHEET_INSET * min(bottom - top, right - left))
    top, left = top + inset, left + inset
    within, on_sheet = _seen_on(grey[top : bottom - inset, left : right - inset])
    if within is None or on_sheet is None or within.is_sheet:
        return ink
    return replace(on_sheet, top=top, left=left)


def _seen_on(grey: Grey) -> "tuple[_Drawing | None, Ink | None]":
    factor = -(-max(grey.shape) // _COARSE_SIDE_PIXELS)
    coarse = reduced(grey, factor)
    if _ink_is_light(coarse):
        coarse, grey = 1 - coarse, 1 - grey
    drawing = _drawing(coarse, factor)
    if drawing is None:
        return None, None
    amount = _amount(grey, enlarged(drawing.paper, grey.shape)) - np.float32(drawing.offset)
    step = max(1, factor // 2)
    noise = _spread(amount[::step, ::step])
    np.maximum(amount, 0, out=amount)
    top, left, bottom, right = drawing.box
    within = amount[top:bottom, left:right]
    strong = within[enlarged(drawing.mask.astype(np.float32), within.shape) > _HALF]
    if strong.size == 0:
        return None, None
    full = float(np.percentile(strong[strong >= np.median(strong)], _STRONG_PERCENTILE))
    return drawing, Ink(0, 0, amount, full, noise, max(bottom - top, right - left))


def _ink_is_light(coarse: Grey) -> bool:
    """Whether the ink is lighter than its paper.

    Around every place there is more paper than ink, so the median there is paper. It also
    keeps the edges of shadows and sheets where they are: what departs from it is drawn.
    """
    factor = -(-max(coarse.shape) // _POLARITY_SIDE_PIXELS)
    small = reduced(coarse, factor)
    radius = max(2, round(_SURROUNDINGS_FRACTION * min(small.shape)))
    apart = small - local_median(small, radius)
    return float((apart**3).sum()) > 0


def _drawing(coarse: Grey, factor: int) -> _Drawing | None:
    """What is drawn in dark ink on a sheet; `None` if nothing is."""
    paper = closed(coarse, round(_STROKE_FRACTION * min(coarse.shape)))
    amount = _amount(coarse, paper)
    offset = float(np.percentile(amount, _PAPER_PERCENTILE))
    amount -= offset
    strongest = float(np.partition(amount, -3, axis=None)[-3]) if amount.size > 9 else 0.0  # noqa: PLR2004
    if strongest < max(_LEAST_CONTRAST, _LEAST_SIGNAL * _spread(amount)):
        return None
    found = components_of(amount > _HALF * strongest)
    extent = np.maximum(found.height, found.width)
    weight = np.bincount(found.labels.ravel(), amount.ravel(), len(found) + 1)[1:] / found.area
    fill = found.area / (found.height * found.width)
    is_bar = np.minimum(found.height, found.width) < _BLOB_SHAPE * extent
    shape = np.where((fill > _BLOB_FILL) & ~is_bar, _BLOB_SCORE, 1.0)
    off_edge = np.square(1 - _edge_fractions(found.labels, len(found)))
    spans = (found.height >= _SPANNING * coarse.shape[0]) & (
        found.width >= _SPANNING * coarse.shape[1]
    )
    off_edge[spans] *= _SPANNING_SCORE
    scores = np.sqrt(found.height * found.width) * weight * shape * off_edge
    best = int(scores.argmax())
    box = (found.top[best], found.left[best], found.bottom[best], found.right[best])
    top, left, bottom, right = (int(edge) for edge in box)
    is_sheet = fill[best] > _SHEET_FILL and not is_bar[best]
    return _Drawing(
        paper=paper,
        offset=offset,
        mask=found.labels[top:bottom, left:right] == best + 1,
        box=(factor * top, factor * left, factor * bottom, factor * right),
        is_sheet=bool(is_sheet and extent[best] > _SHEET_SIDE * max(coarse.shape)),
    )


def _amount(sheet: Grey, paper: Grey) -> Grey:
    """How much of the light that the paper gives back is missing."""
    return np.asarray(1 - sheet / np.maximum(paper, np.float32(_DARKEST_PAPER)), np.float32)


def _spread(amount: Grey) -> float:
    """The deviation of bare paper, from its lower side, where no ink is."""
    low, paper = np.percentile(amount, (_LOW_PERCENTILE, _PAPER_PERCENTILE))
    return float(paper - low)


def _edge_fractions(labels: NDArray[np.int32], n: int) -> NDArray[np.float64]:
    """Of the outermost pixels, the fraction that belongs to each component."""
    ring = np.concatenate([labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1]])
    return np.bincount(ring, minlength=n + 1)[1:] / ring.size
