"""The logistic regression of an outcome on the logit of its probability."""

import numpy as np

from services.metrics.tables import Floats

NEWTON_STEPS = 50
NEWTON_TOLERANCE = 1e-12
CONDITION = 1e-13


def cox_line(probability: Floats, true: Floats, weight: Floats) -> tuple[float, float]:
    """Intercept and slope of the outcome's logistic regression on the logit of p.

    Samples at p = 0 or 1 have no logit and are left out. NaN where the outcomes are
    separated, so that no finite line fits.

    Args:
        probability: float64, shape `(m,)`.
        true: The weight of the samples at each where the predicted thing was true.
        weight: The weight of all samples at each.

    References:
        Cox 1958, Biometrika 45.
    """
    inside = (probability > 0) & (probability < 1)
    p, true, weight = probability[inside], true[inside], weight[inside]
    if not 0 < true.sum() < weight.sum():
        return np.nan, np.nan
    x = np.log(p / (1 - p))
    line = np.array([0.0, 1.0])
    for _ in range(NEWTON_STEPS):
        fitted = 1 / (1 + np.exp(-(line[0] + line[1] * x)))
        bend = weight * fitted * (1 - fitted)
        across = bend * x
        information = np.array([[bend.sum(), across.sum()], [across.sum(), across @ x]])
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1 / CONDITION:
            return np.nan, np.nan
        rest = true - weight * fitted
        step = np.linalg.solve(information, np.array([rest.sum(), rest @ x]))
        line = line + step
        if np.abs(step).max() < NEWTON_TOLERANCE * max(1.0, float(np.abs(line).max())):
            return float(line[0]), float(line[1])
    return np.nan, np.nan
