"""Statsmodels and SciPy as judges of tests, intervals and smooth curves, on random tables."""

from fractions import Fraction
from itertools import combinations
from typing import Any, get_args

import numpy as np
import pytest
from scipy import optimize, special, stats
from scipy.spatial import distance
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.nonparametric.smoothers_lowess import lowess
from statsmodels.stats import contingency_tables, inter_rater, multitest, proportion

from services.metrics import delta, intervals
from services.metrics.binary_counts import BinaryCounts
from services.metrics.options.checks import Adjustment
from services.metrics.options.evaluation import IntervalMethod
from services.metrics.statistics import multiple, paired, raters, two_samples, unconditional
from services.metrics.statistics.agreement import AGREEMENT, symmetry
from services.metrics.statistics.calibration import CALIBRATION
from services.metrics.statistics.calibration.bins import Calibration
from services.metrics.statistics.calibration.smooth import smooth_gaps
from services.metrics.statistics.distances.survey import SURVEY
from services.metrics.statistics.overall import OVERALL
from services.metrics.statistics.strata import mantel_haenszel
from services.metrics.tables import Table

SEEDS = range(6)


def table_of(seed: int, k: int = 4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(1, 40, (k, k)) + np.diag(rng.integers(0, 60, k))


@pytest.mark.parametrize("seed", SEEDS)
def test_symmetry_and_equal_margins(seed: int) -> None:
    matrix = table_of(seed)
    square, ours = contingency_tables.SquareTable(matrix, shift_zeros=False), Table(matrix)

    for found, theirs in (
        (symmetry.bowker(ours), square.symmetry()),
        (symmetry.stuart_maxwell(ours), square.homogeneity()),
        (symmetry.bhapkar(ours), square.homogeneity(method="bhapkar")),
    ):
        assert float(found[0]) == pytest.approx(theirs.statistic)
        assert float(found[1]) == theirs.df
        assert float(symmetry.p_value(found)) == pytest.approx(theirs.pvalue)


@pytest.mark.parametrize("seed", SEEDS)
def test_large_tables_give_what_small_ones_would(seed: int) -> None:
    """Of more than 64 classes the cells that are not empty are gone through."""
    rng = np.random.default_rng(seed)
    matrix = rng.poisson(0.3, (80, 80)) + np.diag(rng.integers(5, 50, 80))
    square = contingency_tables.SquareTable(matrix + 0.0, shift_zeros=False)
    with np.errstate(all="ignore"):
        homogeneity = square.homogeneity()
    both = matrix + matrix.T
    upper = np.triu(both > 0, 1)
    bowker = ((matrix - matrix.T)[upper] ** 2 / both[upper]).sum()

    statistic, freedom = symmetry.bowker(Table(matrix))
    assert [float(statistic), float(freedom)] == pytest.approx([bowker, upper.sum()])
    assert float(symmetry.stuart_maxwell(Table(matrix))[0]) == pytest.approx(homogeneity.statistic)


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
@pytest.mark.parametrize("seed", SEEDS)
def test_errors_of_kappa(seed: int, weights: str | None) -> None:
    matrix = table_of(seed)
    theirs = inter_rater.cohens_kappa(matrix, wt=weights)
    ours, n = Table(matrix), float(matrix.sum())

    if weights is None:
        found = delta.standard_error(delta.kappa_gradient(ours), ours, n)
        assert delta.kappa_null_error(ours, n) == pytest.approx(theirs.std_kappa0)
    else:
        found = delta.weighted_kappa_error(ours, {"linear": 1, "quadratic": 2}[weights], n)
    assert found == pytest.approx(theirs.std_kappa)


@pytest.mark.parametrize(
    ("method", "theirs"),
    [("wilson", "wilson"), ("clopper_pearson", "beta"), ("agresti_coull", "agresti_coull"),
     ("wald", "normal")],
)  # fmt: skip
def test_intervals_of_proportions(method: IntervalMethod, theirs: str) -> None:
    for x, n in ((0, 7), (3, 7), (7, 7), (88, 263), (999, 1000)):
        for level in (0.5, 0.9, 0.999):
            expected = proportion.proportion_confint(x, n, 1 - level, theirs)
            # Wald's leaves [0, 1] here, as it does; there it is cut off.
            found = np.clip(intervals.proportion(x, n, level, method), 0, 1)
            assert found == pytest.approx(np.clip(expected, 0, 1), abs=1e-12), (x, n, level)


SHARES = [(0, 7), (1, 7), (3, 7), (7, 7), (88, 263), (999, 1000)]


@pytest.mark.parametrize(("x", "n"), SHARES)
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_mid_p_and_likelihood_intervals_end_where_their_tests_do(
    x: int, n: int, level: float
) -> None:
    tail = (1 - level) / 2

    low, high = (float(bound) for bound in intervals.proportion(x, n, level, "mid_p"))

    for bound, extreme, more in ((low, 0, stats.binom.sf), (high, n, stats.binom.cdf)):
        if x == extreme:
            assert bound == (1 if extreme else 0)
            continue
        beyond = more(x, n, bound) if bound == low else more(x - 1, n, bound)
        assert beyond + stats.binom.pmf(x, n, bound) / 2 == pytest.approx(tail, rel=1e-9)
    low, high = (float(bound) for bound in intervals.proportion(x, n, level, "likelihood_ratio"))
    for bound, extreme in ((low, 0), (high, n)):
        if x != extreme:
            gap = 2 * (stats.binom.logpmf(x, n, x / n) - stats.binom.logpmf(x, n, bound))
            assert stats.chi2.sf(gap, 1) == pytest.approx(1 - level, rel=1e-6)


@pytest.mark.parametrize(("x", "n"), SHARES)
def test_logit_and_arcsine_intervals_are_walds_on_their_scales(x: int, n: int) -> None:
    found = [float(bound) for bound in intervals.proportion(x, n, 0.9, "logit")]
    if 0 < x < n:
        fit = GLM(np.arange(n) < x, np.ones(n), family=families.Binomial()).fit()
        assert special.logit(found) == pytest.approx(fit.conf_int(0.1)[0], abs=1e-5)
    else:
        assert found == pytest.approx(proportion.proportion_confint(x, n, 0.1, "beta"))

    low, high = (float(bound) for bound in intervals.proportion(x, n, 0.9, "arcsine"))

    share = (x + 0.375) / (n + 0.75)
    half = stats.norm.ppf(0.95) / n**0.5
    assert proportion.proportion_effectsize(share, low) == pytest.approx(half) or low == 0
    assert proportion.proportion_effectsize(high, share) == pytest.approx(half) or high == 1


PAIRS = [(8, 20, 3, 25), (0, 10, 5, 12), (30, 30, 7, 9), (200, 300, 180, 310)]


@pytest.mark.parametrize("counts", PAIRS)
def test_two_independent_proportions(counts: tuple[int, int, int, int]) -> None:
    x, n, y, m = counts
    found = two_samples.two_proportions(x, n, y, m, 0.95)
    table = [[x, n - x], [y, m - y]]

    low, high = proportion.confint_proportions_2indep(x, n, y, m, method="newcomb")
    assert found["difference_interval"] == pytest.approx([low, high])
    assert found["fisher_exact_p_value"] == pytest.approx(stats.fisher_exact(table).pvalue)
    chi = stats.chi2_contingency(table, correction=False)
    assert found["chi_square_p_value"] == pytest.approx(chi.pvalue)
    if min(map(min, table)):
        theirs = contingency_tables.Table2x2(np.array(table))
        assert found["ratio_interval"] == pytest.approx(theirs.riskratio_confint())
        assert found["odds_ratio_interval"] == pytest.approx(theirs.oddsratio_confint())


@pytest.mark.parametrize("method", get_args(Adjustment))
@pytest.mark.parametrize("seed", range(4))
def test_adjustments_for_several_tests(seed: int, method: Adjustment) -> None:
    rng = np.random.default_rng(seed)
    p_values = rng.random(seed * 3 + 1) ** 3
    p_values[seed:] = p_values[seed:].round(1)  # some are equal
    theirs = {
        "holm": "holm",
        "hochberg": "simes-hochberg",
        "benjamini_hochberg": "fdr_bh",
        "benjamini_yekutieli": "fdr_by",
        "bonferroni": "bonferroni",
    }[method]

    expected = multitest.multipletests(p_values, method=theirs)[1]

    assert multiple.adjusted(p_values, method) == pytest.approx(expected)


@pytest.mark.parametrize("counts", [(36, 12, 2, 0), (20, 9, 4, 7), (3, 0, 6, 1), (40, 1, 1, 3)])
def test_tangos_interval_ends_where_the_score_test_does(counts: tuple[int, int, int, int]) -> None:
    """The score with the likelihood maximised numerically, instead of by Tango's root."""
    pair = paired.PairCounts(*counts)
    b, c, n = pair.only_first, pair.only_second, pair.n

    for difference in paired.tango_interval(pair, 0.95):

        def against(q: float, d: float = difference) -> float:
            p = np.array([q + d, q, 1 - 2 * q - d])
            if (p <= 0).any():
                return 1e9
            return float(-(np.array([b, c, n - b - c]) @ np.log(p)))

        span = max(0.0, -difference) + 1e-12, (1 - difference) / 2 - 1e-12
        found = optimize.minimize_scalar(
            against, bounds=span, method="bounded", options={"xatol": 1e-12}
        )
        q = found.x
        z = (b - c - n * difference) / np.sqrt(n * (2 * q + difference * (1 - difference)))
        assert abs(z) == pytest.approx(stats.norm.ppf(0.975), abs=1e-3)


@pytest.mark.parametrize("seed", SEEDS)
def test_cochran(seed: int) -> None:
    rng = np.random.default_rng(seed)
    right = rng.random((4, 30)) < 0.6
    theirs = contingency_tables.cochrans_q(right.T.astype(int))
    ours = paired.cochran_q(right)

    assert (ours["statistic"], ours["p_value"]) == pytest.approx((theirs.statistic, theirs.pvalue))


@pytest.mark.parametrize("seed", SEEDS)
def test_agreement_of_several_models(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.choice(3, (5, 40), p=[0.5, 0.3, 0.2])
    codes[1:3] = np.where(rng.random(40) < 0.6, codes[0], codes[1:3])
    ours = raters.agreement(codes, 3)

    counts = np.stack([(codes == k).sum(axis=0) for k in range(3)], axis=1)
    for method, name in (("fleiss", "fleiss_kappa"), ("randolph", "randolph_kappa")):
        assert ours[name] == pytest.approx(inter_rater.fleiss_kappa(counts, method)), name
    tables = [np.histogram2d(a, b, bins=3)[0] / 40 for a, b in combinations(codes, 2)]
    by_chance = np.mean([t.sum(axis=0) @ t.sum(axis=1) for t in tables])
    agreed = np.mean([np.trace(t) for t in tables])
    assert ours["conger_kappa"] == pytest.approx((agreed - by_chance) / (1 - by_chance))
    coincidences = sum((t + t.T) * 40 for t in tables) / 4  # each value paired with m - 1 others
    n, values = coincidences.sum(), coincidences.sum(axis=0)
    observed = n - np.trace(coincidences)
    expected = (n**2 - values @ values) / (n - 1)
    assert ours["krippendorff_alpha"] == pytest.approx(1 - observed / expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_two_models_agree_as_truth_and_prediction_do(seed: int) -> None:
    matrix = table_of(seed)
    rows, columns = np.divmod(np.repeat(np.arange(16), matrix.ravel()), 4)
    ours, table = raters.agreement(np.stack((rows, columns)), 4), Table(matrix)

    for name, of_table in (
        ("fleiss_kappa", "scott_pi"),
        ("conger_kappa", "cohen_kappa"),
        ("gwet_ac1", "gwet_ac1"),
        ("krippendorff_alpha", "krippendorff_alpha"),
        ("randolph_kappa", "bennett_s"),
    ):
        theirs = next(s for s in (*OVERALL, *AGREEMENT) if s.id == of_table)
        assert ours[name] == pytest.approx(float(theirs.compute(table))), name


@pytest.mark.parametrize(("x", "n", "y", "m"), [(1, 9, 7, 8), (3, 20, 11, 14), (5, 5, 5, 5)])
def test_unconditional_exact_tests(x: int, n: int, y: int, m: int) -> None:
    table = [[x, y], [n - x, m - y]]
    barnard, boschloo = stats.barnard_exact(table, n=8), stats.boschloo_exact(table, n=8)

    assert unconditional.barnard_exact(x, n, y, m) == pytest.approx(barnard.pvalue, rel=1e-6)
    assert unconditional.boschloo_exact(x, n, y, m) == pytest.approx(boschloo.pvalue, rel=1e-6)
    assert unconditional.barnard_exact(300, 900, 200, 900) is None


def test_barnards_test_counts_tables_that_are_as_far_but_for_rounding() -> None:
    n, m = 6, 9  # SciPy 1.17 leaves one such table out

    def score(i: int, j: int) -> Fraction:
        pooled = Fraction(i + j, n + m)
        spread = pooled * (1 - pooled)
        return (Fraction(i, n) - Fraction(j, m)) ** 2 / spread if spread else Fraction(0)

    far = [[score(i, j) >= score(0, 4) for j in range(m + 1)] for i in range(n + 1)]
    shares = np.linspace(0.001, 0.999, 999)[:, None]
    chances = np.einsum(
        "si,ij,sj->s",
        stats.binom.pmf(np.arange(n + 1), n, shares),
        np.array(far, float),
        stats.binom.pmf(np.arange(m + 1), m, shares),
    )
    assert unconditional.barnard_exact(0, n, 4, m) == pytest.approx(chances.max(), abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_groups_within_strata(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tables = rng.integers(1, 30, (2, 2, 5))  # group, success, stratum
    (x, misses), (y, others) = tables
    empty = [np.append(part, 0) for part in (x, x + misses, y, y + others)]
    ours = mantel_haenszel(empty[0], empty[1], empty[2], empty[3], 0.9)

    theirs = contingency_tables.StratifiedTable(tables.astype(float))
    null, equal = theirs.test_null_odds(), theirs.test_equal_odds(adjust=True)
    assert ours["strata"] == 5
    assert (ours["statistic"], ours["p_value"]) == pytest.approx((null.statistic, null.pvalue))
    assert ours["odds_ratio"] == pytest.approx(theirs.oddsratio_pooled)
    assert ours["odds_ratio_interval"] == pytest.approx(theirs.oddsratio_pooled_confint(0.1))
    found = ours["breslow_day_tarone"]
    assert (found["statistic"], found["p_value"]) == pytest.approx(
        (equal.statistic, equal.pvalue), rel=1e-6
    )


def test_strata_that_say_nothing_have_no_odds() -> None:
    all_right = np.array([3, 0])
    ours = mantel_haenszel(all_right, all_right, all_right, all_right, 0.95)
    assert ours == {"strata": 0, "odds_ratio": None, "odds_ratio_interval": None,
                    "statistic": None, "p_value": None, "breslow_day_tarone": None}  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_the_smooth_calibration_curve_is_lowess(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p = np.sort(rng.random(120))
    true = rng.random(120) < p**1.5
    calibration = Calibration.of_samples(p, true, None, 10)
    smooth = lowess(true.astype(float), p, frac=0.75, it=0, delta=0.0, return_sorted=False)

    gaps, weight = smooth_gaps(calibration)
    assert weight.sum() == 120
    assert gaps == pytest.approx(np.sort(np.abs(smooth - p)), abs=1e-9)


def test_the_line_of_calibration_is_tested_by_its_likelihood() -> None:
    rng = np.random.default_rng(4)
    p = np.append(rng.random(300), [0.0, 1.0])
    outcome = rng.random(302) < p**2
    x, y = np.log(p[:300] / (1 - p[:300])), outcome[:300]

    def loss(line: Any) -> float:
        eta = line[0] + line[1] * x
        return float(np.logaddexp(0, np.where(y, -eta, eta)).sum())

    fitted = optimize.minimize(loss, [0.0, 1.0], tol=1e-10)
    of = {s.id: s.compute for s in CALIBRATION}
    c = Calibration.of_samples(p, outcome, None, 5)

    assert c.line == pytest.approx(tuple(fitted.x), rel=1e-5)
    gain = 2 * (loss([0, 1]) - fitted.fun)
    assert of["calibration_chi_square"](c) == pytest.approx(gain)
    assert of["calibration_p_value"](c) == pytest.approx(np.exp(-gain / 2))  # 2 degrees


def test_similarities_of_the_surveys_are_scipys_distances_turned_round() -> None:
    a, b, c, d = 7, 3, 4, 9
    truth = np.repeat([True, False, True, False], (a, b, c, d))
    guess = np.repeat([True, True, False, False], (a, b, c, d))
    tp, fp, fn, tn = (np.array([float(n)]) for n in (a, b, c, d))
    counts = BinaryCounts(tp, fp, fn, tn)
    of = {s.id: s.compute for s in SURVEY}

    for name, theirs in (
        ("rogers_tanimoto", distance.rogerstanimoto),
        ("russell_rao", distance.russellrao),
        ("sokal_sneath_1", distance.sokalsneath),
    ):
        assert of[name](counts)[0] == pytest.approx(1 - theirs(truth, guess)), name
