"""Images to another size, alike where they are learnt and where they are served."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def resized(planes: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Averaged down where both sides shrink, interpolated otherwise.

    Args:
        planes: float32, shape `(height, width, channels)`, in [0, 1].
        size: Height and width.

    Returns:
        float32, shape `(*size, channels)`, in [0, 1].
    """
    height, width = size
    if planes.shape[:2] == size:
        return planes
    shrinks = planes.shape[0] >= height and planes.shape[1] >= width
    method = Image.Resampling.BOX if shrinks else Image.Resampling.BICUBIC
    channels = [
        np.asarray(Image.fromarray(np.ascontiguousarray(plane)).resize((width, height), method))
        for plane in np.moveaxis(planes, 2, 0)
    ]
    stacked: NDArray[np.float32] = np.stack(channels, axis=2)
    return stacked.clip(0.0, 1.0)
