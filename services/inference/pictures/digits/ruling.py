"""Printed lines taken off the ink: those of squared and ruled paper, and of forms.

A ruling is a straight line that crosses the whole sheet, nearly along its rows or columns.
Where the pen crosses it there is ink on both sides of the line, and there it stays.
"""

import numpy as np
from numpy.typing import NDArray

from services.inference.pictures.digits.arrays import Grey, Mask

_STEEPEST = 0.12  # rows for each column: 7 degrees
_SLOPES = 49
_SAMPLED_COLUMNS = 96
_COVERED_FRACTION = 0.55  # of the sheet's width is on the line
_PARTS, _COVERED_PART = 3, 0.35  # and so much of its left, its middle and its right
_WIDEST_FRACTION = 0.04  # of the sheet's height


def without_ruling(amount: Grey, mask: Mask) -> Grey:
    """The ink without the printed lines.

    Args:
        amount: float32 `(height, width)`.
        mask: Where there is enough of it to be a line.
    """
    return _without_level_lines(_without_level_lines(amount, mask).T, mask.T).T


def _without_level_lines(amount: Grey, mask: Mask) -> Grey:
    slope = _slope(mask)
    rows = _sheared_rows(mask.shape, slope, np.arange(mask.shape[1]))
    covered = np.take_along_axis(np.pad(mask, _rim(mask.shape)), rows, 0).mean(axis=1)
    beyond = np.pad(mask, _rim(mask.shape), constant_values=True)  # where a line may go on
    parts = np.array_split(np.take_along_axis(beyond, rows, 0), _PARTS, axis=1)
    least = np.min([part.mean(axis=1) for part in parts], axis=0)
    is_line = (covered > _COVERED_FRACTION) & (least > _COVERED_PART)
    bands = _bands(is_line, max(2, round(_WIDEST_FRACTION * mask.shape[0])))
    if not bands:
        return amount
    sheared = np.take_along_axis(np.pad(amount, _rim(mask.shape), "edge"), rows, 0)
    for first, last in bands:  # the rows next to a band still have some of its grey
        above, below = first - 2, last + 2
        inner = sheared[max(above + 1, 0) : below]
        if above < 0 or below >= len(sheared):  # at the edge nothing is known to cross
            inner[:] = 0
        else:
            np.minimum(inner, np.minimum(sheared[above], sheared[below]), out=inner)
    mended = np.pad(amount, _rim(mask.shape), "edge")
    np.put_along_axis(mended, rows, sheared, 0)
    rim = _rim(mask.shape)[0][0]
    return np.ascontiguousarray(mended[rim : rim + mask.shape[0]])


def _rim(shape: tuple[int, ...]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Rows to add on both sides, so that every sheared row stays inside."""
    rows = round(_STEEPEST * shape[1] / 2) + 1
    return (rows, rows), (0, 0)


def _sheared_rows(
    shape: tuple[int, ...], slope: float, columns: NDArray[np.int64]
) -> NDArray[np.int64]:
    """For each sheared row and each column, the row of the padded array that lies there."""
    rim = _rim(shape)[0][0]
    shift = np.rint(slope * (columns - shape[1] / 2)).astype(np.int64)
    return np.arange(rim, rim + shape[0])[:, None] + shift[None, :]


def _slope(mask: Mask) -> float:
    """The slope along which most of the mask falls into few rows."""
    columns = np.arange(0, mask.shape[1], max(1, mask.shape[1] // _SAMPLED_COLUMNS))
    padded = np.pad(mask, _rim(mask.shape))[:, columns]
    slopes = np.linspace(-_STEEPEST, _STEEPEST, _SLOPES)
    slopes = slopes[np.argsort(np.abs(slopes), kind="stable")]  # of equals, the least
    peaks = []
    for slope in slopes:
        rows = _sheared_rows(mask.shape, float(slope), columns)
        covered = np.take_along_axis(padded, rows, 0).mean(axis=1)
        peaks.append(float((covered**4).sum()))
    return float(slopes[int(np.argmax(peaks))])


def _bands(is_line: NDArray[np.bool_], widest: int) -> list[tuple[int, int]]:
    """First and last row of each line; what is wider than a line is none."""
    edges = np.flatnonzero(np.diff(is_line, prepend=False, append=False))
    return [
        (int(first), int(end) - 1)
        for first, end in zip(edges[::2], edges[1::2], strict=True)
        if end - first <= widest
    ]
