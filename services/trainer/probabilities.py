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
FIRST_TEMPERATURES = np.geomspace(MIN_TEMPERATURE, MAX_TEMPERATURE, 37)
FIRST_SHARES = np.array([0.0, 0.01, 0.03, *np.linspace(0.05, MAX_UNIFORM_SHARE, 10)])
TOLERANCE = 1e-10
LEAST_GAIN = 1e-7  # for which a second number is taken
LEAST_PROBABILITY = 1e-100  # as much as logarithms and slopes can bear

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
    """The calibration whose highest probability tells best whether the answer is right.

    It has the least log loss of that one statement: the probability that is shown beside an
    answer must mean what it says, and the log loss of all classes trades that for what it says
    of the improbable ones. The targets are Platt's, a little short of certain: without an error
    in the split the plain loss would ask for infinite confidence.

    Args:
        logits: Shape `(n, n_classes)`, finite; not of examples that were trained on.
        labels: int64, shape `(n,)`, each in `[0, n_classes)`.

    References:
        Gupta and Ramdas (2022), Top-label calibration and multiclass-to-binary reductions, ICLR.
        Platt (1999), Probabilistic outputs for support vector machines, section 2.2.
    """
    if np.ptp(logits, axis=1).max() == 0.0:
        return NO_CALIBRATION  # nothing is told apart
    highest = _Highest(logits, labels)
    # There is more than one minimum, so the search begins at the best of a coarse grid.
    losses = np.array(
        [highest.loss(highest.at(1.0 / each), FIRST_SHARES) for each in FIRST_TEMPERATURES]
    )
    row, column = np.unravel_index(losses.argmin(), losses.shape)
    with_share = _least(
        highest, Calibration(FIRST_TEMPERATURES[row], FIRST_SHARES[column]), MAX_UNIFORM_SHARE
    )
    alone = _least(highest, Calibration(FIRST_TEMPERATURES[losses[:, 0].argmin()]), 0.0)
    return (with_share if with_share[0] < alone[0] - LEAST_GAIN else alone)[1]


def _least(highest: "_Highest", start: Calibration, most_share: float) -> tuple[float, Calibration]:
    """The least loss near the start, and where it is."""

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        inverse, share = np.exp(parameters[0]), parameters[1]
        at = highest.at(inverse)
        by_inverse, by_share = highest.slopes(at, share)
        return float(highest.loss(at, share)), np.array([by_inverse * inverse, by_share])

    found = minimize(
        loss,
        [-np.log(start.temperature), start.uniform_share],
        jac=True,
        method="L-BFGS-B",
        bounds=[(-np.log(MAX_TEMPERATURE), -np.log(MIN_TEMPERATURE)), (0.0, most_share)],
        tol=TOLERANCE,
    )
    inverse, share = np.exp(found.x[0]), float(found.x[1])
    return float(found.fun), Calibration(float(1.0 / inverse), share)


@dataclass(frozen=True, slots=True)
class _At:
    """The softmax at a temperature, each of shape `(n,)`.

    Attributes:
        top: The highest probability.
        others: What the others are together: 1 - top would lose its digits where that is small.
        slope: How `top` grows with the inverse temperature.
    """

    top: NDArray[np.float64]
    others: NDArray[np.float64]
    slope: NDArray[np.float64]


class _Highest:
    """What the highest probabilities say, and whether the answers are right."""

    def __init__(self, logits: Floats, labels: Labels) -> None:
        scores = np.asarray(logits, np.float64)
        self._answers = scores.argmax(axis=1)
        self._scores = scores - scores.max(axis=1, keepdims=True)
        self._targets = _targets(self._answers == labels)

    def at(self, inverse_temperature: float) -> _At:
        softmax = _softmax(self._scores * inverse_temperature)
        of_answers = np.arange(len(softmax)), self._answers
        top = softmax[of_answers]
        softmax[of_answers] = 0.0
        return _At(top, softmax.sum(axis=1), -top * (softmax * self._scores).sum(axis=1))

    def loss(self, at: _At, shares: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """The mean log loss with a share, or with each of some."""
        right, wrong = self._chances(at, np.asarray(shares)[..., np.newaxis])
        sums: NDArray[np.float64] = np.log(right) @ self._targets
        sums += np.log(wrong) @ (1.0 - self._targets)
        return -sums / len(self._targets)

    def slopes(self, at: _At, share: float) -> tuple[float, float]:
        """Of the mean log loss: by the inverse temperature, and by the share."""
        n, n_classes = self._scores.shape
        right, wrong = self._chances(at, share)
        by_right = ((1.0 - self._targets) / wrong - self._targets / right) / n
        by_inverse = (1.0 - share) * (by_right @ at.slope)
        return float(by_inverse), float(by_right @ (1.0 / n_classes - at.top))

    def _chances(
        self, at: _At, share: float | NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """That an answer is right, and that it is wrong."""
        n_classes = self._scores.shape[1]
        right = (1.0 - share) * at.top + share / n_classes
        wrong = (1.0 - share) * at.others + share * (n_classes - 1) / n_classes
        return right, np.maximum(wrong, LEAST_PROBABILITY)


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


def _targets(is_right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Platt's: short of certainty by one in two more than there are of that kind."""
    n_right = int(is_right.sum())
    n_wrong = len(is_right) - n_right
    return np.where(is_right, (n_right + 1) / (n_right + 2), 1 / (n_wrong + 2))


def _softmax(scores: Floats) -> NDArray[np.float64]:
    """Of scores of which the highest in each row is 0."""
    powers: NDArray[np.float64] = np.exp(scores)
    powers /= powers.sum(axis=1, keepdims=True)
    return powers
