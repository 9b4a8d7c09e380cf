"""Light and paper taken off: how much ink lies on each pixel, whatever lit the sheet."""

from dataclasses import dataclass, replace

import numpy as np

from services.inference.pictures.digits.arrays import (
    Grey,
    Mask,
    blurred,
    enlarged,
    local_median,
    quantiles,
    reduced,
)
from services.inference.pictures.digits.drawing import (
    Drawing,
    amount_of,
    beside_strokes,
    drawing_on,
    spread,
)
from services.inference.pictures.digits.looks import clearest
from services.inference.pictures.digits.sheets import Sheet, laid_bare, sheets_on

_COARSE_SIDE_PIXELS = 128
# Details of a larger digit are not seen at 20 pixels, and means of pixels have less noise.
_DIGIT_PIXELS = 90
_LEAST_SHEET_PIXELS = 128  # of the shorter side: printed lines and noise are not mistaken for ink
_STRONG_FRACTION = 0.88
_NESTED = 2
_CLEARLY_MORE = 1.5  # as conspicuous
_LEAST_ON_SHEET = 0.12  # of full ink: what is fainter is the sheet's own
_LEAST_EXTENT = 0.1  # of the sheet's longer side
_POLARITY_SIDE_PIXELS = 36
_SURROUNDINGS_FRACTION = 0.3  # of the shorter side
_EVEN = 0.02  # of white: a few levels of 8 bits


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """The ink on a sheet.

    Attributes:
        amount: float32 `(height, width)`, at least 0: 0 is paper; ink that takes all light is 1.
        full: The amount where a pen has covered the paper.
        noise: The standard deviation of the amount on bare paper.
        extent: The longer side of the most conspicuous drawing, in pixels of the picture.
        factor: Pixels of the picture along each side of one of `amount`.
        top, left: Of `amount`, in pixels of the picture.
    """

    amount: Grey
    full: float
    noise: float
    extent: int
    factor: int
    top: int = 0
    left: int = 0


def ink_of(grey: Grey, nested: int = _NESTED) -> Ink | None:
    """The ink on a sheet, dark on light or light on dark; `None` where there is nothing to see.

    Where the first thing to see is a sheet that lies on something, or a shadow, the ink on it.

    Args:
        grey: float32 `(height, width)` in [0, 1].
        nested: How many sheets may lie on each other.
    """
    factor = -(-max(grey.shape) // _COARSE_SIDE_PIXELS)
    coarse = reduced(grey, factor)
    ink = _on_even_ground(grey, coarse, factor)
    if ink is not None:
        return ink
    if _ink_is_light(coarse):
        coarse, grey = 1 - coarse, 1 - grey
    drawing = drawing_on(coarse)
    if drawing and drawing.is_clear and drawing.is_evenly_lit:
        return _ink(grey, drawing, factor)
    reverse = drawing_on(1 - coarse)
    if drawing is None and reverse is None:  # or what is drawn is lost in noise
        calm = blurred(coarse, 1)
        drawing, reverse = drawing_on(calm), drawing_on(1 - calm)
        coarse = calm if drawing or reverse else coarse
    sheets = sheets_on(coarse)
    sheets += [seen.sheet for seen in (drawing, reverse) if seen and seen.sheet]
    if drawing and not drawing.is_doubtful:
        sheets = [sheet for sheet in sheets if sheet.holds(drawing.mask, *drawing.box[:2])]
    ink = _on_sheets(grey, sheets, factor, nested)
    ink = ink or _of_clear_strokes(grey, coarse, drawing, reverse, factor)
    if ink is None and drawing is not None:
        ink = _ink(grey, beside_strokes(coarse, drawing), factor)
    return ink


def _on_even_ground(grey: Grey, coarse: Grey, factor: int) -> Ink | None:
    """The ink where its paper is seen at once, and the drawing leaves no doubt.

    One grey all along the edges that most of the picture has too is the paper.
    """
    ground = _even_ground(coarse)
    if ground is None:
        return None
    if _departs_to_light(coarse - np.float32(ground)):
        coarse, grey, ground = 1 - coarse, 1 - grey, 1 - ground
    drawing = drawing_on(coarse, ground=ground)
    return _ink(grey, drawing, factor) if drawing and drawing.is_clear else None


def _even_ground(coarse: Grey) -> float | None:
    """The grey of all outermost pixels and of most others; `None` if there is none."""
    edges = (coarse[0], coarse[-1], coarse[:, 0], coarse[:, -1])
    darkest, lightest = min(edge.min() for edge in edges), max(edge.max() for edge in edges)
    if lightest - darkest > _EVEN:
        return None
    ground = float(darkest + lightest) / 2
    is_ground = np.abs(coarse - np.float32(ground)) < _EVEN
    return ground if 2 * int(np.count_nonzero(is_ground)) > coarse.size else None


def _on_sheets(grey: Grey, sheets: list[Sheet], factor: int, nested: int) -> Ink | None:
    """The ink on the largest sheet that has any on it."""
    sheets = sorted(sheets, key=lambda sheet: -sheet.mask.size)
    found = (_on_sheet(grey, sheet, factor, nested - 1) for sheet in sheets if nested)
    return next((ink for ink in found if ink), None)


def _on_sheet(grey: Grey, sheet: Sheet, factor: int, nested: int) -> Ink | None:
    """The ink on a sheet, if there is any."""
    part = laid_bare(grey, sheet, factor)
    ink = ink_of(part, nested)
    if ink is None or ink.full < _LEAST_ON_SHEET or ink.extent < _LEAST_EXTENT * max(part.shape):
        return None
    return replace(ink, top=ink.top + factor * sheet.top, left=ink.left + factor * sheet.left)


def _of_clear_strokes(
    grey: Grey, coarse: Grey, drawing: Drawing | None, reverse: Drawing | None, factor: int
) -> Ink | None:
    """The most conspicuous ink, dark or light, if it is not what was seen first."""
    if drawing is not None and drawing.is_clear:
        seen = (True, reverse) if reverse and _is_clearer(reverse, drawing) else None
    else:
        seen = clearest(coarse, drawing)
    if seen is None:
        return None
    is_light, best = seen
    if is_light:
        grey, coarse = 1 - grey, 1 - coarse
    return _ink(grey, beside_strokes(coarse, best), factor)


def _is_clearer(reverse: Drawing, drawing: Drawing) -> bool:
    """Whether ink of the other kind is much more conspicuous, and no bar of shadow or glare."""
    return (
        not (reverse.is_doubtful or reverse.is_bar)
        and reverse.score > _CLEARLY_MORE * drawing.score
    )


def _ink(grey: Grey, drawing: Drawing, factor: int) -> Ink | None:
    """The ink on a sheet on which it is dark, at the size at which digits are looked at."""
    top, left, bottom, right = (factor * edge for edge in drawing.box)
    extent = factor * drawing.extent
    factor = max(1, min(extent // _DIGIT_PIXELS, min(grey.shape) // _LEAST_SHEET_PIXELS))
    sheet = reduced(grey, factor)
    paper = drawing.paper[:1, :1] if drawing.is_evenly_lit else drawing.paper
    paper = paper if paper.size == 1 else enlarged(paper, sheet.shape)
    amount = amount_of(sheet, paper) - np.float32(drawing.offset)
    noise = spread(amount)
    np.maximum(amount, 0, out=amount)
    within = amount[top // factor : -(-bottom // factor), left // factor : -(-right // factor)]
    strong = within[_at_shape(drawing.mask, within.shape)]
    if strong.size == 0:
        return None
    return Ink(amount, quantiles(strong, _STRONG_FRACTION)[0], noise, extent, factor)


def _at_shape(mask: Mask, shape: tuple[int, ...]) -> Mask:
    """The mask at another shape, by its nearest pixels."""
    rows, columns = (
        np.arange(side) * own // side for side, own in zip(shape, mask.shape, strict=True)
    )
    return mask[rows[:, None], columns]


def _ink_is_light(coarse: Grey) -> bool:
    """Whether the ink is lighter than its paper.

    Around every place there is more paper than ink, so the median there is paper. It also
    keeps the edges of shadows and sheets where they are: what departs from it is drawn.
    """
    factor = -(-max(coarse.shape) // _POLARITY_SIDE_PIXELS)
    small = reduced(coarse, factor)
    radius = max(2, round(_SURROUNDINGS_FRACTION * min(small.shape)))
    return _departs_to_light(small - local_median(small, radius))


def _departs_to_light(apart: Grey) -> bool:
    """Whether what is far from the paper is lighter for the most part."""
    return float((apart * apart * apart).sum()) > 0
