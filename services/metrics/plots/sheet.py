"""A sheet to draw on with matplotlib, measured in pixels from its upper left corner.

matplotlib is not safe for threads: fonts, text layout and settings are shared in a process.
So whoever makes, fills and writes a sheet does so within `drawing`. The settings are
matplotlib's own defaults with ours over them, whatever a file of the machine says.
"""

import io
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.image import BboxImage
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Bbox, Transform, TransformedBbox

from services.metrics.arrays import Floats
from services.metrics.faults import InvalidOption, one_fault
from services.metrics.plots import svg
from services.metrics.plots.fonts import FAMILY, drawable
from services.metrics.plots.names import cut, width_of, wrapped
from services.metrics.plots.options import Format
from services.metrics.plots.themes import Theme

Align = Literal["left", "center", "right"]
_LOCK = threading.Lock()
UNITS_PER_INCH = 72  # what matplotlib's SVG takes as a unit, here a CSS pixel
CSS_DPI = 96
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "gabarito",
    "svg.image_inline": True,
    "text.parse_math": False,
    "text.usetex": False,
    "font.family": [FAMILY],
    "font.size": 11.0,
    "font.enable_last_resort": False,
    "axes.unicode_minus": True,
    "path.simplify": True,
}
MARGIN = 16.0
NOTE_SIZE, NOTE_LINE = 10.5, 15.0
TITLE, LEAST_TITLE, BOLDER = 15.0, 11.5, 1.08


@contextmanager
def drawing() -> Iterator[None]:
    """Hold matplotlib, with our settings."""
    with _LOCK, mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        # In an SVG the reader's fonts have what ours lack.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


class Sheet:
    """A figure of a size.

    Args:
        width: Pixels.
        height: Pixels.
        theme: Colours.
        to: What it will be written as: an SVG leaves fonts to the reader.
    """

    def __init__(self, width: float, height: float, theme: Theme, to: Format) -> None:
        self.width, self.height, self.theme, self.to = width, height, theme, to
        size = (width / UNITS_PER_INCH, height / UNITS_PER_INCH)
        self.figure = Figure(figsize=size, dpi=UNITS_PER_INCH, facecolor=theme.paper)
        self._titles: dict[str, str] = {}

    @property
    def _pixels(self) -> Transform:
        flipped = Affine2D().scale(1, -1).translate(0, self.height).scale(1 / UNITS_PER_INCH)
        return flipped + self.figure.dpi_scale_trans

    def text(  # noqa: PLR0913  a text has as many properties
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 11.0,
        colour: str | None = None,
        align: Align = "left",
        upright: bool = True,
        bold: bool = False,
        full: str | None = None,
    ) -> None:
        """Write a text whose base line starts, is centred or ends at a point.

        Args:
            x: Pixels from the left.
            y: Pixels from the top, of the base line.
            text: One line.
            size: Pixels.
            colour: The ink if not given.
            align: `left`, `center` or `right`.
            upright: False to write from bottom to top.
            bold: Whether it is.
            full: The whole of it, where it was cut; told by the SVG on hovering.
        """
        families = [FAMILY]
        if self.to == "png":
            text, families = drawable(text)
        artist = Text(
            x, y, text,
            size=size, color=colour or self.theme.ink, family=families,
            weight="bold" if bold else "normal",
            horizontalalignment=align, verticalalignment="baseline",
            rotation=0 if upright else 90, rotation_mode="anchor",
        )  # fmt: skip
        artist.set_transform(self._pixels)
        if full is not None and full != text:
            artist.set_gid(self._titled(full))
        self.figure.add_artist(artist)

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> Rectangle:
        """Fill a rectangle."""
        patch = Rectangle((x, y), width, height, facecolor=colour, edgecolor="none", linewidth=0)
        patch.set_transform(self._pixels)
        self.figure.add_artist(patch)
        return patch

    def image(
        self, painted: Floats, at: tuple[float, float, float], height: float | None = None
    ) -> None:
        """Magnify pixels without smoothing.

        Args:
            painted: RGBA in [0, 1], shape `(rows, columns, 4)`.
            at: Pixels from the left and from the top, and the width.
            height: Pixels; the width if not given.
        """
        x, y, width = at
        top = self.height - y
        bounds = Bbox.from_extents(x, top - (height or width), x + width, top)
        scale = Affine2D().scale(1 / UNITS_PER_INCH) + self.figure.dpi_scale_trans
        image = BboxImage(TransformedBbox(bounds, scale), interpolation="none", origin="upper")
        image.set_data((painted * 255).round().astype(np.uint8))
        self.figure.add_artist(image)

    def line(self, xs: Sequence[float], ys: Sequence[float], colour: str, **style: Any) -> None:
        """Draw a line through points."""
        artist = Line2D(xs, ys, color=colour, **{"linewidth": 1.0, **style})
        artist.set_transform(self._pixels)
        self.figure.add_artist(artist)

    def tell(self, artist: Any, words: str) -> None:
        """Let the SVG say something of an artist on hovering, and to screen readers."""
        artist.set_gid(self._titled(words))

    def axes(self, x: float, y: float, width: float, height: float) -> Axes:
        """Axes over a rectangle, with a grid to read values by and no frame."""
        w, h = self.width, self.height
        axes = self.figure.add_axes((x / w, 1 - (y + height) / h, width / w, height / h))
        axes.set_facecolor(self.theme.paper)
        for side in axes.spines.values():
            side.set_visible(False)
        axes.set_axisbelow(True)
        axes.grid(visible=True, color=self.theme.faint, linewidth=0.8)
        axes.tick_params(length=0, labelsize=10.5, labelcolor=self.theme.muted, pad=6)
        return axes

    def heading(self, title: str, summary: str) -> None:
        """Write the title and what stands below it."""
        room = self.width - 2 * MARGIN
        size = max(LEAST_TITLE, min(TITLE, TITLE * room / (BOLDER * width_of(title, TITLE))))
        shown = cut(title, room / BOLDER, size)
        self.text(MARGIN, 28, shown, size=size, bold=True, full=title)
        for line, words in enumerate(wrapped(summary, self.width - 2 * MARGIN, NOTE_SIZE)[:2]):
            self.text(MARGIN, 47 + line * NOTE_LINE, words, size=NOTE_SIZE, colour=self.theme.muted)

    def notes(self, y: float, notes: Sequence[str]) -> None:
        """Write remarks below the picture, from a height on."""
        for line, words in enumerate(note_lines(notes, self.width)):
            self.text(
                MARGIN, y + NOTE_LINE * (line + 1), words, size=NOTE_SIZE, colour=self.theme.muted
            )

    def written(self, dpi: int, max_pixels: int, title: str, description: str) -> bytes:
        """The sheet as a file.

        Args:
            dpi: Of a PNG, 96 for one pixel of each CSS pixel.
            max_pixels: The most that a PNG may have.
            title: What it is called, for screen readers.
            description: What it shows, in words.

        Raises:
            InvalidOption: It would have more pixels than it may.
        """
        buffer = io.BytesIO()
        if self.to == "svg":
            canvas: Any = FigureCanvasSVG(self.figure)
            canvas.print_svg(buffer, metadata=svg.NO_METADATA)
            size = (round(self.width), round(self.height))
            return svg.finished(buffer.getvalue().decode(), size, title, description, self._titles)
        scale = dpi / CSS_DPI
        refuse_too_large(self.width * scale, self.height * scale, max_pixels)
        self.figure.set_dpi(UNITS_PER_INCH * scale)
        words = {"Software": None, "Title": title, "Description": description}
        canvas = FigureCanvasAgg(self.figure)
        canvas.print_png(buffer, metadata=words)
        return buffer.getvalue()

    def _titled(self, words: str) -> str:
        gid = f"told-{len(self._titles)}"
        self._titles[gid] = words
        return gid


def heading_height(summary: str, width: float) -> float:
    """Where the picture begins below its heading."""
    lines = min(len(wrapped(summary, width - 2 * MARGIN, NOTE_SIZE)), 2)
    return 41.0 + NOTE_LINE * lines


def refuse_too_large(width: float, height: float, max_pixels: int) -> None:
    """Raise InvalidOption if a PNG would have more pixels than it may."""
    if width * height > max_pixels:
        detail = (
            f"A PNG may have {max_pixels} pixels (setting METRICS_MAX_PLOT_PIXELS); a smaller "
            f"width or dpi gives fewer. Received: a wish for {width:.0f} x {height:.0f}."
        )
        raise one_fault(InvalidOption, "#/query/dpi", detail)


def note_lines(notes: Sequence[str], width: float) -> list[str]:
    """Remarks as the lines that a sheet of this width writes."""
    return [line for note in notes for line in wrapped(note, width - 2 * MARGIN, NOTE_SIZE)]


def notes_height(notes: Sequence[str], width: float) -> float:
    """How high the remarks stand."""
    return NOTE_LINE * len(note_lines(notes, width))


def fitting(names: Sequence[str], size: float, most: float) -> float:
    """How wide a column for the names must be, up to a most."""
    return min(most, max(width_of(name, size) for name in names) + 2)
