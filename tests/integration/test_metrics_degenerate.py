"""Tables where much is undefined: scikit-learn and PyCM agree wherever they have a value."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pycm
import pytest
from sklearn import metrics as sk

Evaluate = Callable[..., dict[str, Any]]

TABLES = {
    "constant prediction": ([0, 0, 1, 2], [1, 1, 1, 1]),
    "constant truth": ([1, 1, 1], [0, 1, 2]),
    "all wrong": ([0, 1, 2], [1, 2, 0]),
    "never predicted": ([0, 1, 0, 3], [0, 1, 2, 2]),
    "two disjoint": ([0, 0, 1], [2, 2, 2]),
    "one sample right": ([4], [4]),
    "one sample wrong": ([4], [5]),
    "two classes, one cell": ([0, 0, 0], [1, 1, 1]),
}
PYCM_CLASS = {
    "precision": "PPV", "recall": "TPR", "specificity": "TNR", "f1_score": "F1",
    "negative_predictive_value": "NPV", "jaccard_index": "J", "matthews_corrcoef": "MCC",
    "informedness": "BM", "markedness": "MK", "positive_likelihood_ratio": "PLR",
    "diagnostic_odds_ratio": "DOR", "lift": "LS", "balanced_accuracy": "AUC",
}  # fmt: skip
PYCM_OVERALL = {
    "cohen_kappa": "Kappa", "matthews_corrcoef": "Overall MCC", "scott_pi": "Scott PI",
    "gwet_ac1": "Gwet AC1", "class_balance_accuracy": "CBA", "cramer_v": "Cramer V",
    "reference_entropy_bits": "Reference Entropy", "mutual_information_bits": "Mutual Information",
}  # fmt: skip


@pytest.fixture(params=TABLES)
def table(request: pytest.FixtureRequest) -> tuple[list[int], list[int]]:
    return TABLES[request.param]


def test_scikit_learn_has_the_same_where_it_fills_with_zero(
    evaluate: Evaluate, table: tuple[list[int], list[int]]
) -> None:
    y_true, y_pred = table
    answer = evaluate(y_true=y_true, y_pred=y_pred, include="all", zero_division=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        p, r, f, _ = sk.precision_recall_fscore_support(y_true, y_pred, zero_division=0)
        jaccard = sk.jaccard_score(y_true, y_pred, average=None, zero_division=0)
        macro = sk.f1_score(y_true, y_pred, average="macro", zero_division=0)
        balanced = sk.balanced_accuracy_score(y_true, y_pred)

    for name, theirs in (
        ("precision", p),
        ("recall", r),
        ("f1_score", f),
        ("jaccard_index", jaccard),
    ):
        assert [row[name] for row in answer["per_class"]] == pytest.approx(theirs.tolist()), name
    assert answer["averages"]["macro"]["f1_score"] == pytest.approx(macro)
    assert answer["overall"]["balanced_accuracy"] == pytest.approx(balanced)


def test_pycm_has_no_value_where_there_is_none_and_the_same_where_there_is(
    evaluate: Evaluate, table: tuple[list[int], list[int]]
) -> None:
    y_true, y_pred = table
    if len({*y_true, *y_pred}) == 1:
        pytest.skip("PyCM invents a second class")
    answer = evaluate(y_true=y_true, y_pred=y_pred, include="all")
    theirs = pycm.ConfusionMatrix(y_true, y_pred)

    for ours, name in PYCM_CLASS.items():
        for row in answer["per_class"]:
            value = theirs.class_stat[name][row["label"]]
            if value != "None":
                assert row[ours] == pytest.approx(value), (ours, row["label"])
            elif row[ours] is not None:  # they divide by 0 on the way; D22 of the formulas
                assert ours == "diagnostic_odds_ratio", (ours, row["label"])
    for ours, name in PYCM_OVERALL.items():
        value, mine = theirs.overall_stat[name], answer["overall"][ours]
        if value != "None" and ours != "cramer_v":  # they count empty lines
            assert mine == pytest.approx(value, abs=1e-12), ours


@pytest.mark.parametrize(
    ("y_true", "y_pred", "limit"),
    [([1, 1], [1, 1], 1.0), ([0, 0], [1, 1], -1.0), ([0, 1, 1], [1, 1, 1], 0.0)],
)
def test_a_degenerate_matthews_coefficient_is_what_the_caller_chooses(
    evaluate: Evaluate, y_true: list[int], y_pred: list[int], limit: float
) -> None:
    found = {}
    for rule in ("null", "zero", "limit"):
        answer = evaluate(
            y_true=y_true, y_pred=y_pred, labels=[0, 1], degenerate_matthews=rule, include="all"
        )
        found[rule] = (
            answer["overall"]["matthews_corrcoef"],
            answer["per_class"][1]["matthews_corrcoef"],
        )

    assert found == {"null": (None, None), "zero": (0.0, 0.0), "limit": (limit, limit)}


@pytest.mark.parametrize("include", ["all", "headline"])
def test_nothing_in_an_answer_is_a_guess(
    evaluate: Evaluate, table: tuple[list[int], list[int]], include: str
) -> None:
    """Every null is listed with a reason, and nothing that is listed has a value."""
    answer = evaluate(y_true=table[0], y_pred=table[1], include=include)
    listed = {entry["path"] for entry in answer["undefined"]}

    nulls = {f"#/overall/{name}" for name, v in answer["overall"].items() if v is None}
    for index, row in enumerate(answer["per_class"]):
        nulls |= {f"#/per_class/{index}/{name}" for name, v in row.items() if v is None}
    for rule, row in answer["averages"].items():
        nulls |= {f"#/averages/{rule}/{name}" for name, v in row.items() if v is None}
    assert listed == nulls
    assert all(entry["reason"] for entry in answer["undefined"])
    assert np.isfinite([v for v in answer["overall"].values() if v is not None]).all()


@pytest.mark.parametrize(("y_true", "y_pred"), [(p, [0] * 4) for p in ([0, 1, 0, 1], [0] * 4)])
def test_mutual_information_with_a_trivial_partition_is_scikit_learns(
    evaluate: Evaluate, y_true: list[int], y_pred: list[int]
) -> None:
    overall = evaluate(y_true=y_true, y_pred=y_pred, include=["clustering"])["overall"]

    for method in ("min", "max"):
        theirs = sk.normalized_mutual_info_score(y_true, y_pred, average_method=method)
        assert overall[f"normalized_mutual_information_{method}"] == pytest.approx(theirs)


@pytest.mark.parametrize("k", [4, 5, 7, 49])
def test_gerritys_score_needs_the_first_and_the_last_class(evaluate: Evaluate, k: int) -> None:
    rng = np.random.default_rng(k)
    for lacking in (0, k - 1):
        classes = np.delete(np.arange(k), lacking)
        for n in (10, 11, 13, 30):
            y_true = rng.choice(classes, n).tolist()
            overall = evaluate(
                y_true=y_true, y_pred=y_true, labels=list(range(k)), include=["ordinal"]
            )["overall"]
            assert overall["gerrity_skill_score"] is None, (lacking, n)
