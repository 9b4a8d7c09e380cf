"""Operations on small grey arrays that NumPy does not have, each in a few passes."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.float32]
Mask = NDArray[np.bool_]

_MEDIAN_SAMPLES = 9  # along each axis of a window


def reduced(grey: Grey, factor: int) -> Grey:
    """The means of blocks of `factor` by `factor` pixels, the last ones smaller."""
    if factor <= 1:
        return grey
    height, width = grey.shape
    return np.asarray(Image.fromarray(grey).reduce((min(factor, width), min(factor, height))))


def enlarged(grey: Grey, shape: tuple[int, ...]) -> Grey:
    """The array at another shape, between its values in straight lines."""
    if grey.shape == shape:
        return grey
    size = (shape[1], shape[0])
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BILINEAR))


def blurred(grey: Grey, radius: int) -> Grey:
    """The mean of the `2 * radius + 1` pixels around each, along both axes, edges repeated."""
    if radius < 1:
        return grey
    mean: NDArray[np.floating] = grey
    for _ in range(2):
        total = np.cumsum(np.pad(mean, ((radius + 1, radius), (0, 0)), "edge"), 0, np.float64)
        mean = (total[2 * radius + 1 :] - total[: -2 * radius - 1]).T / (2 * radius + 1)
    return mean.astype(np.float32)


def closed(grey: Grey, side: int) -> Grey:
    """Dark structures narrower than `side` pixels filled with what surrounds them.

    References:
        van Herk (1992), A fast algorithm for local minimum and maximum filters: the running
        maximum in three comparisons a pixel, whatever the window.
    """
    radius = max(1, side // 2)
    # Beyond its edges the sheet goes on, so that margins are no narrow structures.
    filled = _running_max(np.pad(grey, 2 * radius, "edge"), radius)
    closed = -_running_max(-filled, radius)
    return closed[2 * radius : -2 * radius, 2 * radius : -2 * radius]


def local_median(grey: Grey, radius: int) -> Grey:
    """The median of the `2 * radius + 1` pixels square around each, of some 80 samples."""
    step = max(1, (2 * radius + 1) // _MEDIAN_SAMPLES)
    padded = np.pad(grey, radius, "symmetric" if radius <= min(grey.shape) else "edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * radius + 1,) * 2)
    samples = windows[..., ::step, ::step].reshape(*grey.shape, -1)
    middle = samples.shape[-1] // 2
    return np.asarray(np.partition(samples, middle, axis=-1)[..., middle])


def grown(mask: Mask, radius: int) -> Mask:
    """The mask and all within so many pixels of it, along rows and columns."""
    return _running_max(mask, radius) if radius > 0 else mask


def _running_max(values: NDArray[np.generic], radius: int) -> NDArray:  # type: ignore[type-arg]
    for _ in range(2):  # each pass goes along the rows and hands back the transpose
        values = _running_max_of_rows(values, radius).T
    return values


def _running_max_of_rows(values: NDArray, radius: int) -> NDArray:  # type: ignore[type-arg]
    window, width = 2 * radius + 1, values.shape[1]
    blocks = -(-(width + 2 * radius) // window)
    padding = ((0, 0), (radius, blocks * window - width - radius))
    padded = np.pad(values, padding, "edge").reshape(len(values), blocks, window)
    forward = np.maximum.accumulate(padded, axis=2).reshape(len(values), -1)
    backward = np.maximum.accumulate(padded[..., ::-1], axis=2)[..., ::-1]
    backward = backward.reshape(len(values), -1)
    return np.maximum(backward[:, :width], forward[:, 2 * radius : 2 * radius + width])
