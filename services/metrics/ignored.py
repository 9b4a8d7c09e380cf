"""Samples that are left out because nothing is known of them: masked, void, unlabelled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.faults import LengthMismatch, one_fault, shown
from services.metrics.labels import Label, LabelArray, LabelKind, from_values, kind_of_all
from services.metrics.samples import Samples, checked_weights


@dataclass(frozen=True, slots=True)
class Ignored:
    """What was left out.

    Attributes:
        kept: The places of the samples that are left, ascending.
        counts: By ignored label, how many samples had it; a label may have none.
    """

    kept: NDArray[np.intp]
    counts: Mapping[Label, int]

    def report(self) -> dict[str, Any]:
        """The `ignored` member of an answer."""
        rows = [{"label": label, "n_samples": n} for label, n in self.counts.items()]
        return {"n_samples": sum(self.counts.values()), "labels": rows}

    def part(self, column: LabelArray) -> LabelArray:
        """What is left of one label a sample."""
        return replace(column, codes=column.codes[self.kept])


def ignored_in(y_true: LabelArray, labels: Sequence[Label]) -> Ignored:
    """Which samples have one of these true labels.

    Raises:
        InvalidLabels: The labels are of another kind than the true ones.
        LengthMismatch: No sample is left.
    """
    names = from_values(labels, "#/ignore")
    kind_of_all([("#/y_true", y_true), ("#/ignore", names)])
    out = np.zeros(len(y_true), np.bool_)
    counts: dict[Label, int] = {}
    for index in range(len(names)):
        name = names.label(index)
        here = y_true.codes == _code(y_true, name)
        counts[name] = int(here.sum())
        out |= here
    if out.all():
        detail = f"A sample must be left. Received: {shown(list(counts))}, which is all there is."
        raise one_fault(LengthMismatch, "#/ignore", detail)
    return Ignored(np.flatnonzero(~out), counts)


def without(samples: Samples, ignored: Ignored) -> Samples:
    """The samples that are left.

    Raises:
        InvalidNumbers: They weigh nothing.
    """
    kept = ignored.kept
    weight, y_pred, y_score = samples.sample_weight, samples.y_pred, samples.y_score
    return replace(
        samples,
        y_true=ignored.part(samples.y_true),
        y_pred=None if y_pred is None else ignored.part(y_pred),
        sample_weight=None if weight is None else checked_weights(weight[kept]),
        y_score=None if y_score is None else y_score[kept],
        groups={name: ignored.part(groups) for name, groups in samples.groups.items()},
    )


def _code(column: LabelArray, label: Label) -> int:
    """What stands for a label in the column's codes; -1 for text that does not occur."""
    if column.kind is LabelKind.STRING:
        return column.categories.index(label) if label in column.categories else -1
    return int(label)
