"""Whether probabilities mean what they say: the bins, the errors and the tests."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics import distributions
from services.metrics.statistics.definition import UNBOUNDED, Best, ScoreStatistic
from services.metrics.statistics.ranked import Ranked
from services.metrics.tables import Floats

NEWTON_STEPS = 50
NEWTON_TOLERANCE = 1e-12
NO_OUTCOME = "the outcome is the same for every sample"


@dataclass(frozen=True, slots=True)
class Bins:
    """Samples gathered by probability; empty bins are left out.

    Attributes:
        edges: The lower and upper edge of each bin; a bin holds what is above its lower edge
            and not above its upper, the first also 0.
        weight: The weight of the samples of each bin.
        probability: Their mean probability.
        outcome: How often the predicted thing was true.
    """

    edges: Floats
    weight: Floats
    probability: Floats
    outcome: Floats

    @property
    def gaps(self) -> Floats:
        """How much more often it was true than predicted."""
        return self.outcome - self.probability

    @property
    def shares(self) -> Floats:
        """Each bin's share of the weight."""
        return self.weight / self.weight.sum()


class Calibration:
    """The calibration of the highest probability, or of one class's.

    Args:
        probability: The distinct probabilities, ascending, float64, shape `(m,)`.
        true: The weight of the samples at each where the predicted thing was true.
        weight: The weight of all samples at each.
        n_bins: How many bins the errors are taken over.
    """

    def __init__(self, probability: Floats, true: Floats, weight: Floats, n_bins: int) -> None:
        self.probability, self.true, self.weight, self.n_bins = probability, true, weight, n_bins

    @classmethod
    def of_class(cls, ranked: Ranked, n_bins: int) -> "Calibration":
        """That of a class's probability, from its ranking."""
        weight = ranked.tp_steps + ranked.fp_steps
        return cls(ranked.thresholds[::-1], ranked.tp_steps[::-1], weight[::-1], n_bins)

    @classmethod
    def of_samples(
        cls, probability: Floats, true: NDArray[Any], weight: Floats | None, n_bins: int
    ) -> "Calibration":
        """That of any statement, given for each sample its probability and whether it is true."""
        return cls.of_class(Ranked(probability, true.astype(np.intp), 1, 2, weight), n_bins)

    @cached_property
    def total(self) -> float:
        """The weight of all samples."""
        return float(self.weight.sum())

    @cached_property
    def equal_width(self) -> Bins:
        """Bins of equal width."""
        return self._gathered(np.linspace(0.0, 1.0, self.n_bins + 1))

    @cached_property
    def equal_mass(self) -> Bins:
        """Bins of about equal weight; equal probabilities stay together."""
        shares = np.arange(1, self.n_bins) / self.n_bins * self.total
        last = np.searchsorted(self.weight.cumsum(), shares)
        inner = np.unique(self.probability[last])
        return self._gathered(np.concatenate(([0.0], inner[(inner > 0) & (inner < 1)], [1.0])))

    @cached_property
    def line(self) -> tuple[float, float]:
        """Cox's intercept and slope."""
        return cox_line(self)

    @cached_property
    def goodness_of_fit(self) -> tuple[float, float]:
        """Hosmer and Lemeshow's chi-square and its degrees of freedom."""
        return hosmer_lemeshow(self)

    @property
    def mean_probability(self) -> float:
        """Over the samples."""
        return float(self.weight @ self.probability / self.total)

    @property
    def mean_outcome(self) -> float:
        """How often it was true."""
        return float(self.true.sum() / self.total)

    def _gathered(self, edges: Floats) -> Bins:
        inner = np.searchsorted(self.probability, edges[1:-1], side="right")  # (low, high]
        starts = np.concatenate(([0], inner))
        kept = np.diff(starts, append=len(self.probability)) > 0
        first = starts[kept]
        weight = np.add.reduceat(self.weight, first)
        return Bins(
            np.stack((edges[:-1], edges[1:]), axis=1)[kept],
            weight,
            np.add.reduceat(self.weight * self.probability, first) / weight,
            np.add.reduceat(self.true, first) / weight,
        )


def debiased_error(c: Calibration) -> float:
    """The root of the mean squared gap less its sampling noise; 0 if the noise is greater.

    References:
        Kumar, Liang & Ma 2019, NeurIPS, section 5.
    """
    bins = c.equal_width
    noise = bins.outcome * (1 - bins.outcome) / np.maximum(bins.weight - 1, 1.0)
    square = float((bins.shares * (bins.gaps**2 - noise)).sum())
    return max(square, 0.0) ** 0.5


def hosmer_lemeshow(c: Calibration) -> tuple[float, float]:
    """The chi-square over bins of equal mass, and its degrees of freedom: bins - 2."""
    bins = c.equal_mass
    spread = bins.weight * bins.probability * (1 - bins.probability)
    terms = np.where(
        spread > 0, (bins.weight * bins.gaps) ** 2 / np.where(spread > 0, spread, 1.0), 0.0
    )
    return float(terms.sum()), float(len(bins.weight) - 2)


def spiegelhalter_z(c: Calibration) -> float:
    """The standardised sum of (y - p)(1 - 2 p), normal if the probabilities are true."""
    p, tilt = c.probability, 1 - 2 * c.probability
    spread = c.weight @ (tilt**2 * p * (1 - p))
    return float((c.true - c.weight * p) @ tilt / np.sqrt(spread))


def cox_line(c: Calibration) -> tuple[float, float]:
    """Intercept and slope of the outcome's logistic regression on the logit of p.

    Samples at p = 0 or 1 have no logit and are left out. NaN where the outcomes are
    separated, so that no finite line fits.

    References:
        Cox 1958, Biometrika 45.
    """
    inside = (c.probability > 0) & (c.probability < 1)
    p, true, weight = c.probability[inside], c.true[inside], c.weight[inside]
    if not 0 < true.sum() < weight.sum():
        return np.nan, np.nan
    x = np.log(p / (1 - p))
    line = np.array([0.0, 1.0])
    for _ in range(NEWTON_STEPS):
        fitted = 1 / (1 + np.exp(-(line[0] + line[1] * x)))
        bend = weight * fitted * (1 - fitted)
        across = bend * x
        information = np.array([[bend.sum(), across.sum()], [across.sum(), across @ x]])
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1 / CONDITION:
            return np.nan, np.nan
        rest = true - weight * fitted
        step = np.linalg.solve(information, np.array([rest.sum(), rest @ x]))
        line = line + step
        if np.abs(step).max() < NEWTON_TOLERANCE * max(1.0, float(np.abs(line).max())):
            return float(line[0]), float(line[1])
    return np.nan, np.nan


CONDITION = 1e-13


def brier_parts(c: Calibration) -> tuple[float, float, float]:
    """Murphy's reliability, resolution and uncertainty over bins of equal width."""
    bins = c.equal_width
    base = float((bins.shares * bins.outcome).sum())
    reliability = float((bins.shares * bins.gaps**2).sum())
    resolution = float((bins.shares * (bins.outcome - base) ** 2).sum())
    return reliability, resolution, base * (1 - base)


def discrimination(c: Calibration) -> float:
    """Mean probability where it came true less where it did not."""
    false = c.weight - c.true
    return float(
        c.true @ c.probability / np.float64(c.true.sum())
        - false @ c.probability / np.float64(false.sum())
    )


GUO = "Guo, Pleiss, Sun & Weinberger 2017, ICML; Naeini, Cooper & Hauskrecht 2015, AAAI"

CALIBRATION = (
    ScoreStatistic(
        id="expected_calibration_error",
        of="calibration",
        title="Expected calibration error",
        formula="sum of share |outcome - probability| over bins of equal width",
        group="probability",
        compute=lambda c: float((c.equal_width.shares * np.abs(c.equal_width.gaps)).sum()),
        best=Best.LOWER,
        aliases=("ECE", "calibration_error(norm='l1')"),
        reference=GUO,
    ),
    ScoreStatistic(
        id="root_mean_square_calibration_error",
        of="calibration",
        title="Root mean square calibration error",
        formula="sqrt(sum of share (outcome - probability)^2)",
        group="calibration",
        compute=lambda c: float(np.sqrt((c.equal_width.shares * c.equal_width.gaps**2).sum())),
        best=Best.LOWER,
        aliases=("RMSCE", "calibration_error(norm='l2')"),
        reference="Kumar, Liang & Ma 2019, NeurIPS",
    ),
    ScoreStatistic(
        id="maximum_calibration_error",
        of="calibration",
        title="Maximum calibration error",
        formula="max |outcome - probability| over bins",
        group="probability",
        compute=lambda c: float(np.abs(c.equal_width.gaps).max()),
        best=Best.LOWER,
        aliases=("MCE", "calibration_error(norm='max')"),
        reference=GUO,
    ),
    ScoreStatistic(
        id="adaptive_calibration_error",
        of="calibration",
        title="Adaptive calibration error",
        formula="as expected, over bins of equal mass",
        group="probability",
        compute=lambda c: float((c.equal_mass.shares * np.abs(c.equal_mass.gaps)).sum()),
        best=Best.LOWER,
        aliases=("ACE",),
        reference="Nixon et al. 2019, CVPR workshops",
    ),
    ScoreStatistic(
        id="debiased_calibration_error",
        of="calibration",
        title="Root mean square calibration error, debiased",
        formula="sqrt(max(0, sum of share ((outcome - probability)^2 - sampling variance)))",
        group="calibration",
        compute=debiased_error,
        best=Best.LOWER,
        reference="Kumar, Liang & Ma 2019, NeurIPS",
    ),
    ScoreStatistic(
        id="observed_expected_ratio",
        of="calibration",
        title="Observed over expected",
        formula="mean outcome / mean probability",
        group="calibration",
        compute=lambda c: np.float64(c.mean_outcome) / c.mean_probability,
        high=UNBOUNDED,
        best=Best.ONE,
        undefined="every probability is 0",
        aliases=("O:E", "calibration-in-the-large", "1 / TFMA calibration"),
    ),
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
        id="spiegelhalter_z",
        of="calibration",
        title="Spiegelhalter's z",
        formula="sum (y - p)(1 - 2p) / sqrt(sum (1 - 2p)^2 p (1 - p))",
        group="calibration",
        compute=spiegelhalter_z,
        low=-UNBOUNDED,
        high=UNBOUNDED,
        best=Best.ZERO,
        undefined="every probability is 0, 1/2 or 1",
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
        undefined="every probability is 0, 1/2 or 1",
        reference="Spiegelhalter 1986, Statistics in Medicine 5",
    ),
    ScoreStatistic(
        id="hosmer_lemeshow_chi_square",
        of="calibration",
        title="Hosmer-Lemeshow statistic",
        formula="sum over bins of equal mass of (observed - expected)^2 / (n p (1 - p))",
        group="calibration",
        compute=lambda c: c.goodness_of_fit[0],
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
            float(distributions.chi_square_tail(*c.goodness_of_fit))
            if c.goodness_of_fit[1] > 0
            else np.nan
        ),
        best=Best.NEITHER,
        undefined="there are fewer than three bins",
        reference="Hosmer & Lemeshow 1980, Communications in Statistics A 9",
    ),
    ScoreStatistic(
        id="brier_reliability",
        of="calibration",
        title="Reliability part of the Brier score",
        formula="sum of share (outcome - probability)^2",
        group="calibration",
        compute=lambda c: brier_parts(c)[0],
        best=Best.LOWER,
        reference="Murphy 1973, Journal of Applied Meteorology 12",
    ),
    ScoreStatistic(
        id="brier_resolution",
        of="calibration",
        title="Resolution part of the Brier score",
        formula="sum of share (outcome - mean outcome)^2",
        group="calibration",
        compute=lambda c: brier_parts(c)[1],
        reference="Murphy 1973, Journal of Applied Meteorology 12",
    ),
    ScoreStatistic(
        id="brier_uncertainty",
        of="calibration",
        title="Uncertainty part of the Brier score",
        formula="mean outcome (1 - mean outcome)",
        group="calibration",
        compute=lambda c: brier_parts(c)[2],
        best=Best.NEITHER,
        reference="Murphy 1973, Journal of Applied Meteorology 12",
    ),
    ScoreStatistic(
        id="discrimination_slope",
        of="calibration",
        title="Coefficient of discrimination",
        formula="mean probability where true - where not",
        group="calibration",
        compute=discrimination,
        low=-1.0,
        undefined=NO_OUTCOME,
        aliases=("Tjur's R2",),
        reference="Tjur 2009, The American Statistician 63",
    ),
)
