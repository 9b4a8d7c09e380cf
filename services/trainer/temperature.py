"""How far probabilities are from what they say, and the temperature that mends it."""

import numpy as np
from numpy.typing import NDArray

from shared.manifest import CalibrationScores

BINS = 15
MIN_TEMPERATURE = 0.05
MAX_TEMPERATURE = 20.0
STEPS = 100
TOLERANCE = 1e-10

Floats = NDArray[np.floating]
Labels = NDArray[np.int64]


def fit_temperature(logits: Floats, labels: Labels) -> float:
    """What to divide the logits by so that the softmax gives the labels the least log loss.

    The loss is convex in the inverse temperature, so a root of its derivative is found by Newton's
    steps, halved where they leave the bracket. The targets are Platt's, a little short of
    certain: without an error in the split the plain loss would ask for infinite confidence.

    Args:
        logits: Shape `(n, n_classes)`, finite; not of examples that were trained on.
        labels: int64, shape `(n,)`, each in `[0, n_classes)`.

    Returns:
        A temperature from 0.05 to 20; 1 if the logits of every example are equal.

    References:
        Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks, ICML.
        Platt (1999), Probabilistic outputs for support vector machines, section 2.2.
    """
    scores = np.asarray(logits, np.float64)
    scores = scores - scores.max(axis=1, keepdims=True)
    if not scores.any():
        return 1.0
    n, n_classes = scores.shape
    doubt = 1.0 / (n + 2)
    right = scores[np.arange(n), labels]
    others = (scores.sum(axis=1) - right) / (n_classes - 1)
    target = ((1.0 - doubt) * right + doubt * others).mean()
    low, high = 1.0 / MAX_TEMPERATURE, 1.0 / MIN_TEMPERATURE
    inverse = 1.0
    for _ in range(STEPS):
        probabilities = _softmax(scores * inverse)
        mean = (probabilities * scores).sum(axis=1)
        slope = mean.mean() - target
        curvature = ((probabilities * scores**2).sum(axis=1) - mean**2).mean()
        low, high = (low, inverse) if slope > 0 else (inverse, high)
        step = inverse - slope / curvature if curvature > 0 else np.inf
        following = step if low < step < high else (low + high) / 2
        if abs(following - inverse) <= TOLERANCE * inverse:
            break
        inverse = following
    return float(1.0 / inverse)


def calibration_scores(
    logits: Floats, labels: Labels, temperature: float = 1.0
) -> CalibrationScores:
    """How far the softmax of logits divided by a temperature is from what it says."""
    scores = np.asarray(logits, np.float64) / temperature
    scores = scores - scores.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(scores).sum(axis=1))
    log_loss = float((log_sums - scores[np.arange(len(labels)), labels]).mean())
    return CalibrationScores(
        expected_calibration_error=expected_calibration_error(_softmax(scores), labels),
        log_loss=log_loss,
    )


def expected_calibration_error(probabilities: Floats, labels: Labels, n_bins: int = BINS) -> float:
    """Sum over bins of their share of the examples times |accuracy - mean highest probability|.

    The bins are of equal width in the highest probability, each without its lower edge and with
    its upper; the metrics service has the same definition under the same name.

    Args:
        probabilities: Shape `(n, n_classes)`, each row summing to 1.
        labels: int64, shape `(n,)`, each in `[0, n_classes)`.
        n_bins: How many bins there are.

    References:
        Naeini, Cooper and Hauskrecht (2015), Obtaining well calibrated probabilities using
        Bayesian binning, AAAI.
    """
    highest = np.asarray(probabilities, np.float64).max(axis=1)
    is_right = np.argmax(probabilities, axis=1) == labels
    bins = np.searchsorted(np.linspace(0.0, 1.0, n_bins + 1)[1:-1], highest, side="left")
    gaps = np.bincount(bins, weights=is_right - highest, minlength=n_bins)
    return float(np.abs(gaps).sum() / len(labels))


def _softmax(scores: Floats) -> NDArray[np.float64]:
    """Of scores of which the highest in each row is 0."""
    powers: NDArray[np.float64] = np.exp(scores)
    powers /= powers.sum(axis=1, keepdims=True)
    return powers
