"""Areas of all classes' rankings together, in every usual averaging."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.arrays import Floats, mean_defined
from services.metrics.statistics.definition import ScoreStatistic
from services.metrics.statistics.ranking.areas import average_precision, roc_auc
from services.metrics.statistics.ranking.ranked import Ranked, pooled_steps
from services.metrics.statistics.ranking.steps import Steps

NO_PAIR = "fewer than two classes are true for any sample"
NO_CLASS = "no class has both samples and others"


class Rankings:
    """The rankings of every class by its own column of scores.

    Args:
        scores: float32 or float64, shape `(n, n_classes)`.
        codes: The class of each sample, integers in `[0, n_classes)`.
        weight: float64, shape `(n,)`; None if all weigh 1.
        pooled: Scores whose columns can be compared with each other, if others.
    """

    def __init__(
        self,
        scores: NDArray[Any],
        codes: NDArray[Any],
        weight: Floats | None = None,
        pooled: NDArray[Any] | None = None,
    ) -> None:
        # The fewer bytes a code takes, the sooner they are put in another order.
        self._codes = codes.astype(np.min_scalar_type(scores.shape[1]))
        self._scores, self._weight = scores, weight
        self._pooled = scores if pooled is None else pooled
        self.n_samples, self.n_classes = scores.shape
        self.memory: dict[Callable[..., Any], Any] = {}

    @cached_property
    def classes(self) -> list[Ranked]:
        """One ranking for each class."""
        return [
            Ranked(
                np.ascontiguousarray(self._scores[:, k]),
                self._codes,
                k,
                self.n_classes,
                self._weight,
            )
            for k in range(self.n_classes)
        ]

    @cached_property
    def pooled(self) -> Steps:
        """Every sample once for each class, positive for its own: what micro averages are of."""
        return pooled_steps(self._pooled, self._own, self._weight)

    @property
    def _own(self) -> NDArray[np.bool_]:
        """Which score of a sample is that of its class."""
        return self._codes[:, None] == np.arange(self.n_classes)

    @cached_property
    def support(self) -> Floats:
        """The weight of each true class."""
        return np.array([ranked.positives for ranked in self.classes])

    @cached_property
    def areas(self) -> Floats:
        """Each class's ROC area against the rest."""
        return np.array([roc_auc(ranked) for ranked in self.classes])

    @cached_property
    def precisions(self) -> Floats:
        """Each class's average precision."""
        return np.array([average_precision(ranked) for ranked in self.classes])

    @cached_property
    def pairwise(self) -> Floats:
        """A[i, j]: how often a sample of i has a higher score for i than one of j has.

        Shape `(K, K)`; NaN on the diagonal and where a class is not true for any sample.
        """
        won = np.array([ranked.won_against() for ranked in self.classes])
        areas: Floats = won / (self.support[:, None] * self.support[None, :])
        np.fill_diagonal(areas, np.nan)
        return areas

    def one_vs_one(self, *, weighted: bool) -> float:
        """Hand and Till's M: the mean over pairs of classes of A[i, j] and A[j, i]."""
        upper, lower = np.triu_indices(self.n_classes, 1)
        pairs = (self.pairwise[upper, lower] + self.pairwise[lower, upper]) / 2
        weights = self.support[upper] + self.support[lower]
        return float(mean_defined(pairs, weights if weighted else None))


RANKINGS = (
    ScoreStatistic(
        id="roc_auc_ovr_macro",
        of="rankings",
        title="ROC area, one against the rest, mean of the classes",
        formula="mean of AUC over the classes where it is defined",
        group="ranking",
        compute=lambda r: float(mean_defined(r.areas)),
        undefined=NO_CLASS,
        aliases=("roc_auc_score(multi_class='ovr')", "AUNU"),
        reference="Fawcett 2006, Pattern Recognition Letters 27; Ferri et al. 2009",
    ),
    ScoreStatistic(
        id="roc_auc_ovr_weighted",
        of="rankings",
        title="ROC area, one against the rest, weighted by support",
        formula="sum of P AUC / sum of P over the classes where it is defined",
        group="ranking",
        compute=lambda r: float(mean_defined(r.areas, r.support)),
        undefined=NO_CLASS,
        aliases=("roc_auc_score(multi_class='ovr', average='weighted')", "AUNP"),
        reference="Provost & Domingos 2000; Ferri et al. 2009",
    ),
    ScoreStatistic(
        id="roc_auc_ovr_micro",
        of="rankings",
        title="ROC area of all scores pooled",
        formula="AUC over every sample and class, positive for its own class",
        group="ranking",
        compute=lambda r: roc_auc(r.pooled),
        undefined="there is one class",
        aliases=("roc_auc_score(multi_class='ovr', average='micro')",),
    ),
    ScoreStatistic(
        id="roc_auc_ovo_macro",
        of="rankings",
        title="ROC area, one against one",
        formula="mean over pairs of classes of (A[i, j] + A[j, i]) / 2",
        group="ranking",
        compute=lambda r: r.one_vs_one(weighted=False),
        undefined=NO_PAIR,
        aliases=("roc_auc_score(multi_class='ovo')", "Hand-Till M"),
        reference="Hand & Till 2001, Machine Learning 45",
    ),
    ScoreStatistic(
        id="roc_auc_ovo_weighted",
        of="rankings",
        title="ROC area, one against one, weighted by the pairs' prevalence",
        formula="the same, each pair weighted by its samples",
        group="ranking",
        compute=lambda r: r.one_vs_one(weighted=True),
        undefined=NO_PAIR,
        aliases=("roc_auc_score(multi_class='ovo', average='weighted')",),
        reference="Ferri, Hernández-Orallo & Modroiu 2009, Pattern Recognition Letters 30",
    ),
    ScoreStatistic(
        id="average_precision_macro",
        of="rankings",
        title="Average precision, mean of the classes",
        formula="mean of AP over the classes that are true for some sample",
        group="ranking",
        compute=lambda r: float(mean_defined(r.precisions)),
        undefined="no class is true for any sample",
        aliases=("mAP", "average_precision_score(average='macro')"),
    ),
    ScoreStatistic(
        id="average_precision_weighted",
        of="rankings",
        title="Average precision, weighted by support",
        formula="sum of P AP / sum of P",
        group="ranking",
        compute=lambda r: float(mean_defined(r.precisions, r.support)),
        undefined="no class is true for any sample",
        aliases=("average_precision_score(average='weighted')",),
    ),
    ScoreStatistic(
        id="average_precision_micro",
        of="rankings",
        title="Average precision of all scores pooled",
        formula="AP over every sample and class, positive for its own class",
        group="ranking",
        compute=lambda r: average_precision(r.pooled),
        aliases=("average_precision_score(average='micro')",),
    ),
)
