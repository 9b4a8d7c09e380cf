"""Statistics of several labels a sample."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.arrays import Floats
from services.metrics.binary_counts import BinaryCounts
from services.metrics.statistics.definition import UNBOUNDED, Best, ScoreStatistic


class LabelSets:
    """True and predicted sets of labels.

    Args:
        truth: bool, shape `(n, n_labels)`.
        prediction: Likewise.
        weight: float64, shape `(n,)`; None if all weigh 1.
    """

    def __init__(
        self, truth: NDArray[np.bool_], prediction: NDArray[np.bool_], weight: Floats | None
    ) -> None:
        self.truth, self.prediction, self.weight = truth, prediction, weight

    @cached_property
    def of_labels(self) -> BinaryCounts:
        """The four counts of each label, shape `(n_labels,)`."""
        cells = (
            self.truth & self.prediction,
            ~self.truth & self.prediction,
            self.truth & ~self.prediction,
            ~self.truth & ~self.prediction,
        )
        if self.weight is None:
            tp, fp, fn, tn = (cell.sum(axis=0, dtype=np.float64) for cell in cells)
        else:
            tp, fp, fn, tn = (self.weight @ cell for cell in cells)
        return BinaryCounts(tp, fp, fn, tn)

    @cached_property
    def of_samples(self) -> BinaryCounts:
        """The four counts of each sample, shape `(n,)`."""
        tp = (self.truth & self.prediction).sum(axis=1, dtype=np.float64)
        fp = self.prediction.sum(axis=1) - tp
        fn = self.truth.sum(axis=1) - tp
        return BinaryCounts(tp, fp, fn, self.truth.shape[1] - tp - fp - fn)

    def mean(self, values: NDArray[Any]) -> float:
        """The weighted mean over the samples."""
        return float(np.average(values, weights=self.weight))


LABEL_SETS = (
    ScoreStatistic(
        id="subset_accuracy",
        of="label_sets",
        title="Subset accuracy",
        formula="share of samples whose set is predicted exactly",
        group="multilabel",
        compute=lambda s: s.mean((s.truth == s.prediction).all(axis=1)),
        aliases=("exact match", "accuracy_score"),
        reference="Zhu, Ji, Xu & Gong 2005, SIGIR",
    ),
    ScoreStatistic(
        id="hamming_loss",
        of="label_sets",
        title="Hamming loss",
        formula="share of labels that are wrong, over all samples and labels",
        group="multilabel",
        compute=lambda s: s.mean((s.truth != s.prediction).mean(axis=1)),
        best=Best.LOWER,
        aliases=("hamming_loss",),
        reference="Schapire & Singer 2000, Machine Learning 39",
    ),
    ScoreStatistic(
        id="label_cardinality",
        of="label_sets",
        title="Label cardinality",
        formula="mean size of the true sets",
        group="multilabel",
        compute=lambda s: s.mean(s.truth.sum(axis=1)),
        high=UNBOUNDED,
        best=Best.NEITHER,
        reference="Tsoumakas & Katakis 2007, IJDWM 3",
    ),
    ScoreStatistic(
        id="predicted_label_cardinality",
        of="label_sets",
        title="Predicted label cardinality",
        formula="mean size of the predicted sets",
        group="multilabel",
        compute=lambda s: s.mean(s.prediction.sum(axis=1)),
        high=UNBOUNDED,
        best=Best.NEITHER,
    ),
)
