"""A sheet that lies on something, and the picture without what it lies on."""

from dataclasses import dataclass

import numpy as np

from services.inference.pictures.digits.arrays import Grey, Mask, enlarged, grown, two_levels
from services.inference.pictures.digits.components import components_of
from services.inference.pictures.digits.strokes import stroke_width

_LEAST_SIDE = 0.25  # of the shorter side of the picture
_NARROWEST = 0.3  # width to height, or height to width
_LEAST_THICKNESS = 0.24  # of its extent: no stroke is so wide
_RECTANGLE_FILL = 0.84  # of the tightest rectangle around it; an ellipse has 0.785
_TURNED_FILL = _RECTANGLE_FILL / 2  # of the upright box around a rectangle, however turned
_LEAST_PAPER = 0.45  # of the sheet that is not drawn on
_OUTLINE_FILL, _LEAST_FILL = 0.12, 0.3  # of its box
_SPANNING = 0.95  # of both sides
_LEAST_STEP = 0.55  # of what the lighter and the darker parts lie apart
_WHOLE = 0.97  # of the picture
_TURNS = np.deg2rad(np.arange(0, 90, 5))
_FITS, _FITTED_SIDE_PIXELS = 3, 64
_EDGE = 3  # coarse pixels
_HELD = 0.995  # of what lies on it
_HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A sheet, seen coarsely.

    Attributes:
        mask: What is surely on it, in coarse pixels within its box.
        top, left: Of the box, in coarse pixels.
    """

    mask: Mask
    top: int
    left: int

    def holds(self, mask: Mask, top: int, left: int) -> bool:
        """Whether a mask, whose box begins there, lies on the sheet or is a part of it."""
        canvas = np.zeros((top + mask.shape[0], left + mask.shape[1]), bool)
        canvas[top:, left:] = mask
        wide = np.pad(self.mask, _EDGE)
        for _ in range(_EDGE):
            wide = grown(wide)
        canvas = np.pad(canvas, _EDGE)[self.top :, self.left :][: wide.shape[0], : wide.shape[1]]
        on_sheet = np.count_nonzero(canvas & wide[: canvas.shape[0], : canvas.shape[1]])
        return bool(on_sheet >= _HELD * np.count_nonzero(mask))


def sheets_on(coarse: Grey) -> list[Sheet]:
    """Of the lighter and of the darker parts of a picture, the largest if it is a sheet."""
    level, _, _ = two_levels(coarse)
    sheets = []
    for part in (coarse > level, coarse <= level):
        found = components_of(part)
        if len(found):
            largest = int((found.height * found.width).argmax())
            top, left, _, _ = found.box(largest)
            sheet = sheet_of(found.mask(largest), coarse.shape, top, left)
            if sheet and _has_edge(coarse, found.labels == largest + 1, part):
                sheets.append(sheet)
    return sheets


def _has_edge(coarse: Grey, mask: Mask, part: Mask) -> bool:
    """Whether a part ends in a step of light; where light falls off evenly there is none."""
    around = components_of(_framed(~mask)).labels
    mask = (around != around[0, 0])[1:-1, 1:-1]
    inside, outside = _beyond(~mask) & part, _beyond(mask) & ~part
    if not (inside.any() and outside.any()):
        return bool(not part.all())
    step = abs(float(np.median(coarse[inside])) - float(np.median(coarse[outside])))
    apart = abs(float(np.median(coarse[part])) - float(np.median(coarse[~part])))
    return step > _LEAST_STEP * apart


def _beyond(mask: Mask) -> Mask:
    """What lies around a mask, without what is next to it: a line printed there, or a blur."""
    near = grown(grown(mask))
    return grown(grown(near)) & ~near


def sheet_of(mask: Mask, shape: tuple[int, ...], top: int, left: int) -> Sheet | None:
    """The sheet that something conspicuous is, or that it frames; `None` if it is none.

    Args:
        mask: The thing, within its box.
        shape: Of the picture.
        top: Of the box in the picture.
        left: Of the box in the picture.
    """
    if min(mask.shape) < _LEAST_SIDE * min(shape) or not _may_be_sheet(mask, shape):
        return None
    outside = components_of(_framed(~mask))
    around = int(outside.labels[0, 0])
    held = outside.area.copy()
    held[around - 1] = 0
    filled = int(np.count_nonzero(mask)) + int(held.sum())
    regions = []
    if np.count_nonzero(mask) >= _LEAST_PAPER * filled and filled > _TURNED_FILL * mask.size:
        regions.append((outside.labels != around)[1:-1, 1:-1])
    largest = int(held.argmax())
    if held[largest] > _TURNED_FILL * outside.height[largest] * outside.width[largest]:
        regions.append((outside.labels == largest + 1)[1:-1, 1:-1])
    for region in regions:
        if _is_rectangle(region, shape):
            inner = ~grown(grown(np.pad(~region, 2, constant_values=True)))[2:-2, 2:-2]
            rows, columns = np.flatnonzero(inner.any(axis=1)), np.flatnonzero(inner.any(axis=0))
            if rows.size and columns.size:
                box = inner[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
                return Sheet(box, top + int(rows[0]), left + int(columns[0]))
    return None


def laid_bare(grey: Grey, sheet: Sheet, factor: int) -> Grey:
    """The part of a picture with a sheet, paper around it in the place of what it lies on.

    Args:
        grey: float32 `(height, width)`.
        sheet: In blocks of `factor` by `factor` pixels.
        factor: Pixels along each side of a coarse pixel.
    """
    rows, columns = (factor * side for side in sheet.mask.shape)
    part = grey[factor * sheet.top :, factor * sheet.left :][:rows, :columns]
    mask = enlarged(sheet.mask.astype(np.float32), part.shape) > _HALF
    return np.where(mask, part, _paper(part, mask))


def _framed(mask: Mask) -> Mask:
    """The mask with a rim that belongs to it."""
    wide = np.ones((mask.shape[0] + 2, mask.shape[1] + 2), bool)
    wide[1:-1, 1:-1] = mask
    return wide


def _may_be_sheet(mask: Mask, shape: tuple[int, ...]) -> bool:
    """Whether it covers much of its box, or only the outline, or frames all of the picture."""
    spans = mask.shape[0] >= _SPANNING * shape[0] and mask.shape[1] >= _SPANNING * shape[1]
    return bool(spans or not _OUTLINE_FILL < mask.mean() < _LEAST_FILL)


def _is_rectangle(region: Mask, shape: tuple[int, ...]) -> bool:
    """Whether it is a large rectangle, turned or not, or nearly one: no digit is."""
    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    sides = (int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1)
    if min(sides) < max(_LEAST_SIDE * min(shape), _NARROWEST * max(sides)):
        return False
    if region.sum() >= _WHOLE * shape[0] * shape[1]:
        return False
    if stroke_width(region.astype(np.float32)) < _LEAST_THICKNESS * max(sides):
        return False
    down, across = np.nonzero(region)
    along = np.outer(np.cos(_TURNS), across) + np.outer(np.sin(_TURNS), down)
    aslant = np.outer(np.cos(_TURNS), down) - np.outer(np.sin(_TURNS), across)
    boxes = (np.ptp(along, axis=1) + 1) * (np.ptp(aslant, axis=1) + 1)
    return bool(down.size > _RECTANGLE_FILL * boxes.min())


def _paper(part: Grey, mask: Mask) -> Grey:
    """The plane that the light on most of the sheet lies in."""
    axes = [*np.indices(part.shape, np.float32), np.ones(part.shape, np.float32)]
    places: Grey = np.stack(axes)
    step = max(1, max(part.shape) // _FITTED_SIDE_PIXELS)
    sample = mask[::step, ::step]
    at, light = places[:, ::step, ::step][:, sample].T, part[::step, ::step][sample]
    plane = np.linalg.lstsq(at, light, rcond=None)[0]
    for _ in range(_FITS):
        away = np.abs(light - at @ plane)
        chosen = away <= np.median(away)
        plane = np.linalg.lstsq(at[chosen], light[chosen], rcond=None)[0]
    return np.tensordot(plane, places, 1).clip(0, 1).astype(np.float32)
