"""A decoded picture, and what its pixels say: how light, of which colour."""

import io
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.float32]

_VISIBLE_ALPHA = 127
_ONE_COLOUR_RANGE = 12  # of 255; averaging leaves such differences
GREY, GREY_ALPHA, RGB, RGBA = 1, 2, 3, 4
_FULL = np.float32(255)


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture, upright.

    Attributes:
        pixels: uint8, shape `(height, width, channels)`: 1 is grey, 2 grey and alpha, 3 RGB,
            4 RGB and alpha (not premultiplied).
        full_size: Width and height in pixels of the upright file, of which `pixels` may be an
            average.
        format: Of the file, one of `shared.pictures.formats.FORMATS`.
        warnings: What of the file is not in the pixels, in words.
    """

    pixels: NDArray[np.uint8]
    full_size: tuple[int, int]
    format: str = "PNG"
    warnings: tuple[str, ...] = ()

    @property
    def height(self) -> int:
        """Rows of `pixels`."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns of `pixels`."""
        return int(self.pixels.shape[1])

    @cached_property
    def alpha(self) -> Grey | None:
        """Opacity, float32 `(height, width)` in [0, 1]; `None` where all of it is opaque."""
        channels = self.pixels.shape[2]
        if channels not in {GREY_ALPHA, RGBA}:
            return None
        alpha = self.pixels[..., -1]
        return None if alpha.min() == np.iinfo(np.uint8).max else _scaled(alpha)

    def luminance(self) -> Grey:
        """How light each pixel is, float32 `(height, width)` in [0, 1]; transparent is white.

        A drawing in one colour that lies in the alpha channel alone is dark on light.
        """
        if self.pixels.shape[2] == GREY:  # the commonest, and it has no alpha to ask for
            return _scaled(self.pixels[..., 0])
        if self.alpha is not None and self._is_of_one_colour():
            return np.asarray(1 - self.alpha, np.float32)
        if self.pixels.shape[2] == GREY_ALPHA:
            grey = _scaled(self.pixels[..., 0])
        else:
            # ITU-R BT.601, of the colours alone
            grey = _scaled(np.asarray(Image.fromarray(self.pixels).convert("L")))
        return grey if self.alpha is None else grey * self.alpha + (1 - self.alpha)

    def _is_of_one_colour(self) -> bool:
        """Whether all that can be seen has one colour."""
        seen = self.pixels[self.pixels[..., -1] > _VISIBLE_ALPHA][:, :-1]
        return seen.size > 0 and int(np.ptp(seen, axis=0).max()) <= _ONE_COLOUR_RANGE

    def colours(self) -> Grey:
        """Red, green and blue, float32 `(height, width, 3)` in [0, 1]; transparent is white."""
        if self.pixels.shape[2] <= GREY_ALPHA:
            return np.repeat(self.luminance()[..., None], 3, axis=2)
        colours = _scaled(self.pixels[..., :3])
        if self.alpha is None:
            return colours
        alpha = self.alpha[..., None]
        return np.asarray(colours * alpha + (1 - alpha), np.float32)


def to_png(image: NDArray[np.float32]) -> bytes:
    """A picture of a tensor `(height, width, 1 or 3)` in [0, 1], as a PNG file."""
    pixels = np.rint(image * 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == GREY else pixels).save(file, "PNG")
    return file.getvalue()


def _scaled(pixels: NDArray[np.uint8]) -> Grey:
    scaled: Grey = pixels.astype(np.float32)
    scaled /= _FULL
    return scaled
