"""Every number that PyCM has too, compared with PyCM's; where PyCM errs, with the right value."""

from typing import Any

import numpy as np
import pycm
import pytest

from services.metrics import catalogue
from services.metrics.arrays import silent
from services.metrics.binary_counts import Parameters
from services.metrics.statistics.definition import ClassStatistic
from services.metrics.statistics.distances.survey import SURVEY
from services.metrics.statistics.ranking.areas import hanley_mcneil_error, roc_auc
from services.metrics.statistics.ranking.ranked import Ranked
from services.metrics.tables import Table
from services.metrics.values import Selection, compute

ROMAN = [
    "I",
    "II",
    "III",
    "IV",
    "V",
    "VI",
    "VII",
    "VIII",
    "IX",
    "X",
    "XI",
    "XII",
    "XIII",
    "XIV",
    "XV",
]
GROUPS = frozenset(s.group for s in catalogue.every())
MATRICES = {
    "three classes": [[40, 5, 3], [7, 60, 2], [4, 11, 33]],
    "two classes": [[183, 13], [141, 663]],
    "six classes": np.random.default_rng(0).integers(1, 40, (6, 6)).tolist(),
    "skewed": [[900, 4, 3], [7, 6, 2], [4, 1, 3]],
}

PER_CLASS = {
    "support": "P", "true_positives": "TP", "false_positives": "FP", "false_negatives": "FN",
    "true_negatives": "TN", "negatives": "N", "predicted_positives": "TOP",
    "predicted_negatives": "TON", "hamming_distance": "HD", "count_difference": "AM",
    "precision": "PPV", "recall": "TPR", "specificity": "TNR", "f1_score": "F1",
    "negative_predictive_value": "NPV", "false_negative_rate": "FNR",
    "false_positive_rate": "FPR", "false_discovery_rate": "FDR", "false_omission_rate": "FOR",
    "one_vs_rest_accuracy": "ACC", "one_vs_rest_error": "ERR", "prevalence": "PRE",
    "predicted_positive_rate": "TOPR", "f05_score": "F0.5", "f2_score": "F2",
    "jaccard_index": "J", "matthews_corrcoef": "MCC", "informedness": "BM", "markedness": "MK",
    "balanced_accuracy": "AUC", "precision_recall_mean": "AUPR", "fowlkes_mallows_index": "G",
    "geometric_mean": "GM", "adjusted_geometric_mean": "AGM", "adjusted_f_score": "AGF",
    "optimized_precision": "OP", "index_of_balanced_accuracy": "IBA",
    "individual_classification_success_index": "ICSI", "overlap_coefficient": "OC",
    "braun_blanquet_similarity": "BB", "distance_index": "dInd", "similarity_index": "sInd",
    "bray_curtis_dissimilarity": "BCD", "positive_likelihood_ratio": "PLR",
    "negative_likelihood_ratio": "NLR", "diagnostic_odds_ratio": "DOR", "yule_q": "Q",
    "random_accuracy": "RACC", "random_accuracy_unbiased": "RACCU", "lift": "LS",
    "information_score_bits": "IS", "discriminant_power_log10": "DP",
    "confusion_entropy": "CEN", "modified_confusion_entropy": "MCEN",
}  # fmt: skip

OVERALL = {
    "accuracy": "Overall ACC", "error_rate": "Hamming Loss", "zero_one_loss_count": "Zero-one Loss",
    "cohen_kappa": "Kappa", "matthews_corrcoef": "Overall MCC",
    "class_balance_accuracy": "CBA", "classification_success_index": "CSI",
    "mean_one_vs_rest_balanced_accuracy": "AUNU",
    "weighted_one_vs_rest_balanced_accuracy": "AUNP", "global_performance_index": "RR",
    "no_information_rate": "NIR", "random_accuracy": "Overall RACC",
    "random_accuracy_unbiased": "Overall RACCU", "scott_pi": "Scott PI",
    "prevalence_adjusted_kappa": "Kappa No Prevalence", "bennett_s": "Bennett S",
    "gwet_ac1": "Gwet AC1", "krippendorff_alpha": "Krippendorff Alpha",
    "bangdiwala_b": "Bangdiwala B", "confusion_entropy": "Overall CEN",
    "modified_confusion_entropy": "Overall MCEN", "chi_square": "Chi-Squared",
    "chi_square_degrees_of_freedom": "Chi-Squared DF", "phi_square": "Phi-Squared",
    "cramer_v": "Cramer V", "pearson_contingency": "Pearson C",
    "lambda_truth_from_prediction": "Lambda A", "lambda_prediction_from_truth": "Lambda B",
    "reference_entropy_bits": "Reference Entropy", "response_entropy_bits": "Response Entropy",
    "joint_entropy_bits": "Joint Entropy", "conditional_entropy_bits": "Conditional Entropy",
    "marginal_cross_entropy_bits": "Cross Entropy", "marginal_kl_divergence_bits": "KL Divergence",
    "mutual_information_bits": "Mutual Information", "uncertainty_coefficient_truth": "RCI",
    "adjusted_rand_index": "ARI",
}  # fmt: skip

DISTANCES = {
    "ample": "AMPLE", "andres_marzo_delta": "AndresMarzoDelta",
    "baroni_urbani_buser_1": "BaroniUrbaniBuserI", "baroni_urbani_buser_2": "BaroniUrbaniBuserII",
    "batagelj_bren": "BatageljBren",
    **{
        f"baulieu_{i}": f"Baulieu{numeral}"
        for i, numeral in enumerate(ROMAN, 1)
    },
    "benini_1": "BeniniI", "benini_2": "BeniniII", "canberra": "Canberra", "clement": "Clement",
    **{
        f"consonni_todeschini_{i}": f"ConsonniTodeschini{numeral}"
        for i, numeral in enumerate(ROMAN[:5], 1)
    },
    "dennis": "Dennis", "digby": "Digby", "dispersion": "Dispersion", "doolittle": "Doolittle",
    "eyraud": "Eyraud", "fager_mcgowan": "FagerMcGowan", "faith": "Faith",
    "fleiss_levin_paik": "FleissLevinPaik", "lift": "ForbesI", "forbes_2": "ForbesII",
    "fossum": "Fossum", "gilbert_wells": "GilbertWells", "goodall": "Goodall",
    "goodman_kruskal_lambda": "GoodmanKruskalLambda",
    "goodman_kruskal_lambda_r": "GoodmanKruskalLambdaR", "guttman_lambda_a": "GuttmanLambdaA",
    "guttman_lambda_b": "GuttmanLambdaB", "hamann": "Hamann", "harris_lahey": "HarrisLahey",
    "hawkins_dotson": "HawkinsDotson", "kendall_tau_matches": "KendallTau",
    "kent_foster_1": "KentFosterI", "kent_foster_2": "KentFosterII", "koppen_1": "KoppenI",
    "koppen_2": "KoppenII", "kuder_richardson": "KuderRichardson",
    **{
        f"kuhns_{i}": f"Kuhns{numeral}"
        for i, numeral in enumerate(ROMAN[:7], 1)
    },
}  # fmt: skip


@pytest.fixture(params=MATRICES)
def matrix(request: pytest.FixtureRequest) -> list[list[int]]:
    chosen: list[list[int]] = MATRICES[request.param]
    return chosen


def theirs(matrix: list[list[int]]) -> Any:
    names = [f"c{i}" for i in range(len(matrix))]
    table = {
        name: dict(zip(names, row, strict=True)) for name, row in zip(names, matrix, strict=True)
    }
    return pycm.ConfusionMatrix(matrix=table)


def ours(matrix: list[list[int]]) -> Any:
    return compute(Table(np.array(matrix), Parameters(beta=3.0)), Selection(GROUPS))


def assert_equal(value: float, expected: Any, name: str) -> None:
    if expected == "None":  # PyCM's word for undefined and for its limits
        assert not np.isfinite(value), name
    else:
        assert value == pytest.approx(float(expected), rel=1e-9, abs=1e-9), name


def test_per_class_statistics(matrix: list[list[int]]) -> None:
    expected, values = theirs(matrix), ours(matrix)

    for name, code in PER_CLASS.items():
        for i, number in enumerate(values.per_class[name]):
            column = getattr(expected, code.replace(".", "")) if "." in code else None
            cell = (column or expected.class_stat[code])[f"c{i}"]
            if code == "Q" and cell == "None":
                continue
            assert_equal(number, cell, f"{name} {i}")


def test_overall_statistics(matrix: list[list[int]]) -> None:
    expected, values = theirs(matrix).overall_stat, ours(matrix).overall

    for name, key in OVERALL.items():
        assert_equal(float(values[name]), expected[key], name)


def test_distances(matrix: list[list[int]]) -> None:
    expected, values = theirs(matrix), ours(matrix).per_class

    for name, member in DISTANCES.items():
        cells = expected.distance(pycm.DistanceType[member])
        for i, number in enumerate(values[name]):
            assert_equal(number, cells[f"c{i}"], f"{name} {i}")


def test_parameterised_statistics(matrix: list[list[int]]) -> None:
    expected, values = theirs(matrix), ours(matrix)

    for name, cells in {
        "f_beta_score": expected.F_beta(3),
        "tversky_index": expected.TI(0.5, 0.5),
        "net_benefit": expected.NB(1),
        "sensitivity_index": expected.sensitivity_index(),
    }.items():
        for i, number in enumerate(values.per_class[name]):
            assert_equal(number, cells[f"c{i}"], name)


def test_aickins_alpha(matrix: list[list[int]]) -> None:
    expected = theirs(matrix).aickin_alpha(max_iter=10_000, epsilon=1e-14)

    assert float(ours(matrix).overall["aickin_alpha"]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("power", "name"), [(1, "linear"), (2, "quadratic")])
def test_weighted_kappa(matrix: list[list[int]], power: int, name: str) -> None:
    names = [f"c{i}" for i in range(len(matrix))]
    weights = {
        a: {b: abs(i - j) ** power for j, b in enumerate(names)} for i, a in enumerate(names)
    }

    expected = theirs(matrix).weighted_kappa(weights)

    assert float(ours(matrix).overall[f"cohen_kappa_{name}"]) == pytest.approx(expected)


def test_every_distance_is_compared_or_has_its_own_test() -> None:
    mine = {s.id for s in catalogue.PER_CLASS if s.group == "distances"}
    mine -= {s.id for s in SURVEY}  # whose tests are beside exact fractions

    assert mine - set(DISTANCES) == {"anderberg_d"}
    assert len(pycm.DistanceType) == len(DISTANCES) + 1


def test_anderbergs_d_is_right_where_pycm_repeats_a_misprint() -> None:
    # PyCM takes max(a + b, b + d) for max(a + c, b + d) and gives -0.025.
    statistic = catalogue.CLASS_BY_ID["anderberg_d"]
    assert isinstance(statistic, ClassStatistic)
    table = Table(np.array([[40, 5], [30, 25]]))

    assert statistic.compute(table.one_vs_rest)[0] == pytest.approx(0.05)


def test_the_weighted_alpha_is_right_where_pycm_is_not() -> None:
    # The values of irrCAC's own tests; PyCM gives 0.825 and 0.863.
    values = compute(
        Table(np.array([[13, 0, 0], [0, 20, 7], [0, 4, 56]])), Selection(GROUPS)
    ).overall

    assert float(values["krippendorff_alpha_linear"]) == pytest.approx(0.844, abs=6e-4)
    assert float(values["krippendorff_alpha_interval"]) == pytest.approx(0.893, abs=6e-4)


def test_the_no_information_test_holds_for_many_samples() -> None:
    with silent():
        small = compute(Table(np.array([[183, 13], [141, 663]])), Selection(GROUPS)).overall
        large = compute(Table(np.array([[1830, 130], [1410, 6630]])), Selection(GROUPS)).overall

    assert float(small["no_information_p_value"]) == pytest.approx(0.000342386296143693)
    assert 0 < float(large["no_information_p_value"]) < 1e-20


def test_the_area_by_midpoints_is_the_roc_area() -> None:
    """PyCM's two rules take the same mean of neighbours, so there is one area."""
    rng = np.random.default_rng(4)
    y, p = rng.integers(0, 2, 12), rng.random(12).round(1)
    curve = pycm.ROCCurve(y, np.stack([1 - p, p], axis=1), classes=[0, 1])

    area = roc_auc(Ranked(p, y, 1, 2))

    assert curve.area(method="midpoint")[1] == pytest.approx(area)
    # PyCM exchanges positives and negatives in Hanley and McNeil's error.
    theirs = pycm.ci.AUC_SE_calc(area, int(12 - y.sum()), int(y.sum()))
    assert hanley_mcneil_error(area, y.sum(), 12 - y.sum()) == pytest.approx(theirs)


def test_yules_q_has_its_value_where_a_cell_is_empty() -> None:
    table = Table(np.array([[5, 0], [3, 9]]))
    statistic = catalogue.CLASS_BY_ID["yule_q"]
    assert isinstance(statistic, ClassStatistic)

    assert statistic.compute(table.one_vs_rest)[0] == 1.0
