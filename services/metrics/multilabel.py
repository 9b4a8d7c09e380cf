"""An evaluation of several labels a sample, from its arrays to its answer."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.arrays import Floats, mean_defined, silent
from services.metrics.binary_counts import BinaryCounts
from services.metrics.faults import InvalidNumbers, InvalidOption, LengthMismatch, one_fault
from services.metrics.labels import Label, LabelArray
from services.metrics.options.multilabel import MultilabelOptions
from services.metrics.report import TableReport, Undefined
from services.metrics.samples import check_length
from services.metrics.statistics.label_rankings import LABEL_RANKINGS, LabelRankings
from services.metrics.statistics.label_sets import LABEL_SETS, LabelSets
from services.metrics.statistics.ranking import RANKING
from services.metrics.values import Selection, TableValues, compute_counts

DEFAULT_GROUPS = frozenset({"headline", "ranking"})
# What a tie costs in the label ranking loss.
TIE = {"pessimistic": 1.0, "optimistic": 0.0, "expected": 0.5}
ALL_GROUPS = DEFAULT_GROUPS | {"rates", "indices", "chance", "distances", "operating_points"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MultilabelSamples:
    """The arrays of one evaluation.

    Attributes:
        y_true: 0 and 1, shape `(n, n_labels)`.
        y_pred: Likewise; None if the scores say it.
        y_score: float32 or float64, the same shape; None if there are none.
        labels: What the columns are called; None for 0, 1, 2, ...
        sample_weight: float64, shape `(n,)`; None if all weigh 1.
    """

    y_true: NDArray[Any]
    y_pred: NDArray[Any] | None = None
    y_score: NDArray[Any] | None = None
    labels: LabelArray | None = None
    sample_weight: Floats | None = None

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together.

        Raises:
            LengthMismatch: Shapes differ, or nothing was predicted.
            InvalidNumbers: An indicator is neither 0 nor 1.
        """
        if self.y_pred is None and self.y_score is None:
            detail = "y_pred or y_score is needed. Received: neither."
            raise one_fault(LengthMismatch, "#/y_pred", detail)
        for name in ("y_true", "y_pred", "y_score"):
            values = getattr(self, name)
            if values is None:
                continue
            if values.ndim != 2 or values.shape != self.y_true.shape:  # noqa: PLR2004  a matrix
                detail = (
                    "A row for each sample with one number for each label is expected, as in "
                    f"y_true. Received: shape {values.shape}."
                )
                raise one_fault(LengthMismatch, f"#/{name}", detail)
            if name != "y_score":
                _check_indicators(values, f"#/{name}")
        check_length(self.sample_weight, len(self.y_true), "#/sample_weight")
        if self.labels is not None and len(self.labels) != self.y_true.shape[1]:
            detail = (
                f"One label is needed for each of the {self.y_true.shape[1]} columns. "
                f"Received: {len(self.labels)}."
            )
            raise one_fault(LengthMismatch, "#/labels", detail)

    @property
    def names(self) -> list[Label]:
        """What the columns are called."""
        if self.labels is None:
            return list(range(self.y_true.shape[1]))
        return [self.labels.label(index) for index in range(len(self.labels))]


def evaluate_multilabel(samples: MultilabelSamples, options: MultilabelOptions) -> dict[str, Any]:
    """The answer, as JSON writes it.

    Raises:
        InvalidOption: With scores alone, nothing says from where on a label is predicted.
    """
    truth = samples.y_true.astype(np.bool_)
    sets = LabelSets(truth, _predicted(samples, options), samples.sample_weight)
    included = frozenset(options.include or ())
    groups = ALL_GROUPS if "all" in included else DEFAULT_GROUPS | included
    selection = Selection(groups, options.zero_division)
    values = _with_samples(compute_counts(sets.of_labels, selection), sets, selection)
    undefined = Undefined()
    whole = samples.sample_weight is None
    report = TableReport(samples.names, values, selection, whole, undefined)
    with silent():
        overall = {
            s.id: undefined.number(s.compute(sets), f"#/overall/{s.id}", s.undefined)
            for s in LABEL_SETS
        }
    answer: dict[str, Any] = {
        "n_samples": len(truth),
        "labels": samples.names,
        "overall": overall,
        "averages": report.averages(None),
        "per_class": report.per_class(),
    }
    if "matrices" in included:
        answer["matrices"] = {
            "per_class": _two_by_two(sets.of_labels),
            "per_sample": _two_by_two(sets.of_samples),
        }
    if samples.y_score is not None:
        tie = TIE[options.ties or "pessimistic"]
        rankings = LabelRankings(samples.y_score, truth, samples.sample_weight, tie)
        answer["scores"] = _scores(rankings, samples.names, groups, undefined)
    answer["undefined"] = undefined.entries
    return answer


def _with_samples(values: TableValues, sets: LabelSets, selection: Selection) -> TableValues:
    """The values with averages over the samples, each taken as its own small evaluation."""
    rows = compute_counts(sets.of_samples, selection).per_class
    chosen = {name: rows[name] for name in values.averages["macro"]}
    filled = values.averages["macro_zero_filled"]
    weight = sets.weight
    with silent():
        extra = {
            "samples": {name: mean_defined(v, weight) for name, v in chosen.items()},
            "samples_zero_filled": {
                name: mean_defined(np.nan_to_num(chosen[name]), weight) for name in filled
            },
        }
    return TableValues(values.overall, values.per_class, values.averages | extra)


def _scores(
    rankings: LabelRankings, names: list[Label], groups: frozenset[str], undefined: Undefined
) -> dict[str, Any]:
    with silent():
        return {
            "overall": {
                s.id: undefined.number(s.compute(rankings), f"#/scores/overall/{s.id}", s.undefined)
                for s in LABEL_RANKINGS
            },
            "per_class": [
                {
                    "label": name,
                    **{
                        s.id: undefined.number(
                            s.compute(ranked), f"#/scores/per_class/{index}/{s.id}", s.undefined
                        )
                        for s in RANKING
                        if s.group in groups
                    },
                }
                for index, (name, ranked) in enumerate(zip(names, rankings.labels, strict=True))
            ],
        }


def _two_by_two(counts: BinaryCounts) -> list[list[list[float]]]:
    """`[[TN, FP], [FN, TP]]` of each."""
    cells = np.stack((counts.tn, counts.fp, counts.fn, counts.tp), axis=-1)
    if (cells == np.rint(cells)).all():
        cells = cells.astype(np.int64)
    nested: list[list[list[float]]] = cells.reshape(-1, 2, 2).tolist()
    return nested


def _predicted(samples: MultilabelSamples, options: MultilabelOptions) -> NDArray[np.bool_]:
    if samples.y_pred is not None:
        return samples.y_pred.astype(np.bool_)
    if options.threshold is None or samples.y_score is None:
        detail = (
            "Without y_pred, threshold must say from which score on a label is predicted. "
            "Received: nothing."
        )
        raise one_fault(InvalidOption, "#/threshold", detail)
    return samples.y_score >= options.threshold


def _check_indicators(values: NDArray[Any], pointer: str) -> None:
    wrong = (values != 0) & (values != 1)
    if wrong.any():
        row, column = (int(axis) for axis in np.argwhere(wrong)[0])
        detail = (
            "Whether a label holds is 0 or 1. "
            f"Received: {float(values[row, column]):g} at [{row}, {column}]."
        )
        raise one_fault(InvalidNumbers, f"{pointer}/{row}/{column}", detail)
