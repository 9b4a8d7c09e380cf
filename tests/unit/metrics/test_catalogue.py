"""The catalogue says everything about every statistic, and nothing else."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient

from services.metrics import catalogue
from services.metrics.catalogue_text import GROUPS, document, entries, markdown
from services.metrics.options.evaluation import Group

PAGE = Path(__file__).parents[3] / "docs" / "metrics-catalogue.md"
# Groups whose members are no single numbers.
NO_STATISTICS = {"notes", "intervals", "matrices", "positions", "bands", "curves"}
# Numbers that describe the samples or the answer, or repeat an entry under a rule.
NOT_STATISTICS = {"label", "classwise_expected_calibration_error"}


def test_the_page_is_the_catalogue() -> None:
    """After a change: python -m services.metrics catalogue > docs/metrics-catalogue.md."""
    assert PAGE.read_text(encoding="utf-8") == markdown()


def test_the_service_serves_the_catalogue(client: TestClient) -> None:
    assert client.get("/v1/catalogue").json() == document()


def test_every_group_is_described_and_can_be_included() -> None:
    assert set(GROUPS) == (set(get_args(Group)) - {"all"}) | {"multilabel"}
    assert {row["group"] for row in entries()} | NO_STATISTICS == set(GROUPS)


def test_every_entry_says_what_it_must() -> None:
    for row in entries():
        assert row["title"], row
        assert row["formula"], row
        assert row["low"] is None or row["high"] is None or row["low"] < row["high"], row


def test_an_id_stands_once_in_its_place() -> None:
    places = [(row["where"], row["id"]) for row in entries()]

    assert len(set(places)) == len(places)


@pytest.mark.parametrize("score_type", ["probability", "decision"])
def test_the_answer_holds_what_the_catalogue_lists(
    evaluate: Callable[..., dict[str, Any]], score_type: str
) -> None:
    scores = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4], [0.2, 0.5, 0.3]]
    answer = evaluate(
        y_true=[0, 1, 2, 1], y_score=scores, score_type=score_type, include="all", beta=2,
        cost_matrix=[[0, 1, 2], [1, 0, 1], [2, 1, 0]],
    )  # fmt: skip

    other = {"probability": "decision", "decision": "probability"}[score_type]
    without = {f"y_score ({other})", "y_true (several labels)"}
    listed = {row["id"] for row in entries() if not without & set(row["needs"])}

    assert set(_keys(answer)) - NOT_STATISTICS == listed


def _keys(answer: dict[str, Any]) -> Iterator[str]:
    yield from answer["overall"]
    yield from answer["per_class"][0]
    yield from answer["scores"]["overall"]
    yield from answer["scores"]["per_class"][0]
    if "calibration" in answer["scores"]:
        yield from answer["scores"]["calibration"]["highest_probability"]


def test_every_pycm_name_is_an_alias() -> None:
    known = {alias for row in entries() for alias in row["aliases"]}
    asked = {
        "TPR", "TNR", "PPV", "NPV", "FNR", "FPR", "FDR", "FOR", "ACC", "ERR", "MCC", "BM", "MK",
        "PLR", "NLR", "DOR", "PRE", "TOPR", "G", "GM", "AGM", "AGF", "RACC", "RACCU", "J", "IS",
        "LS", "CEN", "MCEN", "dInd", "sInd", "DP", "BCD", "AM", "OP", "IBA", "Q", "OC", "BB",
        "OOC", "ICSI", "HD", "TI", "NB", "Kappa", "Scott PI", "Bennett S", "Gwet AC1",
        "Krippendorff Alpha", "Chi-Squared", "Phi-Squared", "Cramer V", "Pearson C",
        "Response Entropy", "Reference Entropy", "Joint Entropy", "Conditional Entropy",
        "Cross Entropy", "KL Divergence", "Mutual Information", "RCI", "Lambda A", "Lambda B",
        "Overall MCC", "Overall CEN", "Overall MCEN", "Hamming Loss", "Zero-one Loss", "NIR",
        "P-Value", "RR", "CBA", "CSI", "ARI", "Bangdiwala B",
    }  # fmt: skip

    assert asked <= known


def test_ids_are_the_same_in_code_and_in_the_lookup_tables() -> None:
    assert set(catalogue.CLASS_BY_ID) == {s.id for s in catalogue.PER_CLASS}
    assert set(catalogue.BY_ID) == {s.id for s in catalogue.WHOLE_TABLE}
