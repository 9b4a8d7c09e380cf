"""Light and paper taken off: how much ink lies on each pixel, whatever lit the sheet."""

from dataclasses import dataclass

import numpy as np

from services.inference.pictures.digits.arrays import Grey, Mask, closed, enlarged, reduced
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
_STRONG_PERCENTILE = 75
_DARK_INK_IS_COMMONER = 1.15


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """The ink on a sheet.

    Attributes:
        amount: float32 `(height, width)`, at least 0: 0 is paper; ink that takes all light is 1.
        full: The amount where a pen has covered the paper.
        noise: The standard deviation of the amount on bare paper.
        extent_pixels: The longer side of the largest thing that is drawn.
    """

    amount: Grey
    full: float
    noise: float
    extent_pixels: float


@dataclass(frozen=True, slots=True, eq=False)
class _Hypothesis:
    """What the sheet would be if its ink were dark (or, negated, light)."""

    paper: Grey
    mask: Mask
    box: tuple[int, int, int, int]
    score: float
    extent: float
    offset: float


def ink_of(grey: Grey) -> Ink | None:
    """The ink on a sheet, dark on light or light on dark; `None` where there is nothing to see.

    Args:
        grey: float32 `(height, width)` in [0, 1].
    """
    factor = -(-max(grey.shape) // _COARSE_SIDE_PIXELS)
    coarse = reduced(grey, factor)
    dark, light = _hypothesis(coarse), _hypothesis(1 - coarse)
    if dark is None and light is None:
        return None
    if light is None or (dark is not None and _DARK_INK_IS_COMMONER * dark.score >= light.score):
        assert dark is not None  # noqa: S101  for the type checker
        chosen, sheet = dark, grey
    else:
        chosen, sheet = light, 1 - grey
    amount = _amount(sheet, enlarged(chosen.paper, sheet.shape)) - np.float32(chosen.offset)
    noise = _spread(amount[:: max(1, factor // 2), :: max(1, factor // 2)])
    np.maximum(amount, 0, out=amount)
    top, left, bottom, right = (factor * edge for edge in chosen.box)
    within = amount[top:bottom, left:right]
    strong = within[enlarged(chosen.mask.astype(np.float32), within.shape) > _HALF]
    if strong.size == 0:
        return None
    full = float(np.percentile(strong[strong >= np.median(strong)], _STRONG_PERCENTILE))
    return Ink(amount, full, noise, factor * chosen.extent)


def _hypothesis(coarse: Grey) -> _Hypothesis | None:
    """The sheet if its ink is dark; `None` if nothing on it would be."""
    paper = closed(coarse, round(_STROKE_FRACTION * min(coarse.shape)))
    amount = _amount(coarse, paper)
    offset = float(np.median(amount))
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
    scores = np.sqrt(found.height * found.width) * weight * shape * off_edge
    best = int(scores.argmax())
    box = (found.top[best], found.left[best], found.bottom[best], found.right[best])
    top, left, bottom, right = (int(edge) for edge in box)
    return _Hypothesis(
        paper,
        found.labels[top:bottom, left:right] == best + 1,
        (top, left, bottom, right),
        float(scores[best]),
        float(extent[best]),
        offset,
    )


def _amount(sheet: Grey, paper: Grey) -> Grey:
    """How much of the light that the paper gives back is missing."""
    return 1 - sheet / np.maximum(paper, np.float32(_DARKEST_PAPER))


def _spread(amount: Grey) -> float:
    """The deviation of bare paper: from the median down, where no ink is."""
    low, middle = np.percentile(amount, (16, 50))
    return float(middle - low)


def _edge_fractions(labels: np.ndarray, n: int) -> np.ndarray:  # type: ignore[type-arg]
    """Of the outermost pixels, the fraction that belongs to each component."""
    ring = np.concatenate([labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1]])
    return np.bincount(ring, minlength=n + 1)[1:] / ring.size
