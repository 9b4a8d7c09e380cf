"""Writes statistics down as JSON holds them, and lists what is undefined and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from services.metrics import catalogue
from services.metrics.arrays import Floats
from services.metrics.labels import Label
from services.metrics.statistics.definition import ClassStatistic
from services.metrics.values import PerClass, Selection, TableValues, filled

Number = int | float | None


@dataclass(slots=True)
class Undefined:
    """Collects the numbers that have no value while they are written as null."""

    entries: list[dict[str, Any]] = field(default_factory=list)

    def number(self, value: Any, path: str, reason: str) -> Number:
        """The value as JSON may hold it; noted if it is undefined or a limit."""
        number = float(value)
        if np.isfinite(number):
            return number
        self.note(number, path, reason)
        return None

    def note(self, value: float, path: str, reason: str, replaced_by: float | None = None) -> None:
        """Remember an undefined number, its limit if it has one, and what stands for it."""
        limit = None if np.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        entry: dict[str, Any] = {"path": path, "reason": reason, "limit": limit}
        if replaced_by is not None:
            entry["replaced_by"] = replaced_by
        self.entries.append(entry)


@dataclass(frozen=True, slots=True)
class TableReport:
    """The parts of an answer that follow from one confusion matrix.

    Attributes:
        labels: The classes, in the order of the lines.
        values: Their statistics, without leading axes.
        selection: What was computed.
        whole: Whether the samples are counted, not weighted.
        undefined: Where undefined numbers are listed.
        at: Where in the answer the parts stand, as a JSON pointer.
    """

    labels: Sequence[Label]
    values: TableValues
    selection: Selection
    whole: bool
    undefined: Undefined
    at: str = "#"

    def overall(self) -> dict[str, Number]:
        """One number for each statistic of the whole table."""
        return {
            name: self.undefined.number(
                value, f"{self.at}/overall/{name}", catalogue.BY_ID[name].undefined
            )
            for name, value in self.values.overall.items()
        }

    def per_class(self) -> list[dict[str, Any]]:
        """One row for each class, in the order of the labels."""
        columns: dict[str, Sequence[Any]] = {"label": self.labels}
        for statistic in self._statistics():
            values = self.values.per_class[statistic.id]
            if self.whole and isinstance(statistic, ClassStatistic) and statistic.counts:
                columns[statistic.id] = values.astype(np.int64).tolist()
                continue
            shown = filled(statistic, values, self.selection.zero_division)
            columns[statistic.id] = self._column(statistic.id, values, shown, statistic.undefined)
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def averages(self, positive: int | None) -> dict[str, dict[str, Number]]:
        """Means over the classes by each rule, and the positive class's own row if there is one."""
        rows: dict[str, Mapping[str, Any]] = dict(self.values.averages)
        if positive is not None:
            rows["binary"] = {
                s.id: filled(s, self.values.per_class[s.id], self.selection.zero_division)[positive]
                for s in self._statistics()
                if s.averaged
            }
        return {
            rule: {
                name: self.undefined.number(
                    value, f"{self.at}/averages/{rule}/{name}", _why(rule, name)
                )
                for name, value in row.items()
            }
            for rule, row in rows.items()
        }

    def _statistics(self) -> list[PerClass]:
        """Those that were computed: counts alone do not give all."""
        return [s for s in self.selection.per_class() if s.id in self.values.per_class]

    def _column(self, name: str, values: Floats, shown: Floats, reason: str) -> list[Number]:
        column: list[Number] = shown.tolist()
        for index in np.flatnonzero(~np.isfinite(values)).tolist():
            replaced = self.selection.zero_division if np.isfinite(shown[index]) else None
            path = f"{self.at}/per_class/{index}/{name}"
            self.undefined.note(values[index], path, reason, replaced)
            if replaced is None:
                column[index] = None
        return column


def _why(rule: str, name: str) -> str:
    """Why an average is undefined, given why a class's value would be."""
    reason = catalogue.CLASS_BY_ID[name].undefined
    if rule == "binary":
        return f"for the positive class: {reason}"
    if rule == "micro":
        return f"with the counts of all classes added up: {reason}"
    return f"for every class that counts: {reason}"
