"""Losses that the true probabilities minimise, and their like."""

from functools import partial

import numpy as np

from services.metrics.statistics.definition import UNBOUNDED, Best, ScoreStatistic
from services.metrics.statistics.probabilities.distributions import Probabilities

# What a probability of zero is taken for where a clipped loss is asked for: the spacing of
# float64 at one, whatever the dtype that the probabilities came in.
CLIP = float(np.finfo(np.float64).eps)


ONE_CLASS = "the truth has one class"


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


def top_k_accuracy(p: Probabilities, k: int) -> float:
    """The share of samples whose class is among the k most probable."""
    if k >= p.n_classes:
        return np.nan
    before, more = p.ranks_of_truth
    return p.mean(np.clip((k - before) / (more + 1), 0, 1) if more.any() else before < k)


def mean_rank(p: Probabilities) -> float:
    """The mean place of the true class, from 1 on."""
    before, more = p.ranks_of_truth
    return p.mean(before + more / 2) + 1


def mean_reciprocal_rank(p: Probabilities) -> float:
    """The mean of one over the place of the true class."""
    before, more = p.ranks_of_truth
    upto = np.concatenate(([0.0], (1 / np.arange(1, p.n_classes + 1)).cumsum()))
    return p.mean((upto[before + more + 1] - upto[before]) / (more + 1))


PROPER_SCORES = (
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
            formula=f"share of samples with fewer than {k} classes before the true one; `ties` "
            "says where equal ones stand",
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
        compute=mean_rank,
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
        compute=mean_reciprocal_rank,
        aliases=("MRR", "label_ranking_average_precision_score of one label"),
    ),
)
