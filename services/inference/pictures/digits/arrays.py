"""Operations on small grey arrays that NumPy does not have, each in a few passes."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.float32]
Mask = NDArray[np.bool_]

_MEDIAN_SAMPLES = 7  # along each axis of a window
_QUANTILE_SAMPLES = 3000


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


def quantiles(values: NDArray[np.floating], *fractions: float) -> list[float]:
    """The values below which these fractions lie, from evenly spread samples."""
    flat = values.ravel()
    samples = np.sort(flat[:: max(1, flat.size // _QUANTILE_SAMPLES)])
    return [float(samples[round(fraction * (samples.size - 1))]) for fraction in fractions]


def closed(grey: Grey, side: int) -> Grey:
    """Dark structures narrower than `side` pixels filled with what surrounds them.

    References:
        van Herk (1992), A fast algorithm for local minimum and maximum filters: the running
        maximum in three comparisons a pixel, whatever the window.
    """
    radius = max(1, side // 2)
    # Beyond its edges the sheet goes on, or light that falls off would leave dark margins.
    filled = _running_max(np.pad(grey, radius, "edge"), radius)
    return -_running_max(-filled, radius)[radius:-radius, radius:-radius]


def local_median(grey: Grey, radius: int) -> Grey:
    """The median of the `2 * radius + 1` pixels square around each, of some 50 samples."""
    step = max(1, (2 * radius + 1) // _MEDIAN_SAMPLES)
    padded = np.pad(grey, radius, "symmetric" if radius <= min(grey.shape) else "edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * radius + 1,) * 2)
    samples = windows[..., ::step, ::step].reshape(*grey.shape, -1)
    middle = samples.shape[-1] // 2
    return np.asarray(np.partition(samples, middle, axis=-1)[..., middle])


def grown(mask: Mask) -> Mask:
    """The mask and all pixels next to it, corners too."""
    wide = mask.copy()
    wide[1:] |= mask[:-1]
    wide[:-1] |= mask[1:]
    grown = wide.copy()
    grown[:, 1:] |= wide[:, :-1]
    grown[:, :-1] |= wide[:, 1:]
    return grown


def _running_max(values: NDArray[np.generic], radius: int) -> NDArray:  # type: ignore[type-arg]
    for _ in range(2):  # each pass goes along the rows and hands back the transpose
        values = _running_max_of_rows(values, radius).T
    return values


def _running_max_of_rows(values: NDArray, radius: int) -> NDArray:  # type: ignore[type-arg]
    window, (height, width) = 2 * radius + 1, values.shape
    blocks = -(-(width + 2 * radius) // window)
    padded = np.empty((height, blocks * window), values.dtype)
    padded[:, radius : radius + width] = values
    padded[:, :radius] = values[:, :1]
    padded[:, radius + width :] = values[:, -1:]
    padded = padded.reshape(height, blocks, window)
    forward = np.maximum.accumulate(padded, axis=2).reshape(height, -1)
    backward = np.maximum.accumulate(padded[..., ::-1], axis=2)[..., ::-1].reshape(height, -1)
    return np.maximum(backward[:, :width], forward[:, 2 * radius : 2 * radius + width])
