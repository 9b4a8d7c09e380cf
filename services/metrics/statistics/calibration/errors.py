"""How far the bins are from what they say."""

import numpy as np

from services.metrics.arrays import remembered
from services.metrics.statistics.calibration.bins import Calibration
from services.metrics.statistics.definition import UNBOUNDED, Best, ScoreStatistic

NO_OUTCOME = "the outcome is the same for every sample"


def debiased_error(c: Calibration) -> float:
    """The root of the mean squared gap less its sampling noise; 0 if the noise is greater.

    References:
        Kumar, Liang & Ma 2019, NeurIPS, section 5.
    """
    bins = c.equal_width
    noise = bins.outcome * (1 - bins.outcome) / np.maximum(bins.weight - 1, 1.0)
    square = float((bins.shares * (bins.gaps**2 - noise)).sum())
    return max(square, 0.0) ** 0.5


def brier_parts(c: Calibration) -> tuple[float, float, float]:
    """Murphy's reliability, resolution and uncertainty over bins of equal width."""
    bins = c.equal_width
    base = float((bins.shares * bins.outcome).sum())
    reliability = float((bins.shares * bins.gaps**2).sum())
    resolution = float((bins.shares * (bins.outcome - base) ** 2).sum())
    return reliability, resolution, base * (1 - base)


@remembered
def mean_probabilities(c: Calibration) -> tuple[np.float64, np.float64]:
    """The mean probability where it came true, and where it did not."""
    false = c.weight - c.true
    return (
        np.float64(c.true @ c.probability) / c.true.sum(),
        np.float64(false @ c.probability) / false.sum(),
    )


def discrimination(c: Calibration) -> float:
    """Mean probability where it came true less where it did not."""
    true, false = mean_probabilities(c)
    return float(true - false)


def binary_brier_score(c: Calibration) -> float:
    """The mean square of outcome less probability."""
    p = c.probability
    return float((c.true * (1 - 2 * p)).sum() + c.weight @ p**2) / c.total


def binary_log_loss(c: Calibration) -> float:
    """The mean of -ln p where it came true and -ln (1 - p) where not."""
    of_true, of_false = c.logarithms
    gain = c.true @ of_true + (c.weight - c.true) @ of_false
    if np.isnan(gain):  # 0 ln 0 is 0
        met = c.true @ np.where(c.true > 0, of_true, 0.0)
        gain = met + (c.weight - c.true) @ np.where(c.weight > c.true, of_false, 0.0)
    return float(-gain / c.total)


GUO = "Guo, Pleiss, Sun & Weinberger 2017, ICML; Naeini, Cooper & Hauskrecht 2015, AAAI"


ERRORS = (
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
        id="mean_probability",
        of="calibration",
        title="Mean probability",
        formula="mean p",
        group="calibration",
        compute=lambda c: c.mean_probability,
        best=Best.NEITHER,
        aliases=("MeanPrediction",),
    ),
    ScoreStatistic(
        id="mean_outcome",
        of="calibration",
        title="Mean outcome",
        formula="share of samples where it came true",
        group="calibration",
        compute=lambda c: c.mean_outcome,
        best=Best.NEITHER,
        aliases=("MeanLabel",),
    ),
    ScoreStatistic(
        id="binary_brier_score",
        of="calibration",
        title="Brier score of this statement alone",
        formula="mean (outcome - p)^2",
        group="calibration",
        compute=binary_brier_score,
        best=Best.LOWER,
        aliases=("brier_score_loss of one class against the rest",),
        reference="Brier 1950, Monthly Weather Review 78",
    ),
    ScoreStatistic(
        id="binary_log_loss",
        of="calibration",
        title="Logarithmic loss of this statement alone",
        formula="-mean (ln p where true, ln (1 - p) where not)",
        group="calibration",
        compute=binary_log_loss,
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined="what came true had probability 0, or what did not 1",
        aliases=("log_loss of one class against the rest",),
        reference="Good 1952, JRSS B 14",
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
    ScoreStatistic(
        id="relative_discrimination",
        of="calibration",
        title="Relative coefficient of discrimination",
        formula="mean probability where true / where not",
        group="calibration",
        compute=lambda c: mean_probabilities(c)[0] / mean_probabilities(c)[1],
        high=UNBOUNDED,
        undefined=f"{NO_OUTCOME}, or every probability where not is 0",
        aliases=("RelativeCoefficientOfDiscrimination",),
    ),
)
