"""One evaluation from its samples to its answer."""

from dataclasses import dataclass, fields, replace
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from services.metrics import bootstrap
from services.metrics.confusion import Confusion, count
from services.metrics.faults import InvalidOption, LengthMismatch, one_fault, shown
from services.metrics.labels import Label, LabelArray, LabelKind
from services.metrics.options import EvaluationOptions, Group
from services.metrics.report import TableReport, Undefined
from services.metrics.samples import Samples
from services.metrics.tables import Parameters, Table
from services.metrics.uncertainty import Uncertainty
from services.metrics.values import Selection, TableValues, compute

DEFAULT_LEVEL = 0.95
DEFAULT_GROUPS = frozenset({"headline", "intervals"})
ALL_GROUPS = frozenset(get_args(Group)) - {"all"}


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one request may ask for.

    Attributes:
        max_classes: Classes of a confusion matrix.
        max_bootstrap_values: Numbers that a bootstrap holds at once.
    """

    max_classes: int = 2000
    max_bootstrap_values: int = 100_000_000


def evaluate(samples: Samples, options: EvaluationOptions, limits: Limits) -> dict[str, Any]:
    """The answer to an evaluation, as JSON writes it.

    Args:
        samples: What is marked.
        options: What the caller chose.
        limits: The most that a caller may ask for.

    Raises:
        InvalidInput: The samples or the options cannot be used; the error says which and why.
    """
    _refuse_unsaid_scores(samples, options)
    confusion = count(
        samples.y_true,
        samples.y_pred or _predicted_by_scores(samples),
        labels=samples.labels,
        sample_weight=samples.sample_weight,
        max_classes=limits.max_classes,
    )
    selection = selected(options)
    table = Table(confusion.matrix, chosen_parameters(options))
    undefined = Undefined()
    values = compute(table, selection)
    report = TableReport(confusion.labels, values, selection, table.whole, undefined)
    answer: dict[str, Any] = {
        "n_samples": confusion.n_samples,
        "labels": list(confusion.labels),
        "confusion_matrix": confusion.matrix.tolist(),
        "overall": report.overall(),
        "averages": report.averages(_positive_index(confusion, options)),
        "per_class": report.per_class(),
    }
    if "intervals" in selection.groups:
        answer["intervals"] = _intervals(confusion, table, values, selection, options)
    if options.bootstrap_replicates is not None:
        answer["bootstrap"] = _bootstrap(confusion, table, selection, options, limits)
    answer["undefined"] = undefined.entries
    return answer


def selected(options: EvaluationOptions) -> Selection:
    """The default statistics and those that the caller includes."""
    included = frozenset(options.include or ())
    groups = ALL_GROUPS if "all" in included else DEFAULT_GROUPS | included
    return Selection(groups, options.zero_division)


def chosen_parameters(options: EvaluationOptions) -> Parameters:
    """The constants of the formulas, each the caller's or the default."""
    names = (field.name for field in fields(Parameters))
    chosen = {name: getattr(options, name) for name in names}
    return Parameters(**{name: value for name, value in chosen.items() if value is not None})


def _intervals(
    confusion: Confusion,
    table: Table,
    values: TableValues,
    selection: Selection,
    options: EvaluationOptions,
) -> dict[str, Any]:
    n = float(table.n)
    squared = confusion.squared_weight_sum
    uncertainty = Uncertainty(
        table,
        values,
        n if squared is None else n * n / squared,
        options.confidence_level or DEFAULT_LEVEL,
        options.interval_method or "wilson",
    )
    return uncertainty.report(confusion.labels, selection)


def _bootstrap(
    confusion: Confusion,
    table: Table,
    selection: Selection,
    options: EvaluationOptions,
    limits: Limits,
) -> dict[str, Any]:
    plan = bootstrap.Bootstrap(
        replicates=options.bootstrap_replicates or 0,
        method=options.bootstrap_method or "percentile",
        seed=options.bootstrap_seed or 0,
        level=options.confidence_level or DEFAULT_LEVEL,
    )
    if confusion.squared_weight_sum is not None:
        detail = (
            "Replicates are drawn from counts, so there are none of weighted samples. "
            "Received: bootstrap_replicates with sample_weight."
        )
        raise one_fault(InvalidOption, "#/bootstrap_replicates", detail)
    selection = replace(selection, replicable_only=True)
    k = table.n_classes
    lines = len(selection.per_class())
    tables = plan.replicates + (k * k if plan.method == "bca" else 0)
    needed = tables * (k * lines + 5 * lines + len(selection.overall()))
    if needed > limits.max_bootstrap_values:
        detail = (
            f"A bootstrap may hold {limits.max_bootstrap_values} numbers (setting "
            "METRICS_MAX_BOOTSTRAP_VALUES); fewer replicates or groups need fewer. "
            f"Received: a wish for {needed}, for {plan.replicates} replicates of {k} classes."
        )
        raise one_fault(InvalidOption, "#/bootstrap_replicates", detail)
    return bootstrap.report(confusion.matrix, confusion.labels, selection, table.parameters, plan)


def _refuse_unsaid_scores(samples: Samples, options: EvaluationOptions) -> None:
    if samples.y_score is not None and options.score_type is None:
        detail = (
            "With y_score, score_type must say what the scores are: probability or decision. "
            "Received: nothing."
        )
        raise one_fault(InvalidOption, "#/score_type", detail)


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
