"""The calibration against SciPy's optimiser, the calibration error against the metrics service."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import softmax

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


def loss_of_rightness(calibration: Calibration, logits: Logits, labels: Labels) -> float:
    """How badly the highest probability tells whether the answer is right."""
    is_right = logits.argmax(axis=1) == labels
    n_right = is_right.sum()
    n_wrong = len(is_right) - n_right
    target = np.where(is_right, (n_right + 1) / (n_right + 2), 1 / (n_wrong + 2))
    said = calibration.probabilities(logits).max(axis=1)
    tiny = np.finfo(float).tiny
    return float(
        -(target * np.log(said) + (1 - target) * np.log(np.maximum(1 - said, tiny))).mean()
    )


@pytest.mark.parametrize("temperature", [0.2, 1.0, 9.0])
def test_the_temperature_that_made_the_labels_is_found(temperature: float) -> None:
    logits, labels = answers(10_000, 10, temperature, seed=1)

    found = fit_calibration(logits.astype(np.float32), labels)

    assert found.temperature == pytest.approx(temperature, rel=0.05)
    assert found.uniform_share < 0.02
    after = calibration_scores(logits, labels, found)
    assert after.log_loss <= calibration_scores(logits, labels).log_loss + 2e-3
    assert after.expected_calibration_error < 0.02


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


def test_an_answer_means_what_it_says_though_the_other_classes_do_not() -> None:
    """Where the answer is wrong, the class is true that seemed the least likely."""
    logits, labels = answers(20_000, 10, temperature=1.0, seed=4)
    labels = np.where(labels == logits.argmax(axis=1), labels, logits.argmin(axis=1))

    found = fit_calibration(logits, labels)

    assert found.temperature == pytest.approx(1, rel=0.1)
    assert calibration_scores(logits, labels, found).expected_calibration_error < 0.01
    temperatures = [Calibration(float(t)) for t in np.geomspace(0.2, 5, 100)]
    of_all = min(temperatures, key=lambda each: calibration_scores(logits, labels, each).log_loss)
    assert calibration_scores(logits, labels, of_all).expected_calibration_error > 0.1


@settings(deadline=None, max_examples=40)
@given(
    n=st.integers(1, 100),
    n_classes=st.integers(2, 12),
    temperature=st.floats(0.1, 10.0),
    share=st.floats(0.0, MAX_UNIFORM_SHARE),
    seed=st.integers(0, 2**32 - 1),
)
def test_no_other_calibration_tells_better_whether_an_answer_is_right(
    n: int, n_classes: int, temperature: float, share: float, seed: int
) -> None:
    logits, labels = answers(n, n_classes, temperature, seed)
    random = np.random.default_rng(seed)
    labels = np.where(random.random(n) < share, random.integers(0, n_classes, n), labels)

    found = fit_calibration(logits, labels)

    least = min(
        loss_of_rightness(Calibration(temperature, share), logits, labels)
        for temperature in np.geomspace(MIN_TEMPERATURE, MAX_TEMPERATURE, 50)
        for share in np.linspace(0.0, MAX_UNIFORM_SHARE, 26)
    )
    assert loss_of_rightness(found, logits, labels) <= least + 2e-4
    assert MIN_TEMPERATURE * (1 - 1e-9) <= found.temperature <= MAX_TEMPERATURE * (1 + 1e-9)
    assert 0 <= found.uniform_share <= MAX_UNIFORM_SHARE
    alone = Calibration(found.temperature)
    assert found.uniform_share == 0 or loss_of_rightness(found, logits, labels) < loss_of_rightness(
        alone, logits, labels
    )
    nudged = (
        Calibration(found.temperature * 1.01, found.uniform_share),
        Calibration(found.temperature / 1.01, found.uniform_share),
        Calibration(found.temperature, min(found.uniform_share + 0.003, MAX_UNIFORM_SHARE)),
        Calibration(found.temperature, max(found.uniform_share - 0.003, 0.0)),
    )
    for other in nudged:
        if MIN_TEMPERATURE <= other.temperature <= MAX_TEMPERATURE:
            assert loss_of_rightness(found, logits, labels) <= (
                loss_of_rightness(other, logits, labels) + 2e-7
            )
    said = found.probabilities(logits)
    np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_array_equal(said.argmax(axis=1), logits.argmax(axis=1))


def test_a_split_without_an_error_asks_for_no_infinite_confidence() -> None:
    logits = np.eye(4)[[0, 1, 2, 3] * 25] * 5
    labels = np.array([0, 1, 2, 3] * 25)

    found = fit_calibration(logits, labels)

    assert MIN_TEMPERATURE < found.temperature < 1
    assert found.uniform_share == 0
    assert found.probabilities(logits).max() == pytest.approx(1 - 1 / 102, abs=1e-6)


def test_extreme_logits_stay_within_the_bounds() -> None:
    labels = np.array([0, 1] * 50)
    assert fit_calibration(np.zeros((100, 2)), labels) == Calibration()
    wrong = fit_calibration(np.tile([[1000.0, 0.0]], (100, 1)), labels * 0 + 1)
    assert wrong.uniform_share == MAX_UNIFORM_SHARE
    right = fit_calibration(np.array([[1e-6, 0.0]] * 100), labels * 0)
    assert right.temperature == pytest.approx(MIN_TEMPERATURE)


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
