"""Two or more models on the same samples: which is better, by how much, and is it chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics import intervals
from services.metrics.arrays import silent
from services.metrics.coding import encode, occurring_labels
from services.metrics.faults import InvalidOption, LengthMismatch, one_fault
from services.metrics.ignored import Ignored, ignored_in
from services.metrics.labels import Label, LabelArray
from services.metrics.options.comparison import ComparisonOptions
from services.metrics.paired_bootstrap import paired_bootstrap, permutation_test
from services.metrics.samples import check_length
from services.metrics.statistics import paired, raters
from services.metrics.statistics.agreement.symmetry import bowker, p_value, stuart_maxwell
from services.metrics.statistics.multiple import adjust
from services.metrics.statistics.overall import kappa
from services.metrics.tables import Table

DEFAULT_LEVEL = 0.95
DEFAULT_LISTED = 1000
LEAST_MODELS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """One truth and the predictions of several models.

    Attributes:
        y_true: The true label of each sample.
        predictions: By model, the predicted label of each sample.
        scores: By model, its scores: `(n,)` of the second of two classes, or `(n, n_classes)`.
        labels: The classes and their order; None if the samples say them.
    """

    y_true: LabelArray
    predictions: Mapping[str, LabelArray]
    scores: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    labels: LabelArray | None = None

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together.

        Raises:
            LengthMismatch: Lengths differ, or there are fewer than two models.
        """
        n = len(self.y_true)
        if n == 0:
            detail = "At least one sample is needed. Received: none."
            raise one_fault(LengthMismatch, "#/y_true", detail)
        if len(self.predictions) < LEAST_MODELS:
            names = ", ".join(self.predictions) or "none"
            detail = f"At least two models are compared. Received: {names}."
            raise one_fault(LengthMismatch, "#/predictions", detail)
        for name, values in self.predictions.items():
            check_length(values, n, f"#/predictions/{name}")
        for name, scores in self.scores.items():
            check_length(scores, n, f"#/scores/{name}")
            if name not in self.predictions:
                detail = f"Scores are of a model with predictions. Received: {name}."
                raise one_fault(LengthMismatch, f"#/scores/{name}", detail)

    def without(self, ignored: Ignored) -> "Contest":
        """The samples that are left."""
        return replace(
            self,
            y_true=ignored.part(self.y_true),
            predictions={name: ignored.part(y) for name, y in self.predictions.items()},
            scores={name: scores[ignored.kept] for name, scores in self.scores.items()},
        )


class Comparison:
    """Compares the models of a contest.

    Args:
        contest: Truth and predictions.
        options: What the caller chose.
        max_classes: The most classes that a matrix is made for.

    Raises:
        InvalidInput: The labels cannot be used, or scores do not fit them.
    """

    def __init__(self, contest: Contest, options: ComparisonOptions, max_classes: int) -> None:
        self._ignored = ignored_in(contest.y_true, options.ignore) if options.ignore else None
        contest = contest if self._ignored is None else contest.without(self._ignored)
        columns = [
            ("#/y_true", contest.y_true),
            *((f"#/predictions/{name}", y) for name, y in contest.predictions.items()),
        ]
        labels = contest.labels or occurring_labels(columns, max_classes)
        self._labels: list[Label] = [labels.label(i) for i in range(len(labels))]
        codes = [encode(column, labels, max_classes, at) for at, column in columns]
        self._truth, self._codes = codes[0], dict(zip(contest.predictions, codes[1:], strict=True))
        self._right = {name: codes == self._truth for name, codes in self._codes.items()}
        self._level = options.confidence_level or DEFAULT_LEVEL
        self._contest, self._options = contest, options
        self._check_scores()

    def report(self) -> dict[str, Any]:
        """The answer, as JSON writes it."""
        right = np.stack(list(self._right.values()))
        pairs = [self._pair(a, b) for a, b in combinations(self._codes, 2)]
        adjust([pair["mcnemar"] for pair in pairs], "mid_p_value", self._options.p_value_adjustment)
        all_wrong = np.flatnonzero(~right.any(axis=0))
        return {
            "n_samples": len(self._truth),
            **({} if self._ignored is None else {"ignored": self._ignored.report()}),
            "labels": self._labels,
            "models": [self._model(name) for name in self._codes],
            "confidence_level": self._level,
            "cochran_q": paired.cochran_q(right),
            "agreement": self._agreement(),
            "all_right": int(right.all(axis=0).sum()),
            "all_wrong": {"count": len(all_wrong), "indices": self._listed(all_wrong)},
            "pairs": pairs,
        }

    def _agreement(self) -> dict[str, float | None]:
        """Of all models with each other, whatever is true."""
        codes = np.stack(list(self._codes.values()))
        found = raters.agreement(codes, len(self._labels))
        return {name: value if np.isfinite(value) else None for name, value in found.items()}

    def _model(self, name: str) -> dict[str, Any]:
        right = self._right[name]
        low, high = intervals.proportion(int(right.sum()), len(right), self._level, "wilson")
        return {
            "model": name,
            "accuracy": float(right.mean()),
            "accuracy_interval": [float(low), float(high)],
        }

    def _pair(self, first: str, second: str) -> dict[str, Any]:
        a, b = self._right[first], self._right[second]
        counts = paired.PairCounts(
            int((a & b).sum()), int((a & ~b).sum()), int((~a & b).sum()), int((~a & ~b).sum())
        )
        answer: dict[str, Any] = {
            "first": first,
            "second": second,
            "both_right": counts.both,
            "only_first_right": counts.only_first,
            "only_second_right": counts.only_second,
            "both_wrong": counts.neither,
            "accuracy_difference": float(a.mean() - b.mean()),
            "accuracy_difference_interval": list(paired.difference_interval(counts, self._level)),
            "accuracy_difference_interval_bonett_price": list(
                paired.bonett_price_interval(counts, self._level)
            ),
            "accuracy_difference_interval_tango": list(paired.tango_interval(counts, self._level)),
            "mcnemar": paired.mcnemar(counts),
            **self._disagreement(first, second, counts),
        }
        if (margin := self._options.equivalence_margin) is not None:
            answer["equivalence"] = paired.equivalence(counts, margin, self._level)
        if first in self._contest.scores and second in self._contest.scores:
            answer["roc_auc"] = self._areas(first, second)
        if (permutations := self._options.permutations) is not None:
            answer["permutation"] = permutation_test(
                (self._truth, self._codes[first], self._codes[second]),
                len(self._labels),
                permutations,
                self._options.bootstrap_seed or 0,
            )
        if (replicates := self._options.bootstrap_replicates) is not None:
            answer["bootstrap"] = paired_bootstrap(
                (self._truth, self._codes[first], self._codes[second]),
                len(self._labels),
                replicates,
                self._options.bootstrap_seed or 0,
                self._level,
            )
        return answer

    def _disagreement(self, first: str, second: str, counts: paired.PairCounts) -> dict[str, Any]:
        k = len(self._labels)
        differ = np.flatnonzero(self._codes[first] != self._codes[second])
        index = self._codes[first] * k + self._codes[second]
        table = Table(np.bincount(index, minlength=k * k).reshape(k, k))
        symmetry, margins = bowker(table), stuart_maxwell(table)
        with silent():
            agreement = float(kappa(table))
        return {
            "agreement": {
                "share": 1 - len(differ) / counts.n,
                "cohen_kappa": agreement if np.isfinite(agreement) else None,
            },
            "flip_rates": {
                "right_to_wrong": _share(counts.only_first, counts.both + counts.only_first),
                "wrong_to_right": _share(counts.only_second, counts.only_second + counts.neither),
                "any": len(differ) / counts.n,
            },
            "bowker": _test(symmetry),
            "stuart_maxwell": _test(margins),
            "disagreements": {"count": len(differ), "indices": self._listed(differ)},
        }

    def _areas(self, first: str, second: str) -> list[dict[str, Any]]:
        scores = self._contest.scores
        one, other = scores[first], scores[second]
        lines: Sequence[int] = [1] if one.ndim == 1 else range(len(self._labels))
        rows = []
        for line in lines:
            a, b = (s if s.ndim == 1 else s[:, line] for s in (one, other))
            test = paired.delong(a, b, self._truth == line, self._level)
            rows.append({"label": self._labels[line], "delong": test})
        return rows

    def _check_scores(self) -> None:
        k = len(self._labels)
        shapes = {scores.ndim for scores in self._contest.scores.values()}
        for name, scores in self._contest.scores.items():
            columns = 2 if scores.ndim == 1 else scores.shape[1]
            if columns != k or len(shapes) > 1:
                detail = (
                    f"Scores are of shape (n,) for two classes, or (n, {k}), and alike for all "
                    f"models. Received: shape {scores.shape}."
                )
                raise one_fault(InvalidOption, f"#/scores/{name}", detail)

    def _listed(self, indices: NDArray[np.intp]) -> list[int]:
        limit = self._options.max_listed
        first = indices[: DEFAULT_LISTED if limit is None else limit]
        return (first if self._ignored is None else self._ignored.kept[first]).tolist()


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _test(statistic_and_freedom: tuple[Any, Any]) -> dict[str, float]:
    statistic, freedom = statistic_and_freedom
    return {
        "statistic": float(statistic),
        "degrees_of_freedom": float(freedom),
        "p_value": float(p_value((statistic, freedom))),
    }
