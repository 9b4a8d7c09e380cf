"""The logistic regression of an outcome on the logit of its probability."""

import numpy as np

from services.metrics.arrays import Floats

NEWTON_STEPS = 50
# Near the end the curvature stays as it was, and each step leaves a thousandth of the error.
NEAR = 1e-3
NEWTON_TOLERANCE = 1e-8
CONDITION = 1e-13
# Of more points than MANY, the first steps are taken over FEW means of neighbours.
MANY = 20_000
FEW = 2_000


def cox_line(logit: Floats, true: Floats, weight: Floats) -> tuple[float, float]:
    """Intercept and slope of the outcome's logistic regression on the logit of p.

    Samples at p = 0 or 1 have no logit and are left out. NaN where the outcomes are
    separated, so that no finite line fits.

    Args:
        logit: float64, shape `(m,)`, ascending; infinite for p = 0 and 1.
        true: The weight of the samples at each where the predicted thing was true.
        weight: The weight of all samples at each.

    References:
        Cox 1958, Biometrika 45.
    """
    x, true, weight = _usable(logit, true, weight)
    if not 0 < true.sum() < weight.sum():
        return np.nan, np.nan
    line = _newton(x, true, weight, _first_guess(x, true, weight))
    return float(line[0]), float(line[1])


def likelihood_gain(
    logit: Floats, true: Floats, weight: Floats, line: tuple[float, float]
) -> float:
    """Twice how much the log likelihood of the line exceeds that of intercept 0 and slope 1.

    Arguments are those of `cox_line`, and the line.
    """
    x, true, weight = _usable(logit, true, weight)
    fitted = line[0] + line[1] * x
    # The difference of ln(1 + exp(z)) for both, without overflow and with one logarithm.
    apart = np.log((1 + np.exp(-np.abs(fitted))) / (1 + np.exp(-np.abs(x))))
    apart += np.maximum(fitted, 0) - np.maximum(x, 0)
    return float(2 * (true @ (fitted - x) - weight @ apart))


def _usable(x: Floats, true: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    inside = np.isfinite(x) & (weight > 0)
    return (x, true, weight) if inside.all() else (x[inside], true[inside], weight[inside])


def _first_guess(x: Floats, true: Floats, weight: Floats) -> Floats:
    perfect = np.array([0.0, 1.0])
    if len(x) <= MANY:
        return perfect
    starts = np.arange(0, len(x), len(x) // FEW)
    some = np.maximum(np.add.reduceat(weight, starts), np.finfo(np.float64).tiny)
    means = np.add.reduceat(weight * x, starts) / some
    line = _newton(means, np.add.reduceat(true, starts), some, perfect)
    return perfect if np.isnan(line).any() else line


def _newton(x: Floats, true: Floats, weight: Floats, line: Floats) -> Floats:
    """The line of the greatest likelihood from a first guess; NaN if there is none."""
    information: Floats | None = None
    for _ in range(NEWTON_STEPS):
        fitted = line[1] * x
        fitted += line[0]
        np.exp(np.negative(fitted, out=fitted), out=fitted)
        fitted += 1
        np.divide(weight, fitted, out=fitted)  # the weight of what is expected to be true
        if information is None:
            bend = fitted * (1 - fitted / weight)
            across = bend * x
            information = np.array([[bend.sum(), across.sum()], [across.sum(), across @ x]])
            if not np.isfinite(information).all():
                break
            if np.linalg.cond(information) > 1 / CONDITION:
                break
        rest = np.subtract(true, fitted, out=fitted)
        step = np.linalg.solve(information, np.array([rest.sum(), rest @ x]))
        line = line + step
        scale = max(1.0, float(np.abs(line).max()))
        if np.abs(step).max() < NEWTON_TOLERANCE * scale:
            return line
        if np.abs(step).max() > NEAR * scale:
            information = None
    return np.full(2, np.nan)
