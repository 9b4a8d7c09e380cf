"""Statistics of the ranking of several labels a sample by their scores."""

from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.arrays import Floats, mean_defined
from services.metrics.statistics.definition import UNBOUNDED, Best, ScoreStatistic
from services.metrics.statistics.ranking.areas import average_precision, roc_auc
from services.metrics.statistics.ranking.ranked import Ranked, pooled_steps
from services.metrics.statistics.ranking.steps import Steps

# Scores of so many label pairs are compared at once.
BLOCK_PAIRS = 1 << 22


class LabelRankings:
    """Scores of every label for every sample.

    Args:
        scores: Shape `(n, n_labels)`.
        truth: bool, the same shape.
        weight: float64, shape `(n,)`; None if all weigh 1.
        tie: What it costs if a false label scores as much as a true one, from 0 to 1.
    """

    def __init__(
        self,
        scores: NDArray[Any],
        truth: NDArray[np.bool_],
        weight: Floats | None,
        tie: float = 1.0,
    ) -> None:
        self.scores, self.truth, self.weight, self.tie = scores, truth, weight, tie

    @cached_property
    def labels(self) -> list[Ranked]:
        """The ranking of the samples by each label's score."""
        columns = zip(self.scores.T, self.truth.T, strict=True)
        return [
            Ranked(np.ascontiguousarray(s), t.astype(np.intp), 1, 2, self.weight)
            for s, t in columns
        ]

    @cached_property
    def pooled(self) -> Steps:
        """All samples and labels together."""
        return pooled_steps(self.scores, self.truth, self.weight)

    @cached_property
    def rows(self) -> dict[str, Floats]:
        """By statistic, one number for each sample, from comparing all its labels."""
        step = max(1, BLOCK_PAIRS // self.truth.shape[1] ** 2)
        parts = [
            _row_statistics(self.scores[i : i + step], self.truth[i : i + step], self.tie)
            for i in range(0, len(self.truth), step)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def mean(self, name: str) -> float:
        """The weighted mean of a statistic of the rows where it is defined."""
        return float(mean_defined(self.rows[name], self.weight))

    def over_labels(self, values: list[float], *, weighted: bool) -> float:
        """The mean of a statistic of the labels, where it is defined."""
        support = np.array([ranked.positives for ranked in self.labels])
        return float(mean_defined(np.array(values), support if weighted else None))


def _row_statistics(
    scores: NDArray[Any], truth: NDArray[np.bool_], tie: float
) -> dict[str, Floats]:
    n_labels = truth.shape[1]
    other, own = scores[:, None, :], scores[:, :, None]
    above, at_least = (other > own).sum(-1), (other >= own).sum(-1)
    true_at_least = ((other >= own) & truth[:, None, :]).sum(-1)
    n_true = truth.sum(-1)
    mixed = (n_true > 0) & (n_true < n_labels)
    several = np.maximum(n_true, 1)
    precision = np.where(truth, true_at_least / at_least, 0.0).sum(-1) / several
    # Each true label loses to the false ones that score more, and to a part of those that tie.
    true_above = ((other > own) & truth[:, None, :]).sum(-1)
    false_above, false_at_least = above - true_above, at_least - true_at_least
    each = (1 - tie) * false_above + tie * false_at_least
    lost = np.where(truth, each, 0.0).sum(-1)
    discount = np.concatenate(([0.0], (1 / np.log2(np.arange(n_labels) + 2)).cumsum()))
    # Equal scores share the places that they take up together.
    gain = (discount[at_least] - discount[above]) / (at_least - above)
    ideal = discount[n_true]
    tied = np.where(truth, (false_above + false_at_least) / 2, 0.0).sum(-1)
    pairs = np.maximum(n_true * (n_labels - n_true), 1)
    total = np.where(truth, gain, 0.0).sum(-1)
    return {
        "roc_auc_samples": np.where(mixed, 1 - tied / pairs, np.nan),
        "average_precision_samples": np.where(n_true > 0, precision, np.nan),
        "dcg": total,
        "first": np.where(n_true > 0, np.where(truth, at_least, n_labels).min(-1), np.nan),
        "coverage": np.where(truth, at_least, 0).max(-1).astype(np.float64),
        "average_precision": np.where(mixed, precision, 1.0),
        "loss": np.where(mixed, lost / pairs, 0.0),
        "ndcg": np.where(n_true > 0, total / np.maximum(ideal, 1e-300), 0.0),
    }


_EMPTY = "no label is true for some samples and false for others"


LABEL_RANKINGS = (
    *(
        ScoreStatistic(
            id=f"{name}_{rule}",
            of="label_rankings",
            title=f"{title}, {words}",
            formula=f"{words} of {symbol}",
            group="multilabel",
            compute=compute,
            undefined=_EMPTY,
            aliases=(f"{sklearn}(average='{rule}')",),
        )
        for name, title, symbol, sklearn, of in (
            ("roc_auc", "ROC area", "AUC", "roc_auc_score", roc_auc),
            (
                "average_precision",
                "Average precision",
                "AP",
                "average_precision_score",
                average_precision,
            ),
        )
        for rule, words, compute in (
            (
                "macro",
                "mean over the labels",
                lambda r, of=of: r.over_labels([of(x) for x in r.labels], weighted=False),
            ),
            (
                "weighted",
                "mean over the labels by support",
                lambda r, of=of: r.over_labels([of(x) for x in r.labels], weighted=True),
            ),
            (
                "micro",
                "all samples and labels pooled",
                lambda r, of=of: of(r.pooled),
            ),
        )
    ),
    *(
        ScoreStatistic(
            id=name,
            of="label_rankings",
            title=f"{title}, mean over the samples",
            formula=f"mean over the samples of {symbol} of their labels",
            group="multilabel",
            compute=partial(LabelRankings.mean, name=name),
            undefined=undefined,
            aliases=(f"{sklearn}(average='samples')",),
        )
        for name, title, symbol, sklearn, undefined in (
            (
                "roc_auc_samples",
                "ROC area",
                "AUC",
                "roc_auc_score",
                "every sample has all labels, or none",
            ),
            (
                "average_precision_samples",
                "Average precision",
                "AP",
                "average_precision_score",
                "no sample has a label",
            ),
        )
    ),
    ScoreStatistic(
        id="first_true_rank",
        of="label_rankings",
        title="Rank of the first true label",
        formula="mean over samples of how many labels score at least as much as the best true one",
        group="multilabel",
        compute=lambda r: r.mean("first"),
        low=1.0,
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined="no sample has a label",
        aliases=("MinLabelPosition",),
    ),
    ScoreStatistic(
        id="discounted_cumulative_gain",
        of="label_rankings",
        title="Discounted cumulative gain",
        formula="mean of the sum over true labels of 1 / log2(place + 1), tied places shared",
        group="multilabel",
        compute=lambda r: r.mean("dcg"),
        high=UNBOUNDED,
        aliases=("DCG", "dcg_score"),
        reference="Järvelin & Kekäläinen 2002, ACM TOIS 20",
    ),
    ScoreStatistic(
        id="coverage_error",
        of="label_rankings",
        title="Coverage error",
        formula="mean of how many labels score at least as much as the lowest true one",
        group="multilabel",
        compute=lambda r: r.mean("coverage"),
        high=UNBOUNDED,
        best=Best.LOWER,
        aliases=("coverage_error",),
        reference="Tsoumakas, Katakis & Vlahavas 2010, Data Mining Handbook",
    ),
    ScoreStatistic(
        id="label_ranking_average_precision",
        of="label_rankings",
        title="Label ranking average precision",
        formula="mean over samples of the mean over true labels of true ones / ones that score as "
        "much or more; 1 if all labels are true or none",
        group="multilabel",
        compute=lambda r: r.mean("average_precision"),
        aliases=("LRAP", "label_ranking_average_precision_score"),
        reference="Schapire & Singer 2000, Machine Learning 39",
    ),
    ScoreStatistic(
        id="label_ranking_loss",
        of="label_rankings",
        title="Label ranking loss",
        formula="mean share of true and false labels that are ordered wrongly, or tied as `ties` "
        "says; 0 if all labels are true or none",
        group="multilabel",
        compute=lambda r: r.mean("loss"),
        best=Best.LOWER,
        aliases=("label_ranking_loss",),
        reference="Schapire & Singer 2000, Machine Learning 39",
    ),
    ScoreStatistic(
        id="normalized_discounted_cumulative_gain",
        of="label_rankings",
        title="Normalized discounted cumulative gain",
        formula="mean of DCG / ideal DCG, discount log2(place + 1), tied places shared; 0 if no "
        "label is true",
        group="multilabel",
        compute=lambda r: r.mean("ndcg"),
        aliases=("NDCG", "ndcg_score"),
        reference="Järvelin & Kekäläinen 2002, ACM TOIS 20",
    ),
)
