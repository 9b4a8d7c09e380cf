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
        sums = np.bincount(self.labels.ravel(), amount.ravel(), len(self) + 1)[1:]
        return np.asarray(sums / self.area)


def components_of(mask: Mask) -> Components:
    """The 8-connected components: runs of each row, joined where they touch those of the next.

    References:
        He, Chao, Suzuki (2008), A run-based two-scan labeling algorithm. Here all joins of
        a pass are made at once, and pointer jumping resolves them.
    """
    stride = mask.shape[1] + 1  # a column off the mask keeps runs within their rows
    flat = np.zeros((mask.shape[0], stride), bool)
    flat[:, :-1] = mask
    flat = flat.ravel()
    edges = np.flatnonzero(np.diff(flat, prepend=False))
    starts, ends = edges[::2], edges[1::2]
    numbers, n = _joined(starts, ends, stride)
    labels = np.zeros(flat.shape, np.int32)
    labels[flat] = np.repeat(numbers + 1, ends - starts)
    rows, first = starts // stride, starts % stride
    return Components(
        labels.reshape(mask.shape[0], stride)[:, :-1],
        _least(rows, numbers, n),
        _least(first, numbers, n),
        -_least(-rows - 1, numbers, n),
        -_least(-(first + ends - starts), numbers, n),
        np.bincount(numbers, ends - starts, minlength=n).astype(np.int64),
    )


def _joined(
    starts: NDArray[np.int64], ends: NDArray[np.int64], stride: int
) -> tuple[NDArray[np.int64], int]:
    """The component of each run, and how many there are."""
    below = np.searchsorted(ends, starts + stride, "left")
    beyond = np.searchsorted(starts, ends + stride, "right")
    counts = np.maximum(beyond - below, 0)
    upper = np.repeat(np.arange(len(starts)), counts)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    lower = np.repeat(below, counts) + offsets
    root = np.arange(len(starts))
    while True:
        least = np.minimum(root[upper], root[lower])
        changed = (root[upper] != least) | (root[lower] != least)
        if not changed.any():
            break
        # The roots themselves are lowered, so that whole trees join at once.
        np.minimum.at(root, root[upper].copy(), least)
        np.minimum.at(root, root[lower].copy(), least)
        while not np.array_equal(root, root[root]):
            root = root[root]
    kept, numbers = np.unique(root, return_inverse=True)
    return numbers.astype(np.int64), len(kept)


def _least(values: NDArray[np.int64], numbers: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    least = np.full(n, np.iinfo(np.int64).max)
    np.minimum.at(least, numbers, values)
    return least
