"""The reliability diagram, with the samples behind each point and what they leave open."""

import numpy as np

from services.metrics.arrays import Floats
from services.metrics.intervals import proportion
from services.metrics.plots.curve_sheet import LEFT, TOP, unit_square
from services.metrics.plots.sheet import MARGIN, Sheet, heading_height, notes_height
from services.metrics.plots.subject import Drawing, Subject

HISTOGRAM, KEY_WIDTH, KEY_LINE = 74.0, 236.0, 19.0
ERRORS = ("expected_calibration_error", "maximum_calibration_error", "adaptive_calibration_error")
LOSSES = ("brier_score", "log_loss")


def calibration(subject: Subject) -> Drawing:
    """How often the predicted is true, over its probability.

    Of two classes the positive one's probability, else the highest probability of each sample.
    """
    words, width = subject.words, subject.width
    one = subject.positive
    name = None if one is None else subject.names[one]
    title = (
        subject.title("calibration")
        if name is None
        else subject.title("calibration-one", name=name)
    )
    notes = _notes(subject)
    beside = 0.0 if subject.is_narrow else KEY_WIDTH
    side = min(width - LEFT - MARGIN - beside, 480.0)
    top = heading_height(subject.summary(), width) + TOP
    below = top + side + HISTOGRAM + 64
    numbers = _numbers(subject)
    key_at = below + 12 if subject.is_narrow else top + 8
    below += KEY_LINE * (len(numbers) + 1) if subject.is_narrow else 0.0
    height = below + notes_height(notes, width) + MARGIN
    sheet = Sheet(width, height, subject.theme, subject.options.format)
    sheet.heading(title, subject.summary())
    _diagram(subject, sheet, (top, side))
    share = words("share-right") if name is None else words("share-true-class", name=name)
    sheet.text(LEFT - 42, top + side / 2, share, align="center", upright=False)
    across = LEFT + side / 2
    sheet.text(across, top + side + HISTOGRAM + 52, words("mean-probability"), align="center")
    key_x = LEFT if subject.is_narrow else LEFT + side + 28
    for line, (statistic, said) in enumerate(numbers):
        y = key_at + KEY_LINE * line
        sheet.text(key_x, y, statistic, colour=subject.theme.muted)
        sheet.text(width - MARGIN, y, said, align="right")
    sheet.notes(below, notes)
    listed = "; ".join(f"{statistic} {said}" for statistic, said in numbers)
    told = "; ".join(_told(subject, i) for i in range(len(_bins(subject)["weight"])))
    return Drawing(sheet, title, f"{subject.summary()}. {listed}. {told}. {' '.join(notes)}")


def _diagram(subject: Subject, sheet: Sheet, at: tuple[float, float]) -> None:
    top, side = at
    theme, bins = subject.theme, _bins(subject)
    square = unit_square(sheet, subject.words, LEFT, top, side)
    square.plot((0, 1), (0, 1), color=theme.quiet, linewidth=0.9, dashes=(2, 3))
    p, rate = bins["mean_probability"], bins["outcome_rate"]
    colour = theme.lines[0]
    square.plot(p, rate, color=colour, linewidth=1.0, alpha=0.55, zorder=2)
    low, high = _bounds(subject)
    square.vlines(p, low, high, color=colour, linewidth=1.3, zorder=3)
    sizes = 26.0 if len(p) <= 20 else 12.0  # noqa: PLR2004  points that keep apart
    for index, (x, y) in enumerate(zip(p, rate, strict=True)):
        point = square.scatter([x], [y], s=sizes, color=colour, zorder=4)
        sheet.tell(point, _told(subject, index))
    lower = sheet.axes(LEFT, top + side + 30, side, HISTOGRAM)
    lower.grid(visible=False)
    lower.set(xlim=(-0.01, 1.01), ylim=(0, float(bins["weight"].max())))
    widths = bins["high"] - bins["low"]
    lower.bar(
        bins["low"] + 0.04 * widths, bins["weight"], 0.92 * widths, align="edge", color=theme.quiet
    )
    lower.set_xticks([])
    most = float(bins["weight"].max())
    lower.set_yticks([most], [subject.words.count(most)])
    lower.axhline(0, color=theme.quiet, linewidth=0.8)


def _bins(subject: Subject) -> dict[str, Floats]:
    """The bins' members as arrays."""
    curves = subject.answer["scores"]["curves"]
    one = subject.positive
    curve = curves["calibration"] if one is None else curves["per_class"][one]["calibration"]
    rows = curve["equal_width"]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _bounds(subject: Subject) -> tuple[Floats, Floats]:
    """Wilson's interval of each bin; weighted samples count as their share of Kish's number."""
    bins, intervals = _bins(subject), subject.answer["intervals"]
    scale = intervals["effective_samples"] / bins["weight"].sum()
    n = bins["weight"] * scale
    return proportion(n * bins["outcome_rate"], n, intervals["confidence_level"], "wilson")


def _numbers(subject: Subject) -> list[tuple[str, str]]:
    scores, words = subject.answer["scores"], subject.words
    found, one = scores["calibration"], subject.positive
    errors = found["highest_probability"] if one is None else found["per_class"][one]
    rows = [(words(name), words.number(errors[name], 4)) for name in ERRORS]
    return rows + [(words(name), words.number(scores["overall"][name], 4)) for name in LOSSES]


def _told(subject: Subject, index: int) -> str:
    words, bins = subject.words, _bins(subject)
    return words(
        "in-bin",
        count=words.count(float(bins["weight"][index])),
        low=words.number(float(bins["low"][index]), 2),
        high=words.number(float(bins["high"][index]), 2),
        mean=words.number(float(bins["mean_probability"][index])),
        rate=words.number(float(bins["outcome_rate"][index])),
    )


def _notes(subject: Subject) -> list[str]:
    words = subject.words
    level = words.level(subject.answer["intervals"]["confidence_level"])
    key = "bars" if subject.whole else "bars-weighted"
    notes = [words(key, level=level, bins=subject.answer["scores"]["calibration"]["n_bins"])]
    if subject.has_code_points:
        notes.append(words("code-points"))
    return notes
