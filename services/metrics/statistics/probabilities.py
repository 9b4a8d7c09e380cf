"""Statistics of predicted probabilities: proper scores, top-k, selective prediction."""

from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.statistics.definition import UNBOUNDED, Best, ScoreStatistic
from services.metrics.tables import Floats

# What a probability of zero is taken for where a clipped loss is asked for: the spacing of
# float64 at one, whatever the dtype that the probabilities came in.
CLIP = float(np.finfo(np.float64).eps)
ONE_CLASS = "the truth has one class"


class Probabilities:
    """A distribution over the classes for each sample.

    Args:
        probabilities: float32 or float64, shape `(n, n_classes)`, rows sum to one.
        codes: The class of each sample, integers in `[0, n_classes)`.
        weight: float64, shape `(n,)`; None if all weigh 1.
    """

    def __init__(
        self, probabilities: NDArray[Any], codes: NDArray[Any], weight: Floats | None = None
    ) -> None:
        self.values, self.codes, self.weight = probabilities, codes, weight
        self.n_classes = probabilities.shape[1]

    @cached_property
    def of_truth(self) -> Floats:
        """The probability of each sample's own class."""
        rows = np.arange(len(self.codes))
        return self.values[rows, self.codes].astype(np.float64)

    @cached_property
    def predicted(self) -> NDArray[np.intp]:
        """The class of the highest probability, the first of equals."""
        return self.values.argmax(axis=1)

    @cached_property
    def confidence(self) -> Floats:
        """The highest probability of each sample."""
        rows = np.arange(len(self.codes))
        return self.values[rows, self.predicted].astype(np.float64)

    @cached_property
    def hit(self) -> NDArray[np.bool_]:
        """Whether the class of the highest probability is the true one."""
        return self.predicted == self.codes

    @cached_property
    def square_sum(self) -> Floats:
        """The sum of each sample's squared probabilities."""
        wide = self.values.astype(np.float64, copy=False)
        return np.einsum("ij,ij->i", wide, wide)

    @cached_property
    def rank_of_truth(self) -> NDArray[np.intp]:
        """How many classes come before the true one: surer, or equal and earlier."""
        own = self.values[np.arange(len(self.codes)), self.codes][:, None]
        earlier = np.arange(self.n_classes) < self.codes[:, None]
        return ((self.values > own) | ((self.values == own) & earlier)).sum(axis=1)

    @cached_property
    def class_shares(self) -> Floats:
        """The share of each class in the truth."""
        counts = np.bincount(self.codes, self.weight, minlength=self.n_classes)
        return counts / counts.sum()

    @cached_property
    def brier_terms(self) -> Floats:
        """Each sample's sum of squared differences, expanded so that no copy is made."""
        return self.square_sum - 2 * self.of_truth + 1

    @cached_property
    def log_terms(self) -> Floats:
        """Each sample's -ln p of its own class; infinite at p = 0."""
        return -np.log(self.of_truth)

    def mean(self, values: NDArray[Any]) -> float:
        """The weighted mean over the samples."""
        if self.weight is None:
            return float(values.mean(dtype=np.float64))
        return float((values * self.weight).sum() / self.weight.sum())


def log_loss_clipped(p: Probabilities) -> float:
    """The log loss with probabilities held within [eps, 1 - eps] of float64."""
    return p.mean(-np.log(np.clip(p.of_truth, CLIP, 1 - CLIP)))


def prior_log_loss(p: Probabilities) -> float:
    """The log loss of always predicting the true class frequencies."""
    shares = p.class_shares[p.class_shares > 0]
    return float(-(shares * np.log(shares)).sum())


def prior_brier(p: Probabilities) -> float:
    """The Brier score of always predicting the true class frequencies."""
    return float(1 - (p.class_shares**2).sum())


def ranked_probability_score(p: Probabilities) -> float:
    """Mean squared difference of the cumulative distributions, over K - 1."""
    below = p.values.cumsum(axis=1, dtype=np.float64)
    below -= np.arange(p.n_classes) >= p.codes[:, None]
    return float(p.mean(np.square(below).sum(axis=1)) / np.float64(p.n_classes - 1))


def risk_coverage(p: Probabilities) -> tuple[Floats, Floats]:
    """Coverage and error among the surest, as confidence falls; ties step together."""
    order = np.argsort(p.confidence)[::-1]
    sure = p.confidence[order]
    ends = np.append(np.flatnonzero(sure[1:] != sure[:-1]), len(sure) - 1)
    weight = np.ones(len(sure)) if p.weight is None else p.weight[order]
    covered = weight.cumsum()[ends]
    wrong = (weight * ~p.hit[order]).cumsum()[ends]
    return covered / covered[-1], wrong / covered


def area_under_risk_coverage(p: Probabilities) -> float:
    """The mean error over all coverages, each step of coverage at the error it reaches."""
    coverage, risk = risk_coverage(p)
    return float((np.diff(coverage, prepend=0.0) * risk).sum())


def excess_risk_coverage(p: Probabilities) -> float:
    """AURC less that of an ideal order, in which all hits come before all errors.

    The ideal order's area over n equal samples with an error rate r is the sum over the
    errors' places; in the limit r + (1 - r) ln(1 - r).
    """
    n = len(p.codes)
    errors = round((1 - p.mean(p.hit)) * n)
    places = np.arange(1, errors + 1)
    ideal = (places / (n - errors + places)).sum() / n
    return area_under_risk_coverage(p) - float(ideal)


def top_k_accuracy(p: Probabilities, k: int) -> float:
    """The share of samples whose class is among the k most probable."""
    return p.mean(p.rank_of_truth < k) if k < p.n_classes else np.nan


PROBABILITIES = (
    ScoreStatistic(
        id="log_loss",
        of="probabilities",
        title="Logarithmic loss",
        formula="-mean ln p of the true class",
        group="probability",
        compute=lambda p: p.mean(p.log_terms),
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined="a true class was given probability 0",
        aliases=("cross-entropy", "ignorance score", "log_loss"),
        reference="Good 1952, JRSS B 14",
    ),
    ScoreStatistic(
        id="log_loss_clipped",
        of="probabilities",
        title="Logarithmic loss, clipped",
        formula="log loss with p within [e, 1 - e], e = 2^-52",
        group="probability",
        compute=log_loss_clipped,
        high=UNBOUNDED,
        best=Best.LOWER,
        aliases=("sklearn.metrics.log_loss on float64",),
    ),
    ScoreStatistic(
        id="n_zero_probability",
        of="probabilities",
        title="Samples whose true class was given probability 0",
        formula="count",
        group="probability",
        compute=lambda p: float((p.of_truth == 0).sum()),
        high=UNBOUNDED,
        best=Best.LOWER,
    ),
    ScoreStatistic(
        id="log_loss_bits",
        of="probabilities",
        title="Logarithmic loss, bits",
        formula="-mean log2 p of the true class",
        group="probability",
        compute=lambda p: p.mean(p.log_terms) / np.log(2),
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined="a true class was given probability 0",
    ),
    ScoreStatistic(
        id="brier_score",
        of="probabilities",
        title="Brier score, all classes",
        formula="mean of sum over classes of (p - y)^2",
        group="probability",
        compute=lambda p: p.mean(p.brier_terms),
        high=2.0,
        best=Best.LOWER,
        aliases=("brier_score_loss(scale_by_half=False)",),
        reference="Brier 1950, Monthly Weather Review 78",
    ),
    ScoreStatistic(
        id="brier_score_half",
        of="probabilities",
        title="Brier score, halved",
        formula="brier_score / 2; for two classes the mean of (p - y)^2",
        group="probability",
        compute=lambda p: p.mean(p.brier_terms) / 2,
        best=Best.LOWER,
        aliases=("brier_score_loss", "mean squared probability error"),
    ),
    ScoreStatistic(
        id="d2_log_loss",
        of="probabilities",
        title="Share of the log loss explained",
        formula="1 - log loss / log loss of the class frequencies",
        group="probability",
        compute=lambda p: 1 - np.float64(log_loss_clipped(p)) / prior_log_loss(p),
        low=-UNBOUNDED,
        undefined=ONE_CLASS,
        aliases=("d2_log_loss_score", "McFadden's R2"),
        reference="McFadden 1974",
    ),
    ScoreStatistic(
        id="d2_brier",
        of="probabilities",
        title="Brier skill score",
        formula="1 - Brier / Brier of the class frequencies",
        group="probability",
        compute=lambda p: 1 - np.float64(p.mean(p.brier_terms)) / prior_brier(p),
        low=-UNBOUNDED,
        undefined=ONE_CLASS,
        aliases=("d2_brier_score", "BSS"),
        reference="Murphy 1973, Journal of Applied Meteorology 12",
    ),
    ScoreStatistic(
        id="spherical_score",
        of="probabilities",
        title="Spherical score",
        formula="mean of p of the true class / sqrt(sum p^2)",
        group="probability",
        compute=lambda p: p.mean(p.of_truth / np.sqrt(p.square_sum)),
        reference="Good 1971; Gneiting & Raftery 2007, JASA 102",
    ),
    ScoreStatistic(
        id="ranked_probability_score",
        of="probabilities",
        title="Ranked probability score",
        formula="mean of sum (F - O)^2 / (K - 1), F and O cumulative over the ordered classes",
        group="probability",
        compute=ranked_probability_score,
        best=Best.LOWER,
        undefined="there is one class",
        aliases=("RPS",),
        reference="Epstein 1969, Journal of Applied Meteorology 8",
    ),
    ScoreStatistic(
        id="mean_true_class_probability",
        of="probabilities",
        title="Mean probability of the true class",
        formula="mean p of the true class",
        group="probability",
        compute=lambda p: p.mean(p.of_truth),
    ),
    ScoreStatistic(
        id="mean_confidence",
        of="probabilities",
        title="Mean confidence",
        formula="mean of the highest probability",
        group="probability",
        compute=lambda p: p.mean(p.confidence),
        best=Best.NEITHER,
    ),
    *(
        ScoreStatistic(
            id=f"top_{k}_accuracy",
            of="probabilities",
            title=f"Top-{k} accuracy",
            formula=f"share of samples with fewer than {k} classes before the true one; equal "
            "probabilities in the order of the labels",
            group="probability",
            compute=partial(top_k_accuracy, k=k),
            undefined=f"there are no more than {k} classes",
            aliases=("top_k_accuracy_score",),
        )
        for k in (2, 3, 5)
    ),
    ScoreStatistic(
        id="mean_rank_of_truth",
        of="probabilities",
        title="Mean rank of the true class",
        formula="mean of 1 + classes before the true one",
        group="probability",
        compute=lambda p: p.mean(p.rank_of_truth) + 1,
        low=1.0,
        high=UNBOUNDED,
        best=Best.LOWER,
        aliases=("coverage_error of one label",),
    ),
    ScoreStatistic(
        id="mean_reciprocal_rank",
        of="probabilities",
        title="Mean reciprocal rank of the true class",
        formula="mean of 1 / (1 + classes before the true one)",
        group="probability",
        compute=lambda p: p.mean(1 / (p.rank_of_truth + 1)),
        aliases=("MRR", "label_ranking_average_precision_score of one label"),
    ),
    ScoreStatistic(
        id="area_under_risk_coverage",
        of="probabilities",
        title="Area under the risk-coverage curve",
        formula="mean error among the surest, over all coverages",
        group="probability",
        compute=area_under_risk_coverage,
        best=Best.LOWER,
        aliases=("AURC",),
        reference="Geifman & El-Yaniv 2017, NeurIPS",
    ),
    ScoreStatistic(
        id="excess_area_under_risk_coverage",
        of="probabilities",
        title="Excess area under the risk-coverage curve",
        formula="AURC - AURC of an order with all hits first",
        group="probability",
        compute=excess_risk_coverage,
        best=Best.LOWER,
        aliases=("E-AURC",),
        reference="Geifman, Uziel & El-Yaniv 2019, ICLR",
    ),
)
