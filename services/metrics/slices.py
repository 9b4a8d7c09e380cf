"""Every statistic for each group of samples, the gaps between groups, and fairness criteria."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from services.metrics.arrays import Floats, silent
from services.metrics.binary_counts import Parameters
from services.metrics.coding import encode, occurring_labels
from services.metrics.faults import TooManyClasses
from services.metrics.group_tests import Strata, gap_tests, pairs
from services.metrics.labels import Label, LabelArray
from services.metrics.options.checks import Adjustment
from services.metrics.report import TableReport, Undefined
from services.metrics.statistics.multiple import adjust
from services.metrics.statistics.ranking.ranked import Ranked
from services.metrics.tables import Table
from services.metrics.values import Selection, TableValues, compute

FOUR_FIFTHS = 0.8


@dataclass(frozen=True, slots=True)
class Coded:
    """Samples as positions of their classes.

    Attributes:
        labels: The classes.
        truth: Of each sample, in `[0, n_classes)`.
        prediction: Likewise.
        weight: Of each sample; None if all weigh 1.
    """

    labels: Sequence[Label]
    truth: NDArray[np.intp]
    prediction: NDArray[np.intp]
    weight: Floats | None


@dataclass(frozen=True, slots=True)
class SlicePlan:
    """What is computed for each group.

    Attributes:
        selection: Which statistics.
        parameters: Constants of the formulas.
        positive: The line of the positive class; None if there is none.
        max_cells: The most cells that the tables of all groups may have.
        max_groups: The most groups.
        level: Coverage of the intervals.
        strata: By name, the grouping within whose groups those of others are compared; None
            for the true classes.
        adjustment: Of the p values of every two groups, besides Holm's.
    """

    selection: Selection
    parameters: Parameters
    positive: int | None
    max_cells: int
    max_groups: int
    level: float
    strata: tuple[str, LabelArray] | None = None
    adjustment: Adjustment | None = None


class Detail(Protocol):
    """Gives what an answer holds of one group besides the statistics of its matrix."""

    def __call__(
        self, members: NDArray[np.intp], matrix: NDArray[Any], values: TableValues, at: str
    ) -> "GroupDetail":
        """Of the samples at these places."""


@dataclass(frozen=True, slots=True)
class GroupDetail:
    """What follows from more than a group's matrix.

    Attributes:
        members: Of the group's part of the answer.
        rankings: Of each class, with scores; else none.
    """

    members: dict[str, Any]
    rankings: Sequence[Ranked] = ()


def report(
    name: str,
    groups: LabelArray,
    samples: Coded,
    plan: SlicePlan,
    undefined: Undefined,
    detail: Detail,
) -> dict[str, Any]:
    """The statistics of one grouping.

    Args:
        name: What the grouping is called.
        groups: The group of each sample.
        samples: Truth and prediction.
        plan: What to compute.
        undefined: Where undefined numbers are listed.
        detail: What else is said of each group.

    Raises:
        TooManyClasses: The groups' tables would have more cells than the limit.
    """
    pointer = f"#/groups/{name}"
    values = _group_values(groups, pointer, len(samples.labels) ** 2, plan)
    names = [values.label(index) for index in range(len(values))]
    codes = encode(groups, values, len(values), pointer)
    matrices = _count(codes, len(values), samples)
    table = Table(matrices, plan.parameters)
    computed = compute(table, plan.selection)
    sizes = np.bincount(codes, minlength=len(values))
    members = np.split(np.argsort(codes, kind="stable"), sizes.cumsum()[:-1])
    rows, rankings = [], []
    for index, group in enumerate(names):
        part = TableReport(
            samples.labels,
            computed.at(index),
            plan.selection,
            table.whole,
            undefined,
            f"{pointer}/by_group/{index}",
        )
        head = {"group": group, "n_samples": int(sizes[index])}
        more = detail(members[index], matrices[index], computed.at(index), part.at)
        rows.append(head | _slice(part, matrices[index], plan.positive) | more.members)
        if more.rankings:
            rankings.append(more.rankings)
    strata = _strata(name, codes, table, samples, plan)
    compared = pairs(table, names, samples.labels, rankings, strata, plan.level)
    adjust([row["accuracy"] for row in compared or ()], "chi_square_p_value", plan.adjustment)
    return {
        "by_group": rows,
        "pairs": compared,
        "gaps": {stat: gap(v, names) for stat, v in computed.overall.items()},
        "fairness": _fairness(table, names, samples.labels, plan.level),
    }


def _strata(
    name: str, codes: NDArray[np.intp], table: Table, samples: Coded, plan: SlicePlan
) -> Strata:
    """The true classes, or what the caller says."""
    if plan.strata is None or plan.strata[0] == name:
        return Strata("y_true", table.hits.astype(np.int64), table.actual.astype(np.int64))
    other, groups = plan.strata
    pointer = f"#/groups/{other}"
    values = _group_values(groups, pointer, len(table.matrix), plan)
    cells = (len(table.matrix), len(values))
    index = codes * len(values) + encode(groups, values, len(values), pointer)
    total = np.bincount(index, minlength=cells[0] * cells[1])
    right = np.bincount(index[samples.truth == samples.prediction], minlength=len(total))
    return Strata(other, right.reshape(cells), total.reshape(cells))


def _slice(part: TableReport, matrix: NDArray[Any], positive: int | None) -> dict[str, Any]:
    return {
        "confusion_matrix": matrix.tolist(),
        "overall": part.overall(),
        "averages": part.averages(positive),
        "per_class": part.per_class(),
    }


def _group_values(groups: LabelArray, pointer: str, cells: int, plan: SlicePlan) -> LabelArray:
    """The distinct groups, if they are no more than allowed, nor their tables' cells."""
    try:
        values = occurring_labels([(pointer, groups)], plan.max_groups)
    except TooManyClasses as error:
        detail = (
            f"There may be {plan.max_groups} groups (setting METRICS_MAX_GROUPS). "
            f"Received: more in {pointer}."
        )
        raise TooManyClasses(detail) from error
    if len(values) * cells > plan.max_cells:
        detail = (
            f"The tables of all groups may have {plan.max_cells} cells (setting "
            f"METRICS_MAX_GROUP_CELLS). Received: {len(values)} groups of {cells} cells each."
        )
        raise TooManyClasses(detail)
    return values


def gap(values: Floats, names: Sequence[Label]) -> dict[str, Any]:
    """The extremes of a statistic over the groups where it is defined.

    Their difference and ratio are of two groups at least: one alone has nothing to differ from.

    Args:
        values: Shape `(n_groups,)`, NaN where undefined.
        names: The groups.
    """
    defined = np.isfinite(values)
    if not defined.any():
        return {
            "least": None, "least_group": None, "greatest": None, "greatest_group": None,
            "difference": None, "ratio": None,
        }  # fmt: skip
    low = int(np.where(defined, values, np.inf).argmin())
    high = int(np.where(defined, values, -np.inf).argmax())
    least, greatest = float(values[low]), float(values[high])
    compared = int(defined.sum()) > 1
    return {
        "least": least,
        "least_group": names[low],
        "greatest": greatest,
        "greatest_group": names[high],
        "difference": greatest - least if compared else None,
        "ratio": least / greatest if compared and greatest > 0 and least >= 0 else None,
    }


def _fairness(
    table: Table, names: Sequence[Label], labels: Sequence[Label], level: float
) -> list[dict[str, Any]]:
    """The criteria for each class taken as the favourable one.

    References:
        Dwork et al. 2012 (demographic parity); Hardt, Price & Srebro 2016 (equalized odds,
        equal opportunity); Chouldechova 2017 (predictive parity); Berk et al. 2021
        (treatment equality, accuracy equality); 29 CFR 1607.4 (four fifths).
    """
    counts = table.one_vs_rest
    with silent():
        criteria = {
            "demographic_parity": counts.predicted / counts.n,
            "equal_opportunity": counts.tpr,
            "false_positive_rate_parity": counts.fpr,
            "predictive_parity": counts.ppv,
            "negative_predictive_parity": counts.npv,
            "accuracy_equality": (counts.tp + counts.tn) / counts.n,
            "treatment_equality": counts.fn / counts.fp,
        }
    rows = []
    for line, label in enumerate(labels):
        row: dict[str, Any] = {"label": label}
        for name, values in criteria.items():
            row[name] = gap(values[:, line], names)
        ends = {
            name: (names.index(row[name]["least_group"]), names.index(row[name]["greatest_group"]))
            for name in criteria
            if row[name]["least"] is not None
        }
        for name, test in gap_tests(counts, line, table.whole, level, ends).items():
            row[name] |= test
        odds = [row["equal_opportunity"], row["false_positive_rate_parity"]]
        row["equalized_odds"] = {
            "difference": _extreme(max, [gap["difference"] for gap in odds]),
            "ratio": _extreme(min, [gap["ratio"] for gap in odds]),
        }
        ratio = row["demographic_parity"]["ratio"]
        row["four_fifths_rule"] = None if ratio is None else ratio >= FOUR_FIFTHS
        rows.append(row)
    return rows


def _extreme(pick: Any, values: list[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return pick(defined) if len(defined) == len(values) else None


def _count(codes: NDArray[np.intp], n_groups: int, samples: Coded) -> NDArray[Any]:
    k = len(samples.labels)
    index = (codes * k + samples.truth) * k + samples.prediction
    cells = np.bincount(index, samples.weight, minlength=n_groups * k * k)
    return cells.reshape(n_groups, k, k)
