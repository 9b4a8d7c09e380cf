"""Formulas over four counts, against exact fractions and published values."""

# ruff: noqa: ARG005  every definition takes all four counts

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics import catalogue
from services.metrics.arrays import silent
from services.metrics.binary_counts import BinaryCounts, Parameters
from services.metrics.statistics.definition import ClassStatistic, OverallStatistic
from services.metrics.statistics.distances.survey import SURVEY
from services.metrics.tables import Table

Exact = Callable[[Fraction, Fraction, Fraction, Fraction], Fraction | float]


def root(x: Fraction | float) -> float:
    return math.sqrt(x)


# Written from the definitions in terms of the four counts, in exact arithmetic.
EXACT: dict[str, Exact] = {
    "support": lambda a, b, c, d: a + c,
    "true_positives": lambda a, b, c, d: a,
    "false_positives": lambda a, b, c, d: b,
    "false_negatives": lambda a, b, c, d: c,
    "true_negatives": lambda a, b, c, d: d,
    "negatives": lambda a, b, c, d: b + d,
    "predicted_positives": lambda a, b, c, d: a + b,
    "predicted_negatives": lambda a, b, c, d: c + d,
    "hamming_distance": lambda a, b, c, d: b + c,
    "count_difference": lambda a, b, c, d: b - c,
    "rogers_tanimoto": lambda a, b, c, d: (a + d) / (a + 2 * (b + c) + d),
    "russell_rao": lambda a, b, c, d: a / (a + b + c + d),
    "sokal_sneath_1": lambda a, b, c, d: a / (a + 2 * b + 2 * c),
    "sokal_sneath_2": lambda a, b, c, d: 2 * (a + d) / (2 * a + b + c + 2 * d),
    "sokal_sneath_3": lambda a, b, c, d: (a + d) / (b + c),
    "sokal_sneath_4": lambda a, b, c, d: (
        (a / (a + b) + a / (a + c) + d / (b + d) + d / (c + d)) / 4
    ),
    "sokal_sneath_5": lambda a, b, c, d: a * d / root((a + b) * (a + c) * (b + d) * (c + d)),
    "kulczynski_1": lambda a, b, c, d: a / (b + c),
    "tarwid": lambda a, b, c, d: (
        ((a + b + c + d) * a - (a + b) * (a + c)) / ((a + b + c + d) * a + (a + b) * (a + c))
    ),
    "mountford": lambda a, b, c, d: 2 * a / (a * b + a * c + 2 * b * c),
    "michael": lambda a, b, c, d: 4 * (a * d - b * c) / ((a + d) ** 2 + (b + c) ** 2),
    "precision_at_prevalence": lambda a, b, c, d: (
        (a / (a + c)) / (a / (a + c) + 7 * b / (b + d))  # one positive for seven negatives
    ),
    "negative_predictive_value_at_prevalence": lambda a, b, c, d: (
        (7 * d / (b + d)) / (7 * d / (b + d) + c / (a + c))
    ),
    "precision": lambda a, b, c, d: a / (a + b),
    "recall": lambda a, b, c, d: a / (a + c),
    "specificity": lambda a, b, c, d: d / (b + d),
    "f1_score": lambda a, b, c, d: 2 * a / (2 * a + b + c),
    "negative_predictive_value": lambda a, b, c, d: d / (c + d),
    "false_negative_rate": lambda a, b, c, d: c / (a + c),
    "false_positive_rate": lambda a, b, c, d: b / (b + d),
    "false_discovery_rate": lambda a, b, c, d: b / (a + b),
    "false_omission_rate": lambda a, b, c, d: c / (c + d),
    "one_vs_rest_accuracy": lambda a, b, c, d: (a + d) / (a + b + c + d),
    "one_vs_rest_error": lambda a, b, c, d: (b + c) / (a + b + c + d),
    "prevalence": lambda a, b, c, d: (a + c) / (a + b + c + d),
    "predicted_positive_rate": lambda a, b, c, d: (a + b) / (a + b + c + d),
    "frequency_bias": lambda a, b, c, d: (a + b) / (a + c),
    "error_ratio": lambda a, b, c, d: c / b,
    "f_beta_score": lambda a, b, c, d: 10 * a / (10 * a + 9 * c + b),
    "f05_score": lambda a, b, c, d: (
        Fraction(5, 4) * a / (Fraction(5, 4) * a + Fraction(1, 4) * c + b)
    ),
    "f2_score": lambda a, b, c, d: 5 * a / (5 * a + 4 * c + b),
    "jaccard_index": lambda a, b, c, d: a / (a + b + c),
    "matthews_corrcoef": lambda a, b, c, d: (
        float(a * d - b * c) / root((a + c) * (a + b) * (d + b) * (d + c))
    ),
    "informedness": lambda a, b, c, d: a / (a + c) + d / (b + d) - 1,
    "markedness": lambda a, b, c, d: a / (a + b) + d / (c + d) - 1,
    "balanced_accuracy": lambda a, b, c, d: (a / (a + c) + d / (b + d)) / 2,
    "precision_recall_mean": lambda a, b, c, d: (a / (a + c) + a / (a + b)) / 2,
    "fowlkes_mallows_index": lambda a, b, c, d: root((a / (a + b)) * (a / (a + c))),
    "geometric_mean": lambda a, b, c, d: root((a / (a + c)) * (d / (b + d))),
    "adjusted_geometric_mean": lambda a, b, c, d: (
        (root((a / (a + c)) * (d / (b + d))) + float(d / (a + b + c + d)))
        / float(1 + (b + d) / (a + b + c + d))
    ),
    "adjusted_f_score": lambda a, b, c, d: root(
        (5 * a / (5 * a + 4 * c + b))
        * (Fraction(5, 4) * d / (Fraction(5, 4) * d + Fraction(1, 4) * b + c))
    ),
    "optimized_precision": lambda a, b, c, d: (
        (a + d) / (a + b + c + d) - abs(d / (b + d) - a / (a + c)) / (d / (b + d) + a / (a + c))
    ),
    "index_of_balanced_accuracy": lambda a, b, c, d: (
        (1 + Fraction(1, 2) * (a / (a + c) - d / (b + d))) * (a / (a + c)) * (d / (b + d))
    ),
    "individual_classification_success_index": lambda a, b, c, d: a / (a + b) + a / (a + c) - 1,
    "overlap_coefficient": lambda a, b, c, d: a / min(a + b, a + c),
    "braun_blanquet_similarity": lambda a, b, c, d: a / max(a + b, a + c),
    "tversky_index": lambda a, b, c, d: a / (a + Fraction(1, 4) * c + Fraction(3, 4) * b),
    "distance_index": lambda a, b, c, d: root((c / (a + c)) ** 2 + (b / (b + d)) ** 2),
    "similarity_index": lambda a, b, c, d: 1 - root(((c / (a + c)) ** 2 + (b / (b + d)) ** 2) / 2),
    "bray_curtis_dissimilarity": lambda a, b, c, d: abs(b - c) / (2 * (a + b + c + d)),
    "net_benefit": lambda a, b, c, d: (a - b * Fraction(1, 4)) / (a + b + c + d),
    "positive_likelihood_ratio": lambda a, b, c, d: (a / (a + c)) / (b / (b + d)),
    "negative_likelihood_ratio": lambda a, b, c, d: (c / (a + c)) / (d / (b + d)),
    "diagnostic_odds_ratio": lambda a, b, c, d: a * d / (b * c),
    "diagnostic_odds_ratio_haldane": lambda a, b, c, d: (
        (a + Fraction(1, 2)) * (d + Fraction(1, 2)) / ((b + Fraction(1, 2)) * (c + Fraction(1, 2)))
    ),
    "yule_q": lambda a, b, c, d: (a * d - b * c) / (a * d + b * c),
    "yule_y": lambda a, b, c, d: (root(a * d) - root(b * c)) / (root(a * d) + root(b * c)),
    "one_vs_rest_kappa": lambda a, b, c, d: (
        2 * (a * d - b * c) / ((a + b) * (b + d) + (a + c) * (c + d))
    ),
    "gilbert_skill_score": lambda a, b, c, d: (
        (a - (a + c) * (a + b) / (a + b + c + d))
        / (a + b + c - (a + c) * (a + b) / (a + b + c + d))
    ),
    "random_accuracy": lambda a, b, c, d: (a + c) * (a + b) / (a + b + c + d) ** 2,
    "random_accuracy_unbiased": lambda a, b, c, d: ((2 * a + b + c) / (2 * (a + b + c + d))) ** 2,
    "lift": lambda a, b, c, d: (a / (a + b)) / ((a + c) / (a + b + c + d)),
    "information_score_bits": lambda a, b, c, d: math.log2(
        (a / (a + b)) / ((a + c) / (a + b + c + d))
    ),
}

counts = st.integers(1, 10**6)


def value(name: str, a: float, b: float, c: float, d: float) -> float:
    statistic = next(s for s in catalogue.PER_CLASS if s.id == name)
    assert isinstance(statistic, ClassStatistic)
    parameters = Parameters(
        beta=3.0,
        iba_alpha=0.5,
        tversky_alpha=0.25,
        tversky_beta=0.75,
        threshold_probability=0.2,
        prevalence=0.125,
    )
    with silent():
        tp, fp, fn, tn = (np.array([float(x)]) for x in (a, b, c, d))
        counts = BinaryCounts(tp, fp, fn, tn, parameters)
        return float(np.asarray(statistic.compute(counts))[0])


@pytest.mark.parametrize("name", EXACT)
@settings(max_examples=12, deadline=None)
@given(a=counts, b=counts, c=counts, d=counts)
def test_a_formula_equals_its_exact_fraction(name: str, a: int, b: int, c: int, d: int) -> None:
    expected = float(EXACT[name](Fraction(a), Fraction(b), Fraction(c), Fraction(d)))

    assert value(name, a, b, c, d) == pytest.approx(expected, rel=1e-12, abs=1e-12)


PUBLISHED = [
    # Finley's tornado forecasts of 1884, as Murphy 1996 reports their scores to 2 or 3 digits.
    ("gilbert_skill_score", (28, 72, 23, 2680), 0.216),
    ("one_vs_rest_kappa", (28, 72, 23, 2680), 0.355),
    ("informedness", (28, 72, 23, 2680), 0.523),
    ("frequency_bias", (28, 72, 23, 2680), 1.961),
    ("yule_q", (28, 72, 23, 2680), 0.957),
]


@pytest.mark.parametrize(("name", "four", "expected"), PUBLISHED)
def test_a_formula_gives_the_published_value(
    name: str, four: tuple[int, int, int, int], expected: float
) -> None:
    assert value(name, *four) == pytest.approx(expected, abs=6e-4)


def test_no_formula_over_four_counts_is_left_untested() -> None:
    tested = set(EXACT) | {name for name, _, _ in PUBLISHED} | OTHERS

    mine = {s.id for s in catalogue.PER_CLASS if isinstance(s, ClassStatistic)}
    # Those that PyCM has too are compared with PyCM's.
    distances = {s.id for s in catalogue.PER_CLASS if s.group == "distances"}
    distances -= {s.id for s in SURVEY}
    assert mine - distances == tested


OTHERS = {
    "discriminant_power",
    "discriminant_power_log10",
    "sensitivity_index",
    "extreme_dependency_score",
    "symmetric_extreme_dependency_score",
    "extremal_dependence_index",
    "symmetric_extremal_dependence_index",
    "prevalence_threshold",
}


@settings(max_examples=30, deadline=None)
@given(a=counts, b=counts, c=counts, d=counts)
def test_logarithmic_formulas_equal_their_definitions(a: int, b: int, c: int, d: int) -> None:
    n, hit, false = a + b + c + d, a / (a + c), b / (b + d)
    odds = math.log(hit / (1 - hit)) + math.log((1 - false) / false)
    logs = (math.log(false), math.log(hit), math.log(1 - false), math.log(1 - hit))
    expected = {
        "discriminant_power": math.sqrt(3) / math.pi * odds,
        "discriminant_power_log10": math.sqrt(3) / math.pi * odds / math.log(10),
        "extreme_dependency_score": 2 * math.log((a + c) / n) / math.log(a / n) - 1,
        "symmetric_extreme_dependency_score": (
            math.log((a + b) / n * ((a + c) / n)) / math.log(a / n) - 1
        ),
        "extremal_dependence_index": (logs[0] - logs[1]) / (logs[0] + logs[1]),
        "symmetric_extremal_dependence_index": (
            (logs[0] - logs[1] - logs[2] + logs[3]) / sum(logs)
        ),
    }
    for name, number in expected.items():
        assert value(name, a, b, c, d) == pytest.approx(number, rel=1e-7, abs=1e-7), name


def test_prevalence_threshold_is_where_the_predictive_values_bend() -> None:
    hit, false = 0.9, 0.1

    assert value("prevalence_threshold", 90, 10, 10, 90) == pytest.approx(
        (math.sqrt(hit * false) - false) / (hit - false)
    )


def test_the_sensitivity_index_of_a_hit_rate_of_84_and_a_false_alarm_rate_of_16_percent() -> None:
    assert value("sensitivity_index", 8413447461, 1586552539, 1586552539, 8413447461) == (
        pytest.approx(2.0, abs=1e-8)
    )


@pytest.mark.parametrize(
    ("name", "four", "limit"),
    [
        ("positive_likelihood_ratio", (5, 0, 1, 9), math.inf),
        ("diagnostic_odds_ratio", (5, 0, 1, 9), math.inf),
        ("information_score_bits", (0, 2, 1, 9), -math.inf),
        ("yule_q", (5, 0, 1, 9), 1.0),
        ("precision", (0, 0, 1, 9), math.nan),
        ("f1_score", (0, 0, 1, 9), 0.0),
        ("f1_score", (0, 0, 0, 9), math.nan),
        ("matthews_corrcoef", (0, 0, 1, 9), math.nan),
        ("diagnostic_odds_ratio_haldane", (5, 0, 1, 9), 5.5 * 9.5 / (0.5 * 1.5)),
    ],
)
def test_at_empty_cells_a_formula_gives_its_limit_or_nothing(
    name: str, four: tuple[int, int, int, int], limit: float
) -> None:
    assert value(name, *four) == pytest.approx(limit, nan_ok=True)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(2, 5).flatmap(
        lambda k: st.lists(
            st.lists(st.integers(0, 40), min_size=k, max_size=k), min_size=k, max_size=k
        )
    )
)
def test_values_stay_within_the_bounds_that_the_catalogue_states(rows: list[list[int]]) -> None:
    table = Table(np.array(rows))
    with silent():
        for statistic in catalogue.PER_CLASS:
            given_to = table.one_vs_rest if isinstance(statistic, ClassStatistic) else table
            values = np.asarray(statistic.compute(given_to))  # type: ignore[arg-type]  # as above
            defined = values[np.isfinite(values)]
            assert (defined >= statistic.low - 1e-12).all(), statistic.id
            assert (defined <= statistic.high + 1e-12).all(), statistic.id


def test_many_tables_at_once_give_what_each_gives_alone() -> None:
    rng = np.random.default_rng(3)
    many = rng.integers(0, 20, (7, 4, 4))
    with silent():
        for statistic in (*catalogue.PER_CLASS, *catalogue.WHOLE_TABLE):
            if isinstance(statistic, OverallStatistic) and not statistic.replicable:
                continue
            pick = isinstance(statistic, ClassStatistic)
            tables = [Table(m) for m in (many, *many)]
            together, *alone = (
                np.asarray(statistic.compute(t.one_vs_rest if pick else t))  # type: ignore[arg-type]  # as above
                for t in tables
            )
            np.testing.assert_allclose(together, np.array(alone), rtol=1e-12, err_msg=statistic.id)
