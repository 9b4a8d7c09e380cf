"""Pictures of an evaluation, as SVG that needs no library and prints at any size."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

SIDE = 360
MARGIN = 60
MAX_CLASSES = 60
MAX_CURVES = 12
LIGHTEST, DARKEST = 97, 30
DARK_FROM = 0.5
# Okabe and Ito's palette, which colour-blind people can tell apart.
COLOURS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442", "#000000",
)  # fmt: skip
STYLE = "font-family='system-ui, sans-serif' font-size='12'"


def write_plots(answer: dict[str, Any], folder: Path) -> list[Path]:
    """Write the pictures that the answer has the numbers for.

    Args:
        answer: Of an evaluation; the curves need `include: curves`.
        folder: Made if it is missing.

    Returns:
        The files written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {"confusion_matrix.svg": confusion_matrix(answer)}
    if (curves := answer.get("scores", {}).get("curves")) is not None:
        rows = curves["per_class"][:MAX_CURVES]
        pictures["roc.svg"] = lines(
            "ROC", ("false positive rate", "true positive rate"), _roc(rows), diagonal=True
        )
        pictures["precision_recall.svg"] = lines(
            "Precision and recall", ("recall", "precision"), _precision_recall(rows)
        )
        if "calibration" in curves:
            pictures["calibration.svg"] = lines(
                "Calibration of the highest probability",
                ("mean probability", "share right"),
                _calibration(curves["calibration"]),
                diagonal=True,
            )
    written = []
    for name, picture in pictures.items():
        path = folder / name
        path.write_text(picture, encoding="utf-8")
        written.append(path)
    return written


def confusion_matrix(answer: dict[str, Any]) -> str:
    """The matrix with each row's shares as shades and the counts written in."""
    labels = [str(label) for label in answer["labels"]][:MAX_CLASSES]
    cell = max(14.0, SIDE / len(labels))
    size = cell * len(labels)
    body = [
        part
        for i in range(len(labels))
        for part in _matrix_row(answer["confusion_matrix"][i][: len(labels)], i, cell)
    ]
    for i, label in enumerate(labels):
        middle = MARGIN + (i + 0.5) * cell
        body.append(_text(MARGIN - 6, middle + 4, label, "end"))
        body.append(_text(middle, MARGIN - 6, label))
    body.append(_text(MARGIN + size / 2, 20, "predicted"))
    body.append(_text(16, MARGIN + size / 2, "true", turned=True))
    return _svg(size + MARGIN + 20, size + MARGIN + 20, body)


def _matrix_row(row: Sequence[float], line: int, cell: float) -> Iterator[str]:
    total = sum(row)
    for column, count in enumerate(row):
        share = count / total if total else 0.0
        shade = LIGHTEST - (LIGHTEST - DARKEST) * share
        x, y = MARGIN + column * cell, MARGIN + line * cell
        yield (
            f"<rect x='{x:.1f}' y='{y:.1f}' width='{cell:.1f}' height='{cell:.1f}' "
            f"fill='hsl(205 70% {shade:.0f}%)'><title>{count:g} ({share:.1%})</title></rect>"
        )
        if count:
            ink = "#fff" if share > DARK_FROM else "#222"
            yield _text(x + cell / 2, y + cell / 2 + 4, f"{count:g}", ink=ink)


def lines(
    title: str,
    axes: tuple[str, str],
    curves: Sequence[tuple[str, Sequence[float], Sequence[float]]],
    *,
    diagonal: bool = False,
) -> str:
    """Curves over the unit square with a legend."""
    frame = f"x='{MARGIN}' y='{MARGIN}' width='{SIDE}' height='{SIDE}'"
    body = [f"<rect {frame} fill='none' stroke='#888'/>"]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        body.append(_text(MARGIN + tick * SIDE, MARGIN + SIDE + 16, f"{tick:g}"))
        body.append(_text(MARGIN - 6, MARGIN + (1 - tick) * SIDE + 4, f"{tick:g}", "end"))
    if diagonal:
        body.append(_path([0, 1], [0, 1], "#aaa", "stroke-dasharray='4 4'"))
    for index, (name, x, y) in enumerate(curves):
        colour = COLOURS[index % len(COLOURS)]
        body.append(_path(x, y, colour))
        body.append(_text(MARGIN + SIDE + 12, MARGIN + 12 + 16 * index, name, "start", ink=colour))
    body.append(_text(MARGIN + SIDE / 2, 24, title))
    body.append(_text(MARGIN + SIDE / 2, MARGIN + SIDE + 36, axes[0]))
    body.append(_text(18, MARGIN + SIDE / 2, axes[1], turned=True))
    return _svg(SIDE + 2 * MARGIN + 100, SIDE + 2 * MARGIN, body)


def _roc(rows: Sequence[dict[str, Any]]) -> list[tuple[str, list[float], list[float]]]:
    return [
        (str(row["label"]), row["roc"]["false_positive_rate"], row["roc"]["true_positive_rate"])
        for row in rows
        if row["roc"]
    ]


def _precision_recall(rows: Sequence[dict[str, Any]]) -> list[tuple[str, list[float], list[float]]]:
    return [
        (
            str(row["label"]),
            row["precision_recall"]["recall"],
            row["precision_recall"]["precision"],
        )
        for row in rows
        if row["precision_recall"]
    ]


def _calibration(curve: dict[str, Any]) -> list[tuple[str, list[float], list[float]]]:
    bins = curve["equal_width"]
    return [("", [b["mean_probability"] for b in bins], [b["outcome_rate"] for b in bins])]


def _path(x: Sequence[float], y: Sequence[float], colour: str, extra: str = "") -> str:
    points = " ".join(
        f"{MARGIN + a * SIDE:.1f},{MARGIN + (1 - b) * SIDE:.1f}" for a, b in zip(x, y, strict=True)
    )
    return f"<polyline points='{points}' fill='none' stroke='{colour}' stroke-width='1.6' {extra}/>"


def _text(
    x: float,
    y: float,
    text: str,
    anchor: str = "middle",
    *,
    ink: str = "#222",
    turned: bool = False,
) -> str:
    turn = f" transform='rotate(-90 {x:.1f} {y:.1f})'" if turned else ""
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' fill='{ink}'{turn}>"
        f"{escape(text)}</text>"
    )


def _svg(width: float, height: float, body: Sequence[str]) -> str:
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width:.0f} {height:.0f}' "
        f"width='{width:.0f}' height='{height:.0f}' {STYLE}>"
        f"<rect width='100%' height='100%' fill='#fff'/>{''.join(body)}</svg>\n"
    )
