"""Statistics of scores and tables, compared with scikit-learn's and SciPy's."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

from services.metrics.evaluation import evaluate
from services.metrics.labels import from_array
from services.metrics.limits import Limits
from services.metrics.multilabel import MultilabelSamples, evaluate_multilabel
from services.metrics.options.evaluation import EvaluationOptions
from services.metrics.options.multilabel import MultilabelOptions
from services.metrics.samples import Samples
from services.metrics.statistics import clustering
from services.metrics.statistics.clustering import expected_mutual_information
from services.metrics.tables import Table


def score_cases() -> Iterator[Any]:
    rng = np.random.default_rng(11)
    for k, n in ((3, 400), (10, 3_000)):
        for name, digits, dtype in (("smooth", 17, "f8"), ("tied", 2, "f8"), ("float32", 8, "f4")):
            y = rng.integers(0, k, n)
            logits = rng.normal(size=(n, k))
            logits[np.arange(n), y] += 1
            scores = np.exp(logits)
            scores = (scores / scores.sum(1, keepdims=True)).round(digits)
            scores = scores / scores.sum(1, keepdims=True)
            weight = rng.gamma(2.0, size=n) if name == "smooth" else None
            yield pytest.param(y, scores.astype(dtype), None, id=f"{k} {name}")
            if weight is not None:
                yield pytest.param(y, scores.astype(dtype), weight, id=f"{k} weighted")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "weight" in metafunc.fixturenames:
        metafunc.parametrize(("y", "scores", "weight"), list(score_cases()))


def answer(y: Any, scores: Any, weight: Any = None, **options: Any) -> dict[str, Any]:
    samples = Samples(y_true=from_array(y, ""), y_score=scores, sample_weight=weight)
    chosen = EvaluationOptions(score_type="probability", include=["all"], **options)
    part: dict[str, Any] = evaluate(samples, chosen, Limits())["scores"]
    return part


def equal(ours: Any, theirs: Any) -> None:
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


def test_areas_in_every_averaging(y: Any, scores: Any, weight: Any) -> None:
    ours = answer(y, scores, weight)["overall"]
    wide = scores.astype(np.float64)  # scikit-learn adds float32 scores up in float32
    one_hot = y[:, None] == np.arange(scores.shape[1])

    for average in ("macro", "weighted", "micro"):
        area = sk.roc_auc_score(y, wide, multi_class="ovr", average=average, sample_weight=weight)
        equal(ours[f"roc_auc_ovr_{average}"], area)
        precision = sk.average_precision_score(one_hot, wide, average=average, sample_weight=weight)
        equal(ours[f"average_precision_{average}"], precision)
    if weight is None:
        for average in ("macro", "weighted"):
            area = sk.roc_auc_score(y, wide, multi_class="ovo", average=average)
            equal(ours[f"roc_auc_ovo_{average}"], area)


def test_every_class_and_its_curves(y: Any, scores: Any, weight: Any) -> None:
    ours = answer(y, scores, weight, curve_points=100_000)

    for k, row in enumerate(ours["per_class"]):
        hit, column = y == k, scores[:, k].astype(np.float64)
        equal(row["roc_auc"], sk.roc_auc_score(hit, column, sample_weight=weight))
        equal(
            row["partial_roc_auc_20"],
            sk.roc_auc_score(hit, column, sample_weight=weight, max_fpr=0.2),
        )
        fpr, tpr, _ = sk.roc_curve(hit, column, sample_weight=weight, drop_intermediate=False)
        curve = ours["curves"]["per_class"][k]["roc"]
        # Ours leaves out what lies on a straight line, so theirs must be on ours.
        x, height = np.array(curve["false_positive_rate"]), np.array(curve["true_positive_rate"])
        assert len(x) <= len(fpr)
        equal(np.trapezoid(height, x), np.trapezoid(tpr, fpr))
        equal((tpr - fpr).max(), row["kolmogorov_smirnov"])


def test_proper_scores(y: Any, scores: Any, weight: Any) -> None:
    ours = answer(y, scores, weight)["overall"]
    wide = scores.astype(np.float64)

    tolerance = 1e-6 if scores.dtype == np.float32 else 1e-12
    labels = np.arange(scores.shape[1])
    loss = sk.log_loss(y, wide / wide.sum(1, keepdims=True), sample_weight=weight, labels=labels)
    assert ours["log_loss_clipped"] == pytest.approx(loss, rel=tolerance)
    brier = sk.brier_score_loss(
        y, wide / wide.sum(1, keepdims=True), sample_weight=weight, labels=labels,
        scale_by_half=False,
    )  # fmt: skip
    assert ours["brier_score"] == pytest.approx(brier, rel=tolerance)


def test_top_k_where_no_scores_are_equal() -> None:
    rng = np.random.default_rng(2)
    y, scores = rng.integers(0, 8, 500), rng.dirichlet(np.ones(8), 500)

    ours = answer(y, scores)["overall"]

    for k in (2, 3, 5):
        equal(ours[f"top_{k}_accuracy"], sk.top_k_accuracy_score(y, scores, k=k))


def test_the_calibration_curve() -> None:
    rng = np.random.default_rng(6)
    p = rng.random(4_000)
    y = (rng.random(4_000) < p**1.3).astype(int)

    curve = answer(y, p, calibration_bins=12)["curves"]["per_class"][1]["calibration"]

    truth, predicted = calibration_curve(y, p, n_bins=12)
    equal([b["outcome_rate"] for b in curve["equal_width"]], truth)
    equal([b["mean_probability"] for b in curve["equal_width"]], predicted)


def test_label_ranking_of_one_label() -> None:
    rng = np.random.default_rng(7)
    y, scores = rng.integers(0, 6, 300), rng.dirichlet(np.ones(6), 300)
    one_hot = (y[:, None] == np.arange(6)).astype(int)

    ours = answer(y, scores)["overall"]

    equal(ours["mean_rank_of_truth"], sk.coverage_error(one_hot, scores))
    equal(ours["mean_reciprocal_rank"], sk.label_ranking_average_precision_score(one_hot, scores))


def test_hinge_loss() -> None:
    rng = np.random.default_rng(9)
    y, scores = rng.integers(0, 4, 200), rng.normal(size=(200, 4))
    samples = Samples(y_true=from_array(y, ""), y_score=scores)
    chosen = EvaluationOptions(score_type="decision")

    ours = evaluate(samples, chosen, Limits())["scores"]["overall"]

    equal(ours["hinge_loss"], sk.hinge_loss(y, scores, labels=range(4)))


@pytest.fixture(params=range(4))
def table(request: pytest.FixtureRequest) -> Any:
    rng = np.random.default_rng(request.param)
    k, n = (2, 3, 5, 12)[request.param], 900
    y = np.minimum(rng.geometric(0.35, n), k) - 1
    return y, np.where(rng.random(n) < 0.6, y, rng.integers(0, k, n))


def overall(table: Any) -> dict[str, Any]:
    y_true, y_pred = table
    samples = Samples(y_true=from_array(y_true, ""), y_pred=from_array(y_pred, ""))
    answer = evaluate(samples, EvaluationOptions(include=["all"]), Limits())
    part: dict[str, Any] = answer["overall"]
    return part


def test_partitions(table: Any) -> None:
    ours = overall(table)

    for name, theirs in {
        "rand_index": sk.rand_score,
        "adjusted_rand_index": sk.adjusted_rand_score,
        "mutual_information_nats": sk.mutual_info_score,
        "adjusted_mutual_information": sk.adjusted_mutual_info_score,
        "homogeneity": sk.homogeneity_score,
        "completeness": sk.completeness_score,
        "v_measure": sk.v_measure_score,
        "pair_fowlkes_mallows": sk.fowlkes_mallows_score,
    }.items():
        equal(ours[name], theirs(*table))


def test_the_expected_information_of_many_samples_is_that_of_few_points_of_the_bell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of 400,000 samples not every term is summed up; scikit-learn sums up all."""
    rng = np.random.default_rng(3)
    y_true, y_pred = rng.choice(4, (2, 400_000), p=[0.1, 0.2, 0.3, 0.4])
    matrix = sk.confusion_matrix(y_true, y_pred)

    ours = float(expected_mutual_information(Table(matrix)))

    assert ours == pytest.approx(sk.cluster.expected_mutual_information(matrix, 400_000), rel=1e-6)
    monkeypatch.setattr(clustering, "POINTS_PER_DEVIATION", 1e9)
    assert ours == pytest.approx(float(expected_mutual_information(Table(matrix))), rel=1e-11)


def test_orders(table: Any) -> None:
    ours = overall(table)

    equal(ours["kendall_tau_b"], stats.kendalltau(*table).statistic)
    equal(ours["somers_d"], stats.somersd(*table).statistic)
    equal(ours["spearman_rho"], stats.spearmanr(*table).statistic)
    equal(ours["mean_absolute_error_steps"], sk.mean_absolute_error(*table))
    equal(ours["mean_squared_error_steps"], sk.mean_squared_error(*table))
    for weights in ("linear", "quadratic"):
        equal(ours[f"cohen_kappa_{weights}"], sk.cohen_kappa_score(*table, weights=weights))


def test_independence(table: Any) -> None:
    ours = overall(table)
    matrix = sk.confusion_matrix(*table)

    plain = stats.chi2_contingency(matrix, correction=False)
    ratio = stats.chi2_contingency(matrix, correction=False, lambda_="log-likelihood")
    equal([ours["chi_square"], ours["chi_square_p_value"]], plain[:2])
    equal([ours["g_statistic"], ours["g_p_value"]], ratio[:2])
    for name, method in (
        ("cramer_v", "cramer"),
        ("tschuprow_t", "tschuprow"),
        ("pearson_contingency", "pearson"),
    ):
        equal(ours[name], stats.contingency.association(matrix, method=method))


def test_the_test_against_the_no_information_rate(table: Any) -> None:
    ours = overall(table)
    n, right = len(table[0]), int((table[0] == table[1]).sum())

    exact = stats.binomtest(right, n, ours["no_information_rate"], alternative="greater")
    equal(ours["no_information_p_value"], exact.pvalue)


def test_bootstrap_intervals_agree_with_scipys() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 500)
    p = np.where(rng.random(500) < 0.7, y, rng.integers(0, 3, 500))
    samples = Samples(y_true=from_array(y, ""), y_pred=from_array(p, ""))

    for method, scipys in (("percentile", "percentile"), ("basic", "basic"), ("bca", "BCa")):
        chosen = EvaluationOptions(bootstrap_replicates=4000, bootstrap_method=method)
        ours = evaluate(samples, chosen, Limits())["bootstrap"]["overall"]["accuracy"]
        theirs = stats.bootstrap(
            ((y == p).astype(float),), np.mean, method=scipys, n_resamples=4000, rng=0
        ).confidence_interval
        assert ours == pytest.approx([theirs.low, theirs.high], abs=0.006)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_ranking_of_each_samples_labels(weighted: bool) -> None:
    rng = np.random.default_rng(4)
    truth = (rng.random((200, 6)) < [0.1, 0.3, 0.5, 0.7, 0.2, 0.4]).astype(int)
    truth[:2] = [[0] * 6, [1] * 6]
    scores = (rng.random((200, 6)) + truth * 0.5).round(1)
    weight = rng.gamma(2.0, size=200) if weighted else None
    samples = MultilabelSamples(y_true=truth, y_score=scores, sample_weight=weight)

    ours = evaluate_multilabel(samples, MultilabelOptions(threshold=0.8))

    found = ours["scores"]["overall"]
    mixed = (truth.any(axis=1)) & ~truth.all(axis=1)
    kept = None if weight is None else weight[mixed]
    areas = [sk.roc_auc_score(t, s) for t, s in zip(truth[mixed], scores[mixed], strict=True)]
    equal(found["roc_auc_samples"], np.average(areas, weights=kept))
    some = truth.any(axis=1)
    kept = None if weight is None else weight[some]
    equal(
        found["average_precision_samples"],
        sk.average_precision_score(
            truth[some], scores[some], average="samples", sample_weight=kept
        ),
    )
    equal(found["discounted_cumulative_gain"], sk.dcg_score(truth, scores, sample_weight=weight))
    first = [(s >= s[t == 1].max()).sum() for t, s in zip(truth[some], scores[some], strict=True)]
    equal(found["first_true_rank"], np.average(first, weights=kept))


@pytest.mark.parametrize("weighted", [False, True])
def test_several_labels_a_sample(weighted: bool) -> None:
    rng = np.random.default_rng(3)
    truth = (rng.random((300, 6)) < [0.1, 0.3, 0.5, 0.7, 0.2, 0.4]).astype(int)
    scores = (rng.random((300, 6)) + truth * 0.5).round(1)
    guess = (scores >= 0.8).astype(int)
    weight = rng.gamma(2.0, size=300) if weighted else None
    samples = MultilabelSamples(y_true=truth, y_pred=guess, y_score=scores, sample_weight=weight)

    ours = evaluate_multilabel(samples, MultilabelOptions(include=["matrices"]))

    if not weighted:
        by_sample = sk.multilabel_confusion_matrix(truth, guess, samplewise=True)
        equal(ours["matrices"]["per_sample"], by_sample)
        equal(ours["matrices"]["per_class"], sk.multilabel_confusion_matrix(truth, guess))
    given: dict[str, Any] = {"sample_weight": weight}
    equal(ours["overall"]["subset_accuracy"], sk.accuracy_score(truth, guess, **given))
    equal(ours["overall"]["hamming_loss"], sk.hamming_loss(truth, guess, **given))
    for rule in ("macro", "weighted", "samples", "micro"):
        row = ours["averages"][rule if rule == "micro" else f"{rule}_zero_filled"]
        for name, theirs in (
            ("precision", sk.precision_score),
            ("recall", sk.recall_score),
            ("f1_score", sk.f1_score),
        ):
            equal(row[name], theirs(truth, guess, average=rule, zero_division=0, **given))
    found = ours["scores"]["overall"]
    for rule in ("macro", "weighted", "micro"):
        equal(found[f"roc_auc_{rule}"], sk.roc_auc_score(truth, scores, average=rule, **given))
        equal(
            found[f"average_precision_{rule}"],
            sk.average_precision_score(truth, scores, average=rule, **given),
        )
    equal(found["coverage_error"], sk.coverage_error(truth, scores, **given))
    equal(found["label_ranking_loss"], sk.label_ranking_loss(truth, scores, **given))
    equal(
        found["label_ranking_average_precision"],
        sk.label_ranking_average_precision_score(truth, scores, **given),
    )
    equal(found["normalized_discounted_cumulative_gain"], sk.ndcg_score(truth, scores, **given))
