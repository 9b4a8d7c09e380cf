"""Operations on small grey arrays that NumPy does not have, each in a few passes."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.float32]
Mask = NDArray[np.bool_]

_MEDIAN_SAMPLES = 7  # along each axis of a window
_QUANTILE_SAMPLES = 3000
_LEVELS = 64


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
    samples = flat[:: max(1, flat.size // _QUANTILE_SAMPLES)]
    places = [round(fraction * (samples.size - 1)) for fraction in fractions]
    ordered = np.partition(samples, places)
    return [float(ordered[place]) for place in places]


def two_levels(grey: Grey) -> tuple[float, float, float]:
    """The grey that parts dark from light best.

    Returns:
        That grey, the fraction of the variance that lies between the two parts, and the median
        of the light one; the fraction is 0 where all is one grey.

    References:
        Otsu (1979), A threshold selection method from gray-level histograms.
    """
    lowest, highest = float(grey.min()), float(grey.max())
    if highest <= lowest:
        return lowest, 0.0, lowest
    width = (highest - lowest) / _LEVELS
    level = np.minimum((grey - lowest) * np.float32(1 / width), _LEVELS - 1).astype(np.uint8)
    counts = np.bincount(level.ravel(), minlength=_LEVELS)
    levels = lowest + width * (np.arange(_LEVELS) + 0.5)
    below = np.cumsum(counts)[:-1]
    above = grey.size - below
    sums = np.cumsum(counts * levels)
    apart = sums[:-1] / np.maximum(below, 1) - (sums[-1] - sums[:-1]) / np.maximum(above, 1)
    between = below * above * np.square(apart)
    best = int(between.argmax())
    variance = float((counts * np.square(levels - sums[-1] / grey.size)).sum())
    light = quantiles(grey[level > best], 0.5)[0]
    return lowest + width * (best + 1), float(between[best]) / grey.size / variance, light


def closed(grey: Grey, side: int) -> Grey:
    """Dark structures narrower than `side` pixels filled with what surrounds them."""
    radius = max(1, side // 2)
    # Beyond its edges the sheet goes on, or light that falls off would leave dark margins.
    filled = _over_windows(np.maximum, np.pad(grey, 2 * radius, "edge"), 2 * radius + 1)
    return _over_windows(np.minimum, filled, 2 * radius + 1)


def lowered(grey: Grey) -> Grey:
    """The least of the 3 by 3 pixels around each."""
    return _over_windows(np.minimum, np.pad(grey, 1, "edge"), 3)


def local_median(grey: Grey, radius: int) -> Grey:
    """The median of the `2 * radius + 1` pixels square around each, of some 50 samples."""
    step = max(1, (2 * radius + 1) // _MEDIAN_SAMPLES)
    padded = np.pad(grey, radius, "symmetric" if radius <= min(grey.shape) else "edge")
    height, width = grey.shape
    steps = range(0, 2 * radius + 1, step)
    samples = np.stack(
        [padded[y : y + height, x : x + width].ravel() for y in steps for x in steps]
    )
    middle = len(samples) // 2
    median = np.partition(np.ascontiguousarray(samples.T), middle, axis=1)[:, middle]
    return np.asarray(median.reshape(height, width))


def grown(mask: Mask) -> Mask:
    """The mask and all pixels next to it, corners too."""
    wide = mask.copy()
    wide[1:] |= mask[:-1]
    wide[:-1] |= mask[1:]
    grown = wide.copy()
    grown[:, 1:] |= wide[:, :-1]
    grown[:, :-1] |= wide[:, 1:]
    return grown


def _over_windows(choose: np.ufunc, values: Grey, side: int) -> Grey:
    """The largest or smallest value of every square window that lies within the array.

    By doubling: whole rows are compared at once, a few times however wide the window is.
    """
    for _ in range(2):
        covered = 1
        while covered < side:
            step = min(covered, side - covered)
            values = choose(values[:-step], values[step:])
            covered += step
        values = np.ascontiguousarray(values.T)
    return values
