"""Tests of calibration, and the line that would mend it."""

import numpy as np

from services.metrics import distributions
from services.metrics.arrays import remembered
from services.metrics.statistics.calibration.bins import Calibration
from services.metrics.statistics.calibration.errors import NO_OUTCOME
from services.metrics.statistics.calibration.logistic import likelihood_gain
from services.metrics.statistics.definition import NO_COUNT, UNBOUNDED, Best, ScoreStatistic


def hosmer_lemeshow(c: Calibration) -> tuple[float, float]:
    """The chi-square over bins of equal mass, and its degrees of freedom: bins - 2."""
    bins = c.equal_mass
    spread = bins.weight * bins.probability * (1 - bins.probability)
    terms = np.where(
        spread > 0, (bins.weight * bins.gaps) ** 2 / np.where(spread > 0, spread, 1.0), 0.0
    )
    return float(terms.sum()), float(len(bins.weight) - 2)


@remembered
def spiegelhalter_z(c: Calibration) -> float:
    """The standardised sum of (y - p)(1 - 2 p), normal if the probabilities are true."""
    if c.weighted:
        return np.nan
    p, tilt = c.probability, 1 - 2 * c.probability
    spread = c.weight @ (tilt**2 * p * (1 - p))
    return float((c.true - c.weight * p) @ tilt / np.sqrt(spread))


@remembered
def cox_chi_square(c: Calibration) -> float:
    """Twice the gain in log likelihood of the best line over intercept 0 and slope 1."""
    if c.weighted or np.isnan(c.line[1]):
        return np.nan
    return max(likelihood_gain(c.logit, c.true, c.weight, c.line), 0.0)


FIT = (
    ScoreStatistic(
        id="calibration_slope",
        of="calibration",
        title="Calibration slope",
        formula="b of logit P(true) = a + b logit(p), by maximum likelihood",
        group="calibration",
        compute=lambda c: c.line[1],
        low=-UNBOUNDED,
        high=UNBOUNDED,
        best=Best.ONE,
        undefined=f"{NO_OUTCOME}, or no finite line fits",
        reference="Cox 1958, Biometrika 45",
    ),
    ScoreStatistic(
        id="calibration_intercept",
        of="calibration",
        title="Calibration intercept",
        formula="a of the same line",
        group="calibration",
        compute=lambda c: c.line[0],
        low=-UNBOUNDED,
        high=UNBOUNDED,
        best=Best.ZERO,
        undefined=f"{NO_OUTCOME}, or no finite line fits",
        reference="Cox 1958, Biometrika 45",
    ),
    ScoreStatistic(
        id="calibration_chi_square",
        of="calibration",
        title="Likelihood ratio test of the calibration line",
        formula="2 (l(a, b) - l(0, 1)), l the log likelihood of the line",
        group="calibration",
        compute=cox_chi_square,
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined=f"{NO_OUTCOME}, no finite line fits, or {NO_COUNT}",
        aliases=("U statistic",),
        reference="Cox 1958, Biometrika 45; Miller, Hui & Tierney 1991, Statistics in Medicine 10",
    ),
    ScoreStatistic(
        id="calibration_p_value",
        of="calibration",
        title="p value of the calibration line",
        formula="chi-square tail, 2 degrees of freedom",
        group="calibration",
        compute=lambda c: float(distributions.chi_square_tail(cox_chi_square(c), 2)),
        best=Best.NEITHER,
        undefined=f"{NO_OUTCOME}, no finite line fits, or {NO_COUNT}",
        reference="Cox 1958, Biometrika 45",
    ),
    ScoreStatistic(
        id="spiegelhalter_z",
        of="calibration",
        title="Spiegelhalter's z",
        formula="sum (y - p)(1 - 2p) / sqrt(sum (1 - 2p)^2 p (1 - p))",
        group="calibration",
        compute=spiegelhalter_z,
        low=-UNBOUNDED,
        high=UNBOUNDED,
        best=Best.ZERO,
        undefined=f"every probability is 0, 1/2 or 1, or {NO_COUNT}",
        reference="Spiegelhalter 1986, Statistics in Medicine 5",
    ),
    ScoreStatistic(
        id="spiegelhalter_p_value",
        of="calibration",
        title="p value of Spiegelhalter's test",
        formula="P(|Z| > |z|)",
        group="calibration",
        compute=lambda c: float(distributions.normal_two_sided(spiegelhalter_z(c))),
        best=Best.NEITHER,
        undefined=f"every probability is 0, 1/2 or 1, or {NO_COUNT}",
        reference="Spiegelhalter 1986, Statistics in Medicine 5",
    ),
    ScoreStatistic(
        id="hosmer_lemeshow_chi_square",
        of="calibration",
        title="Hosmer-Lemeshow statistic",
        formula="sum over bins of equal mass of (observed - expected)^2 / (n p (1 - p))",
        group="calibration",
        compute=lambda c: hosmer_lemeshow(c)[0],
        high=UNBOUNDED,
        best=Best.LOWER,
        reference="Hosmer & Lemeshow 1980, Communications in Statistics A 9",
    ),
    ScoreStatistic(
        id="hosmer_lemeshow_p_value",
        of="calibration",
        title="p value of the Hosmer-Lemeshow test",
        formula="chi-square tail, bins - 2 degrees of freedom",
        group="calibration",
        compute=lambda c: (
            float(distributions.chi_square_tail(*hosmer_lemeshow(c)))
            if hosmer_lemeshow(c)[1] > 0 and not c.weighted
            else np.nan
        ),
        best=Best.NEITHER,
        undefined=f"there are fewer than three bins, or {NO_COUNT}",
        reference="Hosmer & Lemeshow 1980, Communications in Statistics A 9",
    ),
)
