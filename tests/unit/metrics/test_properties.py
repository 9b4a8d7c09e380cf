"""What must hold for every statistic, and proof that the checks would notice if it did not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.metrics import catalogue
from services.metrics.arrays import silent
from services.metrics.statistics.definition import ClassStatistic, OverallStatistic
from services.metrics.tables import Table

Matrix = NDArray[np.int64]
Compute = Callable[[Table], Any]

matrices = st.integers(2, 5).flatmap(
    lambda k: st.lists(
        st.lists(st.integers(0, 30), min_size=k, max_size=k), min_size=k, max_size=k
    ).map(np.array)
).filter(lambda matrix: matrix.sum() > 1)  # fmt: skip

# Statistics that look at the order of the classes.
ORDERED = {
    "cohen_kappa_linear", "cohen_kappa_quadratic", "gwet_ac2_linear", "gwet_ac2_quadratic",
    "krippendorff_alpha_linear", "krippendorff_alpha_interval",
}  # fmt: skip
UNORDERED = [s for s in catalogue.WHOLE_TABLE if s.group != "ordinal" and s.id not in ORDERED]
# Statistics that treat truth and prediction alike.
SYMMETRIC = [
    "accuracy", "error_rate", "cohen_kappa", "cohen_kappa_linear", "cohen_kappa_quadratic",
    "matthews_corrcoef", "scott_pi", "bennett_s", "gwet_ac1", "gwet_ac2_linear", "bangdiwala_b",
    "krippendorff_alpha", "chi_square", "cramer_v", "cramer_v_bias_corrected", "g_statistic",
    "joint_entropy_bits", "mutual_information_bits", "rand_index", "adjusted_rand_index",
    "adjusted_mutual_information", "v_measure", "pair_fowlkes_mallows", "kendall_tau_b",
    "goodman_kruskal_gamma", "spearman_rho", "mean_absolute_error_steps", "bowker_chi_square",
    "stuart_maxwell_chi_square", "class_balance_accuracy", "aickin_alpha",
]  # fmt: skip
# Statistics of shares: they do not change if every sample counts twice.
SCALE_FREE_GROUPS = {"rates", "indices", "headline"}


def same(first: Any, second: Any) -> bool:
    return bool(np.allclose(first, second, rtol=1e-9, atol=1e-9, equal_nan=True))


def ignores_names(compute: Compute, matrix: Matrix, order: Any) -> bool:
    """Whether the statistic is the same after the classes are put into another order."""
    with silent():
        turned = compute(Table(matrix[np.ix_(order, order)]))
        return same(compute(Table(matrix)), turned)


def ignores_roles(compute: Compute, matrix: Matrix) -> bool:
    """Whether the statistic is the same after truth and prediction change places."""
    with silent():
        return same(compute(Table(matrix)), compute(Table(matrix.T.copy())))


@settings(max_examples=25, deadline=None)
@given(matrix=matrices, data=st.data())
def test_the_order_of_the_classes_changes_no_unordered_statistic(matrix: Matrix, data: Any) -> None:
    order = data.draw(st.permutations(range(len(matrix))))

    assert [s.id for s in UNORDERED if not ignores_names(s.compute, matrix, order)] == []


@settings(max_examples=25, deadline=None)
@given(matrix=matrices)
def test_symmetric_statistics_take_truth_and_prediction_alike(matrix: Matrix) -> None:
    wrong = [n for n in SYMMETRIC if not ignores_roles(catalogue.BY_ID[n].compute, matrix)]

    assert wrong == []


@settings(max_examples=25, deadline=None)
@given(matrix=matrices, factor=st.integers(2, 1000))
def test_rates_stay_if_every_sample_is_repeated(matrix: Matrix, factor: int) -> None:
    with silent():
        for s in catalogue.PER_CLASS:
            if isinstance(s, ClassStatistic) and s.group in SCALE_FREE_GROUPS and s.averaged:
                one = s.compute(Table(matrix).one_vs_rest)
                assert same(one, s.compute(Table(matrix * factor).one_vs_rest)), s.id


@settings(max_examples=25, deadline=None)
@given(matrix=matrices)
def test_overall_statistics_stay_within_their_bounds(matrix: Matrix) -> None:
    with silent():
        for s in catalogue.WHOLE_TABLE:
            value = float(s.compute(Table(matrix)))
            if np.isfinite(value):
                assert s.low - 1e-9 <= value <= s.high + 1e-9, s.id


@settings(max_examples=25, deadline=None)
@given(matrix=matrices)
def test_weights_that_are_whole_numbers_give_what_counts_give(matrix: Matrix) -> None:
    with silent():
        for s in catalogue.WHOLE_TABLE:
            if s.id != "adjusted_mutual_information" and not s.id.endswith("_p_value"):
                weighted = s.compute(Table(matrix.astype(np.float64)))
                assert same(s.compute(Table(matrix)), weighted), s.id
        for p in catalogue.PER_CLASS:
            if isinstance(p, ClassStatistic):
                weighted = p.compute(Table(matrix.astype(np.float64)).one_vs_rest)
                assert same(p.compute(Table(matrix).one_vs_rest), weighted), p.id


@pytest.mark.parametrize("scale", [10**9, 10**13])
def test_huge_counts_give_what_small_ones_give(scale: int) -> None:
    matrix = np.array([[5, 1, 0], [2, 7, 1], [0, 0, 4]])
    margins = {"stuart_maxwell_chi_square", "bhapkar_chi_square"}
    sized = {"chi_square", "g_statistic", "bowker_chi_square"} | margins
    grows = {"zero_one_loss_count", "global_performance_index"} | sized
    corrected = {"krippendorff_alpha", "krippendorff_alpha_linear", "krippendorff_alpha_interval"}
    moves = {"cramer_v_bias_corrected"} | corrected
    with silent():
        for s in catalogue.WHOLE_TABLE:
            if s.id == "adjusted_mutual_information":  # its terms are as many as sqrt(samples)
                continue
            small, large = s.compute(Table(matrix)), s.compute(Table(matrix * scale))
            if s.id in grows:
                assert large == pytest.approx(small * scale, rel=1e-9), s.id
            elif s.id not in moves and "p_value" not in s.id and s.group != "clustering":
                assert large == pytest.approx(small, rel=1e-9, nan_ok=True), s.id


def test_the_checks_notice_a_statistic_that_breaks_the_rule() -> None:
    matrix = np.array([[5, 1, 0], [2, 7, 1], [0, 3, 4]])

    def first_recall(table: Table) -> Any:
        return table.one_vs_rest.tpr[..., 0]

    assert not ignores_names(first_recall, matrix, [2, 0, 1])
    assert not ignores_roles(catalogue.BY_ID["balanced_accuracy"].compute, matrix)
    assert not ignores_names(catalogue.BY_ID["cohen_kappa_linear"].compute, matrix, [2, 0, 1])
    assert not same(0.5, 0.5001)
    assert not same(np.nan, 0.0)


def test_every_overall_statistic_gives_one_number_for_each_table() -> None:
    tables = np.random.default_rng(0).integers(1, 9, (4, 3, 3))
    with silent():
        for s in catalogue.WHOLE_TABLE:
            assert isinstance(s, OverallStatistic)
            if s.replicable:
                assert np.shape(s.compute(Table(tables))) == (4,), s.id
