"""Error among the surest samples: prediction with the right to abstain."""

import numpy as np

from services.metrics.statistics.definition import Best, ScoreStatistic
from services.metrics.statistics.probabilities.distributions import Probabilities
from services.metrics.tables import Floats


def risk_coverage(p: Probabilities) -> tuple[Floats, Floats]:
    """Coverage and error among the surest, as confidence falls; ties step together."""
    covered = p.surest.tp + p.surest.fp
    return covered / covered[-1], p.surest.fp / covered


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
        formula="AURC - AURC of an order with all hits first",
        group="probability",
        compute=excess_risk_coverage,
        best=Best.LOWER,
        aliases=("E-AURC",),
        reference="Geifman, Uziel & El-Yaniv 2019, ICLR",
    ),
)
