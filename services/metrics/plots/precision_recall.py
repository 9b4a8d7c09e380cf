"""Precision over recall of each class against the rest, and of their averages."""

import numpy as np
from matplotlib.axes import Axes

from services.metrics.arrays import Floats
from services.metrics.plots.curve_sheet import Curve, CurveSheet
from services.metrics.plots.sheet import Sheet
from services.metrics.plots.subject import Drawing, Subject

EQUAL_F1 = (0.2, 0.4, 0.6, 0.8, 0.9)
GRID = 1001


def precision_recall(subject: Subject) -> Drawing:
    """The curves of an answer with `curves`; of two classes that of the positive one.

    Each is drawn in steps, the area under which is the average precision.
    """
    words = subject.words
    classes, notes = _classes(subject)
    means = [] if subject.positive is not None else _means(subject, classes)
    notes = [words("equal-f1"), *notes]
    if subject.positive is None:
        title = subject.title("precision-recall")
    else:
        title = subject.title("precision-recall-one", name=subject.names[subject.positive])

    def dress(square: Axes, _: Sheet) -> None:
        for f1 in EQUAL_F1:
            recall = np.linspace(f1 / (2 - f1), 1, 60)
            precision = f1 * recall / (2 * recall - f1)
            square.plot(recall, precision, color=subject.theme.faint, linewidth=1.1, zorder=1)
            said = words.number(f1, 1)
            square.text(
                1.0,
                f1 / (2 - f1) + 0.01,
                said,
                size=8.5,
                color=subject.theme.muted,
                ha="right",
                zorder=1,
            )
        square.grid(visible=False)

    axes = (words("recall"), words("precision"))
    sheet = CurveSheet(subject, classes, means, notes)
    page = sheet.drawn(title, axes, words("average-precision"), dress)
    said = "; ".join(f"{c.name}: {words('average-precision')} {c.said}" for c in (*means, *classes))
    return Drawing(page, title, " ".join([f"{subject.summary()}.", f"{said}.", *notes[1:]]))


def _classes(subject: Subject) -> tuple[list[Curve], list[str]]:
    scores, words = subject.answer["scores"], subject.words
    intervals = scores["intervals"].get("per_class")
    areas = subject.areas(row["average_precision"] for row in scores["per_class"])
    drawn, without = [], []
    for index, row in enumerate(scores["curves"]["per_class"]):
        if subject.positive not in (None, index):
            continue
        name, curve = subject.names[index], row["precision_recall"]
        if curve is None:
            without.append(name)
            continue
        area = scores["per_class"][index]["average_precision"]
        said = areas[index]
        if subject.positive is not None and intervals and intervals[index]["average_precision"]:
            bounds = intervals[index]["average_precision"]
            low, high = (words.area(bound, 3) for bound in bounds)
            said = words("interval", value=said, low=low, high=high)
        x, y = stepped(np.array(curve["recall"]), np.array(curve["precision"]))
        drawn.append(Curve(name=name, x=x, y=y, area=area, said=said))
    return drawn, [words("no-positives", names=words.some(without))] if without else []


def _means(subject: Subject, classes: list[Curve]) -> list[Curve]:
    scores, words = subject.answer["scores"], subject.words
    micro, macro = (scores["overall"][f"average_precision_{rule}"] for rule in ("micro", "macro"))
    curve = scores["curves"]["micro"]["precision_recall"]
    x, y = stepped(np.array(curve["recall"]), np.array(curve["precision"]))
    of_micro, of_macro = subject.areas((micro, macro))
    means = [Curve(name=words("micro"), x=x, y=y, area=micro, said=of_micro, is_mean=True)]
    if classes:
        x, y = averaged(classes)
        means.append(Curve(name=words("macro"), x=x, y=y, area=macro, said=of_macro, is_mean=True))
    return means


def stepped(recall: Floats, precision: Floats) -> tuple[Floats, Floats]:
    """The corners of the steps: up to a recall, precision is what it is there."""
    rises = np.append(True, np.diff(recall) > 0)
    return np.repeat(recall[rises], 2)[1:-1], np.repeat(precision[rises][1:], 2)


def averaged(curves: list[Curve]) -> tuple[Floats, Floats]:
    """The mean precision at each recall, whose area is the mean average precision."""
    recall = np.linspace(0, 1, GRID)
    heights = []
    for curve in curves:
        at = np.searchsorted(curve.x, recall, side="left").clip(1, len(curve.x) - 1)
        heights.append(curve.y[at])
    return stepped(recall, np.mean(heights, axis=0))
