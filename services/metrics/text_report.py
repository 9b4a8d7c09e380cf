"""An evaluation as a person reads it in a terminal."""

from collections.abc import Iterator, Sequence
from typing import Any

MAX_MATRIX_CLASSES = 20
MAX_CLASS_ROWS = 40
COLUMNS = ("precision", "recall", "specificity", "f1_score", "support")
AVERAGES = ("macro", "weighted", "micro")


def evaluation_text(answer: dict[str, Any]) -> str:
    """The headline, the classes, the averages, the matrix and what is undefined."""
    return "\n".join(_evaluation_lines(answer)) + "\n"


def comparison_text(answer: dict[str, Any]) -> str:
    """Each model's accuracy and, for every two, the difference and whether it is chance."""
    return "\n".join(_comparison_lines(answer)) + "\n"


def _evaluation_lines(answer: dict[str, Any]) -> Iterator[str]:
    size = "weights" if answer["n_samples"] is None else f"{answer['n_samples']} samples"
    yield f"{size}, {len(answer['labels'])} classes"
    yield ""
    yield from _headline(answer)
    yield ""
    yield from _classes(answer)
    if len(answer["labels"]) <= MAX_MATRIX_CLASSES:
        yield ""
        yield from _matrix(answer)
    if "scores" in answer:
        yield ""
        yield from _scores(answer["scores"])
    for name, grouping in (answer.get("groups") or {}).items():
        yield ""
        yield from _groups(name, grouping)
    if answer["undefined"]:
        yield ""
        yield f"{len(answer['undefined'])} numbers are undefined, for example:"
        yield from (f"  {e['path']}: {e['reason']}" for e in answer["undefined"][:5])


def _headline(answer: dict[str, Any]) -> Iterator[str]:
    intervals = answer["intervals"]["overall"]
    heading = f"{answer['intervals']['confidence_level']:.4g} interval"
    rows = [
        [name, number(value), interval(intervals.get(name))]
        for name, value in answer["overall"].items()
    ]
    yield from table(["", "value", heading], rows)


def _classes(answer: dict[str, Any]) -> Iterator[str]:
    classes = answer["per_class"][:MAX_CLASS_ROWS]
    rows = [[str(row["label"]), *(number(row[c]) for c in COLUMNS)] for row in classes]
    if len(answer["per_class"]) > MAX_CLASS_ROWS:
        rows.append([f"... {len(answer['per_class']) - MAX_CLASS_ROWS} more"])
    for rule in AVERAGES:
        row = answer["averages"][rule]
        rows.append([rule, *(number(row.get(c)) if c != "support" else "" for c in COLUMNS)])
    yield from table(["class", *COLUMNS], rows)


def _matrix(answer: dict[str, Any]) -> Iterator[str]:
    labels = [str(label) for label in answer["labels"]]
    rows = [
        [label, *(f"{cell:.6g}" for cell in line)]
        for label, line in zip(labels, answer["confusion_matrix"], strict=True)
    ]
    yield from table(["true \\ predicted", *labels], rows)


def _scores(scores: dict[str, Any]) -> Iterator[str]:
    rows = [[name, number(value)] for name, value in scores["overall"].items()]
    calibration = scores.get("calibration", {}).get("highest_probability", {})
    rows += [[name, number(value)] for name, value in calibration.items()]
    yield from table(["scores", "value"], rows)


def _groups(name: str, grouping: dict[str, Any]) -> Iterator[str]:
    rows = [
        [str(row["group"]), str(row["n_samples"]), *(number(v) for v in row["overall"].values())]
        for row in grouping["by_group"]
    ]
    yield from table([name, "samples", *grouping["by_group"][0]["overall"]], rows)


def _comparison_lines(answer: dict[str, Any]) -> Iterator[str]:
    rows = [
        [m["model"], number(m["accuracy"]), interval(m["accuracy_interval"])]
        for m in answer["models"]
    ]
    yield f"{answer['n_samples']} samples, {len(answer['labels'])} classes"
    yield ""
    yield from table(["model", "accuracy", f"{answer['confidence_level']:.4g} interval"], rows)
    yield ""
    pairs = [
        [
            f"{pair['first']} - {pair['second']}",
            number(pair["accuracy_difference"]),
            interval(pair["accuracy_difference_interval"]),
            str(pair["only_first_right"]),
            str(pair["only_second_right"]),
            number(pair["mcnemar"]["mid_p_value"]),
            number(pair["mcnemar"]["mid_p_value_holm"]),
        ]
        for pair in answer["pairs"]
    ]
    head = ["pair", "difference", "interval", "first only", "second only", "mid-p", "Holm"]
    yield from table(head, pairs)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines with the first column to the left and the others to the right."""
    width = len(head)
    filled = [[*row, *[""] * (width - len(row))] for row in rows]
    widths = [max(len(line[i]) for line in [list(head), *filled]) for i in range(width)]
    for line in [list(head), *filled]:
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(size) for cell, size in zip(line[1:], widths[1:], strict=True)]
        yield "  ".join(cells).rstrip()


def number(value: Any) -> str:
    """A number with four digits after the point, whole ones without; - for undefined."""
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"


def interval(bounds: Any) -> str:
    """Both ends, or nothing."""
    return "" if bounds is None else f"[{bounds[0]:.4f}, {bounds[1]:.4f}]"
