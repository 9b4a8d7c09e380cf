"""The most conspicuous thing on a sheet, seen coarsely: what is drawn, or what it is drawn on."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from services.inference.pictures.digits.arrays import (
    Grey,
    Mask,
    closed,
    grown,
    lowered,
    quantiles,
    two_levels,
)
from services.inference.pictures.digits.components import Components, components_of
from services.inference.pictures.digits.sheets import Sheet, sheet_of
from services.inference.pictures.digits.strokes import largest_square, stroke_width

# Of the shorter side: wider than any stroke, narrower than a shadow or the edge of a sheet.
WIDEST_STROKE = 0.42
STROKES = (WIDEST_STROKE, 0.22, 0.12, 0.07)
LEVELS = (0.5, 0.75)  # of the strongest ink
_TWO_LEVELS = 0.93  # of the variance is between the two
_DARKEST_PAPER = 0.04
_HALF = 0.5
_LEAST_CONTRAST = 0.06  # of the light on the paper; below it nothing was drawn
_LEAST_SIGNAL = 6.0  # deviations of the noise
_BLOB_FILL = 0.62  # a digit that is no bar covers less of its box
_BLOB_SHAPE = 0.45  # width to height of what is no bar
_BLOB_SCORE = 0.35
_SPANNING = 0.95  # of both sides: printed lines, or the edges of the sheet
_SPANNING_SCORE = 0.3
# Of a sheet that is paper for the most part; the two lie one deviation of its noise apart.
_LOW_FRACTION, _PAPER_FRACTION = 0.1, 0.35
_SHEET_FILL = 0.7  # of its box
_THICKEST = 0.3  # of its extent: the strokes of a digit
_SHEET_SIDE = 0.3  # of the picture's longer side
# Of full ink: a lighter plateau within a drawing is a shadow that hangs together with it.
_SHADOW_LEVEL, _PLATEAU_RANGE, _SHADOW_SHARE = 0.75, 0.15, 0.1
_RIM = 0.04  # of the shorter side
_WITHIN = 0.8  # of the box: all of the ink, where the rest is no ink
_ALONG_RIM = 0.3  # of its extent
_CROPPED = 0.9  # of the height or the width: the picture was cut around it
_MARGIN_OF_WINDOW = 1.8  # of the thickest stroke
_LEAST_WINDOW = 0.1  # of the shorter side
_STRONG_FRACTION = 0.88
_AS_DARK = 0.25  # of the way from ink to paper; shadowed paper is lighter
_DARK_SURROUNDINGS = 0.3  # of what lies around a whole drawing


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """The most conspicuous thing on a sheet, seen coarsely.

    Attributes:
        paper: How light the paper is at each coarse pixel.
        offset: The amount of ink on bare paper.
        mask: The thing, in coarse pixels within its box.
        box: Top, left, bottom and right, in coarse pixels.
        difference: How much darker than the paper it is, of white.
        score: How conspicuous it is, by differences of light, which are alike for light and dark
            ink.
        sheet: The sheet that the most conspicuous thing is, or that lies in its frame.
        is_evenly_lit: Whether all of the paper is equally light.
        is_no_digit: Whether it is surely none: a sheet, or cut off by the edge of the picture.
        doubts: How many things speak against it: it is large and of no strokes, a shadow belongs
            to it, or it goes on beyond itself.
        crosses: Whether it reaches from one edge of the picture to another: a bar of shadow or
            of glare, or a digit of which the picture was cut tight.
    """

    paper: Grey
    offset: float
    mask: Mask
    box: tuple[int, int, int, int]
    difference: float
    score: float
    sheet: Sheet | None
    is_evenly_lit: bool
    is_no_digit: bool = False
    doubts: int = 0
    crosses: bool = False

    @property
    def is_doubtful(self) -> bool:
        """Whether it may be no digit."""
        return self.is_no_digit or self.doubts > 0

    @property
    def is_clear(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.is_doubtful and not self.crosses

    @property
    def is_bar(self) -> bool:
        """Whether it may be a bar of shadow or of glare."""
        return self.crosses and not self.is_evenly_lit

    @property
    def extent(self) -> int:
        """The longer side of the box."""
        return max(self.mask.shape)

    @property
    def thickest(self) -> int:
        """The side of the largest square that fits into its strokes."""
        return largest_square(self.mask)


def drawing_on(
    coarse: Grey,
    stroke: float = WIDEST_STROKE,
    ground: float | None = None,
    level: float = _HALF,
) -> Drawing | None:
    """What is drawn in dark ink on a sheet; `None` if nothing is.

    Args:
        coarse: float32 `(height, width)` in [0, 1].
        stroke: The widest stroke, of the shorter side; what is wider is paper.
        ground: How light all of the paper is, where that is known.
        level: The least ink, of the strongest; half of it is where strokes end, and more leaves
            out shadows.
    """
    even = _even_paper(coarse) if stroke == WIDEST_STROKE and level == _HALF else None
    if ground is not None:
        paper = np.full_like(coarse, ground)
    else:
        paper = even if even is not None else closed(coarse, round(stroke * min(coarse.shape)))
    amount = amount_of(coarse, paper)
    low, offset = quantiles(amount, _LOW_FRACTION, _PAPER_FRACTION)
    amount -= offset
    strongest = -float(np.partition(-amount, 2, axis=None)[2]) if amount.size > 9 else 0.0  # noqa: PLR2004
    if strongest < max(_LEAST_CONTRAST, _LEAST_SIGNAL * (offset - low)):
        return None
    found = components_of(amount > level * strongest)
    weights = found.weights(amount)
    size = np.sqrt(found.height * found.width) * weights
    scores = size * _likeness(found, coarse.shape)
    best = int(scores.argmax())
    mask = found.mask(best)
    difference = float(found.cut(paper - coarse, best)[mask].mean())
    drawing = Drawing(
        paper=paper,
        offset=offset,
        mask=mask,
        box=found.box(best),
        difference=difference,
        score=float(scores[best] / weights[best]) * difference,
        sheet=_sheet_among(found, best, int(size.argmax())),
        is_evenly_lit=even is not None or ground is not None,
        crosses=ground is None and _crosses(found, best),
    )
    no_digit = drawing.sheet is not None or _is_cut_off(found, best, drawing)
    doubts = 0
    if even is None:
        doubts += _is_blob(drawing, max(coarse.shape))
        doubts += not _is_whole(coarse, drawing)
    if even is None or ground is None:
        doubts += _has_shadow(mask, found.cut(amount, best))
    return replace(drawing, is_no_digit=no_digit, doubts=doubts)


def _sheet_among(found: Components, *numbers: int) -> Sheet | None:
    """The sheet that one of these components is or frames."""
    for number in dict.fromkeys(numbers):
        top, left, _, _ = found.box(number)
        sheet = sheet_of(found.mask(number), found.labels.shape, top, left)
        if sheet is not None:
            return sheet
    return None


def beside_strokes(coarse: Grey, drawing: Drawing) -> Drawing:
    """The same drawing, with the paper as it is lit just beside the strokes."""
    if drawing.is_evenly_lit:
        return drawing
    window = max(_MARGIN_OF_WINDOW * drawing.thickest, _LEAST_WINDOW * min(coarse.shape))
    # At an edge of shadow its lighter side is not to be taken for the paper of the darker one.
    paper = lowered(closed(coarse, round(window)))
    offset = quantiles(amount_of(coarse, paper), _PAPER_FRACTION)[0]
    return replace(drawing, paper=paper, offset=offset)


def _is_whole(coarse: Grey, drawing: Drawing) -> bool:
    """Whether a drawing is no part of something larger that is as dark."""
    top, left, bottom, right = drawing.box
    mask = np.zeros(coarse.shape, bool)
    mask[top:bottom, left:right] = drawing.mask
    near = grown(mask)
    around = grown(near) & ~near
    ink, paper = float(np.median(coarse[mask])), float(np.median(drawing.paper[mask]))
    is_dark = coarse[around] < ink + _AS_DARK * (paper - ink)
    return float(is_dark.mean()) < _DARK_SURROUNDINGS


def amount_of(sheet: Grey, paper: Grey) -> Grey:
    """How much of the light that the paper gives back is missing."""
    return np.asarray(1 - sheet / np.maximum(paper, np.float32(_DARKEST_PAPER)), np.float32)


def spread(amount: Grey) -> float:
    """The deviation of bare paper, from its lower side, where no ink is."""
    low, paper = quantiles(amount, _LOW_FRACTION, _PAPER_FRACTION)
    return paper - low


def _even_paper(coarse: Grey) -> Grey | None:
    """The paper of a sheet that is evenly lit and has two levels alone; `None` of any other.

    However thick the strokes, and however little paper is left around them.
    """
    _, between, light = two_levels(coarse)
    return None if between < _TWO_LEVELS else np.full_like(coarse, light)


def _likeness(found: Components, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """How much each component may be what is drawn, by its shape and where it lies."""
    fill = found.area / (found.height * found.width)
    is_bar = np.minimum(found.height, found.width) < _BLOB_SHAPE * np.maximum(
        found.height, found.width
    )
    likeness = np.where((fill > _BLOB_FILL) & ~is_bar, _BLOB_SCORE, 1.0)
    likeness *= np.square(1 - _edge_fractions(found.labels, len(found)))
    spans = (found.height >= _SPANNING * shape[0]) & (found.width >= _SPANNING * shape[1])
    likeness[spans] *= _SPANNING_SCORE
    return np.asarray(likeness)


def _is_blob(drawing: Drawing, longest: int) -> bool:
    """Whether it is large, and of no strokes: what is drawn may be drawn on it."""
    mask, extent = drawing.mask, drawing.extent
    if min(mask.shape) < _BLOB_SHAPE * extent or extent <= _SHEET_SIDE * longest:
        return False
    return bool(
        mask.mean() > _SHEET_FILL
        or drawing.thickest > _THICKEST * extent
        or stroke_width(mask.astype(np.float32)) > _THICKEST * extent
    )


def _is_cut_off(found: Components, number: int, drawing: Drawing) -> bool:
    """Whether much of it lies on the edges of the picture: what goes on beyond them."""
    own, labels = number + 1, found.labels
    edges = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    if max(int(np.count_nonzero(edge == own)) for edge in edges) <= _ALONG_RIM * drawing.extent:
        return False
    height, width = drawing.mask.shape
    is_cropped = max(height / labels.shape[0], width / labels.shape[1]) > _CROPPED
    return not is_cropped or _is_blob(drawing, max(labels.shape))


def _crosses(found: Components, number: int) -> bool:
    """Whether it comes from beyond one edge of the picture and goes on beyond another."""
    top, left, bottom, right = found.box(number)
    height, width = found.labels.shape
    rim = round(_RIM * min(height, width))
    reached = (top <= rim, left <= rim, bottom >= height - rim, right >= width - rim)
    return sum(reached) > 1


def _has_shadow(mask: Mask, amount: Grey) -> bool:
    """Whether a good part of it is evenly lighter than its ink, and reaches beyond that."""
    full = quantiles(amount[mask], _STRONG_FRACTION)[0]
    strong = mask & (amount > _SHADOW_LEVEL * full)
    near = np.pad(amount, 1, "edge")
    spans = np.abs(near[2:, 1:-1] - near[:-2, 1:-1]) + np.abs(near[1:-1, 2:] - near[1:-1, :-2])
    plateau = mask & ~strong & (spans < _PLATEAU_RANGE * full)
    if plateau.sum() <= _SHADOW_SHARE * mask.sum():
        return False
    rows, columns = np.flatnonzero(strong.any(axis=1)), np.flatnonzero(strong.any(axis=0))
    return bool((np.ptp(rows) + 1) * (np.ptp(columns) + 1) < _WITHIN * mask.size)


def _edge_fractions(labels: NDArray[np.int32], n: int) -> NDArray[np.float64]:
    """Of the outermost pixels, the fraction that belongs to each component."""
    ring = np.concatenate([labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1]])
    return np.bincount(ring, minlength=n + 1)[1:] / ring.size
