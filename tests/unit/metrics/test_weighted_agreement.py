"""Agreement with partial credit, against what irrCAC publishes and against exact fractions."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from services.metrics.arrays import silent
from services.metrics.binary_counts import Parameters
from services.metrics.statistics.agreement.kappa import KAPPAS
from services.metrics.statistics.agreement.reliability import RELIABILITY
from services.metrics.statistics.agreement.weighted import WEIGHTED, disagreements
from services.metrics.statistics.definition import OverallStatistic
from services.metrics.tables import Table

# Gwet 2014: two methods of diagnosis, and two abstractors; values are those of irrCAC's tests.
DIAGNOSIS = [[40, 6, 4, 15], [4, 25, 1, 5], [4, 2, 21, 9], [17, 13, 12, 45]]
ABSTRACTORS = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
PUBLISHED = {  # Cohen, Scott, Brennan & Prediger, Gwet of the first; alpha of the second
    "bipolar": (0.387, 0.386, 0.264, 0.315, 0.873),
    "circular": (0.446, 0.444, 0.471, 0.488, 0.797),
    "linear": (0.407, 0.406, 0.347, 0.377, 0.844),
    "ordinal": (0.390, 0.389, 0.273, 0.324, 0.873),
    "quadratic": (0.383, 0.382, 0.236, 0.299, 0.893),
    "radical": (0.419, 0.418, 0.401, 0.418, 0.819),
    "ratio": (0.413, 0.412, 0.310, 0.359, 0.927),
}


def values(matrix: Any, system: str) -> dict[str, float]:
    table = Table(np.array(matrix), Parameters(agreement_weights=system))
    with silent():
        return {s.id: float(s.compute(table)) for s in WEIGHTED}


@pytest.mark.parametrize("system", PUBLISHED)
def test_every_system_gives_the_published_values(system: str) -> None:
    first, second = values(DIAGNOSIS, system), values(ABSTRACTORS, system)
    found = (
        first["cohen_kappa_weighted"],
        first["scott_pi_weighted"],
        first["brennan_prediger_weighted"],
        first["gwet_ac2_weighted"],
        second["krippendorff_alpha_weighted"],
    )

    assert found == pytest.approx(PUBLISHED[system], abs=5.01e-4)


def exact_ordinal(matrix: list[list[int]]) -> dict[str, Any]:
    """All by the definitions: credits, and the chance that two draws agree."""
    k, n = len(matrix), sum(map(sum, matrix))
    cells = [(i, j) for i in range(k) for j in range(k)]
    v: dict[Any, Any] = {
        (i, j): 1 - Fraction(abs(i - j) * (abs(i - j) + 1), k * (k - 1)) for i, j in cells
    }
    rows = [Fraction(sum(row), n) for row in matrix]
    columns = [Fraction(sum(row[j] for row in matrix), n) for j in range(k)]
    q = [(a + b) / 2 for a, b in zip(rows, columns, strict=True)]
    a, e = sum(v[c] * matrix[c[0]][c[1]] for c in cells) / n, Fraction(1, 2 * n)
    own = sum(v[i, j] * rows[i] * columns[j] for i, j in cells)
    common = sum(v[i, j] * q[i] * q[j] for i, j in cells)
    ac2 = sum(v.values()) / Fraction(k * (k - 1)) * sum(x * (1 - x) for x in q)
    uniform = sum(v.values()) / Fraction(k * k)
    return {
        "agreement_weighted": a,
        "cohen_kappa_weighted": (a - own) / (1 - own),
        "scott_pi_weighted": (a - common) / (1 - common),
        "krippendorff_alpha_weighted": (a * (1 - e) + e - common) / (1 - common),
        "brennan_prediger_weighted": (a - uniform) / (1 - uniform),
        "gwet_ac2_weighted": (a - ac2) / (1 - ac2),
    }


@pytest.mark.parametrize("seed", range(5))
def test_ordinal_weights_are_exact(seed: int) -> None:
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 7))
    matrix = rng.integers(0, 30, (k, k)) + np.eye(k, dtype=np.int64)

    found = values(matrix, "ordinal")

    assert found == pytest.approx({n: float(x) for n, x in exact_ordinal(matrix.tolist()).items()})


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("system", ["linear", "quadratic"])
def test_linear_and_quadratic_are_those_that_have_their_own_names(seed: int, system: str) -> None:
    matrix = np.random.default_rng(seed).integers(0, 30, (5, 5))
    known: dict[str, OverallStatistic] = {s.id: s for s in (*KAPPAS, *RELIABILITY)}
    alpha = {"linear": "linear", "quadratic": "interval"}[system]

    found = values(matrix, system)

    for name, other in (
        ("cohen_kappa_weighted", f"cohen_kappa_{system}"),
        ("gwet_ac2_weighted", f"gwet_ac2_{system}"),
        ("krippendorff_alpha_weighted", f"krippendorff_alpha_{alpha}"),
    ):
        assert found[name] == pytest.approx(float(known[other].compute(Table(matrix))))


@pytest.mark.parametrize("system", PUBLISHED)
def test_many_classes_and_many_tables_are_computed_alike(system: str) -> None:
    rng = np.random.default_rng(1)
    large = rng.poisson(0.4, (70, 70))  # of which the cells that are not empty are gone through
    pair = np.stack([large, large.T])
    both = Table(pair, Parameters(agreement_weights=system))

    alone = values(large, system)

    for statistic in WEIGHTED:
        assert statistic.compute(both) == pytest.approx([alone[statistic.id]] * 2)


@pytest.mark.parametrize("system", PUBLISHED)
@pytest.mark.parametrize("k", [1, 2, 3, 9])
def test_weights_grow_from_none_to_one(system: str, k: int) -> None:
    weights = disagreements(system, k)

    assert (np.diag(weights) == 0).all()
    assert weights == pytest.approx(weights.T)
    assert weights.max() == (1 if k > 1 else 0)
    assert weights.min() >= 0


def test_the_caller_chooses_the_weights(evaluate: Callable[..., dict[str, Any]]) -> None:
    rows = [(i, j) for i, row in enumerate(DIAGNOSIS) for j, n in enumerate(row) for _ in range(n)]
    y_true, y_pred = zip(*rows, strict=True)
    sent = {"y_true": y_true, "y_pred": y_pred, "include": "agreement"}

    chosen = evaluate(**sent, agreement_weights="circular")["overall"]

    assert chosen["cohen_kappa_weighted"] == pytest.approx(0.446, abs=5e-4)
    ordinal = evaluate(**sent)["overall"]["cohen_kappa_weighted"]
    assert ordinal == pytest.approx(0.390, abs=5e-4)


def test_one_class_alone_has_no_chance_to_be_beyond() -> None:
    found = values([[5, 0, 0], [0, 0, 0], [0, 0, 0]], "ordinal")

    assert found["agreement_weighted"] == 1
    assert np.isnan(found["cohen_kappa_weighted"])
    assert np.isnan(found["krippendorff_alpha_weighted"])
