"""Agreement of truth and prediction beyond chance, and symmetry of their errors."""

import numpy as np
from numpy.typing import NDArray

from services.metrics import distributions
from services.metrics.statistics.chance import confusion_entropy
from services.metrics.statistics.definition import UNBOUNDED, Best, OverallStatistic
from services.metrics.tables import Floats, Table, remembered

ONE_CLASS = "one class alone is both true and predicted"


def _beyond(observed: Floats, chance: Floats) -> Floats:
    return (observed - chance) / (1 - chance)


@remembered
def common_shares(table: Table) -> Floats:
    """Each class's mean share of truth and prediction."""
    return (table.actual_shares + table.predicted_shares) / 2


def observed_disagreement(table: Table, power: int) -> Floats:
    """The mean distance of truth and prediction, to a power."""
    return table.by_distance @ np.arange(table.n_classes, dtype=np.float64) ** power / table.n


def expected_disagreement(rows: Floats, columns: Floats, power: int) -> Floats:
    """The mean distance of two independent draws, |i - j| or its square, from the margins."""
    lines = np.arange(rows.shape[-1], dtype=np.float64)
    if power == 1:  # |i - j| counts the lines between, so those that one has passed alone
        passed_row, passed_column = rows.cumsum(-1), columns.cumsum(-1)
        return (passed_row * (1 - passed_column) + passed_column * (1 - passed_row)).sum(-1)
    return rows @ lines**2 + columns @ lines**2 - 2 * (rows @ lines) * (columns @ lines)


def weighted_kappa(table: Table, power: int) -> Floats:
    """1 - sum w C / sum w E, with w growing by a power of the distance of the classes."""
    expected = expected_disagreement(table.actual_shares, table.predicted_shares, power)
    return 1 - observed_disagreement(table, power) / expected


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
    return _beyond(observed, np.square(common_shares(table)).sum(-1))


def gwet_ac1(table: Table) -> Floats:
    """Agreement beyond the chance of samples that are hard to classify."""
    share = common_shares(table)
    return _beyond(table.accuracy, (share * (1 - share)).sum(-1) / np.float64(table.n_classes - 1))


def gwet_ac2(table: Table, power: int) -> Floats:
    """AC1 with partial credit for near classes: 1 - |i - j|^p / (K - 1)^p."""
    k = np.float64(table.n_classes)
    share = common_shares(table)
    # The sum of all credits, from sum |i - j| = K (K^2 - 1) / 3 and its like for squares.
    spread = k * (k * k - 1) / 3 if power == 1 else k * k * (k * k - 1) / 6
    credit = k * k - spread / (k - 1) ** power
    chance = credit / (k * (k - 1)) * (share * (1 - share)).sum(-1)
    return _beyond(1 - observed_disagreement(table, power) / (k - 1) ** power, chance)


def aickin_alpha(table: Table) -> Floats:
    """The share of samples classified for cause, by Aickin's fixed-point iteration."""
    rows, columns = table.predicted_shares, table.actual_shares
    first, second = rows.copy(), columns.copy()
    alpha = np.zeros_like(table.n)
    for _ in range(AICKIN_STEPS):
        chance = (first * second).sum(-1)
        previous, alpha = alpha, _beyond(table.accuracy, chance)
        rest, ratio = (1 - alpha)[..., None], (alpha / chance)[..., None]
        first, second = rows / (rest + ratio * second), columns / (rest + ratio * first)
        if (np.abs(alpha - previous) < AICKIN_TOLERANCE).all():
            break
    return alpha


AICKIN_STEPS = 500
AICKIN_TOLERANCE = 1e-12


def overall_confusion_entropy(table: Table) -> Floats:
    """Class entropies weighted by their shares of truth and prediction."""
    share = table.actual + table.predicted
    classes = np.nan_to_num(confusion_entropy(table, share))
    return (share * classes).sum(-1) / (2 * table.n)


def overall_modified_confusion_entropy(table: Table) -> Floats:
    """The same with hits counted once; for two classes Delgado's weights differ."""
    share = table.actual + table.predicted - table.hits
    hits = 0.0 if table.n_classes == 2 else table.hits.sum(-1)  # noqa: PLR2004  as defined
    classes = np.nan_to_num(confusion_entropy(table, share))
    return (share * classes).sum(-1) / (2 * table.n - hits)


@remembered
def bowker(table: Table) -> tuple[Floats, Floats]:
    """Chi-square of symmetry and its degrees of freedom: pairs of classes ever confused."""
    turned = np.swapaxes(table.matrix, -1, -2)
    both = table.matrix + turned
    terms = np.square(table.matrix - turned)
    np.divide(terms, both, out=terms, where=both > 0)
    pairs = (both > 0).sum((-2, -1)) - (table.hits > 0).sum(-1)
    return terms.sum((-2, -1)) / 2, pairs / 2


@remembered
def stuart_maxwell(table: Table) -> tuple[Floats, Floats]:
    """Chi-square of equal margins and its degrees of freedom.

    The margins of classes that are confused with each other, however indirectly, sum to the
    same in truth and prediction, so of each such set one class says nothing new.
    """
    flat = table.matrix.reshape(-1, table.n_classes, table.n_classes)
    found = [_marginal_homogeneity(matrix) for matrix in flat]
    statistics, freedoms = (np.reshape(part, table.n.shape) for part in zip(*found, strict=True))
    return statistics, freedoms


def _marginal_homogeneity(matrix: Floats) -> tuple[float, float]:
    kept = _without_one_of_each_set(matrix + matrix.T > 0)
    if not kept.size:
        return 0.0, 0.0
    rows, columns = matrix.sum(-1), matrix.sum(-2)
    spread = -(matrix + matrix.T)[np.ix_(kept, kept)]
    np.fill_diagonal(spread, (rows + columns - 2 * np.diag(matrix))[kept])
    difference = (rows - columns)[kept]
    return float(difference @ np.linalg.solve(spread, difference)), float(len(kept))


def _without_one_of_each_set(confused: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The classes but for the first of each set that errors connect."""
    left = np.ones(len(confused), np.bool_)
    first = []
    for start in range(len(confused)):
        if not left[start]:
            continue
        first.append(start)
        reached = np.zeros(len(confused), np.bool_)
        front = np.array([start])
        while front.size:
            reached[front] = True
            front = np.flatnonzero(confused[front].any(axis=0) & ~reached)
        left &= ~reached
    return np.delete(np.arange(len(confused)), first)


def p_value(statistic_and_freedom: tuple[Floats, Floats]) -> Floats:
    """The chi-square tail; 1 where there is nothing to test."""
    statistic, freedom = statistic_and_freedom
    return np.where(freedom > 0, distributions.chi_square_tail(statistic, freedom), 1.0)


AGREEMENT = (
    OverallStatistic(
        id="cohen_kappa_linear",
        title="Cohen's kappa, linear weights",
        formula="1 - sum w C / sum w E, w = |i - j|",
        group="agreement",
        compute=lambda t: weighted_kappa(t, 1),
        low=-UNBOUNDED,
        undefined=ONE_CLASS,
        aliases=("weighted kappa", "cohen_kappa_score(weights='linear')"),
        reference="Cohen 1968, Psychological Bulletin 70",
    ),
    OverallStatistic(
        id="cohen_kappa_quadratic",
        title="Cohen's kappa, quadratic weights",
        formula="1 - sum w C / sum w E, w = (i - j)^2",
        group="agreement",
        compute=lambda t: weighted_kappa(t, 2),
        low=-UNBOUNDED,
        undefined=ONE_CLASS,
        aliases=("QWK", "cohen_kappa_score(weights='quadratic')"),
        reference="Cohen 1968, Psychological Bulletin 70",
    ),
    OverallStatistic(
        id="cohen_kappa_max",
        title="Greatest kappa that the margins allow",
        formula="(sum min(P, TOP) / n - p_e) / (1 - p_e)",
        group="agreement",
        compute=lambda t: _beyond(
            np.minimum(t.actual_shares, t.predicted_shares).sum(-1),
            (t.actual_shares * t.predicted_shares).sum(-1),
        ),
        low=-1.0,
        undefined=ONE_CLASS,
        reference="Cohen 1960, Educational and Psychological Measurement 20",
    ),
    OverallStatistic(
        id="random_accuracy",
        title="Chance agreement, own margins",
        formula="p_e = sum of P TOP / n^2",
        group="agreement",
        compute=lambda t: (t.actual_shares * t.predicted_shares).sum(-1),
        best=Best.NEITHER,
        aliases=("Overall RACC",),
        reference="Cohen 1960, Educational and Psychological Measurement 20",
    ),
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
        compute=lambda t: _beyond(t.accuracy, np.square(common_shares(t)).sum(-1)),
        low=-1.0,
        undefined=ONE_CLASS,
        aliases=("Scott PI", "Kappa Unbiased", "Fleiss' kappa of two raters"),
        reference="Scott 1955, Public Opinion Quarterly 19",
    ),
    OverallStatistic(
        id="prevalence_adjusted_kappa",
        title="Prevalence- and bias-adjusted kappa",
        formula="2 p_o - 1",
        group="agreement",
        compute=lambda t: 2 * t.accuracy - 1,
        low=-1.0,
        aliases=("Kappa No Prevalence", "PABAK"),
        reference="Byrt, Bishop & Carlin 1993, Journal of Clinical Epidemiology 46",
    ),
    OverallStatistic(
        id="bennett_s",
        title="Bennett, Alpert and Goldstein's S",
        formula="(p_o - 1/K) / (1 - 1/K)",
        group="agreement",
        compute=lambda t: _beyond(t.accuracy, np.full_like(t.n, 1 / t.n_classes)),
        low=-1.0,
        undefined="there is one class",
        aliases=("Bennett S", "Brennan-Prediger", "G-index"),
        reference="Bennett, Alpert & Goldstein 1954, Public Opinion Quarterly 18",
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
        undefined=ONE_CLASS,
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
    OverallStatistic(
        id="confusion_entropy",
        title="Confusion entropy",
        formula="sum of (P + TOP) / (2 n) CEN",
        group="agreement",
        compute=overall_confusion_entropy,
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined="there is one class",
        aliases=("Overall CEN",),
        reference="Wei et al. 2010, Expert Systems with Applications 37",
    ),
    OverallStatistic(
        id="modified_confusion_entropy",
        title="Modified confusion entropy",
        formula="sum of (P + TOP - TP) MCEN / (2 n - a tr C), a = 0 for K = 2, else 1",
        group="agreement",
        compute=overall_modified_confusion_entropy,
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined="there is one class",
        aliases=("Overall MCEN",),
        reference="Delgado & Núñez-González 2019, PLOS ONE 14",
    ),
    OverallStatistic(
        id="bowker_chi_square",
        title="Bowker's test of symmetric errors",
        formula="sum over i < j of (C[i,j] - C[j,i])^2 / (C[i,j] + C[j,i])",
        group="agreement",
        compute=lambda t: bowker(t)[0],
        high=UNBOUNDED,
        best=Best.LOWER,
        reference="Bowker 1948, JASA 43",
    ),
    OverallStatistic(
        id="bowker_p_value",
        title="p value of Bowker's test",
        formula="chi-square tail, one degree of freedom for each pair of classes confused",
        group="agreement",
        compute=lambda t: p_value(bowker(t)),
        best=Best.NEITHER,
        reference="Bowker 1948, JASA 43",
    ),
    OverallStatistic(
        id="stuart_maxwell_chi_square",
        title="Stuart-Maxwell test of equal margins",
        formula="d' S^-1 d, d = P - TOP without one class, S its covariance if margins agree",
        group="agreement",
        compute=lambda t: stuart_maxwell(t)[0],
        high=UNBOUNDED,
        best=Best.LOWER,
        reference="Stuart 1955, Biometrika 42; Maxwell 1970, British Journal of Psychiatry 116",
        replicable=False,
    ),
    OverallStatistic(
        id="stuart_maxwell_p_value",
        title="p value of the Stuart-Maxwell test",
        formula="chi-square tail, K - 1 degrees of freedom",
        group="agreement",
        compute=lambda t: p_value(stuart_maxwell(t)),
        best=Best.NEITHER,
        reference="Stuart 1955, Biometrika 42; Maxwell 1970, British Journal of Psychiatry 116",
        replicable=False,
    ),
)
