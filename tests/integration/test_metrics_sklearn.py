"""Every number that scikit-learn has too, compared with scikit-learn's."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from services.metrics.evaluation import evaluate
from services.metrics.labels import from_array
from services.metrics.limits import Limits
from services.metrics.options.evaluation import EvaluationOptions
from services.metrics.samples import Samples


def cases() -> Iterator[Any]:
    rng = np.random.default_rng(20)
    for k in (2, 3, 10, 60):
        y_true = rng.integers(0, k, 4_000)
        y_pred = np.where(rng.random(4_000) < 0.7, y_true, rng.integers(0, k, 4_000))
        yield pytest.param(y_true, y_pred, None, id=f"{k}-integers")
        yield pytest.param(y_true, y_pred, rng.gamma(1.0, size=4_000), id=f"{k}-weighted")
        yield pytest.param(y_true.astype("U3"), y_pred.astype("U3"), None, id=f"{k}-strings")
    skewed = np.minimum(rng.geometric(0.6, 3_000), 12)
    yield pytest.param(skewed, np.ones_like(skewed), None, id="skewed-constant")
    yield pytest.param(skewed, rng.permutation(skewed), None, id="skewed-random")
    yield pytest.param(np.array([0, 1, 0, 3]), np.array([0, 1, 2, 2]), None, id="never-predicted")
    yield pytest.param(np.array([4, 4, 4]), np.array([4, 4, 4]), None, id="single-class")
    yield pytest.param(rng.random(500) < 0.3, rng.random(500) < 0.3, None, id="booleans")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "y_true" in metafunc.fixturenames:
        metafunc.parametrize(("y_true", "y_pred", "weight"), list(cases()))


def assert_equal(ours: Any, theirs: Any) -> None:
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def answer(y_true: Any, y_pred: Any, weight: Any, **options: Any) -> dict[str, Any]:
    samples = Samples(
        y_true=from_array(y_true, "#/y_true"),
        y_pred=from_array(y_pred, "#/y_pred"),
        sample_weight=weight,
    )
    return evaluate(samples, EvaluationOptions(**options), Limits(max_classes=100))


def test_the_confusion_matrix(y_true: Any, y_pred: Any, weight: Any) -> None:
    ours = answer(y_true, y_pred, weight)["confusion_matrix"]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a single class
        theirs = sk.confusion_matrix(y_true, y_pred, sample_weight=weight)
    assert_equal(ours, theirs)


@pytest.mark.parametrize("fill", [0, 1])
def test_precision_recall_and_f1_of_every_class(
    y_true: Any, y_pred: Any, weight: Any, fill: int
) -> None:
    rows = answer(y_true, y_pred, weight, zero_division=fill)["per_class"]

    theirs = sk.precision_recall_fscore_support(
        y_true, y_pred, sample_weight=weight, zero_division=fill
    )
    for name, expected in zip(("precision", "recall", "f1_score", "support"), theirs, strict=True):
        assert_equal([row[name] for row in rows], expected)


@pytest.mark.parametrize("rule", ["macro", "micro", "weighted"])
def test_averages(y_true: Any, y_pred: Any, weight: Any, rule: str) -> None:
    averages = answer(y_true, y_pred, weight)["averages"]
    zero_filled = averages[rule if rule == "micro" else f"{rule}_zero_filled"]
    defined = averages[rule]

    for fill, ours in ((0, zero_filled), (np.nan, defined)):
        theirs = sk.precision_recall_fscore_support(
            y_true, y_pred, sample_weight=weight, average=rule, zero_division=fill
        )
        for name, expected in zip(("precision", "recall", "f1_score"), theirs[:3], strict=True):
            assert_equal(ours[name], expected)


def test_overall_numbers(y_true: Any, y_pred: Any, weight: Any) -> None:
    ours = answer(y_true, y_pred, weight)["overall"]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kappa = sk.cohen_kappa_score(y_true, y_pred, sample_weight=weight)
        correlation = sk.matthews_corrcoef(y_true, y_pred, sample_weight=weight)
        balanced = sk.balanced_accuracy_score(y_true, y_pred, sample_weight=weight)
    accuracy = sk.accuracy_score(y_true, y_pred, sample_weight=weight)
    assert_equal(ours["accuracy"], accuracy)
    assert_equal(ours["error_rate"], 1 - accuracy)
    assert_equal(ours["balanced_accuracy"], balanced)
    if ours["cohen_kappa"] is None:
        assert np.isnan(kappa)
    else:
        assert_equal(ours["cohen_kappa"], kappa)
    if ours["matthews_corrcoef"] is None:  # scikit-learn gives 0 where there is no value
        assert correlation == 0
        assert len(set(y_true)) == 1 or len(set(y_pred)) == 1
    else:
        assert_equal(ours["matthews_corrcoef"], correlation)
