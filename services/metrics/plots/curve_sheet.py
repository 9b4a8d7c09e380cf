"""A square of curves with a key that stays readable however many classes there are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from services.metrics.arrays import Floats
from services.metrics.plots.names import cut_apart
from services.metrics.plots.sheet import MARGIN, Sheet, heading_height, notes_height
from services.metrics.plots.subject import Subject
from services.metrics.plots.words import Words

LEFT, TOP, FOOT = 62.0, 18.0, 52.0
KEY_WIDTH, KEY_LINE, KEY_SIZE = 250.0, 18.0, 11.0
ALL_COLOURED, SINGLED_OUT, ALL_LISTED = 8, 5, 20
DASHES = (5.0, 2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One line of a picture.

    Attributes:
        name: What it is called.
        x: Its points.
        y: Its points.
        area: What the key says of it; None if it has none.
        said: The same in words, with its interval if there is room.
        is_mean: Whether it is an average of the classes.
    """

    name: str
    x: Floats
    y: Floats
    area: float | None
    said: str
    is_mean: bool = False


@dataclass(frozen=True, slots=True)
class _Style:
    colour: str
    width: float = 1.6
    dashed: bool = False
    above: int = 3


class CurveSheet:
    """Lays out the square, the key and the remarks.

    Args:
        subject: What is drawn.
        classes: The curves of the classes.
        means: Those of their averages; one with no points stands in the key alone.
        notes: Remarks below.
    """

    def __init__(
        self, subject: Subject, classes: Sequence[Curve], means: Sequence[Curve], notes: list[str]
    ) -> None:
        self.subject, self.theme = subject, subject.theme
        self.classes, self.means = classes, means
        if subject.has_code_points:
            notes = [*notes, subject.words("code-points")]
        self.notes = notes
        self.styles = self._styles()

    def drawn(
        self, title: str, axes: tuple[str, str], head: str, dress: Callable[[Axes, Sheet], None]
    ) -> Sheet:
        """The sheet.

        Args:
            title: Above all.
            axes: What x and y are.
            head: What the numbers of the key are.
            dress: Draws what belongs behind the curves.
        """
        width = self.subject.width
        beside = 0.0 if self.subject.is_narrow else KEY_WIDTH
        side = min(width - LEFT - MARGIN - beside, 520.0)
        rows = self._key_rows()
        key_height = KEY_LINE * (len(rows) + 1) + 8
        top = heading_height(self.subject.summary(), width) + TOP
        below = top + side + FOOT
        key_at = below if self.subject.is_narrow else top + 8
        below = below + key_height if self.subject.is_narrow else max(below, key_at + key_height)
        height = below + notes_height(self.notes, width) + MARGIN
        sheet = Sheet(width, height, self.theme, self.subject.options.format)
        sheet.heading(title, self.subject.summary())
        square = unit_square(sheet, self.subject.words, LEFT, top, side)
        dress(square, sheet)
        for curve, style in zip((*self.classes, *self.means), self.styles, strict=True):
            self._curve(sheet, square, curve, style)
        name_axes(sheet, (LEFT, top, side), axes)
        key_x = LEFT if self.subject.is_narrow else LEFT + side + 28
        self._key(sheet, key_x, key_at, head, rows)
        sheet.notes(below, self.notes)
        return sheet

    def corner(self, square: Axes, sheet: Sheet, x: float, y: float) -> Axes:
        """A magnified corner inside the square: the last tenth of both axes, at a place."""
        inset: Axes = square.inset_axes((x, y, 0.52, 0.52))
        inset.set_facecolor(self.theme.paper)
        inset.tick_params(length=0, labelsize=9, labelcolor=self.theme.muted, pad=3)
        inset.grid(visible=True, color=self.theme.faint, linewidth=0.7)
        for spine in inset.spines.values():
            spine.set_color(self.theme.quiet)
            spine.set_linewidth(0.8)
        for curve, style in zip((*self.classes, *self.means), self.styles, strict=True):
            self._curve(sheet, inset, curve, style)
        return inset

    def _curve(self, sheet: Sheet, square: Axes, curve: Curve, style: _Style) -> None:
        if not len(curve.x):
            return
        (line,) = square.plot(
            curve.x,
            curve.y,
            color=style.colour,
            linewidth=style.width,
            dashes=DASHES if style.dashed else (None, None),
            zorder=style.above,
            solid_joinstyle="round",
        )
        sheet.tell(line, f"{curve.name}: {curve.said}")

    def _styles(self) -> list[_Style]:
        """Of each curve: few are all coloured; of many, those with the least area."""
        colours = self.theme.lines
        areas = [curve.area if curve.area is not None else np.inf for curve in self.classes]
        many = len(self.classes) > ALL_COLOURED
        singled = sorted(range(len(areas)), key=areas.__getitem__)[:SINGLED_OUT]
        chosen = singled if many else range(len(areas))
        of_class = {index: _Style(colours[n]) for n, index in enumerate(chosen)}
        quiet = _Style(self.theme.quiet, 0.9, above=2)
        styles = [of_class.get(index, quiet) for index in range(len(areas))]
        means = (_Style(self.theme.ink, 2.0, above=5), _Style(self.theme.ink, 1.6, True, 4))
        return [*styles, *means[: len(self.means)]]

    def _key_rows(self) -> list[tuple[_Style | None, str, str]]:
        """Style, name and number of each line of the key: averages, then the least areas."""
        curves = list(zip((*self.classes, *self.means), self.styles, strict=True))
        means = [(style, curve.name, curve.said) for curve, style in curves if curve.is_mean]
        classes = [pair for pair in curves if not pair[0].is_mean]
        if len(classes) > ALL_COLOURED:
            classes.sort(key=lambda pair: np.inf if pair[0].area is None else pair[0].area)
        rows: list[tuple[_Style | None, str, str]] = list(means)
        shown = classes if len(classes) <= ALL_LISTED else classes[:SINGLED_OUT]
        rows += [(style, curve.name, curve.said) for curve, style in shown]
        if left := classes[len(shown) :]:
            areas = [curve.area for curve, _ in left if curve.area is not None]
            words = self.subject.words
            low, high = words.area(min(areas), 3), words.area(max(areas), 3)
            said = words("between", count=len(left), low=low, high=high)
            rows.append((_Style(self.theme.quiet, 0.9), said, ""))
        return rows

    def _key(
        self,
        sheet: Sheet,
        x: float,
        y: float,
        head: str,
        rows: Sequence[tuple[_Style | None, str, str]],
    ) -> None:
        right = sheet.width - MARGIN
        sheet.text(right, y, head, size=10.5, colour=self.theme.muted, align="right")
        rooms = [right - x - 26 - (7.2 * len(said) if said else 0) for _, _, said in rows]
        short = cut_apart([name for _, name, _ in rows], min(rooms, default=0.0), KEY_SIZE)
        for line, (style, name, said) in enumerate(rows):
            at = y + KEY_LINE * (line + 1)
            if style is not None:
                dashes = DASHES if style.dashed else (None, None)
                sheet.line(
                    (x, x + 18), (at - 4, at - 4), style.colour,
                    linewidth=style.width, dashes=dashes,
                )  # fmt: skip
            sheet.text(x + 26, at, short[line], size=KEY_SIZE, full=name)
            sheet.text(right, at, said, size=KEY_SIZE, align="right")


def unit_square(sheet: Sheet, words: Words, x: float, y: float, side: float) -> Axes:
    """Axes from 0 to 1 both ways, with a little room so that lines at the edge are seen."""
    square = sheet.axes(x, y, side, side)
    square.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    tick_numbers(square, (0.0, 0.2, 0.4, 0.6, 0.8, 1.0), words)
    return square


def tick_numbers(axes: Axes, ticks: Sequence[float], words: Words, digits: int = 1) -> None:
    """Mark both axes at these numbers, written as the language does."""
    labels = [words.number(tick, digits) for tick in ticks]
    axes.set_xticks(ticks, labels)
    axes.set_yticks(ticks, labels)


def name_axes(sheet: Sheet, at: tuple[float, float, float], names: tuple[str, str]) -> None:
    """Say what x and y are."""
    x, y, side = at
    sheet.text(x + side / 2, y + side + 38, names[0], size=11, align="center")
    sheet.text(x - 42, y + side / 2, names[1], size=11, align="center", upright=False)
