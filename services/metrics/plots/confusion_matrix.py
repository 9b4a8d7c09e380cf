"""The confusion matrix as a heat map, its cells numbered where there is room for numbers."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb

from services.metrics.arrays import Floats
from services.metrics.plots.matrix_values import MatrixValues, ink_on
from services.metrics.plots.names import cut, cut_apart, width_of, wrapped
from services.metrics.plots.sheet import (
    MARGIN,
    Sheet,
    fitting,
    heading_height,
    notes_height,
)
from services.metrics.plots.subject import Drawing, Subject

LARGEST_CELL, SMALLEST_LABEL_STEP = 88.0, 10.5
SMALLEST_NUMBER, LARGEST_NUMBER = 6.5, 13.0
MOST_BOXES = 40
LABEL_SIZE, LEAST_LABEL_SIZE, COLUMN_LABEL = 11.5, 8.5, 110.0
BESIDE, MARGINAL, LEAST_LIST = 236.0, 58.0, 180.0
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
        self.cells = MatrixValues(subject)
        self.k = subject.n_classes

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
        known = self.cells.values[np.isfinite(self.cells.values)]
        longest = max((len(self.cells.number(v)) for v in np.unique(known)), default=1)
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
        painted = self.cells.colours(self.cells.norm(np.ma.masked_invalid(self.cells.shades)))
        blank = ~np.isfinite(self.cells.shades) | (self.cells.counts == 0)
        if self.cells.diverging:
            blank = ~np.isfinite(self.cells.shades)
        painted[blank] = (*to_rgb(self.theme.paper), 1.0)
        if k <= MOST_BOXES:
            self._boxes(sheet, painted, blank)
        else:
            sheet.image(painted, (place.x, place.y, side))
        self._frame(sheet, side)

    def _boxes(self, sheet: Sheet, painted: Floats, blank: Any) -> None:
        place = self.place
        gap = 1.0 if place.cell > 14 else 0.0  # noqa: PLR2004  pixels
        for i, j in np.argwhere(~blank).tolist():
            x, y = place.x + j * place.cell, place.y + i * place.cell
            colour = painted[i, j]
            box = sheet.box(x, y, place.cell - gap, place.cell - gap, colour)
            sheet.tell(box, self._told(i, j))
            value = self.cells.values[i, j]
            if self.has_numbers and self.cells.counts[i, j] and np.isfinite(value):
                sheet.text(
                    x + (place.cell - gap) / 2,
                    y + place.cell / 2 + 0.36 * self.number_size,
                    self.cells.number(value),
                    size=self.number_size,
                    colour=ink_on(colour),
                    align="center",
                )

    def _told(self, i: int, j: int) -> str:
        names, words = self.subject.names, self.words
        pair = words("confusion", true=names[i], predicted=names[j])
        actual = self.answer["per_class"][i]["support"]
        count = words.count(self.cells.counts[i, j])
        if not actual:
            return f"{pair}: {count}"
        share = words.share(self.cells.counts[i, j] / actual)
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
        low, high = float(self.cells.norm.vmin), float(self.cells.norm.vmax)
        painted = self.cells.colours(np.linspace(0.0, 1.0, 64))[None, :, :]
        if not self.cells.diverging:
            painted[0, 0] = (*to_rgb(self.theme.paper), 1.0)
        sheet.image(painted, (x, y, BAR_WIDTH), BAR_HEIGHT)
        ticks = [low, 0.0, high] if self.cells.diverging else [low, high / 4, high]
        for tick in ticks:
            said = self.cells.tick(tick)
            spot = x + BAR_WIDTH * float(self.cells.norm(tick))
            sheet.text(
                spot, y + BAR_HEIGHT + 12, said, size=9.5, colour=self.theme.muted, align="center"
            )
        key = "errors" if self.cells.diverging else self.options.normalize
        room = sheet.width - x - BAR_WIDTH - 18 - MARGIN
        for line, words in enumerate(wrapped(self.words(f"shade-{key}"), room, 10)[:3]):
            at = y + BAR_HEIGHT + 13 * line
            sheet.text(x + BAR_WIDTH + 18, at, words, size=10, colour=self.theme.muted)

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


def _percents(words: Any, value: float | None) -> str:
    return words.share(None) if value is None else words.percents(value)


def _step(least: float) -> int:
    """Every so manyth label is written: a round number."""
    return next(step for step in (1, 2, 5, 10, 20, 50, 100, 1000) if step >= least)
