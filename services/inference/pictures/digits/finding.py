"""From a picture to the digits on it, each as MNIST would have shown it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.inference.pictures.digits import ruling
from services.inference.pictures.digits.arrays import Grey, Mask, blurred, grown, quantiles
from services.inference.pictures.digits.components import Components, components_of
from services.inference.pictures.digits.grouping import Group, groups_of, prominence
from services.inference.pictures.digits.ink import Ink, ink_of
from services.inference.pictures.digits.projection import grey_of
from services.inference.pictures.digits.strokes import normalised
from shared.images import mnist_layout
from shared.pictures.picture import Picture

_LINE = 0.13  # of full ink: what a printed line has at least
_WEAK, _STRONG = 0.22, 0.45  # of full ink: what belongs to a stroke, and what makes one
_ABOVE_SHADOW = 0.6  # of full ink
_PRINTED_FRACTION, _ABOVE_PRINT = 0.9, 1.15  # of the pixels of lines, and of their ink
_EVEN = 0.12  # of full ink
_SHADOW_SHARE, _SCATTERED_SHARE = 0.08, 0.25  # of the area of ink: one shadow, and all of them
_ALL_EDGES = 1.25  # of the area of ink: what crisp strokes and their edges cover
_NOISE_FREE = 0.12  # of full ink: more noise than this is averaged away
_SURE_DEVIATIONS = 4.0
_FAINT = 0.04  # of full ink, below which all is paper
_LEAST_RULED_PIXELS = 64  # on a smaller sheet a stroke is as thin as a line
_RIM = 0.015  # of the longer side
_FULL_FRACTION = 0.7


@dataclass(frozen=True, slots=True)
class Box:
    """Where a digit lies, in pixels of the upright picture."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, eq=False)
class FoundDigit:
    """A digit on a picture.

    Attributes:
        image: float32 `(28, 28)` in [0, 1], light on black, as MNIST would show it.
        prominence: How much it catches the eye, compared with others on the picture.
    """

    image: Grey
    box: Box
    prominence: float


@dataclass(frozen=True, slots=True, eq=False)
class FoundDigits:
    """The digits on a picture, line by line from left to right.

    Attributes:
        contrast: Of the ink to its paper, in [0, 1].
    """

    digits: tuple[FoundDigit, ...]
    contrast: float = 0.0


def digits_on(picture: Picture, max_digits: int) -> FoundDigits:
    """The digits on a picture; none where nothing is drawn that could be one.

    Args:
        picture: Of any size.
        max_digits: Of more than so many, the most prominent are given, and one more.
    """
    ink = ink_of(grey_of(picture))
    if ink is None:
        return FoundDigits(())
    amount, found = _components(ink)
    groups = groups_of(found, found.sums(amount), amount.shape)
    least = sorted((prominence(group) for group in groups), reverse=True)[: max_digits + 1]
    return FoundDigits(
        tuple(
            FoundDigit(
                _laid_out(amount, found, group, ink.noise),
                _box(group, ink, picture),
                prominence(group),
            )
            for group in groups
            if prominence(group) >= least[-1]
        ),
        ink.full,
    )


def _components(ink: Ink) -> tuple[Grey, Components]:
    """The ink without printed lines, and what hangs together of it."""
    amount, noise = ink.amount, ink.noise
    if noise > _NOISE_FREE * ink.full:
        amount = blurred(amount, 1)
        noise /= 3
    line = amount > max(_LINE * ink.full, _SURE_DEVIATIONS * noise)
    weak = max(_WEAK * ink.full, _SURE_DEVIATIONS * noise)
    if _may_span(line) and _any_spans(components_of(line)):
        pale = amount[line & (amount < _ABOVE_SHADOW * ink.full)]
        amount = ruling.without_ruling(amount, line)
        # What is left of lines that are not quite straight is paler than the pen.
        printed = _ABOVE_PRINT * quantiles(pale, _PRINTED_FRACTION)[0] if pale.size else 0.0
        weak = max(weak, min(printed, _ABOVE_SHADOW * ink.full))
    if _has_shadows(amount, weak, ink.full):
        weak = max(weak, _ABOVE_SHADOW * ink.full)
    return amount, _strong_only(amount, components_of(amount > weak), _STRONG * ink.full)


def _has_shadows(amount: Grey, weak: float, full: float) -> bool:
    """Whether there are even areas too dark for paper and too light for ink: one, or many."""
    strong, sure = (np.count_nonzero(amount > part * full) for part in (_STRONG, _ABOVE_SHADOW))
    pale = amount > weak
    covered = np.count_nonzero(pale)
    if covered < _ALL_EDGES * sure:
        return False
    pale &= amount < _ABOVE_SHADOW * full
    near = np.pad(amount, 1, "edge")
    steps = np.abs(near[2:, 1:-1] - near[:-2, 1:-1]) + np.abs(near[1:-1, 2:] - near[1:-1, :-2])
    even = pale & (steps < _EVEN * full)
    area = np.count_nonzero(even)
    if covered >= _ALL_EDGES * strong and area > _SCATTERED_SHARE * strong:
        return True
    # Pencil and chalk are pale in many small places.
    least = _SHADOW_SHARE * sure
    return bool(area > least and components_of(even).area.max() > least)


def _may_span(line: Mask) -> bool:
    """Whether two edges that face each other have ink along them."""
    rim = round(_RIM * max(line.shape)) + 1
    across = line[:, :rim].any() and line[:, -rim:].any()
    return bool(across or (line[:rim].any() and line[-rim:].any()))


def _any_spans(found: Components) -> bool:
    """Whether something reaches from one edge of the sheet to the other, as printed lines do."""
    height, width = found.labels.shape
    if min(height, width) < _LEAST_RULED_PIXELS:
        return False
    rim = _RIM * max(height, width)
    across = (found.left <= rim) & (found.right >= width - rim)
    down = (found.top <= rim) & (found.bottom >= height - rim)
    return bool((across | down).any())


def _strong_only(amount: Grey, found: Components, strong: float) -> Components:
    """Without what has no strong ink anywhere."""
    has_strong = np.zeros(len(found) + 1, bool)
    has_strong[found.labels[amount > strong]] = True
    has_strong[0] = False
    if has_strong[1:].all():
        return found
    return components_of(has_strong[found.labels])


def _laid_out(amount: Grey, found: Components, group: Group, noise: float) -> Grey:
    """One digit as MNIST would show it."""
    margin = 2  # the soft edge, and room for a frame of paper
    rows = slice(max(0, group.top - margin), group.bottom + margin)
    columns = slice(max(0, group.left - margin), group.right + margin)
    own = _own(found.labels[rows, columns], group)
    ink = np.where(own, amount[rows, columns], np.float32(0))
    strokes = ink[ink > 0.5 * ink.max()]
    full = quantiles(strokes, _FULL_FRACTION)[0]
    faint = max(_FAINT * full, 2.5 * noise)
    clear = np.clip((ink - faint) / max(full - faint, 1e-6), 0, 1).astype(np.float32)
    return mnist_layout(normalised(_cropped(clear)))


def _own(labels: NDArray[np.int32], group: Group) -> Mask:
    """The digit's own pixels and their soft edge, without its neighbours."""
    is_member = np.zeros(max(int(labels.max()), *group.members) + 2, bool)
    is_member[np.array(group.members) + 1] = True
    own = is_member[labels]
    return grown(own) & (own | (labels == 0))


def _cropped(ink: Grey) -> Grey:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if rows.size == 0:
        return ink
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _box(group: Group, ink: Ink, picture: Picture) -> Box:
    """Where a digit lies in the file's own pixels."""
    width, height = picture.full_size
    scale = width / picture.width
    left, right = (scale * (ink.left + ink.factor * edge) for edge in (group.left, group.right))
    top, bottom = (scale * (ink.top + ink.factor * edge) for edge in (group.top, group.bottom))
    return Box(
        left=int(left),
        top=int(top),
        width=min(round(right), width) - int(left),
        height=min(round(bottom), height) - int(top),
    )
