"""Agreement of two raters of equal standing, as in content analysis."""

import numpy as np

from services.metrics.arrays import Floats, remembered
from services.metrics.statistics.agreement.kappa import (
    ONE_CLASS,
    beyond,
    expected_disagreement,
    observed_disagreement,
)
from services.metrics.statistics.definition import UNBOUNDED, Best, OverallStatistic
from services.metrics.tables import Table


@remembered
def common_shares(table: Table) -> Floats:
    """Each class's mean share of truth and prediction."""
    return (table.actual_shares + table.predicted_shares) / 2


def weighted_alpha(table: Table, power: int) -> Floats:
    """Krippendorff's alpha for two raters with distances between the classes.

    1 - D_o / D_e with the expected disagreement of two values drawn from all 2 n without
    replacement, which is what the usual correction by 1 / (2 n) amounts to.
    """
    share = common_shares(table)
    observed = observed_disagreement(table, power) * (1 - 1 / (2 * table.n))
    return 1 - observed / expected_disagreement(share, share, power)


def krippendorff_alpha(table: Table) -> Floats:
    """Nominal alpha of two raters with the small-sample correction 1 / (2 n)."""
    epsilon = 1 / (2 * table.n)
    observed = (1 - epsilon) * table.accuracy + epsilon
    return beyond(observed, np.square(common_shares(table)).sum(-1))


def gwet_ac1(table: Table) -> Floats:
    """Agreement beyond the chance of samples that are hard to classify."""
    share = common_shares(table)
    return beyond(table.accuracy, (share * (1 - share)).sum(-1) / np.float64(table.n_classes - 1))


def gwet_ac2(table: Table, power: int) -> Floats:
    """AC1 with partial credit for near classes: 1 - |i - j|^p / (K - 1)^p."""
    k = np.float64(table.n_classes)
    share = common_shares(table)
    # The sum of all credits, from sum |i - j| = K (K^2 - 1) / 3 and its like for squares.
    spread = k * (k * k - 1) / 3 if power == 1 else k * k * (k * k - 1) / 6
    credit = k * k - spread / (k - 1) ** power
    chance = credit / (k * (k - 1)) * (share * (1 - share)).sum(-1)
    return beyond(1 - observed_disagreement(table, power) / (k - 1) ** power, chance)


def aickin_alpha(table: Table) -> Floats:
    """The share of samples classified for cause, by Aickin's fixed-point iteration.

    Much less agreement than by chance gives the iteration no limit: NaN.
    """
    rows, columns = table.predicted_shares, table.actual_shares
    first, second = rows.copy(), columns.copy()
    alpha = previous = np.zeros_like(table.n)
    for _ in range(AICKIN_STEPS):
        chance = (first * second).sum(-1)
        previous, alpha = alpha, beyond(table.accuracy, chance)
        rest, ratio = (1 - alpha)[..., None], (alpha / chance)[..., None]
        first, second = rows / (rest + ratio * second), columns / (rest + ratio * first)
        if (np.abs(alpha - previous) < AICKIN_TOLERANCE).all():
            break
    has_limit = (np.abs(alpha - previous) < AICKIN_TOLERANCE) & (np.abs(alpha) <= 1)
    return np.where(has_limit, alpha, np.nan)


AICKIN_STEPS = 5000
AICKIN_TOLERANCE = 1e-12


RELIABILITY = (
    OverallStatistic(
        id="random_accuracy_unbiased",
        title="Chance agreement, common margins",
        formula="sum of ((P + TOP) / (2 n))^2",
        group="agreement",
        compute=lambda t: np.square(common_shares(t)).sum(-1),
        best=Best.NEITHER,
        aliases=("Overall RACCU",),
        reference="Scott 1955, Public Opinion Quarterly 19",
    ),
    OverallStatistic(
        id="scott_pi",
        title="Scott's pi",
        formula="(p_o - p) / (1 - p), p = sum of ((P + TOP) / (2 n))^2",
        group="agreement",
        compute=lambda t: beyond(t.accuracy, np.square(common_shares(t)).sum(-1)),
        low=-1.0,
        undefined=ONE_CLASS,
        aliases=("Scott PI", "Kappa Unbiased", "Fleiss' kappa of two raters"),
        reference="Scott 1955, Public Opinion Quarterly 19",
    ),
    OverallStatistic(
        id="gwet_ac1",
        title="Gwet's AC1",
        formula="(p_o - p) / (1 - p), p = sum q (1 - q) / (K - 1), q = (P + TOP) / (2 n)",
        group="agreement",
        compute=gwet_ac1,
        low=-1.0,
        undefined="there is one class",
        aliases=("Gwet AC1",),
        reference="Gwet 2008, British Journal of Mathematical and Statistical Psychology 61",
    ),
    OverallStatistic(
        id="gwet_ac2_linear",
        title="Gwet's AC2, linear weights",
        formula="as AC1 with credit v = 1 - |i - j| / (K - 1), p times sum v / K",
        group="agreement",
        compute=lambda t: gwet_ac2(t, 1),
        low=-UNBOUNDED,
        undefined="there is one class",
        reference="Gwet 2014, Handbook of Inter-Rater Reliability",
    ),
    OverallStatistic(
        id="gwet_ac2_quadratic",
        title="Gwet's AC2, quadratic weights",
        formula="as AC1 with credit v = 1 - (i - j)^2 / (K - 1)^2, p times sum v / K",
        group="agreement",
        compute=lambda t: gwet_ac2(t, 2),
        low=-UNBOUNDED,
        undefined="there is one class",
        reference="Gwet 2014, Handbook of Inter-Rater Reliability",
    ),
    OverallStatistic(
        id="krippendorff_alpha",
        title="Krippendorff's alpha, nominal",
        formula="(p - q) / (1 - q), p = p_o + (1 - p_o) / (2 n), q = sum ((P + TOP) / (2 n))^2",
        group="agreement",
        compute=krippendorff_alpha,
        low=-1.0,
        undefined=ONE_CLASS,
        aliases=("Krippendorff Alpha",),
        reference="Krippendorff 1970, Educational and Psychological Measurement 30",
    ),
    OverallStatistic(
        id="krippendorff_alpha_linear",
        title="Krippendorff's alpha, distances |i - j|",
        formula="1 - (1 - 1 / (2 n)) sum w C / n / sum w q q, q = (P + TOP) / (2 n)",
        group="agreement",
        compute=lambda t: weighted_alpha(t, 1),
        low=-UNBOUNDED,
        undefined=ONE_CLASS,
        aliases=("weighted alpha",),
        reference="Krippendorff 2004, Content Analysis; Gwet 2014",
    ),
    OverallStatistic(
        id="krippendorff_alpha_interval",
        title="Krippendorff's alpha, interval",
        formula="as linear, with w = (i - j)^2",
        group="agreement",
        compute=lambda t: weighted_alpha(t, 2),
        low=-UNBOUNDED,
        undefined=ONE_CLASS,
        reference="Krippendorff 2004, Content Analysis; Gwet 2014",
    ),
    OverallStatistic(
        id="aickin_alpha",
        title="Aickin's alpha",
        formula="(p_o - p) / (1 - p), p the chance agreement of the hard samples, iterated",
        group="agreement",
        compute=aickin_alpha,
        low=-1.0,
        undefined=f"{ONE_CLASS}, or far less agreement than by chance: no limit of the iteration",
        reference="Aickin 1990, Biometrics 46",
        replicable=False,
    ),
    OverallStatistic(
        id="bangdiwala_b",
        title="Bangdiwala's B",
        formula="sum of TP^2 / sum of P TOP",
        group="agreement",
        compute=lambda t: np.square(t.hits).sum(-1) / (t.actual * t.predicted).sum(-1),
        undefined="no class is both true and predicted",
        aliases=("Bangdiwala B",),
        reference="Bangdiwala 1985, Proceedings of the International Statistical Institute",
    ),
)
