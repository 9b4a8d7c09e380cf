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
    quantiles,
    reduced,
)
from services.inference.pictures.digits.components import components_of
from services.inference.pictures.digits.strokes import stroke_width

_COARSE_SIDE_PIXELS = 128
# Of the shorter side: wider than any stroke, narrower than a shadow or the edge of a sheet.
_STROKE_FRACTION = 0.42
_LEVELS = 64
_TWO_LEVELS = 0.93  # of the variance is between the two
_DARKEST_PAPER = 0.04
_HALF = 0.5
# Details of a larger digit are not seen at 20 pixels, and means of pixels have less noise.
_DIGIT_PIXELS = 90
_LEAST_SHEET_PIXELS = 128  # of the shorter side: printed lines and noise are not mistaken for ink
_LEAST_CONTRAST = 0.06  # of the light on the paper; below it nothing was drawn
_LEAST_SIGNAL = 6.0  # deviations of the noise
_BLOB_FILL = 0.62  # a digit that is no bar covers less of its box
_BLOB_SHAPE = 0.45  # width to height of what is no bar
_BLOB_SCORE = 0.35
_SPANNING = 0.95  # of both sides: printed lines, or the edges of the sheet
_SPANNING_SCORE = 0.3
_STRONG_FRACTION = 0.88
# Of a sheet that is paper for the most part; the two lie one deviation of its noise apart.
_LOW_FRACTION, _PAPER_FRACTION = 0.1, 0.35
_SHEET_FILL = 0.7  # of its box
_LEAST_ON_SHEET = 0.4  # of the sheet's extent: what lies on it, and is no hole in a thick digit
_THICKEST = 0.3  # of its extent: the strokes of a digit
_SHEET_SIDE = 0.3  # of the picture's longer side
_SHEET_INSET = 0.03  # of the sheet's shorter side: its edge, a little turned
_POLARITY_SIDE_PIXELS = 36
_SURROUNDINGS_FRACTION = 0.3  # of the shorter side


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """The ink on a sheet.

    Attributes:
        amount: float32 `(height, width)`, at least 0: 0 is paper; ink that takes all light is 1.
        full: The amount where a pen has covered the paper.
        noise: The standard deviation of the amount on bare paper.
        factor: Pixels of the picture along each side of one of `amount`.
        top, left: Of `amount`, in pixels of the picture.
    """

    amount: Grey
    full: float
    noise: float
    factor: int
    top: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Drawing:
    """The most conspicuous thing on a sheet, seen coarsely.

    Attributes:
        paper: How light the paper is at each coarse pixel.
        offset: The amount of ink on bare paper.
        mask: The thing, in coarse pixels within its box.
        box: Top, left, bottom and right, in pixels of the picture.
        is_blob: Whether it is large, and of no strokes: what is drawn may be drawn on it.
    """

    paper: Grey
    offset: float
    mask: Mask
    box: tuple[int, int, int, int]
    is_blob: bool

    @property
    def extent(self) -> int:
        """The longer side of the box."""
        top, left, bottom, right = self.box
        return max(bottom - top, right - left)

    def fills(self, sheet: "_Drawing") -> bool:
        """Whether it is large enough to be what a sheet was taken for."""
        return self.extent >= _LEAST_ON_SHEET * sheet.extent


def ink_of(grey: Grey) -> Ink | None:
    """The ink on a sheet, dark on light or light on dark; `None` where there is nothing to see.

    Where the only thing to see is a sheet that lies on something, the ink on that sheet.

    Args:
        grey: float32 `(height, width)` in [0, 1].
    """
    factor = -(-max(grey.shape) // _COARSE_SIDE_PIXELS)
    coarse = reduced(grey, factor)
    if _ink_is_light(coarse):
        coarse, grey = 1 - coarse, 1 - grey
    drawing = _drawing(coarse, factor)
    if drawing is None:
        return None
    if not drawing.is_blob:
        return _ink(grey, drawing)
    reverse = _drawing(1 - coarse, factor)
    if reverse is not None and not reverse.is_blob and reverse.fills(drawing):
        return _ink(1 - grey, reverse)
    return _ink_within(grey, drawing) or _ink(grey, drawing)


def _ink_within(grey: Grey, sheet: _Drawing) -> Ink | None:
    """The ink on what seems to be a sheet, if there is any."""
    top, left, bottom, right = sheet.box
    inset = round(_SHEET_INSET * min(bottom - top, right - left))
    top, left, bottom, right = top + inset, left + inset, bottom - inset, right - inset
    grey = grey[top:bottom, left:right]
    factor = -(-max(grey.shape) // _COARSE_SIDE_PIXELS)
    coarse = reduced(grey, factor)
    if _ink_is_light(coarse):
        coarse, grey = 1 - coarse, 1 - grey
    drawing = _drawing(coarse, factor)
    if drawing is None or drawing.is_blob or not drawing.fills(sheet):
        return None
    ink = _ink(grey, drawing)
    return ink and replace(ink, top=top, left=left)


def _ink(grey: Grey, drawing: _Drawing) -> Ink | None:
    """The ink on a sheet on which it is dark, at the size at which digits are looked at."""
    top, left, bottom, right = drawing.box
    factor = max(1, min(drawing.extent // _DIGIT_PIXELS, min(grey.shape) // _LEAST_SHEET_PIXELS))
    sheet = reduced(grey, factor)
    amount = _amount(sheet, enlarged(drawing.paper, sheet.shape)) - np.float32(drawing.offset)
    noise = _spread(amount)
    np.maximum(amount, 0, out=amount)
    within = amount[top // factor : -(-bottom // factor), left // factor : -(-right // factor)]
    strong = within[enlarged(drawing.mask.astype(np.float32), within.shape) > _HALF]
    if strong.size == 0:
        return None
    return Ink(amount, quantiles(strong, _STRONG_FRACTION)[0], noise, factor)


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
    paper = _even_paper(coarse)
    if paper is None:
        paper = closed(coarse, round(_STROKE_FRACTION * min(coarse.shape)))
    amount = _amount(coarse, paper)
    offset = quantiles(amount, _PAPER_FRACTION)[0]
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
    mask = found.labels[top:bottom, left:right] == best + 1
    thickness = stroke_width(mask.astype(np.float32)) / extent[best]
    return _Drawing(
        paper=paper,
        offset=offset,
        mask=mask,
        box=(factor * top, factor * left, factor * bottom, factor * right),
        is_blob=bool(
            (thickness > _THICKEST or fill[best] > _SHEET_FILL)
            and not is_bar[best]
            and extent[best] > _SHEET_SIDE * max(coarse.shape)
        ),
    )


def _even_paper(coarse: Grey) -> Grey | None:
    """The paper of a sheet that is evenly lit and has two levels alone; `None` of any other.

    However thick the strokes, and however little paper is left around them.

    References:
        Otsu (1979), A threshold selection method from gray-level histograms.
    """
    counts, edges = np.histogram(coarse, _LEVELS)
    levels = (edges[:-1] + edges[1:]) / 2
    below, total = np.cumsum(counts)[:-1], coarse.size
    sums = np.cumsum(counts * levels)
    above = total - below
    apart = sums[:-1] / np.maximum(below, 1) - (sums[-1] - sums[:-1]) / np.maximum(above, 1)
    between = below * above * np.square(apart)
    best = int(between.argmax())
    variance = float((counts * np.square(levels - sums[-1] / total)).sum())
    if variance <= 0 or between[best] / total < _TWO_LEVELS * variance:
        return None
    light = coarse[coarse > edges[best + 1]]
    return np.full_like(coarse, quantiles(light, _HALF)[0])


def _amount(sheet: Grey, paper: Grey) -> Grey:
    """How much of the light that the paper gives back is missing."""
    return np.asarray(1 - sheet / np.maximum(paper, np.float32(_DARKEST_PAPER)), np.float32)


def _spread(amount: Grey) -> float:
    """The deviation of bare paper, from its lower side, where no ink is."""
    low, paper = quantiles(amount, _LOW_FRACTION, _PAPER_FRACTION)
    return paper - low


def _edge_fractions(labels: NDArray[np.int32], n: int) -> NDArray[np.float64]:
    """Of the outermost pixels, the fraction that belongs to each component."""
    ring = np.concatenate([labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1]])
    return np.bincount(ring, minlength=n + 1)[1:] / ring.size
