"""Tests and intervals for two or more models on the same samples."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics import distributions, intervals
from services.metrics.arrays import Floats

BISECTIONS = 60


@dataclass(frozen=True, slots=True)
class PairCounts:
    """How two models did on the same samples.

    Attributes:
        both: Both right.
        only_first: The first right, the second wrong.
        only_second: The second right, the first wrong.
        neither: Both wrong.
    """

    both: int
    only_first: int
    only_second: int
    neither: int

    @property
    def n(self) -> int:
        """All samples."""
        return self.both + self.only_first + self.only_second + self.neither


def mcnemar(pair: PairCounts) -> dict[str, Any]:
    """McNemar's test of equal accuracy, in its four forms; p = 1 if the models never differ.

    References:
        McNemar 1947, Psychometrika 12; Edwards 1948, Psychometrika 13; Fagerland, Lydersen &
        Laake 2013, BMC Medical Research Methodology 13 (mid-p).
    """
    b, c = pair.only_first, pair.only_second
    differing, fewer = b + c, min(b, c)
    if differing == 0:
        return {
            "exact_p_value": 1.0,
            "mid_p_value": 1.0,
            "asymptotic": {"statistic": 0.0, "p_value": 1.0},
            "continuity_corrected": {"statistic": 0.0, "p_value": 1.0},
        }
    at_most = float(distributions.binomial_at_most(fewer, differing, 0.5))
    below = float(distributions.binomial_at_most(fewer - 1, differing, 0.5)) if fewer else 0.0
    plain = (b - c) ** 2 / differing
    corrected = max(abs(b - c) - 1, 0) ** 2 / differing
    return {
        "exact_p_value": min(1.0, 2 * at_most),
        "mid_p_value": 1.0 if b == c else at_most + below,
        "asymptotic": {"statistic": plain, "p_value": _tail(plain, 1)},
        "continuity_corrected": {"statistic": corrected, "p_value": _tail(corrected, 1)},
    }


def difference_interval(pair: PairCounts, level: float) -> tuple[float, float]:
    """Newcombe's interval for the difference of two accuracies on the same samples.

    References:
        Newcombe 1998, Statistics in Medicine 17: 2635-2650, method 10.
    """
    a, b, c, d = pair.both, pair.only_first, pair.only_second, pair.neither
    n = pair.n
    first, second = (a + b) / n, (a + c) / n
    low1, high1 = (float(x) for x in intervals.proportion(a + b, n, level, "wilson"))
    low2, high2 = (float(x) for x in intervals.proportion(a + c, n, level, "wilson"))
    cross = float(a * d - b * c)
    if cross > 0:
        cross = max(cross - n / 2, 0.0)
    margins = float(a + b) * (c + d) * (a + c) * (b + d)
    phi = cross / margins**0.5 if margins else 0.0
    below1, above1, below2, above2 = first - low1, high1 - first, second - low2, high2 - second
    down = below1**2 - 2 * phi * below1 * above2 + above2**2
    up = above1**2 - 2 * phi * above1 * below2 + below2**2
    difference = first - second
    return difference - max(down, 0.0) ** 0.5, difference + max(up, 0.0) ** 0.5


def tango_interval(pair: PairCounts, level: float) -> tuple[float, float]:
    """Tango's score interval for the difference of two accuracies on the same samples.

    References:
        Tango 1998, Statistics in Medicine 17: 891-908.
    """
    z = intervals.z_of(level)
    estimate = (pair.only_first - pair.only_second) / pair.n
    return (
        _root(lambda d: _tango_score(pair, d) - z, -1.0, estimate),
        _root(lambda d: _tango_score(pair, d) + z, estimate, 1.0),
    )


def _tango_score(pair: PairCounts, difference: float) -> float:
    """The standardised distance of the estimate from a difference; falls as it grows."""
    n, b, c = pair.n, pair.only_first, pair.only_second
    linear = (2 * n - b + c) * difference - b - c
    constant = -c * difference * (1 - difference)
    # The share that only the second has right, if the difference were this one.
    share = (max(linear**2 - 8 * n * constant, 0.0) ** 0.5 - linear) / (4 * n)
    variance = n * (2 * share + difference * (1 - difference))
    distance = b - c - n * difference
    if variance <= 0:
        return 0.0 if distance == 0 else float(np.copysign(np.inf, distance))
    return float(distance / variance**0.5)


def bonett_price_interval(pair: PairCounts, level: float) -> tuple[float, float]:
    """Wald's interval with one more sample of either disagreement, after Bonett and Price.

    References:
        Bonett & Price 2012, Journal of Educational and Behavioral Statistics 37; Fagerland,
        Lydersen & Laake 2014, Statistics in Medicine 33, which recommends it.
    """
    n = pair.n + 2
    first, second = (pair.only_first + 1) / n, (pair.only_second + 1) / n
    difference = first - second
    half = intervals.z_of(level) * ((first + second - difference**2) / n) ** 0.5
    return max(difference - half, -1.0), min(difference + half, 1.0)


def equivalence(pair: PairCounts, margin: float, level: float) -> dict[str, Any]:
    """Whether two accuracies differ by less than a margin: two one-sided score tests.

    Args:
        pair: How the models did.
        margin: The greatest difference that does not matter, in (0, 1).
        level: One less the chance of a wrong claim: 0.95 for tests at 0.05.

    Returns:
        P values of no less than the margin; of either model, that it is worse by that much; and
        the interval of the difference that corresponds, of twice the error.

    References:
        Tango 1998, Statistics in Medicine 17: 891-908; Schuirmann 1987, Journal of
        Pharmacokinetics and Biopharmaceutics 15.
    """
    worse, better = _tango_score(pair, -margin), -_tango_score(pair, margin)
    first, second = (float(distributions.normal_upper(z)) for z in (worse, better))
    return {
        "margin": margin,
        "interval": list(tango_interval(pair, 2 * level - 1)) if level > 0.5 else None,  # noqa: PLR2004  beyond one half there is one
        "first_not_inferior_p_value": first,
        "second_not_inferior_p_value": second,
        "equivalence_p_value": max(first, second),
    }


def _root(falling: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function is zero, or the end that is nearest to it."""
    if falling(low) <= 0:
        return low
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if falling(middle) > 0:
            low = middle
        else:
            high = middle
    return high


def cochran_q(right: NDArray[np.bool_]) -> dict[str, Any]:
    """Cochran's test that all models are right equally often; p = 1 if they never differ.

    Args:
        right: Shape `(n_models, n)`: whether each model was right on each sample.

    References:
        Cochran 1950, Biometrika 37.
    """
    k = len(right)
    of_models = right.sum(axis=1, dtype=np.float64)
    of_samples = right.sum(axis=0, dtype=np.float64)
    total = of_models.sum()
    below = k * total - (of_samples**2).sum()
    if below == 0:
        return {"statistic": 0.0, "degrees_of_freedom": k - 1, "p_value": 1.0}
    statistic = float((k - 1) * (k * (of_models**2).sum() - total**2) / below)
    return {
        "statistic": statistic,
        "degrees_of_freedom": k - 1,
        "p_value": _tail(statistic, k - 1),
    }


def placements(score: NDArray[Any], positive: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """For each sample, how much of the other kind it is ranked right against.

    Returns:
        For each positive the share of negatives below it, and for each negative the share
        of positives above it; ties count one half.
    """
    wins, losses = np.sort(score[positive]), np.sort(score[~positive])
    return (
        _share_below(losses, score[positive]),
        1 - _share_below(wins, score[~positive]),
    )


def delong(
    first: NDArray[Any], second: NDArray[Any], positive: NDArray[np.bool_], level: float
) -> dict[str, Any] | None:
    """The difference of two ROC areas on the same samples.

    Args:
        first: One model's scores, shape `(n,)`.
        second: The other's.
        positive: Which samples are of the class.
        level: Coverage of the interval.

    Returns:
        Areas, difference, interval, z and p value; None with fewer than two samples of
        either kind. z is null if the difference does not vary.

    References:
        DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44; Sun & Xu 2014, IEEE SPL 21.
    """
    if min(positive.sum(), (~positive).sum()) < 2:  # noqa: PLR2004  a covariance needs two
        return None
    placed = [placements(score, positive) for score in (first, second)]
    of_positives, of_negatives = (
        np.cov(np.stack([pair[side] for pair in placed])) / len(placed[0][side]) for side in (0, 1)
    )
    spread: Floats = of_positives + of_negatives
    areas = [float(pair[0].mean()) for pair in placed]
    difference = areas[0] - areas[1]
    variance = float(spread[0, 0] + spread[1, 1] - 2 * spread[0, 1])
    half = intervals.z_of(level) * max(variance, 0.0) ** 0.5
    z = difference / variance**0.5 if variance > 0 else None
    same = 1.0 if difference == 0 else None
    return {
        "first": areas[0],
        "second": areas[1],
        "difference": difference,
        "interval": [difference - half, difference + half],
        "z": z,
        "p_value": same if z is None else float(distributions.normal_two_sided(z)),
    }


def _share_below(ordered: NDArray[Any], values: NDArray[Any]) -> Floats:
    left = np.searchsorted(ordered, values, side="left")
    right = np.searchsorted(ordered, values, side="right")
    return (left + right) / (2 * len(ordered))


def _tail(statistic: float, degrees_of_freedom: int) -> float:
    return float(distributions.chi_square_tail(statistic, degrees_of_freedom))
