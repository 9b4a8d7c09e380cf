"""The calibration against SciPy's optimiser, the calibration error against the metrics service."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from services.metrics.statistics.calibration import bins as judge
from services.trainer.probabilities import (
    BINS,
    MAX_TEMPERATURE,
    MAX_UNIFORM_SHARE,
    MIN_TEMPERATURE,
    Calibration,
    calibration_scores,
    expected_calibration_error,
    fit_calibration,
    fit_temperature,
)

Logits = NDArray[np.float64]
Labels = NDArray[np.int64]


def answers(n: int, n_classes: int, temperature: float, seed: int) -> tuple[Logits, Labels]:
    """Logits too sharp by a factor of `temperature`, and labels drawn from what they should say."""
    random = np.random.default_rng(seed)
    honest = random.normal(0, 2, (n, n_classes))
    chances = softmax(honest, axis=1).cumsum(axis=1)
    labels = (random.random((n, 1)) > chances).sum(axis=1).clip(max=n_classes - 1)
    return honest * temperature, labels


def platt_targets(labels: Labels, n_classes: int) -> Logits:
    """A little short of certain, by one in two more examples than there are."""
    doubt = 1 / (len(labels) + 2)
    targets = np.full((len(labels), n_classes), doubt / (n_classes - 1))
    targets[np.arange(len(labels)), labels] = 1 - doubt
    return targets


@pytest.mark.parametrize("temperature", [0.2, 1.0, 9.0])
def test_the_temperature_that_made_the_labels_is_found(temperature: float) -> None:
    logits, labels = answers(10_000, 10, temperature, seed=1)

    found = fit_temperature(logits.astype(np.float32), labels)

    assert found == pytest.approx(temperature, rel=0.05)
    before = calibration_scores(logits, labels)
    after = calibration_scores(logits, labels, Calibration(found))
    assert after.log_loss <= before.log_loss
    assert after.expected_calibration_error < 0.02


@settings(deadline=None, max_examples=50)
@given(
    n=st.integers(1, 200),
    n_classes=st.integers(2, 12),
    temperature=st.floats(0.1, 10.0),
    seed=st.integers(0, 2**32 - 1),
)
def test_no_other_temperature_has_less_loss(
    n: int, n_classes: int, temperature: float, seed: int
) -> None:
    logits, labels = answers(n, n_classes, temperature, seed)
    targets = platt_targets(labels, n_classes)

    def loss(inverse: float) -> float:
        return float(-(targets * log_softmax(logits * inverse, axis=1)).sum(axis=1).mean())

    found = fit_temperature(logits, labels)

    best = minimize_scalar(
        loss, bounds=(1 / MAX_TEMPERATURE, 1 / MIN_TEMPERATURE), options={"xatol": 1e-10}
    )
    assert loss(1 / found) <= best.fun + 1e-9


@pytest.mark.parametrize(("temperature", "share"), [(0.6, 0.08), (1.0, 0.2), (3.0, 0.02)])
def test_the_calibration_that_made_the_labels_is_found(temperature: float, share: float) -> None:
    logits, labels = answers(20_000, 10, temperature, seed=2)
    random = np.random.default_rng(3)
    labels = np.where(random.random(len(labels)) < share, random.integers(0, 10, 20_000), labels)

    found = fit_calibration(logits.astype(np.float32), labels)

    assert found.temperature == pytest.approx(temperature, rel=0.06)
    assert found.uniform_share == pytest.approx(share, abs=0.015)
    after = calibration_scores(logits, labels, found)
    assert after.log_loss < calibration_scores(logits, labels, Calibration(temperature)).log_loss
    assert after.expected_calibration_error < 0.02


@settings(deadline=None, max_examples=40)
@given(
    n=st.integers(1, 100),
    n_classes=st.integers(2, 12),
    temperature=st.floats(0.1, 10.0),
    share=st.floats(0.0, MAX_UNIFORM_SHARE),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_uniform_share_is_taken_only_where_it_lowers_the_loss(
    n: int, n_classes: int, temperature: float, share: float, seed: int
) -> None:
    logits, labels = answers(n, n_classes, temperature, seed)
    random = np.random.default_rng(seed)
    uncertain = random.random(n) < share
    labels = np.where(uncertain, random.integers(0, n_classes, n), labels)
    targets = platt_targets(labels, n_classes)

    def loss(calibration: Calibration) -> float:
        said = np.maximum(calibration.probabilities(logits), np.finfo(float).tiny)
        return float(-(targets * np.log(said)).sum(axis=1).mean())

    found = fit_calibration(logits, labels)

    alone = Calibration(fit_temperature(logits, labels))
    assert found == alone or loss(found) < loss(alone) + 1e-12
    assert 0 <= found.uniform_share <= MAX_UNIFORM_SHARE
    said = found.probabilities(logits)
    np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_array_equal(said.argmax(axis=1), logits.argmax(axis=1))
    nudged = (
        Calibration(found.temperature * 1.01, found.uniform_share),
        Calibration(found.temperature / 1.01, found.uniform_share),
        Calibration(found.temperature, min(found.uniform_share + 0.003, MAX_UNIFORM_SHARE)),
        Calibration(found.temperature, max(found.uniform_share - 0.003, 0.0)),
    )
    for other in nudged:
        if MIN_TEMPERATURE <= other.temperature <= MAX_TEMPERATURE:
            assert loss(found) <= loss(other) + 1e-7


def test_a_split_without_an_error_asks_for_no_infinite_confidence() -> None:
    logits = np.eye(4)[[0, 1, 2, 3] * 25] * 5
    labels = np.array([0, 1, 2, 3] * 25)

    temperature = fit_temperature(logits, labels)

    assert MIN_TEMPERATURE < temperature < 1
    sharpened = softmax(logits / temperature, axis=1).max()
    assert sharpened == pytest.approx(1 - 1 / 102, abs=1e-6)


def test_extreme_logits_stay_within_the_bounds() -> None:
    labels = np.array([0, 1] * 50)
    assert fit_temperature(np.zeros((100, 2)), labels) == 1.0
    wrong = np.tile([[1000.0, 0.0], [1000.0, 0.0]], (50, 1))
    assert fit_temperature(wrong, 1 - labels * 0) == pytest.approx(MAX_TEMPERATURE)
    assert fit_temperature(np.array([[1e-6, 0.0]] * 100), labels * 0) == pytest.approx(
        MIN_TEMPERATURE
    )


@settings(deadline=None)
@given(n=st.integers(1, 300), n_classes=st.integers(2, 12), seed=st.integers(0, 2**32 - 1))
def test_the_calibration_error_is_that_of_the_metrics_service(
    n: int, n_classes: int, seed: int
) -> None:
    logits, labels = answers(n, n_classes, 2.0, seed)
    probabilities = softmax(logits, axis=1)

    bins = judge.Calibration.of_samples(
        probabilities.max(axis=1), probabilities.argmax(axis=1) == labels, None, BINS
    ).equal_width

    expected = float((bins.shares * np.abs(bins.gaps)).sum())
    assert expected_calibration_error(probabilities, labels) == pytest.approx(expected, abs=1e-12)


def test_scores_of_a_known_case() -> None:
    """Half of the answers are right, each with probability 0.9: off by 0.4."""
    logits = np.log([[0.9, 0.1]] * 4)

    scores = calibration_scores(logits, np.array([0, 0, 1, 1]))

    assert scores.expected_calibration_error == pytest.approx(0.4)
    assert scores.log_loss == pytest.approx(-(np.log(0.9) + np.log(0.1)) / 2)
