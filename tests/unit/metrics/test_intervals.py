"""Intervals, against published values and against the bootstrap."""

from typing import get_args

import numpy as np
import pytest

from services.metrics import bootstrap, count_intervals, delta, intervals
from services.metrics.arrays import Floats
from services.metrics.binary_counts import BinaryCounts, Parameters
from services.metrics.options.evaluation import IntervalMethod
from services.metrics.statistics.overall import kappa
from services.metrics.statistics.two_samples import two_proportions
from services.metrics.tables import Table
from services.metrics.uncertainty import Uncertainty
from services.metrics.values import Selection, compute

# R, binom.confint, 95 %.
PUBLISHED = [
    ("wilson", 18, 20, 0.698966354772, 0.972133518786),
    ("clopper_pearson", 18, 20, 0.683017285981, 0.98765147283),
    ("agresti_coull", 18, 20, 0.68675611256, 0.984343760998),
    ("jeffreys", 18, 20, 0.716146742696, 0.978627511978),
    ("wilson_continuity", 18, 20, 0.668722403163, 0.982487361227),
    ("wilson", 0, 20, 0.0, 0.161125158053),
    ("clopper_pearson", 0, 20, 0.0, 0.168433470983),
    ("wilson", 20, 20, 0.838874841947, 1.0),
    ("wilson", 88, 263, 0.280317515522, 0.393646191675),
]


@pytest.mark.parametrize(("method", "x", "n", "low", "high"), PUBLISHED)
def test_a_proportions_interval_is_the_published_one(
    method: IntervalMethod, x: int, n: int, low: float, high: float
) -> None:
    ours = intervals.proportion(x, n, 0.95, method)

    assert [float(bound) for bound in ours] == pytest.approx([low, high], abs=1e-11)


@pytest.mark.parametrize(
    "method",
    [
        "wilson",
        "clopper_pearson",
        "mid_p",
        "jeffreys",
        "agresti_coull",
        "likelihood_ratio",
        "logit",
    ],
)
def test_an_interval_widens_with_its_level_and_holds_the_share(method: IntervalMethod) -> None:
    x, n = np.arange(1, 30), np.full(29, 30)
    before = (x / n, x / n)
    for level in (0.5, 0.9, 0.99, 0.99999):
        low, high = intervals.proportion(x, n, level, method)
        assert (low <= before[0]).all()
        assert (high >= before[1]).all()
        before = (low, high)


@pytest.mark.parametrize("method", get_args(IntervalMethod))
def test_there_is_no_interval_without_trials(method: IntervalMethod) -> None:
    assert np.isnan(intervals.proportion(0, 0, 0.95, method)).all()


@pytest.mark.parametrize("method", get_args(IntervalMethod))
def test_failures_have_the_interval_of_successes_turned_round(method: IntervalMethod) -> None:
    x, n = np.array([0, 1, 7, 20]), np.full(4, 20)
    low, high = intervals.proportion(x, n, 0.9, method)

    other_low, other_high = intervals.proportion(n - x, n, 0.9, method)

    assert 1 - other_high == pytest.approx(low, abs=1e-12)
    assert 1 - other_low == pytest.approx(high, abs=1e-12)


def test_likelihood_ratio_intervals_are_those_of_simel_samsa_and_matchar() -> None:
    tp, fp, fn, tn = (np.array(float(x)) for x in (22, 54, 1, 57))
    counts = BinaryCounts(tp, fp, fn, tn)

    for name, expected in {
        "positive_likelihood_ratio": (1.59367, 2.42578),
        "negative_likelihood_ratio": (0.01235, 0.58067),
    }.items():
        bounds = intervals.log_ratio(*count_intervals.RATIOS[name](counts), 0.95)
        assert [float(b) for b in bounds] == pytest.approx(expected, abs=6e-5)


def test_kappas_error_is_that_of_fleiss_cohen_and_everitt() -> None:
    # SAS, PROC FREQ; statsmodels pins the same table.
    table = Table(np.array([[0, 4, 1], [0, 8, 0], [0, 1, 5]]))

    error = delta.standard_error(delta.kappa_gradient(table), table, float(table.n))

    assert float(kappa(table)) == pytest.approx(0.4842, abs=6e-5)
    assert float(error) == pytest.approx(0.1380, abs=6e-5)


@pytest.mark.parametrize(
    ("gradient", "statistic"),
    [
        (delta.kappa_gradient, "cohen_kappa"),
        (delta.matthews_gradient, "matthews_corrcoef"),
        (delta.macro_recall_gradient, "balanced_accuracy"),
        (delta.macro_f1_gradient, "macro f1"),
        (delta.macro_precision_gradient, "macro precision"),
        (delta.macro_specificity_gradient, "macro specificity"),
    ],
)
def test_a_gradient_is_the_slope_of_its_statistic(gradient: object, statistic: str) -> None:
    shares = np.random.default_rng(2).dirichlet(np.ones(9)).reshape(3, 3)

    def value(matrix: Floats) -> float:
        values = compute(Table(matrix), Selection(frozenset({"headline"})))
        match statistic:
            case "macro f1":
                return float(values.averages["macro"]["f1_score"])
            case "macro precision":
                return float(values.averages["macro"]["precision"])
            case "macro specificity":
                return float(values.averages["macro"]["specificity"])
            case _:
                return float(values.overall[statistic])

    slopes = np.empty((3, 3))
    for cell in np.ndindex(3, 3):
        step = np.zeros((3, 3))
        step[cell] = 1e-6
        slopes[cell] = (value(shares + step) - value(shares - step)) / 2e-6
    ours = gradient(Table(shares)).matrix()  # type: ignore[operator]
    # Only differences between cells matter, since shares sum to one.
    np.testing.assert_allclose(ours - ours.mean(), slopes - slopes.mean(), atol=1e-7)


def plan(method: str = "percentile", replicates: int = 4_000) -> bootstrap.Bootstrap:
    return bootstrap.Bootstrap(replicates=replicates, method=method, seed=7, level=0.95)  # type: ignore[arg-type]


MATRIX = np.array([[50, 10, 5], [8, 40, 12], [3, 9, 63]])


def test_replicates_are_tables_of_as_many_samples_with_the_same_expectation() -> None:
    replicates = np.concatenate(list(bootstrap.draw(MATRIX, plan())))

    assert (replicates.sum((1, 2)) == MATRIX.sum()).all()
    np.testing.assert_allclose(replicates.mean(0), MATRIX, rtol=0.1, atol=0.2)


@pytest.mark.parametrize("method", ["percentile", "basic", "bca"])
def test_bootstrap_and_delta_intervals_agree_on_a_fair_sample(method: str) -> None:
    selection = Selection(frozenset({"headline"}), replicable_only=True)
    table = Table(MATRIX)
    answer = bootstrap.report(MATRIX, ["a", "b", "c"], selection, Parameters(), plan(method))

    low, high = answer["overall"]["cohen_kappa"]

    half = 1.96 * float(delta.standard_error(delta.kappa_gradient(table), table, float(table.n)))
    assert low == pytest.approx(float(kappa(table)) - half, abs=0.02)
    assert high == pytest.approx(float(kappa(table)) + half, abs=0.02)


def test_the_same_seed_gives_the_same_bootstrap() -> None:
    selection = Selection(frozenset({"headline"}), replicable_only=True)
    first, second = (
        bootstrap.report(MATRIX, [0, 1, 2], selection, Parameters(), plan(replicates=200))
        for _ in range(2)
    )

    assert first == second


def test_replicates_where_a_statistic_is_undefined_are_counted() -> None:
    matrix = np.array([[30, 0], [1, 0]])
    selection = Selection(frozenset({"headline"}), replicable_only=True)

    answer = bootstrap.report(matrix, [0, 1], selection, Parameters(), plan(replicates=500))

    lost = answer["undefined_replicates"]["#/bootstrap/per_class/*/recall"]
    assert 0 < lost < 500
    assert answer["overall"]["matthews_corrcoef"] is None


@pytest.mark.parametrize("zero_division", [None, 0.0, 1.0])
def test_a_macro_mean_varies_as_its_classes_do(zero_division: float | None) -> None:
    table = Table(np.array([[2, 1, 0], [1, 2, 0], [2, 2, 0]]))
    selection = Selection(frozenset({"headline"}), zero_division)
    values = compute(table, selection)
    report = Uncertainty(table, values, 10.0, 0.95, "wilson").report("abc", selection)
    shares = table.matrix / 10

    def mean(cells: Floats) -> float:
        precision = np.diag(cells)[:2] / cells.sum(0)[:2]
        return float(precision.sum() / (2 if zero_division is None else 3))

    slopes = np.zeros((3, 3))
    for place in np.ndindex(3, 2):
        more, less = shares.copy(), shares.copy()
        more[place] += 1e-6
        less[place] -= 1e-6
        slopes[place] = (mean(more) - mean(less)) / 2e-6
    spread = (shares * slopes**2).sum() - (shares * slopes).sum() ** 2
    half = intervals.z_of(0.95) * (spread / 10) ** 0.5

    value = mean(shares) + (zero_division or 0) / 3
    expected = [max(value - half, 0), min(value + half, 1)]
    assert report["averages"]["macro"]["precision"] == pytest.approx(expected, abs=1e-6)


def test_a_ratio_that_does_not_vary_has_no_interval() -> None:
    found = two_proportions(5, 5, 5, 5, 0.95)

    assert found["ratio"] == 1
    assert found["ratio_interval"] is None
