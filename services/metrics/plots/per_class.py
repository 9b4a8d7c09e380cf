"""Precision, recall and F1 of each class with their intervals, the lowest F1 last."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from services.metrics.plots.names import cut_apart, width_of
from services.metrics.plots.sheet import (
    MARGIN,
    Sheet,
    fitting,
    heading_height,
    notes_height,
)
from services.metrics.plots.subject import Drawing, Subject

STATISTICS = (("precision", "precision", "^"), ("recall", "recall", "s"), ("f1_score", "f1", "o"))
ROOMY, CLOSE, FEW = 34.0, 15.0, 14
HEAD, RIGHT, NAME_SIZE = 36.0, 118.0, 11.0
SPREAD = 0.24
MOST_TOLD = 40  # dots that each say what they are; more take seconds to draw
LOWEST_STARTS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99)


def per_class(subject: Subject) -> Drawing:
    """A line for each class, sorted by F1; what is undefined is left out and said below."""
    rows, theme = _sorted_rows(subject), subject.theme
    title, notes = subject.title("per-class"), _notes(subject)
    step = CLOSE + (ROOMY - CLOSE) * min(1.0, FEW / len(rows)) if len(rows) > FEW else ROOMY
    head = heading_height(subject.summary(), subject.width) + HEAD
    height = head + step * len(rows) + 26
    total = height + notes_height(notes, subject.width) + MARGIN
    sheet = Sheet(subject.width, total, theme, subject.options.format)
    sheet.heading(title, subject.summary())
    name_width = fitting(subject.names, NAME_SIZE, 0.26 * subject.width)
    left = MARGIN + name_width + 14
    axes = sheet.axes(left, head, subject.width - left - RIGHT, step * len(rows))
    _scale(axes, subject, len(rows))
    _dots(subject, sheet, axes, rows)
    _names(subject, sheet, rows, (left - 14, step, name_width), head)
    _key(subject, sheet, left, head)
    sheet.notes(height, notes)
    return Drawing(sheet, title, _described(subject, rows, notes))


def _sorted_rows(subject: Subject) -> list[int]:
    """The lines of the classes, the highest F1 first, the undefined last."""
    rows = subject.answer["per_class"]
    values = [-1.0 if row["f1_score"] is None else row["f1_score"] for row in rows]
    return sorted(range(len(rows)), key=lambda index: (-values[index], index))


def _scale(axes: Axes, subject: Subject, n_rows: int) -> None:
    """Begin where the least bound begins, at a round number."""
    lowest = 1.0
    intervals = subject.answer["intervals"]["per_class"]
    for row, bounds in zip(subject.answer["per_class"], intervals, strict=True):
        for name, _, _ in STATISTICS:
            if row[name] is not None:
                lowest = min(lowest, row[name], *(bounds[name] or ()))
    start = max(s for s in LOWEST_STARTS if s <= max(lowest, 0.0))
    margin = 0.012 * (1 - start)
    axes.set(xlim=(start - margin, 1 + margin), ylim=(n_rows - 0.5, -0.5))
    ticks = np.linspace(start, 1, 6)
    digits = 1 if start in (0.0, 0.5) else 3 if start > 0.95 else 2  # noqa: PLR2004  as ticks need
    axes.set_xticks(ticks, [subject.words.number(float(tick), digits) for tick in ticks])
    axes.xaxis.tick_top()
    axes.tick_params(axis="x", length=0, pad=4)
    axes.set_yticks([])
    axes.grid(visible=True, axis="x", color=subject.theme.faint, linewidth=0.8)


def _dots(subject: Subject, sheet: Sheet, axes: Axes, rows: Sequence[int]) -> None:
    words = subject.words
    intervals = subject.answer["intervals"]["per_class"]
    area = 30.0 if len(rows) <= FEW else 13.0
    for at, (name, key, marker) in enumerate(STATISTICS):
        colour, offset = subject.theme.lines[at], (at - 1) * SPREAD
        values = [subject.answer["per_class"][index][name] for index in rows]
        lines = [line for line, value in enumerate(values) if value is not None]
        bars = [(line, *(intervals[rows[line]][name] or (np.nan, np.nan))) for line in lines]
        at_y, low, high = np.array(bars).reshape(-1, 3).T
        axes.hlines(at_y + offset, low, high, color=colour, linewidth=1.2, alpha=0.6, zorder=2)
        mark: dict[str, Any] = {
            "s": area,
            "color": colour,
            "marker": marker,
            "zorder": 3,
            "linewidth": 0,
        }
        if len(rows) > MOST_TOLD:
            axes.scatter([values[line] for line in lines], at_y + offset, **mark)
            continue
        for line in lines:
            dot = axes.scatter([values[line]], [line + offset], **mark)
            said = subject.with_interval(values[line], intervals[rows[line]][name])
            sheet.tell(dot, f"{subject.names[rows[line]]}: {words(key)} {said}")


def _names(
    subject: Subject,
    sheet: Sheet,
    rows: Sequence[int],
    at: tuple[float, float, float],
    head: float,
) -> None:
    right, step, width = at
    size = min(NAME_SIZE, 0.8 * step)
    short = cut_apart(subject.names, width, size)
    for line, index in enumerate(rows):
        row: Any = subject.answer["per_class"][index]
        y = head + step * (line + 0.5) + 0.36 * size
        sheet.text(right, y, short[index], size=size, align="right", full=subject.names[index])
        f1 = subject.words.number(row["f1_score"])
        sheet.text(sheet.width - MARGIN - 56, y, f1, size=size, align="right")
        count = subject.words.count(row["support"])
        sheet.text(
            sheet.width - MARGIN, y, count, size=size, colour=subject.theme.muted, align="right"
        )


def _key(subject: Subject, sheet: Sheet, left: float, head: float) -> None:
    """What the marks are, in their colours, above the numbers."""
    words, x, y = subject.words, left, head - 22
    for at, (_, key, marker) in enumerate(STATISTICS):
        colour = subject.theme.lines[at]
        sheet.line((x + 4,), (y - 4,), colour, marker=marker, markersize=6, linestyle="none")
        sheet.text(x + 14, y, words(key), size=10.5, colour=colour)
        x += 30 + width_of(words(key), 10.5)
    muted = subject.theme.muted
    sheet.text(
        sheet.width - MARGIN - 56, head - 8, words("f1"), size=10.5, colour=muted, align="right"
    )
    sheet.text(
        sheet.width - MARGIN, head - 8, words("support"), size=10.5, colour=muted, align="right"
    )


def _notes(subject: Subject) -> list[str]:
    words, found = subject.words, subject.answer["per_class"]
    notes = [
        words("level", level=words.level(subject.answer["intervals"]["confidence_level"])),
    ]
    reasons = {
        "recall": "because-never-true",
        "precision": "because-never-predicted",
        "f1_score": "because-neither",
    }
    for name, reason in reasons.items():
        without = [subject.names[index] for index, row in enumerate(found) if row[name] is None]
        if without:
            statistic = words("f1" if name == "f1_score" else name)
            parts = {"statistic": statistic, "reason": words(reason), "names": words.some(without)}
            notes.append(words("no-statistic", **parts))
    if subject.has_code_points:
        notes.append(words("code-points"))
    return notes


def _described(subject: Subject, rows: Sequence[int], notes: Sequence[str]) -> str:
    words = subject.words
    lowest = next(
        (i for i in reversed(rows) if subject.answer["per_class"][i]["f1_score"] is not None), None
    )
    said = ""
    if lowest is not None:
        value = words.number(subject.answer["per_class"][lowest]["f1_score"])
        said = words("worst", statistic=words("f1"), name=subject.names[lowest], value=value)
    return " ".join(filter(None, [f"{subject.summary()}.", said, *notes]))
