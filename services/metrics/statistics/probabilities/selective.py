"""Error among the surest samples: prediction with the right to abstain."""

from functools import partial

import numpy as np

from services.metrics.arrays import Floats
from services.metrics.statistics.definition import Best, ScoreStatistic
from services.metrics.statistics.probabilities.distributions import Probabilities


def risk_coverage(p: Probabilities) -> tuple[Floats, Floats]:
    """Coverage and error among the surest, as confidence falls; ties step together."""
    covered = p.surest.tp + p.surest.fp
    return covered / covered[-1], p.surest.fp / covered


def area_under_risk_coverage(p: Probabilities) -> float:
    """The mean error over all coverages, each step of coverage at the error it reaches."""
    coverage, risk = risk_coverage(p)
    return float((np.diff(coverage, prepend=0.0) * risk).sum())


def excess_risk_coverage(p: Probabilities) -> float:
    """AURC less that of the best order, in which all hits come before all errors.

    No order of the samples has a smaller area: of errors that weigh differently the lightest
    come first. Over equal samples with an error rate r it is r + (1 - r) ln(1 - r) in the limit.
    """
    missed = ~p.hit
    steps = np.ones(int(missed.sum())) if p.weight is None else np.sort(p.weight[missed])
    errors, hits = steps.cumsum(), p.surest.positives
    ideal = (steps * errors / (hits + errors)).sum() / (p.surest.positives + p.surest.negatives)
    return area_under_risk_coverage(p) - float(ideal)


def coverage_at_risk(p: Probabilities, risk: float) -> float:
    """The greatest share of samples, the surest first, with an error of at most this."""
    coverage, risks = risk_coverage(p)
    fits = np.flatnonzero(risks <= risk)
    return float(coverage[fits[-1]]) if fits.size else 0.0


SELECTIVE = (
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
        formula="AURC - AURC of the best order: all hits, then the errors, the lightest first",
        group="probability",
        compute=excess_risk_coverage,
        best=Best.LOWER,
        aliases=("E-AURC",),
        reference="Geifman, Uziel & El-Yaniv 2019, ICLR",
    ),
    *(
        ScoreStatistic(
            id=f"coverage_at_error_{round(100 * risk)}",
            of="probabilities",
            title=f"Coverage at an error of at most {risk}",
            formula="greatest share of samples, the surest first, with so small an error",
            group="probability",
            compute=partial(coverage_at_risk, risk=risk),
            aliases=("coverage at risk", "accuracy-rejection curve"),
            reference="El-Yaniv & Wiener 2010, Journal of Machine Learning Research 11",
        )
        for risk in (0.01, 0.05, 0.1)
    ),
)
