"""What hangs together in a mask."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from services.inference.pictures.digits.arrays import Grey, Mask

T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """The components of a mask, numbered from 0 by their first pixel in reading order.

    Attributes:
        labels: int32, shape of the mask: the component's number plus one, 0 off the mask.
        top, left, bottom, right: int64 `(n,)`: the boxes; bottom and right are the first rows
            and columns beyond.
        area: int64 `(n,)`, pixels.
    """

    labels: NDArray[np.int32]
    top: NDArray[np.int64]
    left: NDArray[np.int64]
    bottom: NDArray[np.int64]
    right: NDArray[np.int64]
    area: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.area)

    @property
    def height(self) -> NDArray[np.int64]:
        """Rows of the boxes."""
        return self.bottom - self.top

    @property
    def width(self) -> NDArray[np.int64]:
        """Columns of the boxes."""
        return self.right - self.left

    def box(self, number: int) -> tuple[int, int, int, int]:
        """Top, left, bottom and right of a component."""
        edges = (self.top, self.left, self.bottom, self.right)
        top, left, bottom, right = (int(edge[number]) for edge in edges)
        return top, left, bottom, right

    def cut(self, values: NDArray[T], number: int) -> NDArray[T]:
        """The part of an array of the mask's shape in a component's box."""
        top, left, bottom, right = self.box(number)
        return values[top:bottom, left:right]

    def mask(self, number: int) -> Mask:
        """A component within its box."""
        return self.cut(self.labels, number) == number + 1

    def weights(self, amount: Grey) -> NDArray[np.float64]:
        """The mean of an array over each component."""
        return self.sums(amount) / self.area

    def sums(self, amount: Grey) -> NDArray[np.float64]:
        """The sum of an array over each component."""
        mask = self.labels > 0
        sums = np.bincount(self.labels[mask], amount[mask], len(self) + 1)[1:]
        return np.asarray(sums, np.float64)


def components_of(mask: Mask) -> Components:
    """The 8-connected components: runs of each row, joined where they touch those of the next.

    References:
        He, Chao, Suzuki (2008), A run-based two-scan labeling algorithm. Here all joins of
        a pass are made at once, and pointer jumping resolves them.
    """
    height, stride = mask.shape[0], mask.shape[1] + 1  # a column off the mask parts the rows
    flat = np.zeros(1 + height * stride, bool)
    flat[1:].reshape(height, stride)[:, :-1] = mask
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    starts, ends = edges[::2], edges[1::2]
    numbers, n = _joined(starts, ends, stride)
    labels = np.zeros(height * stride, np.int32)
    labels[flat[1:]] = np.repeat(numbers + 1, ends - starts)
    rows, first = starts // stride, starts % stride
    top, bottom = np.zeros(n, np.int64), np.zeros(n, np.int64)
    top[numbers[::-1]] = rows[::-1]  # of those with one number, the last stays
    bottom[numbers] = rows + 1
    left, right = np.full(n, stride), np.zeros(n, np.int64)
    np.minimum.at(left, numbers, first)
    np.maximum.at(right, numbers, first + ends - starts)
    area = np.bincount(numbers, ends - starts, minlength=n).astype(np.int64)
    inner = labels.reshape(height, stride)[:, :-1]
    return Components(inner, top, left, bottom, right, area)


def _joined(
    starts: NDArray[np.int64], ends: NDArray[np.int64], stride: int
) -> tuple[NDArray[np.int64], int]:
    """The component of each run, and how many there are."""
    below = np.searchsorted(ends, starts + stride, "left")
    beyond = np.searchsorted(starts, ends + stride, "right")
    counts = np.maximum(beyond - below, 0)
    upper = np.repeat(np.arange(len(starts)), counts)
    offsets = np.arange(len(upper)) - np.repeat(np.cumsum(counts) - counts, counts)
    lower = np.repeat(below, counts) + offsets
    root = np.arange(len(starts))
    root[lower[::-1]] = upper[::-1]  # of several above a run, the first
    while True:
        while (root != (above := root[root])).any():
            root = above
        one, other = root[upper], root[lower]
        apart = one != other
        if not apart.any():
            break
        one, other = one[apart], other[apart]
        # The roots themselves are lowered, so that whole trees join at once.
        np.minimum.at(root, np.maximum(one, other), np.minimum(one, other))
    is_root = root == np.arange(len(root))
    numbers: NDArray[np.int64] = (np.cumsum(is_root) - 1)[root]
    return numbers, int(np.count_nonzero(is_root))
