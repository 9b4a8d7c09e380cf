"""What must hold for every statistic, and proof that the checks would notice if it did not."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.metrics import catalogue
from services.metrics.arrays import silent
from services.metrics.statistics.agreement.weighted import WEIGHTED
from services.metrics.statistics.definition import ClassStatistic, OverallStatistic
from services.metrics.tables import Table

Matrix = NDArray[np.int64]
Compute = Callable[[Any], Any]

matrices = st.integers(2, 5).flatmap(
    lambda k: st.lists(
        st.lists(st.integers(0, 30), min_size=k, max_size=k), min_size=k, max_size=k
    ).map(np.array)
).filter(lambda matrix: matrix.sum() > 1)  # fmt: skip

# Statistics that look at the order of the classes.
ORDERED = {
    "cohen_kappa_linear", "cohen_kappa_quadratic", "gwet_ac2_linear", "gwet_ac2_quadratic",
    "krippendorff_alpha_linear", "krippendorff_alpha_interval",
    *(s.id for s in WEIGHTED),
}  # fmt: skip
UNORDERED = [s for s in catalogue.WHOLE_TABLE if s.group != "ordinal" and s.id not in ORDERED]
# Statistics that treat truth and prediction alike.
SYMMETRIC = [
    "accuracy", "error_rate", "cohen_kappa", "cohen_kappa_linear", "cohen_kappa_quadratic",
    "matthews_corrcoef", "scott_pi", "bennett_s", "gwet_ac1", "gwet_ac2_linear", "bangdiwala_b",
    "cohen_kappa_weighted", "gwet_ac2_weighted",
    "krippendorff_alpha", "chi_square", "cramer_v", "cramer_v_bias_corrected", "g_statistic",
    "joint_entropy_bits", "mutual_information_bits", "rand_index", "adjusted_rand_index",
    "adjusted_mutual_information", "v_measure", "pair_fowlkes_mallows", "kendall_tau_b",
    "goodman_kruskal_gamma", "spearman_rho", "mean_absolute_error_steps", "bowker_chi_square",
    "stuart_maxwell_chi_square", "class_balance_accuracy", "aickin_alpha",
]  # fmt: skip
# Statistics of shares: they do not change if every sample counts twice.
SCALE_FREE_GROUPS = {"rates", "indices", "headline"}


def unlike(pairs: Mapping[str, tuple[Any, Any]]) -> list[str]:
    """The names whose two values, numbers or arrays of one length, differ."""
    first, second = (np.array([pair[side] for pair in pairs.values()], float) for side in (0, 1))
    close = np.isclose(first, second, rtol=1e-9, atol=1e-9, equal_nan=True)
    differ = ~close.reshape(len(pairs), -1).all(axis=1)
    return [name for name, wrong in zip(pairs, differ, strict=True) if wrong]


def of_both(statistics: Mapping[str, Compute], first: Any, second: Any) -> list[str]:
    """The statistics that are not the same of two things."""
    with silent():
        return unlike({name: (f(first), f(second)) for name, f in statistics.items()})


def noticing_names(statistics: Mapping[str, Compute], matrix: Matrix, order: Any) -> list[str]:
    """The statistics that change if the classes are put into another order."""
    return of_both(statistics, Table(matrix), Table(matrix[np.ix_(order, order)]))


def noticing_roles(statistics: Mapping[str, Compute], matrix: Matrix) -> list[str]:
    """The statistics that change if truth and prediction change places."""
    return of_both(statistics, Table(matrix), Table(matrix.T.copy()))


@settings(max_examples=25, deadline=None)
@given(matrix=matrices, data=st.data())
def test_the_order_of_the_classes_changes_no_unordered_statistic(matrix: Matrix, data: Any) -> None:
    order = data.draw(st.permutations(range(len(matrix))))

    assert noticing_names({s.id: s.compute for s in UNORDERED}, matrix, order) == []


@settings(max_examples=25, deadline=None)
@given(matrix=matrices)
def test_symmetric_statistics_take_truth_and_prediction_alike(matrix: Matrix) -> None:
    assert noticing_roles({n: catalogue.BY_ID[n].compute for n in SYMMETRIC}, matrix) == []


@settings(max_examples=25, deadline=None)
@given(matrix=matrices, factor=st.integers(2, 1000))
def test_rates_stay_if_every_sample_is_repeated(matrix: Matrix, factor: int) -> None:
    rates = {
        s.id: s.compute
        for s in catalogue.PER_CLASS
        if isinstance(s, ClassStatistic) and s.group in SCALE_FREE_GROUPS and s.averaged
    }

    assert of_both(rates, Table(matrix).one_vs_rest, Table(matrix * factor).one_vs_rest) == []


@settings(max_examples=25, deadline=None)
@given(matrix=matrices)
def test_overall_statistics_stay_within_their_bounds(matrix: Matrix) -> None:
    table = Table(matrix)
    with silent():
        for s in catalogue.WHOLE_TABLE:
            value = float(s.compute(table))
            if np.isfinite(value):
                assert s.low - 1e-9 <= value <= s.high + 1e-9, s.id


@settings(max_examples=25, deadline=None)
@given(matrix=matrices)
def test_weights_that_are_whole_numbers_give_what_counts_give(matrix: Matrix) -> None:
    counted, weighted = Table(matrix), Table(matrix.astype(np.float64))
    whole = {
        s.id: s.compute
        for s in catalogue.WHOLE_TABLE
        if s.id != "adjusted_mutual_information" and not s.id.endswith("_p_value")
    }
    classes = {s.id: s.compute for s in catalogue.PER_CLASS if isinstance(s, ClassStatistic)}

    assert of_both(whole, counted, weighted) == []
    assert of_both(classes, counted.one_vs_rest, weighted.one_vs_rest) == []


@pytest.mark.parametrize("scale", [10**9, 10**13])
def test_huge_counts_give_what_small_ones_give(scale: int) -> None:
    matrix = np.array([[5, 1, 0], [2, 7, 1], [0, 0, 4]])
    margins = {"stuart_maxwell_chi_square", "bhapkar_chi_square"}
    sized = {"chi_square", "g_statistic", "bowker_chi_square"} | margins
    grows = {"zero_one_loss_count", "global_performance_index"} | sized
    corrected = {s.id for s in catalogue.WHOLE_TABLE if s.id.startswith("krippendorff_alpha")}
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

    def linear_kappa(table: Table) -> Any:
        return catalogue.BY_ID["cohen_kappa_linear"].compute(table)

    recalls = {"first": first_recall, "accuracy": catalogue.BY_ID["accuracy"].compute}
    assert noticing_names(recalls, matrix, [2, 0, 1]) == ["first"]
    assert noticing_names({"kappa": linear_kappa}, matrix, [2, 0, 1]) == ["kappa"]
    balanced = {"balanced": catalogue.BY_ID["balanced_accuracy"].compute}
    assert noticing_roles(balanced, matrix) == ["balanced"]
    assert unlike({"a": (0.5, 0.5001), "b": (np.nan, 0.0), "c": (np.nan, np.nan)}) == ["a", "b"]
    assert unlike({"a": ([1.0, 2.0], [1.0, 2.1]), "b": ([1.0, 2.0], [1.0, 2.0])}) == ["a"]


def test_every_overall_statistic_gives_one_number_for_each_table() -> None:
    tables = np.random.default_rng(0).integers(1, 9, (4, 3, 3))
    with silent():
        for s in catalogue.WHOLE_TABLE:
            assert isinstance(s, OverallStatistic)
            if s.replicable:
                assert np.shape(s.compute(Table(tables))) == (4,), s.id
