"""The dashboard asks for what the service tells, in the form that Grafana reads."""

import json
import re
from itertools import combinations
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from docs.generate import DOCS
from services.inference.main import create_app
from services.inference.settings import Settings
from tests.unit.inference.fakes import FakeVolume, png, wait_until

DASHBOARD: dict[str, Any] = json.loads((DOCS / "inference-dashboard.json").read_text())
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
FUNCTIONS = {"sum", "max", "rate", "increase", "histogram_quantile", "time"}
COLUMNS = 24

Told = dict[str, set[tuple[str, str]]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The metrics that the service tells, each with its labels and their values."""
    volume = FakeVolume({"mnist-cnn": [1]})
    settings = Settings(models_dir=tmp_path_factory.mktemp("models"), log_format="text")
    with TestClient(create_app(settings, volume, volume.load)) as client:
        wait_until(lambda: client.get("/readyz").status_code == 200)
        client.post("/predict/mnist-cnn", content=png())
        client.post("/predict/mnist-cnn", content=b"text")
        text = client.get("/telemetry").text
    found: Told = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels.items())
    return found


def asked(query: str) -> tuple[set[str], set[str], set[tuple[str, str]]]:
    """Metrics, grouping labels and selected values of a query of a single metric."""
    grouped = {
        label
        for labels in re.findall(r"\bby\s*\(([^)]*)\)", query)
        for label in re.findall(r"\w+", labels)
    }
    selected = set(re.findall(r'(\w+)="([^"]*)"', query))
    bare = re.sub(r"\bby\s*\([^)]*\)|\{[^}]*\}|\[[^\]]*\]", " ", query)
    names = {
        name
        for name, bracket in re.findall(r"\b([a-z_]\w*)\s*(\()?", bare)
        if not (bracket and name in FUNCTIONS)
    }
    return names, grouped, selected


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_asks_for_what_is_told(query: str, told: Told) -> None:
    names, grouped, selected = asked(query)
    assert len(names) == 1, names
    labels = told[names.pop()]  # a KeyError names a metric that does not exist
    assert grouped <= {label for label, _ in labels}
    assert selected <= labels


def test_a_query_for_something_else_is_noticed(told: Told) -> None:
    names, grouped, selected = asked('sum by (model) (rate(nothing_total{outcome="x"}[5m]))')
    assert names == {"nothing_total"}
    assert not names & set(told)
    assert (grouped, selected) == ({"model"}, {("outcome", "x")})


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: str(panel["title"]))
def test_legends_name_labels_of_their_query(panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        in_legend = set(re.findall(r"\{\{\s*(\w+)\s*\}\}", target.get("legendFormat", "")))
        _, grouped, _ = asked(target["expr"])
        assert in_legend <= grouped | {"instance", "job", "worker"}


def test_it_has_the_form_that_grafana_imports() -> None:
    assert DASHBOARD["schemaVersion"] >= 36  # since when a data source is an object
    assert {"title", "uid", "time", "templating"} <= set(DASHBOARD)
    variables = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    for panel in PANELS:
        assert panel["type"] in {"timeseries", "stat", "gauge", "table", "bargauge"}
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references)
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= COLUMNS
    for one, other in combinations([panel["gridPos"] for panel in PANELS], 2):
        beside = one["x"] >= other["x"] + other["w"] or other["x"] >= one["x"] + one["w"]
        above = one["y"] >= other["y"] + other["h"] or other["y"] >= one["y"] + one["h"]
        assert beside or above
