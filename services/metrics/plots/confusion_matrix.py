"""The confusion matrix as a heat map, its cells numbered where there is room for numbers."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import Colormap, LinearSegmentedColormap, PowerNorm, TwoSlopeNorm, to_rgb
from matplotlib.image import BboxImage
from matplotlib.transforms import Bbox, TransformedBbox

from services.metrics.plots.names import cut, cut_apart, width_of, wrapped
from services.metrics.plots.sheet import (
    MARGIN,
    Sheet,
    fitting,
    heading_height,
    notes_height,
)
from services.metrics.plots.subject import Drawing, Subject
from services.metrics.tables import Floats

LARGEST_CELL, SMALLEST_LABEL_STEP = 88.0, 10.5
SMALLEST_NUMBER, LARGEST_NUMBER = 6.5, 13.0
MOST_BOXES = 40
LABEL_SIZE, LEAST_LABEL_SIZE, COLUMN_LABEL = 11.5, 8.5, 110.0
BESIDE, MARGINAL, LEAST_LIST = 236.0, 58.0, 180.0
GAMMA = 0.5  # shades grow as the root, so that rare errors are seen beside the diagonal
LEAST_DEVIATE = 3.0
FORMS = {
    "true": "normalized_by_true",
    "predicted": "normalized_by_predicted",
    "all": "normalized_by_all",
}
BAR_HEIGHT, BAR_WIDTH = 9.0, 200.0


def confusion_matrix(subject: Subject) -> Drawing:
    """The heat map of an answer; shares and errors need its `matrices`."""
    return _HeatMap(subject).drawn()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the matrix stands: its upper left corner and the side of a cell."""

    x: float
    y: float
    cell: float


class _HeatMap:
    def __init__(self, subject: Subject) -> None:
        self.subject, self.words, self.theme = subject, subject.words, subject.theme
        self.answer, self.options = subject.answer, subject.options
        self.counts: Floats = np.asarray(self.answer["confusion_matrix"], np.float64)
        self.k = subject.n_classes

    # What is shown

    @cached_property
    def values(self) -> Floats:
        """What the numbers say; NaN where undefined, and on the diagonal of errors."""
        form = FORMS.get(self.options.normalize)
        values = self.counts if form is None else self._form(form)
        if self.options.errors_only:
            values = values.copy()
            np.fill_diagonal(values, np.nan)
        return values

    @cached_property
    def shades(self) -> Floats:
        """What the colours say."""
        return self._form("error_deviates") if self.options.errors_only else self.values

    @cached_property
    def norm(self) -> Any:
        known = self.shades[np.isfinite(self.shades)]
        if self.options.errors_only:
            most = max(LEAST_DEVIATE, float(np.abs(known).max(initial=0.0)))
            return TwoSlopeNorm(0.0, -most, most)
        top = 1.0 if self.options.normalize in {"true", "predicted"} else known.max(initial=0.0)
        return PowerNorm(GAMMA, 0.0, float(top) or 1.0)

    @cached_property
    def colours(self) -> Colormap:
        if self.options.errors_only:
            return LinearSegmentedColormap.from_list("diverging", self.theme.diverging)
        return mpl.colormaps[self.theme.sequential]

    def _form(self, name: str) -> Floats:
        return np.array(self.answer["matrices"][name], np.float64)

    def number(self, value: float) -> str:
        """As it stands in a cell."""
        if self.options.normalize == "none":
            return self.words.count(value)
        return self.words.percents(value)

    # Where it stands

    @cached_property
    def name_width(self) -> float:
        return fitting(self.subject.names, LABEL_SIZE, 0.24 * self.subject.width)

    @cached_property
    def marginal(self) -> float:
        """How wide the column of recall is."""
        return max(MARGINAL, width_of(self.words("recall"), 10.5) + 14)

    @cached_property
    def label_width(self) -> float:
        # The foot of the matrix has a name of its own.
        return max(self.name_width, width_of(self.words("precision"), 10.5) - 14)

    @cached_property
    def place(self) -> _Place:
        x = MARGIN + 20 + self.label_width
        room = self.subject.width - x - MARGIN
        cell = (room - self._beside()) / self.k
        across = self._fits_across(min(cell, LARGEST_CELL))
        longest = max(width_of(name, self.label_size(cell)) for name in self.subject.names)
        top = heading_height(self._summary(), self.subject.width) + 22
        top += 16 if across else 14 + min(longest, COLUMN_LABEL)
        return _Place(x, top, min(cell, LARGEST_CELL))

    def _beside(self) -> float:
        """How wide is what stands at the right: the most confused, or recall."""
        if self.has_numbers:
            return self.marginal
        return 8.0 if self.subject.is_narrow else BESIDE

    @cached_property
    def has_numbers(self) -> bool:
        return self.number_size >= SMALLEST_NUMBER

    @cached_property
    def number_size(self) -> float:
        """Of the numbers in the cells, if they stood beside recall alone."""
        room = self.subject.width - 2 * MARGIN - 20 - self.label_width - self.marginal
        cell = min(room / self.k, LARGEST_CELL)
        known = self.values[np.isfinite(self.values)]
        longest = max((len(self.number(v)) for v in np.unique(known)), default=1)
        return min(LARGEST_NUMBER, 0.42 * cell, 0.86 * cell / (0.64 * longest))

    def _fits_across(self, cell: float) -> bool:
        widest = max(width_of(name, self.label_size(cell)) for name in self.subject.names)
        return widest <= 0.92 * cell

    def label_size(self, cell: float) -> float:
        return min(LABEL_SIZE, max(LEAST_LABEL_SIZE, 0.8 * cell))

    # Drawing

    def drawn(self) -> Drawing:
        place, side = self.place, self.place.cell * self.k
        below = place.y + side + (34 if self.has_numbers else 14)
        lists_below = not self.has_numbers and self.subject.is_narrow
        confused_at = below + 18 if lists_below else 0.0
        list_height = 34.0 * max(1, len(self.subject.confusions())) + 24
        below += list_height if lists_below else 0.0
        if self._lists_beside:
            below = max(below, place.y + 16 + list_height)
        bar_at = below + 6
        below += 48 if self._needs_bar else 0
        notes = self._notes()
        height = below + notes_height(notes, self.subject.width) + MARGIN
        sheet = Sheet(self.subject.width, height, self.theme, self.options.format)
        title = self.subject.title("errors" if self.options.errors_only else "confusion-matrix")
        sheet.heading(title, self._summary())
        self._cells(sheet)
        self._labels(sheet)
        if self.has_numbers:
            self._margins(sheet)
        if lists_below:
            self._confused(sheet, MARGIN, confused_at)
        elif self._lists_beside:
            gap = self.marginal + 30 if self.has_numbers else 26
            self._confused(sheet, place.x + side + gap, place.y + 8)
        if self._needs_bar:
            self._bar(sheet, place.x, bar_at)
        sheet.notes(below, notes)
        return Drawing(sheet, title, self._description())

    @property
    def _lists_beside(self) -> bool:
        """Whether the most confused stand at the right: instead of numbers, or as room is left."""
        if not self.has_numbers:
            return not self.subject.is_narrow
        left = self.subject.width - self.place.x - self.place.cell * self.k - self.marginal - 30
        return left - MARGIN >= LEAST_LIST

    @property
    def _needs_bar(self) -> bool:
        return self.options.errors_only or not self.has_numbers

    def _summary(self) -> str:
        if not self.has_numbers:
            return self.subject.summary()
        counted = "counts" if self.subject.whole else "weights"
        shares = f"share-{self.options.normalize}"
        kind = self.words(counted if self.options.normalize == "none" else shares)
        return f"{self.subject.summary()}; {kind}"

    def _cells(self, sheet: Sheet) -> None:
        place, k = self.place, self.k
        side = place.cell * k
        painted = self.colours(self.norm(np.ma.masked_invalid(self.shades)))
        blank = ~np.isfinite(self.shades) | (self.counts == 0)
        if self.options.errors_only:
            blank = ~np.isfinite(self.shades)
        painted[blank] = (*to_rgb(self.theme.paper), 1.0)
        if k <= MOST_BOXES:
            self._boxes(sheet, painted, blank)
        else:
            _image(sheet, painted, (place.x, place.y, side))
        self._frame(sheet, side)

    def _boxes(self, sheet: Sheet, painted: Floats, blank: Any) -> None:
        place = self.place
        gap = 1.0 if place.cell > 14 else 0.0  # noqa: PLR2004  pixels
        for i, j in np.argwhere(~blank).tolist():
            x, y = place.x + j * place.cell, place.y + i * place.cell
            colour = painted[i, j]
            box = sheet.box(x, y, place.cell - gap, place.cell - gap, colour)
            sheet.tell(box, self._told(i, j))
            if self.has_numbers and self.counts[i, j] and np.isfinite(self.values[i, j]):
                sheet.text(
                    x + (place.cell - gap) / 2,
                    y + place.cell / 2 + 0.36 * self.number_size,
                    self.number(self.values[i, j]),
                    size=self.number_size,
                    colour=_ink_on(colour),
                    align="center",
                )

    def _told(self, i: int, j: int) -> str:
        names, words = self.subject.names, self.words
        pair = words("confusion", true=names[i], predicted=names[j])
        actual = self.answer["per_class"][i]["support"]
        count = words.count(self.counts[i, j])
        if not actual:
            return f"{pair}: {count}"
        share = words.share(self.counts[i, j] / actual)
        said = words("of", count=count, support=words.count(actual), share=share)
        return f"{pair}: {said}"

    def _frame(self, sheet: Sheet, side: float) -> None:
        x, y = self.place.x - 0.5, self.place.y - 0.5
        xs, ys = (x, x + side, x + side, x, x), (y, y, y + side, y + side, y)
        sheet.line(xs, ys, self.theme.faint)
        if self.options.errors_only:
            sheet.line((x, x + side), (y, y + side), self.theme.faint)

    def _labels(self, sheet: Sheet) -> None:
        place, k = self.place, self.k
        size = self.label_size(place.cell)
        step = _step(SMALLEST_LABEL_STEP / place.cell)
        names, muted = self.subject.names, self.theme.muted
        rows = cut_apart(names, self.label_width, size)
        across = self._fits_across(place.cell)
        columns = cut_apart(names, place.cell if across else COLUMN_LABEL, size)
        for i in range(0, k, step):
            middle = (i + 0.5) * place.cell
            y = place.y + middle + 0.36 * size
            sheet.text(place.x - 8, y, rows[i], size=size, align="right", full=names[i])
            x, top = place.x + middle, place.y - 8
            if across:
                sheet.text(x, top, columns[i], size=size, align="center", full=names[i])
            else:
                x += 0.36 * size
                sheet.text(x, top, columns[i], size=size, upright=False, full=names[i])
        said = self.words("predicted")
        y = heading_height(self._summary(), self.subject.width) + 15
        sheet.text(place.x, y, f"{said} →", size=10.5, colour=muted)
        x, y = place.x - 16 - self.label_width, place.y
        sheet.text(x, y, f"← {self.words('true')}", size=10.5, colour=muted, align="right",
                   upright=False)  # fmt: skip

    def _margins(self, sheet: Sheet) -> None:
        """Recall at the end of each row, precision at the foot of each column."""
        place, muted = self.place, self.theme.muted
        side = place.cell * self.k
        size = min(11.0, max(8.0, self.number_size))
        right = place.x + side + self.marginal - 4
        sheet.text(right, place.y - 8, self.words("recall"), size=10.5, colour=muted, align="right")
        foot = place.y + side + 18
        sheet.text(
            place.x - 8, foot, self.words("precision"), size=10.5, colour=muted, align="right"
        )
        across = width_of("100,0", size) <= place.cell
        for i, row in enumerate(self.answer["per_class"]):
            middle = (i + 0.5) * place.cell
            said = _percents(self.words, row["recall"])
            y = place.y + middle + 0.36 * size
            sheet.text(right, y, said, size=size, colour=muted, align="right")
            said = _percents(self.words, row["precision"])
            x = place.x + middle
            if across:
                sheet.text(x, foot, said, size=size, colour=muted, align="center")
            else:
                x += 0.36 * size
                y = place.y + side + 6
                sheet.text(x, y, said, size=size, colour=muted, align="right", upright=False)

    def _confused(self, sheet: Sheet, x: float, y: float) -> None:
        """The most confused pairs in words, where the cells have no numbers."""
        room = sheet.width - x - MARGIN
        sheet.text(x, y, self.words("most-confused"), size=12, bold=True)
        confusions = self.subject.confusions()
        for line, (pair, often) in enumerate(confusions):
            at = y + 22 + 34 * line
            sheet.text(x, at, cut(pair, room, 11), size=11, full=pair)
            sheet.text(x, at + 14, often, size=10, colour=self.theme.muted)
        if not confusions:
            sheet.text(x, y + 22, self.words("no-confusion"), size=11, colour=self.theme.muted)

    def _bar(self, sheet: Sheet, x: float, y: float) -> None:
        """What the colours mean."""
        low, high = float(self.norm.vmin), float(self.norm.vmax)
        painted = self.colours(np.linspace(0.0, 1.0, 64))[None, :, :]
        if not self.options.errors_only:
            painted[0, 0] = (*to_rgb(self.theme.paper), 1.0)
        _image(sheet, painted, (x, y, BAR_WIDTH), BAR_HEIGHT)
        ticks = [low, 0.0, high] if self.options.errors_only else [low, high / 4, high]
        for tick in ticks:
            said = self._tick(tick)
            spot = x + BAR_WIDTH * float(self.norm(tick))
            sheet.text(
                spot, y + BAR_HEIGHT + 12, said, size=9.5, colour=self.theme.muted, align="center"
            )
        key = "errors" if self.options.errors_only else self.options.normalize
        room = sheet.width - x - BAR_WIDTH - 18 - MARGIN
        for line, words in enumerate(wrapped(self.words(f"shade-{key}"), room, 10)[:3]):
            at = y + BAR_HEIGHT + 13 * line
            sheet.text(x + BAR_WIDTH + 18, at, words, size=10, colour=self.theme.muted)

    def _tick(self, value: float) -> str:
        if self.options.errors_only:
            return self.words.number(value, 0).replace("-", "\N{MINUS SIGN}")
        if self.options.normalize == "none":
            return self.words.count(round(value) if self.subject.whole else value)
        return self.words.share(value)

    def _notes(self) -> list[str]:
        words, names = self.words, self.subject.name_of
        noted = self.answer["notes"]
        absent = [names[label] for label in noted["absent_from_truth"]]
        never = [names[label] for label in noted["never_predicted"]]
        shares = self.options.normalize
        notes = []
        if absent:
            notes.append(words("no-row" if shares == "true" else "never-true",
                               names=words.some(absent)))  # fmt: skip
        if never:
            key = "no-column" if shares == "predicted" else "never-predicted"
            notes.append(words(key, names=words.some(never)))
        if self.subject.has_code_points:
            notes.append(words("code-points"))
        return notes

    def _description(self) -> str:
        confused = "; ".join(f"{pair}: {often}" for pair, often in self.subject.confusions())
        said = f"{self.words('most-confused')}: {confused}." if confused else ""
        return " ".join(filter(None, [f"{self._summary()}.", said, *self._notes()]))


def _image(
    sheet: Sheet, painted: Floats, at: tuple[float, float, float], height: float | None = None
) -> None:
    """Cells too many to draw one by one, as pixels that are magnified without smoothing."""
    x, y, side = at
    top = sheet.height - y
    bounds = Bbox.from_extents(x, top - (height or side), x + side, top)
    scale = mpl.transforms.Affine2D().scale(1 / 72) + sheet.figure.dpi_scale_trans
    image = BboxImage(TransformedBbox(bounds, scale), interpolation="none", origin="upper")
    image.set_data((painted * 255).round().astype(np.uint8))
    sheet.figure.add_artist(image)


def _percents(words: Any, value: float | None) -> str:
    return words.share(None) if value is None else words.percents(value)


def _ink_on(colour: Any) -> str:
    """Black or white, whichever can be read on a colour."""
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004  sRGB
    luminance = float(linear @ (0.2126, 0.7152, 0.0722))
    return "#ffffff" if luminance < 0.179 else "#12161a"  # noqa: PLR2004  where contrasts are equal


def _step(least: float) -> int:
    """Every so manyth label is written: a round number."""
    return next(step for step in (1, 2, 5, 10, 20, 50, 100, 1000) if step >= least)
