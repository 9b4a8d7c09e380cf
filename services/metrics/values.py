"""All chosen statistics of one or many confusion matrices at once, as arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from services.metrics import catalogue
from services.metrics.arrays import Floats, mean_defined, silent
from services.metrics.binary_counts import BinaryCounts
from services.metrics.statistics.definition import (
    ClassStatistic,
    Description,
    LineStatistic,
    OverallStatistic,
)
from services.metrics.tables import Table

Described = TypeVar("Described", bound=Description)
PerClass = ClassStatistic | LineStatistic


@dataclass(frozen=True, slots=True)
class Selection:
    """Which statistics are computed.

    Attributes:
        groups: The groups of statistics that the answer holds.
        zero_division: What stands for 0/0 where a statistic lets it; None if nothing does.
        replicable_only: Whether to leave out what is too dear to compute for every replicate.
    """

    groups: frozenset[str]
    zero_division: float | None = None
    replicable_only: bool = False

    def per_class(self) -> list[PerClass]:
        """The chosen statistics of a class, in the order of the catalogue."""
        return self._chosen(catalogue.PER_CLASS)

    def overall(self) -> list[OverallStatistic]:
        """The chosen statistics of a whole table, in the order of the catalogue."""
        chosen = self._chosen(catalogue.WHOLE_TABLE)
        return [s for s in chosen if s.replicable or not self.replicable_only]

    def _chosen(self, statistics: Iterable[Described]) -> list[Described]:
        return [s for s in statistics if s.group in self.groups]


@dataclass(frozen=True, slots=True)
class TableValues:
    """The statistics of tables with leading axes `(...)`; NaN where undefined.

    Attributes:
        overall: Each of shape `(...)`, by id.
        per_class: Each of shape `(..., n_classes)`, by id.
        averages: By rule and id, each of shape `(...)`.
    """

    overall: dict[str, Floats]
    per_class: dict[str, Floats]
    averages: dict[str, dict[str, Floats]]

    def at(self, index: int) -> "TableValues":
        """The values of one of many tables."""
        return TableValues(
            {name: values[index] for name, values in self.overall.items()},
            {name: values[index] for name, values in self.per_class.items()},
            {
                rule: {name: values[index] for name, values in row.items()}
                for rule, row in self.averages.items()
            },
        )


def compute(table: Table, selection: Selection) -> TableValues:
    """The chosen statistics of every table."""
    with silent():
        per_class = {s.id: _class_values(s, table) for s in selection.per_class()}
        overall = {s.id: np.asarray(s.compute(table), np.float64) for s in selection.overall()}
        averages = _averages(table.one_vs_rest, selection, per_class)
        return TableValues(overall, per_class, averages)


def compute_counts(counts: BinaryCounts, selection: Selection) -> TableValues:
    """The chosen statistics of classes, or labels, of which only the four counts are known."""
    with silent():
        per_class = {
            s.id: np.asarray(s.compute(counts), np.float64)
            for s in selection.per_class()
            if isinstance(s, ClassStatistic)
        }
        return TableValues({}, per_class, _averages(counts, selection, per_class))


def filled(statistic: PerClass, values: Floats, fill: float | None) -> Floats:
    """The values with what stands for 0/0, if the statistic lets it."""
    if fill is None or not fills(statistic):
        return values
    return np.where(np.isnan(values), fill, values)


def fills(statistic: PerClass) -> bool:
    """Whether `zero_division` may stand for an undefined value."""
    return isinstance(statistic, ClassStatistic) and statistic.fills


def _class_values(statistic: PerClass, table: Table) -> Floats:
    if isinstance(statistic, ClassStatistic):
        return np.asarray(statistic.compute(table.one_vs_rest), np.float64)
    return np.asarray(statistic.compute(table), np.float64)


def _averages(
    counts: BinaryCounts, selection: Selection, per_class: dict[str, Floats]
) -> dict[str, dict[str, Floats]]:
    averaged = [s for s in selection.per_class() if s.averaged and s.id in per_class]
    fill = selection.zero_division
    names = [s.id for s in averaged]
    # One array for all of them: a mean of many short lines costs little more than of one.
    values = np.stack([filled(s, per_class[s.id], fill) for s in averaged], axis=-2)
    support = counts.actual[..., None, :]
    rules: dict[str, dict[str, Any]] = {
        "macro": _by_name(names, mean_defined(values)),
        "micro": _micro(counts, averaged, fill),
        "weighted": _by_name(names, mean_defined(values, support)),
    }
    if not selection.replicable_only:
        names = [s.id for s in averaged if fills(s)]
        zeros = np.nan_to_num(np.stack([per_class[name] for name in names], axis=-2))
        share = support / support.sum(-1, keepdims=True)
        rules["macro_zero_filled"] = _by_name(names, zeros.mean(-1))
        rules["weighted_zero_filled"] = _by_name(names, (zeros * share).sum(-1))
    return rules


def _by_name(names: Sequence[str], values: Floats) -> dict[str, Floats]:
    return {name: values[..., line] for line, name in enumerate(names)}


def _micro(
    counts: BinaryCounts, statistics: Sequence[PerClass], fill: float | None
) -> dict[str, Any]:
    summed = counts.summed()
    return {
        s.id: filled(s, np.asarray(s.compute(summed)), fill)[..., 0]
        for s in statistics
        if isinstance(s, ClassStatistic)
    }
