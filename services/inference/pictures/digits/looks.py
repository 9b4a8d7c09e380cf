"""Several looks at a picture on which the first thing to see is doubtful."""

import numpy as np

from services.inference.pictures.digits.arrays import Grey
from services.inference.pictures.digits.drawing import LEVELS, STROKES, Drawing, drawing_on

_ALIKE = 0.75  # of the area of both boxes
_DOUBT = 0.5  # as likely as what nothing speaks against
_NOT_MUCH_LESS = 0.3  # as conspicuous
_FILLING = 0.9  # of the height and of the width
_STANDS_OUT = 1.2  # times as far from its paper as a bar of shadow or glare


def clearest(coarse: Grey, first: Drawing | None) -> tuple[bool, Drawing] | None:
    """The drawing that is conspicuous in most looks, and whether it is lighter than its paper.

    What is drawn looks the same whatever the widest stroke and the least ink are taken to be;
    shadows and glare come and go with them.

    Args:
        coarse: float32 `(height, width)` in [0, 1].
        first: What was seen first, of which there is doubt.
    """
    looks = [
        (is_light, found)
        for is_light in (False, True)
        for stroke in STROKES
        for level in LEVELS
        if (found := drawing_on(1 - coarse if is_light else coarse, stroke, level=level))
    ]
    tight = [look for look in looks if _fills_picture(look[1])]
    if len(tight) == 1 and (first is None or first.is_no_digit):
        return tight[0]
    values = [
        _value(found, first, [other for light, other in looks if light == is_light])
        for is_light, found in looks
    ]
    best = int(np.argmax(values)) if values else 0
    return looks[best] if values and values[best] > 0 else None


def _fills_picture(found: Drawing) -> bool:
    """Whether it fills a picture of two levels alone: a digit cut out tightly."""
    height, width = found.paper.shape
    spans = min(found.mask.shape[0] / height, found.mask.shape[1] / width) > _FILLING
    return spans and found.is_evenly_lit and not found.is_doubtful


def _value(found: Drawing, first: Drawing | None, looks: list[Drawing]) -> float:
    """How likely it is what is meant: as conspicuous as it is, and by the looks that show it.

    Args:
        found: In one of the looks.
        first: What was seen first; it is doubtful, or crosses the picture.
        looks: What is seen in all, of the same kind of ink.
    """
    if found.is_no_digit or (first and found.score <= _NOT_MUCH_LESS * first.score):
        return 0.0
    # On a bar of shadow or glare the ink stands out; parts and holes of a digit do not.
    must_stand_out = found.is_bar or not found.crosses
    least = _STANDS_OUT * first.difference if first and not first.is_doubtful else 0.0
    if must_stand_out and found.difference < least:
        return 0.0
    alike = sum(_are_alike(found, other) for other in looks)
    return float(found.score * alike**0.5 * _DOUBT ** (found.doubts + found.is_bar))


def _are_alike(one: Drawing, other: Drawing) -> bool:
    """Whether two looks show the same thing."""
    top, left = (max(a, b) for a, b in zip(one.box[:2], other.box[:2], strict=True))
    bottom, right = (min(a, b) for a, b in zip(one.box[2:], other.box[2:], strict=True))
    shared = max(0, bottom - top) * max(0, right - left)
    return shared >= _ALIKE * max(one.mask.size, other.mask.size)
