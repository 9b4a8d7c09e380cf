"""Components put together to digits: broken strokes joined, specks and frames left out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.inference.pictures.digits.components import Components

MAX_COMPONENTS = 96
_SPECK = 0.05  # of the longest thing's length: the side of a square of the component's area
_FRAME_HEIGHT = 0.3  # of the frame's own height: what it holds is at least so high
_EDGE_SPAN = 0.5  # of a side: what lies along it is the edge of something
_RIM = 0.04  # of the sheet's shorter side
_ALONG = 0.8  # of its width and of its height
_GAP = 0.12  # of a digit's height, between the parts of a broken stroke
_BROKEN_GAP = 0.09  # between halves above each other; lines of digits are further apart
_STACKED_GAP = 0.25  # between parts that lie above each other: the bar of a 5
_FRAGMENT = 0.62  # of the tallest: what is lower is no digit of its own
_STACKED_HEIGHT = 1.25  # of the tallest digit: more than this are two
_LEAST_HEIGHT = 0.45  # of the tallest digit
_CUT_OFF = 0.5  # as prominent is what goes on beyond the picture
_LYING = 2.0  # width to height of what is a dash and no digit


@dataclass(frozen=True, slots=True)
class Group:
    """The components of one digit, and the box around them.

    Attributes:
        members: Numbers of components.
        touches_edge: Whether it goes on beyond the picture.
    """

    members: tuple[int, ...]
    top: int
    left: int
    bottom: int
    right: int
    mass: float
    touches_edge: bool

    @property
    def height(self) -> int:
        """Rows of the box."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns of the box."""
        return self.right - self.left


def groups_of(found: Components, mass: NDArray[np.float64], shape: tuple[int, ...]) -> list[Group]:
    """The digits among the components, line by line from left to right.

    Args:
        found: What hangs together on the sheet.
        mass: float64 `(n,)`, the ink of each component.
        shape: Of the sheet.
    """
    kept = _candidates(found, shape)
    if kept.size == 0:
        return []
    groups = [_group(found, mass, members, shape) for members in _joined(found, kept)]
    tallest = max(groups, key=_size)
    return _in_reading_order([group for group in groups if _is_comparable(group, tallest)])


def prominence(group: Group) -> float:
    """How much a digit catches the eye: by its size and its ink, and whole ones more."""
    return float(group.mass**0.5 * _size(group) * (_CUT_OFF if group.touches_edge else 1))


def _in_reading_order(groups: list[Group]) -> list[Group]:
    """Line by line from left to right; a line goes on as long as neighbours stand level."""
    lines: list[list[Group]] = []
    for group in sorted(groups, key=lambda g: g.left):
        middle = (group.top + group.bottom) / 2
        line = next((a for a in lines if a[-1].top < middle < a[-1].bottom), None)
        if line is None:
            lines.append([group])
        else:
            line.append(group)
    lines.sort(key=lambda line: line[0].top)
    return [group for line in lines for group in line]


def _size(group: Group) -> float:
    """How large a digit is; a low and wide thing counts by its height."""
    return min(max(group.height, group.width), _LYING * group.height)


def _is_comparable(group: Group, tallest: Group) -> bool:
    if group is tallest:
        return True
    return _size(group) >= _LEAST_HEIGHT * _size(tallest) and group.width < _LYING * group.height


def _candidates(found: Components, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Components that may be of digits: no specks, no frames, no edges of the sheet."""
    extent = np.maximum(found.height, found.width)
    touches_edge = _touches_edge(found, shape)
    spans = (found.height > _EDGE_SPAN * shape[0]) | (found.width > _EDGE_SPAN * shape[1])
    beyond = (touches_edge & spans) | _lie_in_corners(found, shape)
    surely = np.flatnonzero(~beyond & ~_is_frame(found))
    kept = surely if surely.size and _are_worth(extent, surely) else np.arange(len(found))
    longest = extent[kept].max(initial=0)
    kept = kept[found.area[kept] >= (_SPECK * longest) ** 2]
    return kept[np.argsort(-found.area[kept], kind="stable")][:MAX_COMPONENTS]


def _are_worth(extent: NDArray[np.int64], kept: NDArray[np.int64]) -> bool:
    """Whether what is left after the edges were taken off can be what is shown."""
    return bool(extent[kept].max() >= 0.2 * extent.max())


def _touches_edge(found: Components, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    across = (found.left == 0) | (found.right == shape[1])
    touches: NDArray[np.bool_] = across | (found.top == 0) | (found.bottom == shape[0])
    return touches


def _lie_in_corners(found: Components, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """What fills a corner of the sheet along both of its edges: what the sheet lies on."""
    rim = _RIM * min(shape)
    above, below = found.top <= rim, found.bottom >= shape[0] - rim
    before, behind = found.left <= rim, found.right >= shape[1] - rim
    lies = (above | below) & (before | behind)
    for number in np.flatnonzero(lies):
        mask = found.mask(int(number))
        level, upright = mask[0 if above[number] else -1], mask[:, 0 if before[number] else -1]
        lies[number] = min(level.mean(), upright.mean()) > _ALONG
    return lies


def _is_frame(found: Components) -> NDArray[np.bool_]:
    """Whether another component, nearly as high, lies inside the box of each."""
    order = np.argsort(-(found.height * found.width))[:MAX_COMPONENTS]
    frame = np.zeros(len(found), bool)
    if len(found) < 2:  # noqa: PLR2004  one that holds the other
        return frame
    for outer in order:
        inside = (
            (found.top[order] > found.top[outer])
            & (found.left[order] > found.left[outer])
            & (found.bottom[order] < found.bottom[outer])
            & (found.right[order] < found.right[outer])
            & (found.height[order] >= _FRAME_HEIGHT * found.height[outer])
        )
        frame[outer] = any(_surrounds(found, outer, inner) for inner in order[inside])
    return frame


def _surrounds(found: Components, outer: int, inner: int) -> bool:
    """Whether a component lies on all four sides of the middle of another."""
    top, left, bottom, right = found.box(inner)
    row, column = (top + bottom) // 2, (left + right) // 2
    own = outer + 1
    along, down = found.labels[row] == own, found.labels[:, column] == own
    sides = (along[:column], along[column:], down[:row], down[row:])
    return all(bool(side.any()) for side in sides)


def _joined(found: Components, kept: NDArray[np.int64]) -> list[tuple[int, ...]]:
    """The sets of components that are parts of one digit."""
    tallest = int(np.maximum(found.height, found.width)[kept].max())
    root = list(range(len(kept)))
    for upper in range(len(kept)):
        for lower in range(upper):
            if _belong_together(found, int(kept[upper]), int(kept[lower]), tallest):
                old, new = root[upper], root[lower]
                root = [new if item == old else item for item in root]
    return [
        tuple(int(kept[i]) for i in range(len(kept)) if root[i] == number)
        for number in dict.fromkeys(root)
    ]


def _belong_together(found: Components, a: int, b: int, tallest: int) -> bool:
    across = _overlap(found.left, found.right, a, b)
    down = _overlap(found.top, found.bottom, a, b)
    lower = min(found.height[a], found.height[b])
    narrower = min(found.width[a], found.width[b])
    union = max(found.bottom[a], found.bottom[b]) - min(found.top[a], found.top[b])
    if across >= 0.5 * narrower and down >= -_BROKEN_GAP * tallest:
        return True
    if union > _STACKED_HEIGHT * tallest and lower > _FRAGMENT * tallest / 2:
        return False
    if across >= 0.3 * narrower and down >= -_STACKED_GAP * tallest:
        return bool(lower < _FRAGMENT * tallest or down >= 0.5 * lower)
    near = across >= -_GAP * tallest and down >= -_GAP * tallest
    return bool(near and lower < _FRAGMENT * tallest)


def _overlap(first: NDArray[np.int64], beyond: NDArray[np.int64], a: int, b: int) -> int:
    """By how many pixels two boxes overlap along an axis; negative for a gap."""
    return int(min(beyond[a], beyond[b]) - max(first[a], first[b]))


def _group(
    found: Components, mass: NDArray[np.float64], members: tuple[int, ...], shape: tuple[int, ...]
) -> Group:
    chosen = list(members)
    top, left = int(found.top[chosen].min()), int(found.left[chosen].min())
    bottom, right = int(found.bottom[chosen].max()), int(found.right[chosen].max())
    return Group(
        members=members,
        top=top,
        left=left,
        bottom=bottom,
        right=right,
        mass=float(mass[chosen].sum()),
        touches_edge=top == 0 or left == 0 or bottom == shape[0] or right == shape[1],
    )
