"""Puts an answer together: which statistics, over what, and what is undefined and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from services.metrics import catalogue
from services.metrics.confusion import Confusion
from services.metrics.statistics.definition import ClassStatistic, Description
from services.metrics.tables import BinaryCounts, Floats, Table, mean_defined, silent

Number = int | float | None
Described = TypeVar("Described", bound=Description)


@dataclass(slots=True)
class Undefined:
    """Collects the numbers that have no value while they are written as null."""

    entries: list[dict[str, Any]] = field(default_factory=list)

    def number(self, value: float, path: str, reason: str) -> Number:
        """The value as JSON may hold it; noted if it is undefined or a limit."""
        if np.isfinite(value):
            return value
        self.note(value, path, reason)
        return None

    def note(self, value: float, path: str, reason: str, replaced_by: float | None = None) -> None:
        """Remember an undefined number, its limit if it has one, and what stands for it."""
        limit = None if np.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        entry: dict[str, Any] = {"path": path, "reason": reason, "limit": limit}
        if replaced_by is not None:
            entry["replaced_by"] = replaced_by
        self.entries.append(entry)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which groups of statistics an answer holds, and how it treats 0/0."""

    groups: frozenset[str]
    zero_division: float | None = None

    def chosen(self, statistics: Iterable[Described]) -> list[Described]:
        """The statistics of the chosen groups, in the order of the catalogue."""
        return [s for s in statistics if s.group in self.groups]


class TableReport:
    """The parts of an answer that follow from a confusion matrix.

    Args:
        confusion: The counted samples.
        table: The same matrix with the constants of the formulas.
        selection: What to compute.
    """

    def __init__(self, confusion: Confusion, table: Table, selection: Selection) -> None:
        self._confusion = confusion
        self._table = table
        self._selection = selection
        self._statistics = selection.chosen(catalogue.PER_CLASS)
        with silent():
            self._values = {s.id: self._per_class_values(s) for s in self._statistics}

    def overall(self, undefined: Undefined, at: str = "#/overall") -> dict[str, Number]:
        """One number for each statistic of the whole table."""
        answer: dict[str, Number] = {}
        with silent():
            for statistic in self._selection.chosen(catalogue.WHOLE_TABLE):
                value = float(statistic.compute(self._table))
                path = f"{at}/{statistic.id}"
                answer[statistic.id] = undefined.number(value, path, statistic.undefined)
        return answer

    def per_class(self, undefined: Undefined, at: str = "#/per_class") -> list[dict[str, Any]]:
        """One row for each class, in the order of the labels."""
        columns: list[Sequence[Any]] = [self._confusion.labels]
        for statistic in self._statistics:
            values = self._values[statistic.id]
            filled = self._fill(statistic, values)
            if not statistic.averaged and self._table.whole:
                columns.append(filled.astype(np.int64).tolist())
                continue
            column: list[Number] = filled.tolist()
            for index in np.flatnonzero(~np.isfinite(values)).tolist():
                replaced = self._selection.zero_division if np.isfinite(filled[index]) else None
                path = f"{at}/{index}/{statistic.id}"
                undefined.note(values[index], path, statistic.undefined, replaced)
                if replaced is None:
                    column[index] = None
            columns.append(column)
        names = ["label", *(s.id for s in self._statistics)]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

    def averages(
        self, undefined: Undefined, positive: int | None, at: str = "#/averages"
    ) -> dict[str, dict[str, Number]]:
        """Means over the classes, by each usual rule.

        `macro` and `weighted` are over the classes where a statistic is defined; their
        `_zero_filled` forms count the undefined as 0, which is scikit-learn's default.
        """
        averaged = [s for s in self._statistics if s.averaged]
        with silent():
            rows = {
                "macro": {s.id: self._mean(s, None) for s in averaged},
                "micro": self._micro(averaged),
                "weighted": {s.id: self._mean(s, self._table.actual) for s in averaged},
                "macro_zero_filled": self._zero_filled(averaged, None),
                "weighted_zero_filled": self._zero_filled(averaged, self._table.actual),
            }
        if positive is not None:
            rows["binary"] = {
                s.id: float(self._fill(s, self._values[s.id])[positive]) for s in averaged
            }
        reasons = {s.id: s.undefined for s in averaged}
        return {
            rule: {
                name: undefined.number(value, f"{at}/{rule}/{name}", _averaged(reasons[name], rule))
                for name, value in row.items()
            }
            for rule, row in rows.items()
        }

    def _per_class_values(self, statistic: Any) -> Floats:
        if isinstance(statistic, ClassStatistic):
            return np.asarray(statistic.compute(self._table.one_vs_rest), np.float64)
        return np.asarray(statistic.compute(self._table), np.float64)

    def _fill(self, statistic: Any, values: Floats) -> Floats:
        fills = isinstance(statistic, ClassStatistic) and statistic.fills
        if not fills or self._selection.zero_division is None:
            return values
        return np.where(np.isnan(values), self._selection.zero_division, values)

    def _mean(self, statistic: Any, weights: Floats | None) -> float:
        return float(mean_defined(self._fill(statistic, self._values[statistic.id]), weights))

    def _micro(self, statistics: Sequence[Any]) -> dict[str, float]:
        counts: BinaryCounts = self._table.one_vs_rest.summed()
        return {
            s.id: float(self._fill(s, np.asarray(s.compute(counts)))[0])
            for s in statistics
            if isinstance(s, ClassStatistic)
        }

    def _zero_filled(self, statistics: Sequence[Any], weights: Floats | None) -> dict[str, float]:
        return {
            s.id: float(mean_defined(np.nan_to_num(self._values[s.id], nan=0.0), weights))
            for s in statistics
            if isinstance(s, ClassStatistic) and s.fills
        }


def _averaged(reason: str, rule: str) -> str:
    """Why an average is undefined, given why a class's value would be."""
    if rule == "binary":
        return f"for the positive class: {reason}"
    if rule == "micro":
        return f"with the counts of all classes added up: {reason}"
    return f"for every class that counts: {reason}"
