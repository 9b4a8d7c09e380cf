"""Comparisons of models: published values, naive computations and properties."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.schemas.examples import COMPARISON_EXAMPLES
from services.metrics.statistics import multiple, paired
from services.metrics.statistics.agreement.symmetry import bowker, p_value, stuart_maxwell
from services.metrics.tables import Table

Compare = Callable[..., dict[str, Any]]

# b, c, asymptotic statistic and p, with continuity, exact p, mid-p.
MCNEMAR = [
    (121, 59, 21.3555555556, 3.815135866e-06, 20.6722222222, 5.450094825e-06,
     4.434449264e-06, 3.266646796e-06),
    (1, 7, 4.5, 0.0338948535, 3.125, 0.0770998717, 0.0703125, 0.0390625),
    (25, 15, 2.5, 0.1138462980, 2.025, 0.1547289235, 0.1538599442, 0.1172752059),
]  # fmt: skip


@pytest.mark.parametrize("row", MCNEMAR)
def test_mcnemar_gives_the_published_values(row: tuple[float, ...]) -> None:
    b, c, statistic, p, corrected, corrected_p, exact, mid = row

    test = paired.mcnemar(paired.PairCounts(10, int(b), int(c), 10))

    assert test["asymptotic"] == pytest.approx({"statistic": statistic, "p_value": p}, rel=1e-9)
    assert test["continuity_corrected"] == pytest.approx(
        {"statistic": corrected, "p_value": corrected_p}, rel=1e-9
    )
    assert test["exact_p_value"] == pytest.approx(exact, rel=1e-9)
    assert test["mid_p_value"] == pytest.approx(mid, rel=1e-9)


def test_equivalence_gives_the_published_value() -> None:
    # Tango 1998, section 4: 43 of 44 alike, one better by the standard; no worse by 0.1?
    test = paired.equivalence(paired.PairCounts(43, 0, 1, 0), 0.1, 0.95)

    assert test["first_not_inferior_p_value"] == pytest.approx(0.0437, abs=1e-4)


@pytest.mark.parametrize("counts", [(20, 6, 3, 5), (50, 0, 0, 3), (9, 1, 9, 1)])
def test_models_are_equivalent_where_the_interval_lies_within_the_margin(
    counts: tuple[int, int, int, int],
) -> None:
    for margin in (0.02, 0.1, 0.3):
        test = paired.equivalence(paired.PairCounts(*counts), margin, 0.95)
        low, high = test["interval"]
        assert (test["equivalence_p_value"] < 0.05) == (-margin < low and high < margin)
        assert (test["first_not_inferior_p_value"] < 0.05) == (-margin < low)
        assert (test["second_not_inferior_p_value"] < 0.05) == (high < margin)


@pytest.mark.parametrize(("b", "c"), [(0, 0), (5, 5)])
def test_models_that_err_equally_often_do_not_differ(b: int, c: int) -> None:
    test = paired.mcnemar(paired.PairCounts(3, b, c, 4))

    assert test["exact_p_value"] == 1.0
    assert test["mid_p_value"] == 1.0
    assert test["asymptotic"] == {"statistic": 0.0, "p_value": 1.0}
    assert test["continuity_corrected"]["p_value"] == 1.0


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17, table III, method 10.
        ((36, 12, 2, 0), 0.0569, 0.3404),
        ((36, 14, 0, 0), 0.1528, 0.4167),
        ((50, 0, 0, 0), -0.0714, 0.0714),
    ],
)
def test_the_interval_of_a_difference_is_newcombes(
    counts: tuple[int, int, int, int], low: float, high: float
) -> None:
    bounds = paired.difference_interval(paired.PairCounts(*counts), 0.95)

    assert bounds == pytest.approx((low, high), abs=6e-5)


# Tables of statsmodels' tests, computed there with R: Stuart-Maxwell and Bowker with their
# degrees of freedom.
SQUARES = [
    ([[23, 15], [19, 31]], 0.470588235294, 1, 0.470588235294, 1),
    ([[20, 10, 5], [3, 30, 15], [0, 5, 40]], 13.7647058823529, 2, 13.7692307692308, 3),
    (
        [[144, 33, 84, 126], [2, 4, 14, 29], [0, 2, 6, 25], [0, 0, 1, 5]],
        271.922246968262, 3, 297.610989010989, 6,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("matrix", "margins", "margins_df", "symmetry", "symmetry_df"), SQUARES)
def test_symmetry_tests_give_the_published_values(
    matrix: Any, margins: float, margins_df: int, symmetry: float, symmetry_df: int
) -> None:
    table = Table(np.array(matrix))

    assert [float(x) for x in stuart_maxwell(table)] == pytest.approx([margins, margins_df])
    assert [float(x) for x in bowker(table)] == pytest.approx([symmetry, symmetry_df])


def test_a_symmetric_table_has_nothing_to_test() -> None:
    table = Table(np.diag([5, 6, 7]))

    assert float(p_value(bowker(table))) == 1.0
    assert float(p_value(stuart_maxwell(table))) == 1.0


def test_cochrans_q_gives_the_published_value() -> None:
    # Conover 1999, example of 12 games and 3 sportsmen; statsmodels pins 2.8, p 0.2466.
    games = np.array(
        [[1, 1, 1], [1, 1, 1], [0, 1, 0], [1, 1, 0], [0, 0, 0], [1, 1, 1], [1, 1, 1], [1, 1, 0],
         [0, 0, 1], [0, 1, 0], [1, 1, 1], [1, 1, 1]], bool,
    )  # fmt: skip

    test = paired.cochran_q(games.T)

    assert test["statistic"] == pytest.approx(2.8)
    assert test["p_value"] == pytest.approx(0.246597, abs=1e-6)


def test_cochrans_q_of_two_models_is_mcnemars_statistic() -> None:
    rng = np.random.default_rng(1)
    right = rng.random((2, 200)) < [[0.8], [0.7]]
    b, c = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())

    assert paired.cochran_q(right)["statistic"] == pytest.approx((b - c) ** 2 / (b + c))


def test_holms_adjustment_is_the_textbook_one() -> None:
    adjusted = multiple.adjusted(np.array([0.01, 0.04, 0.03, 0.005]))

    assert adjusted.tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])


@pytest.mark.parametrize("counts", [(36, 12, 2, 0), (1, 1, 7, 12), (9, 0, 0, 0), (0, 0, 12, 0)])
def test_bonett_and_prices_interval_is_walds_of_one_more_of_each(
    counts: tuple[int, int, int, int],
) -> None:
    both, first, second, neither = counts
    differences = np.repeat([0.0, 1.0, -1.0], [both + neither, first + 1, second + 1])
    half = 1.959963984540054 * differences.std() / len(differences) ** 0.5
    expected = np.clip([differences.mean() - half, differences.mean() + half], -1, 1)

    found = paired.bonett_price_interval(paired.PairCounts(*counts), 0.95)

    assert found == pytest.approx(tuple(expected))


scores = st.lists(
    st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 6)), min_size=8, max_size=40
)


@settings(max_examples=60, deadline=None)
@given(scores)
def test_delong_equals_the_sum_over_all_pairs(rows: list[tuple[bool, int, int]]) -> None:
    positive = np.array([row[0] for row in rows])
    columns = [np.array([row[i] for row in rows], float) for i in (1, 2)]
    test = paired.delong(columns[0], columns[1], positive, 0.95)
    if min(positive.sum(), (~positive).sum()) < 2:
        assert test is None
        return
    assert test is not None
    wins = [
        (c[positive][:, None] > c[~positive]) + 0.5 * (c[positive][:, None] == c[~positive])
        for c in columns
    ]
    areas = [w.mean() for w in wins]
    rows_cov, columns_cov = (np.cov([w.mean(axis=axis) for w in wins]) for axis in (1, 0))
    spread = rows_cov / positive.sum() + columns_cov / (~positive).sum()
    variance = spread[0, 0] + spread[1, 1] - 2 * spread[0, 1]

    assert [test["first"], test["second"]] == pytest.approx(areas)
    half = (test["interval"][1] - test["interval"][0]) / 2
    assert half**2 == pytest.approx(1.959963984540054**2 * max(variance, 0), abs=1e-12)


@pytest.fixture
def compare(client: TestClient) -> Compare:
    def post(**members: Any) -> dict[str, Any]:
        response = client.post("/v1/compare", json=members)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    return post


@pytest.mark.parametrize("name", COMPARISON_EXAMPLES)
def test_the_examples_of_the_documentation_succeed(compare: Compare, name: str) -> None:
    assert compare(**COMPARISON_EXAMPLES[name]["value"])["n_samples"] > 1


def test_three_models_are_compared_two_by_two(compare: Compare) -> None:
    answer = compare(
        y_true=["a", "b", "a", "b"],
        predictions={
            "good": ["a", "b", "a", "b"],
            "fair": ["a", "b", "b", "b"],
            "poor": ["b", "a", "b", "b"],
        },
    )

    assert [m["accuracy"] for m in answer["models"]] == [1.0, 0.75, 0.25]
    names = [(pair["first"], pair["second"]) for pair in answer["pairs"]]
    assert names == [("good", "fair"), ("good", "poor"), ("fair", "poor")]
    assert answer["pairs"][1]["only_first_right"] == 3
    assert answer["pairs"][1]["disagreements"] == {"count": 3, "indices": [0, 1, 2]}
    assert answer["all_right"] == 1
    for pair in answer["pairs"]:
        assert pair["mcnemar"]["mid_p_value_holm"] >= pair["mcnemar"]["mid_p_value"]
        assert "mid_p_value_adjusted" not in pair["mcnemar"]


def test_p_values_are_adjusted_as_the_caller_says(compare: Compare) -> None:
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 60)
    wrong = {"a": 0.1, "b": 0.3, "c": 0.5}
    models = {m: np.where(rng.random(60) < p, 1 - y, y).tolist() for m, p in wrong.items()}

    answer = compare(y_true=y.tolist(), predictions=models, p_value_adjustment="benjamini_hochberg")

    raw = np.array([pair["mcnemar"]["mid_p_value"] for pair in answer["pairs"]])
    expected = multiple.adjusted(raw, "benjamini_hochberg")
    found = [pair["mcnemar"]["mid_p_value_adjusted"] for pair in answer["pairs"]]
    assert found == pytest.approx(expected.tolist())
    assert found != [pair["mcnemar"]["mid_p_value_holm"] for pair in answer["pairs"]]


def test_identical_models_never_differ(compare: Compare) -> None:
    y = [0, 1, 2, 1, 0]

    pair = compare(y_true=y, predictions={"a": y, "b": y}, bootstrap_replicates=200)["pairs"][0]

    assert pair["accuracy_difference"] == 0
    assert pair["mcnemar"]["exact_p_value"] == 1.0
    assert pair["bootstrap"]["accuracy"] == {
        "difference": 0.0,
        "interval": [0.0, 0.0],
        "p_value": 1.0,
    }
    assert pair["flip_rates"]["any"] == 0


def test_a_paired_bootstrap_agrees_with_newcombes_interval(compare: Compare) -> None:
    rng = np.random.default_rng(4)
    y = rng.integers(0, 3, 600)
    models = {
        name: np.where(rng.random(600) < share, y, (y + 1) % 3).tolist()
        for name, share in (("a", 0.9), ("b", 0.8))
    }

    pair = compare(y_true=y.tolist(), predictions=models, bootstrap_replicates=3000)["pairs"][0]

    drawn = pair["bootstrap"]["accuracy"]["interval"]
    assert drawn == pytest.approx(pair["accuracy_difference_interval"], abs=0.01)


def test_areas_are_compared_for_every_class(compare: Compare) -> None:
    answer = compare(
        y_true=[0, 0, 0, 1, 1, 1],
        predictions={"a": [0, 0, 1, 1, 1, 1], "b": [0, 1, 1, 1, 0, 1]},
        scores={"a": [0.1, 0.2, 0.6, 0.7, 0.8, 0.9], "b": [0.1, 0.7, 0.6, 0.65, 0.3, 0.9]},
    )

    area = answer["pairs"][0]["roc_auc"][0]
    assert area["label"] == 1
    assert area["delong"]["first"] == 1.0
    assert area["delong"]["second"] == pytest.approx(6 / 9)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"y_true": [1], "predictions": {"a": [1]}}, "#/predictions"),
        ({"y_true": [1], "predictions": {"a": [1], "b": [1, 2]}}, "#/predictions/b"),
        ({"y_true": [1], "predictions": {"a": [1], "b": ["1"]}}, "#/predictions/b"),
        ({"y_true": [1], "predictions": {"a": [1], "b": [[1]]}}, "#/predictions/b/0"),
        ({"predictions": {"a": [1], "b": [1]}}, "#/y_true"),
        ({"y_true": [], "predictions": {"a": [], "b": []}}, "#/y_true"),
        ({"y_true": [1], "predictions": [1]}, "#/predictions"),
        ({"y_true": [1], "predictions": {"a": [1], "b": [1]}, "beta": 1}, "#/beta"),
        (
            {"y_true": [1, 0], "predictions": {"a": [1, 0], "b": [1, 0]}, "scores": {"c": [1, 0]}},
            "#/scores/c",
        ),
    ],
)
def test_a_bad_comparison_is_refused_with_its_place(
    client: TestClient, body: dict[str, Any], pointer: str
) -> None:
    response = client.post("/v1/compare", json=body)

    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["pointer"] == pointer


def test_models_may_be_columns_of_a_table(client: TestClient) -> None:
    response = client.post(
        "/v1/compare?true_column=t&pred_columns=cnn,linear",
        content="t,cnn,linear\n1,1,1\n2,2,1\n",
        headers={"content-type": "text/csv"},
    )

    assert [m["model"] for m in response.json()["models"]] == ["cnn", "linear"]
