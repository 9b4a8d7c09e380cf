"""What all formulas share: undefined numbers in arrays, and what is computed once.

Formulas divide without looking: 0/0 becomes NaN (undefined) and x/0 an infinity (the limit), and
`silent` keeps NumPy from warning about it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Result = TypeVar("Result")


def silent() -> np.errstate:
    """A context in which undefined results are values, not warnings."""
    return np.errstate(all="ignore")


def xlogx(x: Floats) -> Floats:
    """X ln x, with 0 ln 0 = 0."""
    return x * np.log(np.where(x > 0, x, 1.0))


def mean_defined(values: Floats, weights: Floats | None = None) -> Floats:
    """The mean over the last axis of what is defined; NaN if nothing is.

    Args:
        values: Shape `(..., n)`, NaN where undefined.
        weights: The same shape, or one that fits it; equal weights by default.
    """
    defined = ~np.isnan(values)
    if defined.all():
        if weights is None:  # a product with ones is a sum, and faster over short lines
            return values @ np.ones(values.shape[-1]) / values.shape[-1]
        return (values * weights).sum(-1) / weights.sum(-1)
    factors = defined.astype(np.float64) if weights is None else np.where(defined, weights, 0.0)
    return (np.where(defined, values, 0.0) * factors).sum(-1) / factors.sum(-1)


class Remembers(Protocol):
    """A thing that keeps what was computed from it."""

    memory: dict[Callable[..., Any], Any]


Thing = TypeVar("Thing", bound=Remembers)


def remembered(compute: Callable[[Thing], Result]) -> Callable[[Thing], Result]:
    """The function, computed once for each thing that it is given."""

    @wraps(compute)
    def look_up(thing: Thing) -> Result:
        if compute not in thing.memory:
            thing.memory[compute] = compute(thing)
        return cast(Result, thing.memory[compute])

    return look_up
