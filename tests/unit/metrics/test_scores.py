"""Statistics of scores: hand-worked, naive computations, properties."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import permutations, product
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.arrays import silent
from services.metrics.score_intervals import (
    hanley_mcneil_interval,
    roc_auc_interval,
    roc_auc_logit_interval,
)
from services.metrics.statistics.calibration import CALIBRATION
from services.metrics.statistics.calibration.bins import Calibration
from services.metrics.statistics.probabilities.distributions import Probabilities
from services.metrics.statistics.probabilities.proper_scores import PROPER_SCORES
from services.metrics.statistics.probabilities.selective import excess_risk_coverage
from services.metrics.statistics.ranking import RANKING, areas
from services.metrics.statistics.ranking.multiclass import Rankings
from services.metrics.statistics.ranking.ranked import Ranked
from services.metrics.statistics.ranking.steps import Steps


@pytest.fixture(autouse=True)
def _undefined_is_a_value() -> Iterator[None]:
    with silent():
        yield


Evaluate = Callable[..., dict[str, Any]]

samples = st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=30).filter(
    lambda rows: len({row[0] for row in rows}) == 2
)


def ranked(rows: Any, weight: Any = None) -> Ranked:
    codes = np.array([int(row[0]) for row in rows])
    return Ranked(np.array([row[1] for row in rows], float), codes, 1, 2, weight)


@settings(max_examples=80, deadline=None)
@given(samples)
def test_the_roc_area_is_the_share_of_pairs_won(rows: Any) -> None:
    wins = [
        (a[1] > b[1]) + 0.5 * (a[1] == b[1]) for a, b in product(rows, rows) if a[0] and not b[0]
    ]

    assert areas.roc_auc(ranked(rows)) == pytest.approx(np.mean(wins))


@settings(max_examples=40, deadline=None)
@given(samples, st.data())
def test_a_weight_counts_like_a_repetition(rows: Any, data: Any) -> None:
    weights = data.draw(st.lists(st.integers(1, 3), min_size=len(rows), max_size=len(rows)))
    repeated = [row for row, weight in zip(rows, weights, strict=True) for _ in range(weight)]
    weighted = ranked(rows, np.array(weights, float))

    for statistic in RANKING:
        ours, expected = statistic.compute(weighted), statistic.compute(ranked(repeated))
        assert ours == pytest.approx(expected, nan_ok=True), statistic.id


@settings(max_examples=40, deadline=None)
@given(samples)
def test_steps_without_the_order_of_samples_are_those_with_it(rows: Any) -> None:
    scores = np.array([row[1] for row in rows], np.float32)
    steps = Steps.of_scores(scores, scores[[row[0] for row in rows]])

    for name in ("thresholds", "tp_steps", "fp_steps"):
        np.testing.assert_array_equal(getattr(steps, name), getattr(ranked(rows), name))


@settings(max_examples=40, deadline=None)
@given(samples)
def test_straight_lines_between_corners_are_the_whole_curve(rows: Any) -> None:
    r = ranked(rows)
    x, y = (np.concatenate(([0.0], part[r.corners])) for part in (r.fp, r.tp))
    turns = np.diff(x)[:-1] * np.diff(y)[1:] != np.diff(x)[1:] * np.diff(y)[:-1]

    assert turns.all()
    for fp, tp in zip(r.fp, r.tp, strict=True):
        at = min(int(np.searchsorted(x + y, fp + tp)), len(x) - 1)
        aside = (fp - x[at - 1]) * (y[at] - y[at - 1]) - (tp - y[at - 1]) * (x[at] - x[at - 1])
        assert aside == pytest.approx(0)


@settings(max_examples=40, deadline=None)
@given(samples)
def test_a_rising_change_of_scale_changes_no_area(rows: Any) -> None:
    stretched = [(positive, 3 * score**3 + 1) for positive, score in rows]

    for name in ("roc_auc", "average_precision", "kolmogorov_smirnov", "pr_auc_interpolated"):
        statistic = next(s for s in RANKING if s.id == name)
        assert statistic.compute(ranked(rows)) == pytest.approx(
            statistic.compute(ranked(stretched))
        )


def test_precision_recall_areas_of_the_four_samples_where_libraries_differ() -> None:
    # y = 0 0 1 1, scores 0.1 0.4 0.35 0.8: AP 0.8333, trapezoids 0.7917.
    four = ranked([(False, 0.1), (False, 0.4), (True, 0.35), (True, 0.8)])

    assert areas.average_precision(four) == pytest.approx(5 / 6)
    assert areas.pr_auc_trapezoid(four) == pytest.approx(0.7916666666666666)


@settings(max_examples=40, deadline=None)
@given(samples)
def test_the_interpolated_area_is_a_fine_sum_over_evenly_mixed_ties(rows: Any) -> None:
    """Between two points true and false positives grow in proportion: split each tie finely."""
    curve = ranked(rows)
    tp = np.concatenate(([0.0], curve.tp))
    fp = np.concatenate(([0.0], curve.fp))
    area = 0.0
    for k in range(1, len(tp)):
        part = (np.arange(4000) + 0.5) / 4000
        x, y = tp[k - 1] + part * (tp[k] - tp[k - 1]), fp[k - 1] + part * (fp[k] - fp[k - 1])
        area += (x / (x + y)).mean() * (tp[k] - tp[k - 1])

    assert areas.pr_auc_interpolated(curve) == pytest.approx(area / tp[-1], abs=1e-5)


def test_hand_and_tills_measure_is_the_mean_over_pairs_of_classes() -> None:
    rng = np.random.default_rng(3)
    codes, scores = rng.integers(0, 4, 60), rng.integers(0, 5, (60, 4)).astype(float)
    pairwise = np.full((4, 4), np.nan)
    for i, j in product(range(4), range(4)):
        if i != j:
            a, b = scores[codes == i, i][:, None], scores[codes == j, i]
            pairwise[i, j] = ((a > b) + 0.5 * (a == b)).mean()

    rankings = Rankings(scores, codes)

    np.testing.assert_allclose(rankings.pairwise, pairwise)
    assert rankings.one_vs_one(weighted=False) == pytest.approx(np.nanmean(pairwise))


def test_delongs_variance_is_that_of_all_pairs() -> None:
    rng = np.random.default_rng(5)
    rows = [(bool(rng.random() < 0.4), int(rng.integers(0, 9))) for _ in range(50)]
    s = np.array([row[1] for row in rows])
    y = np.array([row[0] for row in rows])
    wins = (s[y][:, None] > s[~y]) + 0.5 * (s[y][:, None] == s[~y])
    expected = wins.mean(1).var(ddof=1) / y.sum() + wins.mean(0).var(ddof=1) / (~y).sum()

    assert areas.roc_auc_variance(ranked(rows)) == pytest.approx(expected)


def test_the_logit_interval_stays_within_bounds_and_agrees_where_many_are_sampled() -> None:
    few = ranked([(True, 3), (True, 9), (True, 8), (False, 1), (False, 2), (False, 4)])
    rng = np.random.default_rng(6)
    many = ranked([(y, rng.normal() + y) for y in rng.random(4000) < 0.5])

    low, high = roc_auc_logit_interval(few, 0.95) or (0.0, 0.0)
    assert 0 < low < areas.roc_auc(few) < high < 1 == (roc_auc_interval(few, 0.95) or [0, 0])[1]
    assert roc_auc_logit_interval(many, 0.95) == pytest.approx(
        roc_auc_interval(many, 0.95), abs=1e-3
    )
    assert (
        roc_auc_logit_interval(ranked([(True, 2), (True, 3), (False, 1), (False, 0)]), 0.9) is None
    )


def test_hanley_and_mcneils_error_is_that_of_exponential_scores() -> None:
    m, n = 51, 58
    for rate in (Fraction(1, 9), Fraction(1, 2), Fraction(1)):  # of the positives; negatives have 1
        area = 1 / (1 + rate)
        two_positives = 1 / (1 + 2 * rate)  # the mean of exp(-2 rate x) over negatives x
        two_negatives = 1 - 2 * rate / (rate + 1) + rate / (rate + 2)  # of (1 - exp(-y))^2
        spread = area * (1 - area)
        spread += (m - 1) * (two_positives - area**2) + (n - 1) * (two_negatives - area**2)
        expected = float(spread / (m * n)) ** 0.5
        assert areas.hanley_mcneil_error(float(area), m, n) == pytest.approx(expected)

    rng = np.random.default_rng(8)
    many = ranked([(y, rng.exponential(1 + 2 * y)) for y in rng.random(4000) < 0.5])
    assert hanley_mcneil_interval(many, 0.95) == pytest.approx(
        roc_auc_interval(many, 0.95), abs=2e-3
    )
    assert hanley_mcneil_interval(ranked([(True, 1), (True, 2)]), 0.95) is None


def test_calibration_bins_are_open_below_and_closed_above() -> None:
    p = np.array([0.0, 0.1, 0.2, 0.2000001, 1.0])
    bins = Calibration.of_samples(p, np.array([0, 1, 0, 1, 1], bool), None, 5).equal_width

    assert bins.weight.tolist() == [3.0, 1.0, 1.0]
    assert bins.edges[0].tolist() == [0.0, 0.2]
    assert bins.edges[-1].tolist() == pytest.approx([0.8, 1.0])


def test_losses_of_one_statement_are_the_means_over_its_samples() -> None:
    p, outcome = np.array([0.0, 0.2, 0.2, 0.7, 1.0]), np.array([0, 1, 0, 1, 1], bool)
    of = {s.id: s.compute for s in CALIBRATION}
    c = Calibration.of_samples(p, outcome, None, 5)

    assert of["binary_brier_score"](c) == pytest.approx(np.mean((outcome - p) ** 2))
    assert of["binary_log_loss"](c) == pytest.approx(-np.log([0.2, 0.8, 0.7]).sum() / 5)
    assert (of["mean_probability"](c), of["mean_outcome"](c)) == pytest.approx((2.1 / 5, 3 / 5))
    missed = Calibration.of_samples(p, ~outcome, None, 5)
    assert of["binary_log_loss"](missed) == np.inf


def test_a_calibrated_forecast_has_slope_one_and_intercept_zero() -> None:
    p = np.repeat([0.2, 0.5, 0.8], 1000)
    outcome = np.concatenate([np.arange(1000) < 1000 * q for q in (0.2, 0.5, 0.8)])

    intercept, slope = Calibration.of_samples(p, outcome, None, 10).line

    assert (intercept, slope) == pytest.approx((0.0, 1.0), abs=1e-9)


def test_the_line_of_many_points_solves_the_equations_of_likelihood() -> None:
    rng = np.random.default_rng(9)
    p = np.sort(rng.random(25_000))
    true = (rng.random(25_000) < p**1.5).astype(float)
    c = Calibration(p, true, np.ones(25_000), 5)

    x = np.log(p / (1 - p))
    rest = true - 1 / (1 + np.exp(-(c.line[0] + c.line[1] * x)))
    assert (rest.sum(), rest @ x) == pytest.approx((0, 0), abs=1e-6)


def test_separated_outcomes_have_no_calibration_line() -> None:
    p = np.array([0.1, 0.2, 0.8, 0.9])

    assert np.isnan(Calibration.of_samples(p, p > 0.5, None, 10).line).all()


def test_an_ideal_order_has_no_excess_risk() -> None:
    p = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])

    assert excess_risk_coverage(Probabilities(p, np.array([0, 0, 1, 1]))) == pytest.approx(0)


def test_a_probability_of_zero_for_the_truth_is_an_infinite_loss(evaluate: Evaluate) -> None:
    answer = evaluate(y_true=[1, 0], y_score=[0.0, 0.0], score_type="probability")

    assert answer["scores"]["overall"]["log_loss"] is None
    assert answer["scores"]["overall"]["n_zero_probability"] == 1.0
    assert answer["scores"]["overall"]["log_loss_clipped"] == pytest.approx(18.021826694558577)
    entry = next(e for e in answer["undefined"] if e["path"] == "#/scores/overall/log_loss")
    assert entry["limit"] == "Infinity"


def test_a_class_without_samples_has_no_area_and_does_not_spoil_the_mean(
    evaluate: Evaluate,
) -> None:
    answer = evaluate(
        y_true=[0, 1, 0, 1],
        y_score=[[0.7, 0.2, 0.1], [0.2, 0.7, 0.1], [0.5, 0.3, 0.2], [0.4, 0.5, 0.1]],
        labels=[0, 1, 2],
        score_type="probability",
    )

    assert answer["scores"]["per_class"][2]["roc_auc"] is None
    assert answer["scores"]["overall"]["roc_auc_ovr_macro"] == 1.0


@pytest.mark.parametrize("positive", ["no", "yes"])
def test_a_single_score_is_the_positive_classs(evaluate: Evaluate, positive: str) -> None:
    answer = evaluate(
        y_true=["no", "yes", "yes"],
        y_score=[0.9, 0.6, 0.2],
        score_type="probability",
        positive_label=positive,
    )

    rows = {row["label"]: row["roc_auc"] for row in answer["scores"]["per_class"]}
    expected = 0.0 if positive == "yes" else 1.0
    assert rows == {"no": expected, "yes": expected}
    predicted_positive = 2
    index = answer["labels"].index(positive)
    assert sum(row[index] for row in answer["confusion_matrix"]) == predicted_positive


def test_decision_scores_give_no_statistics_of_probability(evaluate: Evaluate) -> None:
    answer = evaluate(
        y_true=[0, 1, 1],
        y_score=[-2.0, 0.5, 3.0],
        score_type="decision",
        threshold=0,
        include="all",
    )

    assert "log_loss" not in answer["scores"]["overall"]
    assert answer["scores"]["overall"]["hinge_loss"] == pytest.approx(0.5 / 3)
    assert "calibration" not in answer["scores"]


BAD = [
    ({"y_score": [0.5, 0.5]}, "#/score_type"),
    ({"y_score": [1.5, 0.5], "score_type": "probability"}, "#/y_score/0"),
    ({"y_score": [[0.5, 0.4], [0.5, 0.5]], "score_type": "probability"}, "#/y_score/0"),
    ({"y_score": [[0.5, 0.5], [0.5]], "score_type": "probability"}, "#/y_score/1"),
    ({"y_score": [[1.0, 0.0, 0.0]] * 2, "score_type": "probability"}, "#/y_score"),
    ({"y_score": [0.5], "score_type": "probability"}, "#/y_score"),
    ({"y_score": [0.5, "x"], "score_type": "probability"}, "#/y_score/1"),
    ({"y_score": [[[0.5]]] * 2, "score_type": "probability"}, "#/y_score/0/0"),
    ({"y_score": [[1, [0]], [0, 1]], "score_type": "probability"}, "#/y_score/0/1"),
    ({"y_score": [0.5, 0.5], "score_type": "decision"}, "#/threshold"),
    ({"y_score": [0.5, 0.5], "score_type": "logit"}, "#/score_type"),
]


@pytest.mark.parametrize(("members", "pointer"), BAD)
def test_bad_scores_are_refused_with_their_place(
    client: TestClient, members: dict[str, Any], pointer: str
) -> None:
    response = client.post("/v1/evaluate", json={"y_true": [0, 1], **members})

    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["pointer"] == pointer


def test_the_distribution_counts_every_sample_once(evaluate: Evaluate) -> None:
    answer = evaluate(
        y_true=[0, 1, 1, 0, 1], y_score=[0.0, 0.5, 1.0, 0.51, 0.52], score_type="probability",
        include="curves",
    )  # fmt: skip

    found = answer["scores"]["curves"]["per_class"][1]["distribution"]
    assert (len(found["edges"]), found["edges"][25]) == (51, 0.5)
    for name, scores in (("positives", [0.5, 1.0, 0.52]), ("negatives", [0.0, 0.51])):
        assert found[name] == np.histogram(scores, found["edges"])[0].tolist(), name


@pytest.mark.parametrize("name", ["top_2_accuracy", "mean_rank_of_truth", "mean_reciprocal_rank"])
def test_ties_are_settled_as_the_caller_says(name: str) -> None:
    rng = np.random.default_rng(2)
    parts = rng.integers(1, 4, (12, 4)).astype(float)
    values, codes = parts / parts.sum(axis=1, keepdims=True), rng.integers(0, 4, 12)
    weight = rng.random(12)
    statistic = next(s for s in PROPER_SCORES if s.id == name)
    orders = [np.array(order) for order in permutations(range(4))]
    each = [
        [
            statistic.compute(Probabilities(values[[i]][:, order], np.argsort(order)[codes[[i]]]))
            for order in orders
        ]
        for i in range(12)
    ]
    better, worse = (min, max) if name == "mean_rank_of_truth" else (max, min)
    expected = {
        "optimistic": [better(row) for row in each],
        "pessimistic": [worse(row) for row in each],
        "expected": [np.mean(row) for row in each],
    }

    for rule, rows in expected.items():
        found = statistic.compute(Probabilities(values, codes, weight, rule))  # type: ignore[arg-type]
        assert found == pytest.approx(np.average(rows, weights=weight)), rule
