"""ROC curves of each class against the rest, and of their averages."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from services.metrics.arrays import Floats
from services.metrics.plots.curve_sheet import Curve, CurveSheet
from services.metrics.plots.sheet import Sheet
from services.metrics.plots.subject import Drawing, Subject

# From here on all curves press into the corner, which is then shown magnified.
NEAR_PERFECT, NEARER = 0.99, 0.999
CORNER, SMALL_CORNER = 0.1, 0.02
NOTHING: Floats = np.empty(0)


def roc(subject: Subject) -> Drawing:
    """The ROC curves of an answer with `curves`; of two classes that of the positive one."""
    words = subject.words
    classes, notes = _classes(subject)
    means = [] if subject.positive is not None else _means(subject, classes)
    sheet = CurveSheet(subject, classes, means, notes)
    areas = [curve.area for curve in classes if curve.area is not None]
    least = min(areas, default=0.0)
    corner = SMALL_CORNER if least > NEARER else CORNER

    def dress(square: Axes, page: Sheet) -> None:
        square.plot((0, 1), (0, 1), color=subject.theme.quiet, linewidth=0.9, dashes=(2, 3))
        if least > NEAR_PERFECT:
            inset = sheet.corner(square, page, 0.42, 0.09)
            inset.set(xlim=(-corner / 100, corner), ylim=(1 - corner, 1 + corner / 100))
            for name, ticks in (("x", (0, corner)), ("y", (1 - corner, 1))):
                labels = [words.number(tick, 2) for tick in ticks]
                inset.set(**{f"{name}ticks": ticks, f"{name}ticklabels": labels})
        else:
            square.text(
                0.5, 0.47, words("chance"), color=subject.theme.muted, size=9.5, rotation=45,
                rotation_mode="anchor", va="top", ha="center", zorder=1,
            )  # fmt: skip

    if subject.positive is None:
        title = subject.title("roc")
    else:
        title = subject.title("roc-one", name=subject.names[subject.positive])
    axes = (words("false-positive-rate"), words("true-positive-rate"))
    page = sheet.drawn(title, axes, words("area"), dress)
    return Drawing(page, title, _described(subject, [*means, *classes], notes))


def _classes(subject: Subject) -> tuple[list[Curve], list[str]]:
    """The curves that there are, and why others are not."""
    scores, words = subject.answer["scores"], subject.words
    drawn: list[Curve] = []
    positives: list[str] = []
    negatives: list[str] = []
    intervals = scores["intervals"].get("per_class")
    areas = subject.areas(row["roc_auc"] for row in scores["per_class"])
    for index, row in enumerate(scores["curves"]["per_class"]):
        if subject.positive not in (None, index):
            continue
        name = subject.names[index]
        if row["roc"] is None:
            support = subject.answer["per_class"][index]["support"]
            (negatives if support else positives).append(name)
            continue
        area = scores["per_class"][index]["roc_auc"]
        said = areas[index]
        if subject.positive is not None and intervals and intervals[index]["roc_auc"]:
            low, high = (words.area(bound, 3) for bound in intervals[index]["roc_auc"])
            said = words("interval", value=said, low=low, high=high)
        x, y = (np.array(row["roc"][f"{kind}_positive_rate"]) for kind in ("false", "true"))
        drawn.append(Curve(name=name, x=x, y=y, area=area, said=said))
    reasons = (("no-positives", positives), ("no-negatives", negatives))
    return drawn, [words(key, names=words.some(names)) for key, names in reasons if names]


def _means(subject: Subject, classes: list[Curve]) -> list[Curve]:
    scores, words = subject.answer["scores"], subject.words
    micro, macro = (scores["overall"][f"roc_auc_ovr_{rule}"] for rule in ("micro", "macro"))
    of_micro, of_macro = subject.areas((micro, macro))
    curve: Any = scores["curves"]["micro"]["roc"]
    means = []
    if curve is not None:
        x, y = (np.array(curve[f"{kind}_positive_rate"]) for kind in ("false", "true"))
        means.append(_mean(words("micro"), (x, y), micro, of_micro))
    if classes and macro is not None:
        x, y = averaged(classes)
        means.append(_mean(words("macro"), (x, y), macro, of_macro))
    return means


def _mean(name: str, points: tuple[Floats, Floats], area: float, said: str) -> Curve:
    return Curve(name=name, x=points[0], y=points[1], area=area, said=said, is_mean=True)


def averaged(curves: list[Curve]) -> tuple[Floats, Floats]:
    """The mean of the curves at each false positive rate.

    A step up is kept by taking the mean just before each rate and at it.

    References:
        Fawcett 2006, Pattern Recognition Letters 27, section 7 (vertical averaging).
    """
    rates = np.unique(np.concatenate([curve.x for curve in curves]))
    if len(rates) > 2000:  # noqa: PLR2004  more than a picture shows
        rates = rates[np.linspace(0, len(rates) - 1, 2000).round().astype(np.intp)]
    before = np.mean([_at(curve, rates, "left") for curve in curves], axis=0)
    after = np.mean([_at(curve, rates, "right") for curve in curves], axis=0)
    return np.repeat(rates, 2), np.stack((before, after), axis=1).ravel()


def _at(curve: Curve, rates: Floats, side: str) -> Floats:
    """The height at each rate: on an upright step its foot (`left`) or its top (`right`)."""
    x, y = curve.x, curve.y
    if side == "right":
        last = np.searchsorted(x, rates, side="right") - 1
        exact = x[last] == rates
        return np.where(exact, y[last], np.interp(rates, x, y))
    first = np.searchsorted(x, rates, side="left").clip(max=len(x) - 1)
    exact = x[first] == rates
    return np.where(exact, y[first], np.interp(rates, x, y))


def _described(subject: Subject, curves: list[Curve], notes: list[str]) -> str:
    area = subject.words("area")
    said = "; ".join(f"{curve.name}: {area} {curve.said}" for curve in curves)
    return " ".join([f"{subject.summary()}.", f"{said}.", *notes])
