"""One evaluation from its samples to its answer."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.confusion import Confusion, count
from services.metrics.faults import InvalidOption, LengthMismatch, one_fault, shown
from services.metrics.labels import Label, LabelArray, LabelKind
from services.metrics.options import EvaluationOptions
from services.metrics.report import Selection, TableReport, Undefined
from services.metrics.samples import Samples
from services.metrics.tables import Parameters, Table

DEFAULT_GROUPS = frozenset({"headline"})


def evaluate(samples: Samples, options: EvaluationOptions, *, max_classes: int) -> dict[str, Any]:
    """The answer to an evaluation, as JSON writes it.

    Args:
        samples: What is marked.
        options: What the caller chose.
        max_classes: The most classes that a matrix is made for.

    Raises:
        InvalidInput: The samples or the options cannot be used; the error says which and why.
    """
    _refuse_unsaid_scores(samples, options)
    y_pred = samples.y_pred or _predicted_by_scores(samples)
    confusion = count(
        samples.y_true,
        y_pred,
        labels=samples.labels,
        sample_weight=samples.sample_weight,
        max_classes=max_classes,
    )
    selection = Selection(DEFAULT_GROUPS, options.zero_division)
    table = Table(confusion.matrix, Parameters(**_chosen_parameters(options)))
    report = TableReport(confusion, table, selection)
    undefined = Undefined()
    answer: dict[str, Any] = {
        "n_samples": confusion.n_samples,
        "labels": list(confusion.labels),
        "confusion_matrix": confusion.matrix.tolist(),
        "overall": report.overall(undefined),
        "averages": report.averages(undefined, _positive_index(confusion, options)),
        "per_class": report.per_class(undefined),
    }
    answer["undefined"] = undefined.entries
    return answer


def _refuse_unsaid_scores(samples: Samples, options: EvaluationOptions) -> None:
    if samples.y_score is not None and options.score_type is None:
        detail = (
            "With y_score, score_type must say what the scores are: probability or decision. "
            "Received: nothing."
        )
        raise one_fault(InvalidOption, "#/score_type", detail)


def _chosen_parameters(options: EvaluationOptions) -> dict[str, float]:
    return {} if options.beta is None else {"beta": options.beta}


def _positive_index(confusion: Confusion, options: EvaluationOptions) -> int | None:
    """The line of the positive class; None if nothing says which it is."""
    if options.positive_label is None:
        return 1 if len(confusion.labels) == 2 else None  # noqa: PLR2004  two classes
    for index, label in enumerate(confusion.labels):
        if _same_label(label, options.positive_label):
            return index
    detail = (
        "The positive label is not among the labels. "
        f"Received: {shown(options.positive_label)}; there are: "
        f"{', '.join(map(shown, confusion.labels[:20]))}."
    )
    raise one_fault(InvalidOption, "#/positive_label", detail)


def _same_label(label: Label, chosen: Label) -> bool:
    return type(label) is type(chosen) and label == chosen


def _predicted_by_scores(samples: Samples) -> LabelArray:
    """The class of the highest score, the first of equals."""
    scores = samples.y_score
    if scores is None or scores.ndim != 2:  # noqa: PLR2004  one column for each class
        raise one_fault(
            LengthMismatch,
            "#/y_pred",
            "Without y_pred, y_score must have a column for each class. "
            f"Received: shape {None if scores is None else scores.shape}.",
        )
    labels = samples.labels or _labels_of_columns(samples.y_true, scores)
    if len(labels) != scores.shape[1]:
        raise one_fault(
            LengthMismatch,
            "#/y_score",
            f"y_score must have a column for each of the {len(labels)} labels. "
            f"Received: {scores.shape[1]} columns.",
        )
    return LabelArray(labels.kind, labels.codes[scores.argmax(axis=1)], labels.categories)


def _labels_of_columns(y_true: LabelArray, scores: NDArray[Any]) -> LabelArray:
    """Without declared labels, the columns are the distinct true labels, ascending."""
    if y_true.kind is LabelKind.STRING:
        names = sorted(y_true.categories)
        return LabelArray(y_true.kind, np.arange(len(names)), tuple(names))
    distinct = np.unique(y_true.codes)
    if len(distinct) != scores.shape[1]:
        raise one_fault(
            LengthMismatch,
            "#/labels",
            f"y_true holds {len(distinct)} distinct labels and y_score {scores.shape[1]} "
            "columns, so labels must say what the columns are. Received: no labels.",
        )
    return LabelArray(y_true.kind, distinct)
