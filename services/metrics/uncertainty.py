"""The analytic intervals of an answer, beside the numbers that they belong to."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from services.metrics import count_intervals, delta, distributions, intervals
from services.metrics.arrays import Floats, silent
from services.metrics.binary_counts import BinaryCounts
from services.metrics.labels import Label
from services.metrics.options.evaluation import IntervalMethod
from services.metrics.tables import Table
from services.metrics.values import Selection, TableValues

Pair = list[float] | None


class Uncertainty:
    """Intervals for one table.

    Args:
        table: The matrix; one, not many.
        values: Its statistics.
        n_effective: How many equal samples the weighted ones are worth (Kish 1965): all of
            them without weights; NaN if nobody knows, and then there is no interval.
        level: Coverage.
        method: The interval of a proportion.
    """

    def __init__(
        self,
        table: Table,
        values: TableValues,
        n_effective: float,
        level: float,
        method: IntervalMethod,
    ) -> None:
        self._table = table
        self._values = values
        self._n = n_effective
        self._level = level
        self._method: IntervalMethod = method
        self._scale = n_effective / float(table.n)

    def report(self, labels: Sequence[Label], selection: Selection) -> dict[str, Any]:
        """The `intervals` member of an answer."""
        with silent():
            per_class, class_methods = self._per_class(selection)
            overall, overall_methods = self._overall()
            macro = self._macro(selection)
            kappa = self._kappa_test()
        rows = [
            {"label": label, **{name: pairs[i] for name, pairs in per_class.items()}}
            for i, label in enumerate(labels)
        ]
        return {
            "confidence_level": self._level,
            "effective_samples": float(self._n) if np.isfinite(self._n) else None,
            "methods": {
                "overall": overall_methods,
                "averages": dict.fromkeys(macro, "delta"),
                "per_class": class_methods,
            },
            "overall": overall,
            "cohen_kappa_test": kappa,
            "averages": {"macro": macro},
            "per_class": rows,
        }

    def _overall(self) -> tuple[dict[str, Pair], dict[str, str]]:
        correct, n = self._table.accuracy * self._n, self._n
        answer = {
            "accuracy": _pair(intervals.proportion(correct, n, self._level, self._method)),
            "error_rate": _pair(intervals.proportion(n - correct, n, self._level, self._method)),
            "balanced_accuracy": self._delta(
                self._values.overall["balanced_accuracy"],
                delta.macro_recall_gradient(self._table),
                0.0,
            ),
        }
        for name, (value, gradient) in delta.SMOOTH.items():
            answer[name] = self._delta(value(self._table), gradient(self._table), -1.0)
        known = self._values.overall
        for name, slope in delta.AGREEMENT.items():
            if name in known:
                answer[name] = self._delta(known[name], slope(self._table), -1.0)
        for name, power in delta.WEIGHTED_KAPPAS.items():
            if name in known:
                error = delta.weighted_kappa_error(self._table, power, self._n)
                answer[name] = self._normal(known[name], error, -1.0)
        methods = dict.fromkeys(answer, "delta")
        methods["accuracy"] = methods["error_rate"] = self._method
        return answer, methods

    def _macro(self, selection: Selection) -> dict[str, Pair]:
        means = self._values.averages["macro"]
        # A class that `zero_division` fills counts in the mean, and does not vary.
        over = None if selection.zero_division is None else self._table.n_classes
        gradients = {
            "precision": delta.macro_precision_gradient,
            "recall": delta.macro_recall_gradient,
            "specificity": delta.macro_specificity_gradient,
            "f1_score": delta.macro_f1_gradient,
        }
        return {
            name: self._delta(means[name], gradient(self._table, over), 0.0)
            for name, gradient in gradients.items()
        }

    def _per_class(self, selection: Selection) -> tuple[dict[str, list[Pair]], dict[str, str]]:
        counts = self._scaled_counts()
        pairs: dict[str, list[Pair]] = {}
        methods: dict[str, str] = {}
        for statistic in selection.per_class():
            name = statistic.id
            if name in count_intervals.PROPORTIONS:
                successes, trials = count_intervals.PROPORTIONS[name](counts)
                bounds = intervals.proportion(successes, trials, self._level, self._method)
                methods[name] = self._method
            elif name == "f1_score":
                bounds = count_intervals.f1_score(counts, self._level, self._method)
                methods[name] = f"{self._method} of the Jaccard index"
            elif name in count_intervals.RATIOS:
                bounds = intervals.log_ratio(*count_intervals.RATIOS[name](counts), self._level)
                methods[name] = "log"
            else:
                continue
            pairs[name] = _pairs(bounds)
        return pairs, methods

    def _scaled_counts(self) -> BinaryCounts:
        c, scale = self._table.one_vs_rest, self._scale
        if scale == 1:
            return c
        return BinaryCounts(c.tp * scale, c.fp * scale, c.fn * scale, c.tn * scale)

    def _delta(self, value: Any, gradient: delta.Gradient, lowest: float) -> Pair:
        error = delta.standard_error(gradient, self._table, self._n)
        return self._normal(value, error, lowest)

    def _kappa_test(self) -> dict[str, float | None]:
        """Whether kappa is more than independence gives; null where it is undefined."""
        value = float(delta.SMOOTH["cohen_kappa"][0](self._table))
        errors = (
            delta.standard_error(delta.kappa_gradient(self._table), self._table, self._n),
            delta.kappa_null_error(self._table, self._n),
        )
        z = value / errors[1] if errors[1] > 0 else np.nan
        numbers = {
            "standard_error": errors[0],
            "null_standard_error": errors[1],
            "z": z,
            "p_value": float(distributions.normal_two_sided(z)),
        }
        return {k: v if np.isfinite(v) and np.isfinite(value) else None for k, v in numbers.items()}

    def _normal(self, value: Any, error: float, lowest: float) -> Pair:
        half = intervals.z_of(self._level) * error
        return _pair((np.maximum(value - half, lowest), np.minimum(value + half, 1.0)))


def _pair(bounds: tuple[Any, Any]) -> Pair:
    low, high = float(bounds[0]), float(bounds[1])
    return [low, high] if np.isfinite(low) and np.isfinite(high) else None


def _pairs(bounds: tuple[Floats, Floats]) -> list[Pair]:
    lows, highs = bounds
    known = (np.isfinite(lows) & np.isfinite(highs)).tolist()
    both = zip(lows.tolist(), highs.tolist(), known, strict=True)
    return [[low, high] if defined else None for low, high, defined in both]
