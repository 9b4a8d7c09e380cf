"""What the cells of a confusion matrix say, in numbers and in colours."""

from functools import cached_property
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import Colormap, LinearSegmentedColormap, PowerNorm, TwoSlopeNorm, to_rgb

from services.metrics.arrays import Floats
from services.metrics.plots.subject import Subject

GAMMA = 0.5  # shades grow as the root, so that rare errors are seen beside the diagonal
LEAST_DEVIATE = 3.0
FORMS = {
    "true": "normalized_by_true",
    "predicted": "normalized_by_predicted",
    "all": "normalized_by_all",
}


class MatrixValues:
    """The cells of an answer's matrix as they are shown.

    Args:
        subject: What is drawn.

    Attributes:
        counts: The matrix, float64.
    """

    def __init__(self, subject: Subject) -> None:
        self._subject, self._options = subject, subject.options
        self.counts: Floats = np.asarray(subject.answer["confusion_matrix"], np.float64)

    @cached_property
    def values(self) -> Floats:
        """What the numbers say; NaN where undefined, and on the diagonal of errors."""
        form = FORMS.get(self._options.normalize)
        values = self.counts if form is None else self._form(form)
        if self._options.errors_only:
            values = values.copy()
            np.fill_diagonal(values, np.nan)
        return values

    @property
    def diverging(self) -> bool:
        """Whether colours say what is more frequent than expected, as counts alone can."""
        return self._options.errors_only and self._subject.whole

    @cached_property
    def shades(self) -> Floats:
        """What the colours say."""
        return self._form("error_deviates") if self.diverging else self.values

    @cached_property
    def norm(self) -> Any:
        """From shades to places in the map of colours."""
        known = self.shades[np.isfinite(self.shades)]
        if self.diverging:
            most = max(LEAST_DEVIATE, float(np.abs(known).max(initial=0.0)))
            return TwoSlopeNorm(0.0, -most, most)
        top = 1.0 if self._options.normalize in {"true", "predicted"} else known.max(initial=0.0)
        return PowerNorm(GAMMA, 0.0, float(top) or 1.0)

    @cached_property
    def colours(self) -> Colormap:
        """The map of colours."""
        theme = self._subject.theme
        if self.diverging:
            return LinearSegmentedColormap.from_list("diverging", theme.diverging)
        return mpl.colormaps[theme.sequential]

    def number(self, value: float) -> str:
        """A value as it stands in a cell."""
        words = self._subject.words
        return words.count(value) if self._options.normalize == "none" else words.percents(value)

    def tick(self, value: float) -> str:
        """A shade as it stands at the scale."""
        words = self._subject.words
        if self.diverging:
            return words.number(value, 0).replace("-", "\N{MINUS SIGN}")
        if self._options.normalize == "none":
            return words.count(round(value) if self._subject.whole else value)
        return words.share(value)

    def _form(self, name: str) -> Floats:
        return np.array(self._subject.answer["matrices"][name], np.float64)


def ink_on(colour: Any) -> str:
    """Black or white, whichever can be read on a colour.

    References:
        WCAG 2.2, relative luminance and contrast ratio.
    """
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004  sRGB
    luminance = float(linear @ (0.2126, 0.7152, 0.0722))
    return "#ffffff" if luminance < 0.179 else "#12161a"  # noqa: PLR2004  where contrasts are equal
