"""What every evaluation of a confusion matrix says, wherever the matrix came from."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from services.metrics.bands import described
from services.metrics.binary_counts import Parameters
from services.metrics.confusion import Confusion
from services.metrics.faults import InvalidOption, LengthMismatch, one_fault
from services.metrics.guesses import guesses
from services.metrics.notes import matrices, noted
from services.metrics.options.evaluation import EvaluationOptions, Group
from services.metrics.report import TableReport, Undefined
from services.metrics.resampling import DEFAULT_LEVEL
from services.metrics.tables import Table
from services.metrics.uncertainty import Uncertainty
from services.metrics.values import Selection, TableValues

DEFAULT_GROUPS = frozenset({"headline", "notes", "intervals", "ranking", "probability"})
# `all` is all statistics; the matrix in other forms is as large as many matrices, and lists of
# samples are as long as what was sent, so both are asked for by name.
ALL_GROUPS = frozenset(get_args(Group)) - {"all", "matrices", "positions"}


def marked(
    confusion: Confusion,
    table: Table,
    values: TableValues,
    selection: Selection,
    positive: int | None,
    undefined: Undefined,
) -> dict[str, Any]:
    """The members of an answer that are the matrix and its statistics.

    Args:
        confusion: The matrix and its classes.
        table: The same for the formulas.
        values: Its statistics.
        selection: What was computed.
        positive: The line of the positive class; None if there is none.
        undefined: Where undefined numbers are listed.
    """
    report = TableReport(confusion.labels, values, selection, table.whole, undefined)
    return {
        "n_samples": confusion.n_samples,
        "labels": list(confusion.labels),
        "confusion_matrix": np.ascontiguousarray(confusion.matrix),
        "overall": report.overall(),
        "averages": report.averages(positive),
        "per_class": report.per_class(),
    }


def asides(table: Table, answer: dict[str, Any], selection: Selection) -> dict[str, Any]:
    """What is no statistic: remarks, other forms of the matrix, words for values."""
    makers: dict[str, Callable[[], Any]] = {
        "notes": lambda: noted(table, answer["labels"]),
        "matrices": lambda: matrices(table),
        "baselines": lambda: guesses(table),
        "bands": lambda: described(answer["overall"], answer["per_class"]),
    }
    return {name: make() for name, make in makers.items() if name in selection.groups}


def selected(options: EvaluationOptions, *, costs: bool = False) -> Selection:
    """The default statistics and those that the caller includes.

    Args:
        options: What the caller chose.
        costs: Whether the caller said what errors cost.

    Raises:
        InvalidOption: Costs are wished and none are known.
    """
    included = frozenset(options.include or ())
    if "costs" in included and not costs:
        detail = "Costs need a cost_matrix. Received: include costs without one."
        raise one_fault(InvalidOption, "#/include", detail)
    groups = DEFAULT_GROUPS | included | (ALL_GROUPS if "all" in included else frozenset())
    groups = groups | {"costs"} if costs else groups - {"costs"}
    return Selection(groups, options.zero_division)


def chosen_parameters(
    options: EvaluationOptions, cost_matrix: NDArray[Any] | None, n_classes: int
) -> Parameters:
    """The constants of the formulas, each the caller's or the default.

    Raises:
        LengthMismatch: There is not one cost for each pair of classes.
    """
    names = (field.name for field in fields(Parameters) if field.name != "cost_matrix")
    chosen = {name: getattr(options, name) for name in names}
    given = {name: value for name, value in chosen.items() if value is not None}
    if cost_matrix is None:
        return Parameters(**given)
    if cost_matrix.shape != (n_classes, n_classes):
        detail = (
            f"A row and a column are needed for each of the {n_classes} classes. "
            f"Received: shape {cost_matrix.shape}."
        )
        raise one_fault(LengthMismatch, "#/cost_matrix", detail)
    return Parameters(**given, cost_matrix=cost_matrix.astype(np.float64))


def label_intervals(
    confusion: Confusion,
    table: Table,
    values: TableValues,
    selection: Selection,
    options: EvaluationOptions,
) -> dict[str, Any]:
    """The `intervals` member of an answer."""
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
