"""Exact tests of two proportions that hold neither margin of the table fixed."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from services.metrics import distributions
from services.metrics.arrays import Floats, silent

# Both go through every table that samples of these sizes could have given, for many shares.
MAX_TABLES = 10_000
SHARES = 400
ZOOMS, ZOOM_SHARES = 3, 41
# What is rarer by rounding alone is as rare.
NEARLY = 1e-9


def barnard_exact(x: int, n: int, y: int, m: int) -> float | None:
    """The two-sided p value of Barnard's test with the pooled score as its order.

    Args:
        x: Successes of the first sample.
        n: Its size, positive.
        y: Successes of the second sample.
        m: Its size, positive.

    Returns:
        None where there are more than MAX_TABLES tables.

    References:
        Barnard 1947, Biometrika 34; Suissa & Shuster 1985, JRSS A 148.
    """
    if (n + 1) * (m + 1) > MAX_TABLES:
        return None
    i, j = np.arange(n + 1)[:, None], np.arange(m + 1)[None, :]
    pooled = (i + j) / (n + m)
    spread = pooled * (1 - pooled) * (1 / n + 1 / m)
    with silent():
        score = np.where(spread > 0, np.abs(i / n - j / m) / np.sqrt(spread), 0.0)
    return _greatest(score >= score[x, y] * (1 - NEARLY), n, m)


def boschloo_exact(x: int, n: int, y: int, m: int) -> float | None:
    """The two-sided p value of Boschloo's test: twice the lesser of the one-sided ones.

    Tables are ordered by the p value of Fisher's one-sided test, than which it is never
    weaker. Arguments and result are those of `barnard_exact`.

    References:
        Boschloo 1970, Statistica Neerlandica 24.
    """
    if (n + 1) * (m + 1) > MAX_TABLES:
        return None
    sides = (
        (_at_least(n, m), x, n, y, m),
        (_at_least(m, n), y, m, x, n),  # the other way round: the second has more
    )
    one_sided = [
        _greatest(p <= p[a, b] * (1 + NEARLY), first, second) for p, a, first, b, second in sides
    ]
    return min(1.0, 2 * min(one_sided))


def _at_least(n: int, m: int) -> Floats:
    """Of every table: how likely, given its margins, the first sample has as many or more."""
    lf = distributions.log_factorial
    i, j = np.arange(n + 1.0)[:, None], np.arange(m + 1.0)[None, :]
    tables = lf(n) - lf(i) - lf(n - i) + lf(m) - lf(j) - lf(m - j)
    tail: Floats = np.exp(tables - (lf(n + m) - lf(i + j) - lf(n + m - i - j)))
    for row in range(n - 1, -1, -1):
        tail[row, 1:] += tail[row + 1, :-1]
    return tail


def _greatest(counted: NDArray[np.bool_], n: int, m: int) -> float:
    """The greatest chance of the tables that count, over all shares of success."""
    tables = counted.astype(np.float64)

    def chance(share: Floats) -> Floats:
        return np.einsum("si,si->s", _binomial(share, n) @ tables, _binomial(share, m))

    angles = (np.arange(SHARES) + 0.5) / SHARES * np.pi / 2
    return min(1.0, _climbed(chance, np.sin(angles) ** 2))


def _climbed(chance: Callable[[Floats], Floats], shares: Floats) -> float:
    """The greatest value near the best of some shares, looked at more and more closely."""
    for _ in range(ZOOMS):
        best = int(chance(shares).argmax())
        low, high = shares[max(best - 1, 0)], shares[min(best + 1, len(shares) - 1)]
        shares = np.linspace(low, high, ZOOM_SHARES)
    return float(chance(shares).max())


def _binomial(share: Floats, n: int) -> Floats:
    """P(X = k) for k from 0 to n, shape `(len(share), n + 1)`."""
    lf, k = distributions.log_factorial, np.arange(n + 1.0)
    p = share[:, None]
    return np.exp(lf(n) - lf(k) - lf(n - k) + k * np.log(p) + (n - k) * np.log1p(-p))
