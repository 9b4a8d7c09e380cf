"""Tails and quantiles of the usual distributions.

SciPy's special functions are loaded when first needed: the service starts without them
and idles smaller.
"""

from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@cache
def _special() -> ModuleType:
    from scipy import special  # noqa: PLC0415  loaded on first use, see above

    return special


def warm() -> None:
    """Load what the first call would load."""
    _special()


def probit(probability: Any) -> Floats:
    """The standard normal quantile; -inf at 0, inf at 1."""
    return _special().ndtri(probability)


def beta_quantile(probability: Any, a: Any, b: Any) -> Floats:
    """The quantile of the beta distribution; NaN where a or b is not positive."""
    return _special().betaincinv(a, b, probability)


def beta_at_most(x: Any, a: Any, b: Any) -> Floats:
    """P(X <= x) for the beta distribution."""
    return _special().betainc(a, b, x)


def chi_square_tail(statistic: Any, degrees_of_freedom: Any) -> Floats:
    """P(X > statistic) for chi-square; NaN for no degree of freedom."""
    return _special().chdtrc(degrees_of_freedom, statistic)


def normal_upper(z: Any) -> Floats:
    """P(Z > z), exact far into the tail."""
    return _special().ndtr(-np.asarray(z, np.float64))


def normal_two_sided(z: Any) -> Floats:
    """P(|Z| > |z|), exact far into the tails."""
    return 2 * _special().ndtr(-np.abs(z))


def binomial_at_most(successes: Any, trials: Any, probability: Any) -> Floats:
    """P(X <= successes) for the binomial distribution."""
    return _special().bdtr(successes, trials, probability)


def binomial_at_least(successes: Any, trials: Any, probability: Any) -> Floats:
    """P(X >= successes), by the incomplete beta function: no sum, no cancellation."""
    tail = _special().betainc(np.maximum(successes, 1), trials - successes + 1, probability)
    return np.where(np.asarray(successes) <= 0, 1.0, tail)


def log_factorial(x: Any) -> Floats:
    """Natural logarithm of x!, for real x >= 0."""
    return _special().gammaln(np.asarray(x, np.float64) + 1)
