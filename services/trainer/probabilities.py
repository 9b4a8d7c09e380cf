"""How far probabilities are from what they say, and the two numbers that mend it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from shared.manifest import CalibrationScores

BINS = 15
MIN_TEMPERATURE = 0.05
MAX_TEMPERATURE = 20.0
MAX_UNIFORM_SHARE = 0.5
FIRST_UNIFORM_SHARE = 0.01
STEPS = 100
TOLERANCE = 1e-10

Floats = NDArray[np.floating]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """From logits to probabilities that mean what they say.

    The softmax of the logits divided by a temperature, mixed with the uniform distribution: the
    first mends how sure the model is throughout, the second that it is sure where it errs. No
    answer changes: both keep the order of the classes.

    Attributes:
        temperature: From 0.05 to 20.
        uniform_share: The share of the uniform distribution, from 0 to 0.5.

    References:
        Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks, ICML.
        Zhang, Kailkhura and Han (2020), Mix-n-Match: ensemble and compositional methods for
        uncertainty calibration, ICML, section 3.1, without its third part.
    """

    temperature: float = 1.0
    uniform_share: float = 0.0

    def probabilities(self, logits: Floats) -> NDArray[np.float64]:
        """Of logits of shape `(n, n_classes)`, the same shape."""
        scores = np.asarray(logits, np.float64) / self.temperature
        probabilities = _softmax(scores - scores.max(axis=1, keepdims=True))
        probabilities *= 1.0 - self.uniform_share
        probabilities += self.uniform_share / scores.shape[1]
        return probabilities


NO_CALIBRATION = Calibration()


def fit_calibration(logits: Floats, labels: Labels) -> Calibration:
    """The calibration that gives the labels the least log loss, with Platt's targets.

    The best temperature alone comes first; a uniform share is taken if it lowers the loss.

    Args:
        logits: Shape `(n, n_classes)`, finite; not of examples that were trained on.
        labels: int64, shape `(n,)`, each in `[0, n_classes)`.
    """
    alone = Calibration(fit_temperature(logits, labels))
    scores = np.asarray(logits, np.float64)
    scores = scores - scores.max(axis=1, keepdims=True)
    targets = _targets(labels, scores.shape[1])

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        inverse, share = np.exp(parameters[0]), parameters[1]
        softmax = _softmax(scores * inverse)
        mixed = (1.0 - share) * softmax + share / scores.shape[1]
        # A probability that underflows has a share of 0 and a target above 0: no finite loss.
        mixed = np.maximum(mixed, np.finfo(np.float64).tiny)
        pull = targets / mixed
        by_share = (pull * (softmax - 1.0 / scores.shape[1])).sum()
        mean = (softmax * scores).sum(axis=1, keepdims=True)
        by_inverse = -(1.0 - share) * (pull * softmax * (scores - mean)).sum()
        gradient = np.array([by_inverse * inverse, by_share])
        return -float((targets * np.log(mixed)).sum()) / len(labels), gradient / len(labels)

    start = np.array([-np.log(alone.temperature), FIRST_UNIFORM_SHARE])
    bounds = [(-np.log(MAX_TEMPERATURE), -np.log(MIN_TEMPERATURE)), (0.0, MAX_UNIFORM_SHARE)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, tol=TOLERANCE)
    without, _ = loss(np.array([start[0], 0.0]))
    if not found.fun < without or found.x[1] == 0.0:
        return alone
    return Calibration(float(np.exp(-found.x[0])), float(found.x[1]))


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
    target = (_targets(labels, n_classes) * scores).sum() / n
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
    logits: Floats, labels: Labels, calibration: Calibration = NO_CALIBRATION
) -> CalibrationScores:
    """How far the probabilities that a calibration makes of logits are from what they say."""
    share = calibration.uniform_share
    scores = np.asarray(logits, np.float64) / calibration.temperature
    scores = scores - scores.max(axis=1, keepdims=True)
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    of_truth = logs[np.arange(len(labels)), labels]
    if share > 0:
        of_truth = np.logaddexp(np.log1p(-share) + of_truth, np.log(share / scores.shape[1]))
    probabilities = calibration.probabilities(logits)
    return CalibrationScores(
        expected_calibration_error=expected_calibration_error(probabilities, labels),
        log_loss=float(-of_truth.mean()),
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


def _targets(labels: Labels, n_classes: int) -> NDArray[np.float64]:
    """Platt's: short of certainty by 1 / (n + 2), which the other classes share."""
    doubt = 1.0 / (len(labels) + 2)
    targets = np.full((len(labels), n_classes), doubt / (n_classes - 1))
    targets[np.arange(len(labels)), labels] = 1.0 - doubt
    return targets


def _softmax(scores: Floats) -> NDArray[np.float64]:
    """Of scores of which the highest in each row is 0."""
    powers: NDArray[np.float64] = np.exp(scores)
    powers /= powers.sum(axis=1, keepdims=True)
    return powers
