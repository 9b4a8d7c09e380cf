"""The part of an answer that follows from scores."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics import curves, score_bootstrap
from services.metrics.arrays import Floats, silent
from services.metrics.bootstrap import Bootstrap
from services.metrics.calibration_bootstrap import expected_error_interval
from services.metrics.faults import InvalidNumbers, one_fault
from services.metrics.labels import Label
from services.metrics.options.evaluation import Ties
from services.metrics.report import Undefined
from services.metrics.score_intervals import (
    average_precision_interval,
    hanley_mcneil_interval,
    mean_interval,
    roc_auc_interval,
    roc_auc_logit_interval,
)
from services.metrics.scored import Scored
from services.metrics.statistics.calibration import CALIBRATION
from services.metrics.statistics.calibration.bins import Calibration
from services.metrics.statistics.decisions import DECISIONS, Decisions
from services.metrics.statistics.definition import ScoreStatistic
from services.metrics.statistics.probabilities import PROBABILITIES
from services.metrics.statistics.probabilities.distributions import Probabilities
from services.metrics.statistics.ranking import RANKING
from services.metrics.statistics.ranking.multiclass import RANKINGS, Rankings
from services.metrics.statistics.ranking.polytomous import POLYTOMOUS
from services.metrics.statistics.ranking.ranked import Ranked

# Wide enough for probabilities written with four digits, narrow enough to catch what is none.
SUM_TOLERANCE = 1e-3
CALIBRATION_ERROR = "expected_calibration_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreChoices:
    """What a caller chose about scores.

    Attributes:
        score_type: `probability` or `decision`.
        groups: The groups of statistics that the answer holds.
        n_bins: Bins of the calibration errors.
        curve_points: Most points of a curve.
        level: Coverage of the intervals.
        positive: The line of the positive class; None if there is none.
        ties: What equal probabilities are to the rank of the true class.
        bootstrap: How replicates are drawn; None for no bootstrap.
        cost_matrix: What a sample costs by true and predicted class; None if nobody says.
    """

    score_type: str
    groups: frozenset[str]
    n_bins: int
    curve_points: int
    level: float
    positive: int | None
    ties: Ties = "label_order"
    bootstrap: Bootstrap | None = None
    cost_matrix: Floats | None = None


# Statistics of a class that are resampled where they are asked for.
RESAMPLED = {
    s.id: s.compute
    for s in RANKING
    if s.id.startswith(
        ("partial_roc_auc", "recall_at_false_positive_rate", "specificity_at_recall")
    )
    and not s.id.endswith("threshold")
}


def checked_probabilities(scores: NDArray[Any]) -> NDArray[Any]:
    """The same probabilities, checked.

    Raises:
        InvalidNumbers: One lies outside [0, 1], or a row does not sum to one.
    """
    if scores.size and (scores.min() < 0 or scores.max() > 1):
        place = tuple(int(i) for i in np.argwhere((scores < 0) | (scores > 1))[0])
        detail = f"A probability lies in [0, 1]. Received: {float(scores[place])} at {list(place)}."
        raise one_fault(InvalidNumbers, "/".join(["#/y_score", *map(str, place)]), detail)
    if scores.ndim == 1:
        return scores
    sums = scores.sum(axis=1, dtype=np.float64)
    off = np.abs(sums - 1) > SUM_TOLERANCE
    if off.any():
        row = int(off.argmax())
        detail = (
            f"The probabilities of a sample sum to 1 within {SUM_TOLERANCE}. "
            f"Received: {float(sums[row]):.6g} in row {row}."
        )
        raise one_fault(InvalidNumbers, f"#/y_score/{row}", detail)
    return scores


class ScoreReport:
    """Writes down the statistics of the scores.

    Args:
        scored: Scores and classes.
        weight: float64, shape `(n,)`, not all zero; None if all weigh 1.
        names: The classes as the answer writes them.
        choices: What to compute.
        undefined: Where undefined numbers are listed.
        at: Where in the answer they stand, as a JSON pointer.
    """

    def __init__(
        self,
        scored: Scored,
        weight: Floats | None,
        names: Sequence[Label],
        choices: ScoreChoices,
        undefined: Undefined,
        at: str = "#/scores",
    ) -> None:
        self._scored, self._weight, self._labels = scored, weight, names
        self._choices, self._undefined, self._at = choices, undefined, at
        self._probabilities: Probabilities | None = None
        if choices.score_type == "probability":
            checked_probabilities(scored.scores)
        if weight is not None and not weight.all():  # what weighs nothing is no sample
            kept = np.flatnonzero(weight)
            scored, weight = scored.part(kept), weight[kept]
            self._scored, self._weight = scored, weight
        if choices.score_type == "probability":
            self._probabilities = Probabilities(
                scored.probabilities(), scored.codes, weight, choices.ties
            )
        self._rankings = Rankings(
            scored.decisions(),
            scored.codes,
            weight,
            None if self._probabilities is None else self._probabilities.values,
        )
        if choices.cost_matrix is not None and len(names) == 2:  # noqa: PLR2004  one threshold
            for line, ranked in enumerate(self._rankings.classes):
                pair = [1 - line, line]
                ranked.costs = choices.cost_matrix[np.ix_(pair, pair)]
        if self._probabilities is not None and scored.single_positive is not None:
            # The other class was ranked by -p, so as not to round; its thresholds are 1 - p.
            other = self._rankings.classes[1 - scored.single_positive]
            other.thresholds = 1 + other.thresholds

    @property
    def rankings(self) -> Sequence[Ranked]:
        """Of each class."""
        return self._rankings.classes

    def report(self) -> dict[str, Any]:
        """The `scores` member of an answer."""
        with silent():
            answer: dict[str, Any] = {"score_type": self._choices.score_type}
            answer["overall"] = self._overall()
            answer["per_class"] = self._per_class()
            if (index := self._choices.positive) is not None:
                answer["positive_label"] = self._labels[index]
            if self._probabilities is not None:
                answer["calibration"] = self._calibration()
            if "intervals" in self._choices.groups:
                answer["intervals"] = self._intervals()
            if self._choices.bootstrap is not None:
                answer["bootstrap"] = self._bootstrap(self._choices.bootstrap)
            if "curves" in self._choices.groups:
                answer["curves"] = self._curves()
                answer["pairwise_roc_auc"] = [
                    [None if np.isnan(area) else area for area in row]
                    for row in self._rankings.pairwise.tolist()
                ]
        return answer

    @cached_property
    def _calibrations(self) -> list[Calibration]:
        """Of each class's probability."""
        return [Calibration.of_class(r, self._choices.n_bins) for r in self._rankings.classes]

    @cached_property
    def _confidence(self) -> Calibration:
        """Of the highest probability, true where its class is (Guo et al. 2017)."""
        p = self._probabilities
        if p is None:  # it is asked for with probabilities alone
            raise TypeError("scores that are no probabilities have no calibration")
        return Calibration.of_class(p.surest, self._choices.n_bins)

    def _overall(self) -> dict[str, Any]:
        answer = self._numbers((*RANKINGS, *POLYTOMOUS), self._rankings, "overall")
        if self._probabilities is None:
            decisions = Decisions(
                self._scored.decisions(),
                self._scored.codes,
                self._weight,
                single=self._scored.single_positive is not None,
            )
            return answer | self._numbers(DECISIONS, decisions, "overall")
        return answer | self._numbers(PROBABILITIES, self._probabilities, "overall")

    def _per_class(self) -> list[dict[str, Any]]:
        return [
            {"label": label, **self._numbers(RANKING, ranked, f"per_class/{index}")}
            for index, (label, ranked) in enumerate(
                zip(self._labels, self._rankings.classes, strict=True)
            )
        ]

    def _calibration(self) -> dict[str, Any]:
        bins, confidence = self._choices.n_bins, self._confidence
        answer: dict[str, Any] = {
            "n_bins": bins,
            "bin_edges": "(low, high], the first closed",
            "highest_probability": self._numbers(
                CALIBRATION, confidence, "calibration/highest_probability"
            ),
            "per_class": [
                {
                    "label": label,
                    **self._numbers(
                        CALIBRATION,
                        self._calibrations[index],
                        f"calibration/per_class/{index}",
                    ),
                }
                for index, label in enumerate(self._labels)
            ],
        }
        errors = [row[CALIBRATION_ERROR] for row in answer["per_class"]]
        answer["classwise_expected_calibration_error"] = float(np.mean(errors))
        return answer

    def _intervals(self) -> dict[str, Any]:
        level = self._choices.level
        answer: dict[str, Any] = {"confidence_level": level}
        answer["methods"] = {
            "roc_auc": "DeLong",
            "roc_auc_logit": "DeLong on the logit scale",
            "roc_auc_hanley_mcneil": "Hanley and McNeil",
            "average_precision": "logit",
            "mean": "normal",
        }
        answer["per_class"] = [
            {
                "label": label,
                "roc_auc": roc_auc_interval(ranked, level),
                "roc_auc_logit": roc_auc_logit_interval(ranked, level),
                "roc_auc_hanley_mcneil": hanley_mcneil_interval(ranked, level),
                "average_precision": average_precision_interval(ranked, level),
            }
            for label, ranked in zip(self._labels, self._rankings.classes, strict=True)
        ]
        if (p := self._probabilities) is not None:
            answer["overall"] = {
                "log_loss": mean_interval(p.log_terms, level, self._weight),
                "brier_score": mean_interval(p.brier_terms, level, self._weight),
            }
        return answer

    def _bootstrap(self, plan: Bootstrap) -> dict[str, Any]:
        points = RESAMPLED if "operating_points" in self._choices.groups else {}
        answer = score_bootstrap.report(
            self._rankings, self._probabilities, self._weight, self._labels, plan, points
        )
        if (p := self._probabilities) is not None:
            interval = expected_error_interval(
                p.confidence, p.hit, self._weight, self._choices.n_bins, plan
            )
            answer["calibration"] = {"highest_probability": {CALIBRATION_ERROR: interval}}
        return answer

    def _curves(self) -> dict[str, Any]:
        points = self._choices.curve_points
        rows: list[dict[str, Any]] = [
            {"label": label, **curves.of_class(ranked, points)}
            for label, ranked in zip(self._labels, self._rankings.classes, strict=True)
        ]
        pooled = curves.of_class(self._rankings.pooled, points)
        answer: dict[str, Any] = {"per_class": rows, "micro": pooled}
        if (p := self._probabilities) is not None:
            for index, row in enumerate(rows):
                row["decision"] = curves.decision(self._rankings.classes[index])
                row["calibration"] = curves.calibration(self._calibrations[index])
            answer["calibration"] = curves.calibration(self._confidence)
            answer["risk_coverage"] = curves.selective(p, points)
        return answer

    def _numbers(self, statistics: Iterable[ScoreStatistic], given: Any, at: str) -> dict[str, Any]:
        return {
            s.id: self._undefined.number(s.compute(given), f"{self._at}/{at}/{s.id}", s.undefined)
            for s in statistics
            if s.group in self._choices.groups
        }
