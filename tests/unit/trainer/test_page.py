"""The trainer's page as the server makes it, and what it asks for."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from services.trainer.datasets.loading import DATASET_NAMES
from services.trainer.main import create_app
from services.trainer.overview import Overview
from services.trainer.page import RUNS_SHOWN
from services.trainer.recipes import RECIPES
from services.trainer.settings import Settings
from shared.label_store import LabelStore
from shared.manifest import EvaluationRecord
from shared.model_store import ModelStore
from tests.support import publish_files
from tests.unit.trainer.test_service import PatientExecutor, wait_until_ready

TESTED: dict[str, Any] = {
    "evaluation": EvaluationRecord(state="evaluated", file="evaluation.json"),
    "scores": {"validation": {"accuracy": 0.97}, "test": {"accuracy": 0.98765}},
}


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@pytest.fixture
def client(store: ModelStore) -> Iterator[TestClient]:
    settings = Settings(models_dir=store.root, auto_dataset="", seed=11)
    with TestClient(create_app(settings, PatientExecutor())) as client:
        wait_until_ready(client)
        yield client


def publish(store: ModelStore, model: str, **changes: Any) -> int:
    return publish_files(store, model, {"pesos.h5": b"x", "evaluation.json": b"{}"}, **changes)


def page_data(html: str) -> dict[str, Any]:
    found = re.search(r'id="page-data">(.*?)</script>', html, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])["data"]
    return data


def plain(html: str) -> str:
    """What people without scripts read."""
    return html[html.index('<div class="only-plain') : html.index('<dialog id="confirm"')]


def test_models_are_listed_with_versions_newest_first_and_labels(store: ModelStore) -> None:
    publish(store, "mnist-cnn", **TESTED)
    publish(store, "mnist-cnn")
    publish(store, "fashion-mnist-linear")
    LabelStore(store.root).move("mnist-cnn", "champion", 1)

    fashion, mnist = Overview(store).models()

    assert (fashion.dataset, fashion.kind) == ("fashion-mnist", "linear")
    assert [line.version for line in mnist.versions] == [2, 1]
    assert [line.test_accuracy for line in mnist.versions] == [None, 0.98765]
    assert [line.not_evaluated_because for line in mnist.versions] == ["made by a test", ""]
    assert mnist.labels == {"champion": 1}


def test_a_damaged_version_and_damaged_labels_are_told_and_hide_nothing(store: ModelStore) -> None:
    publish(store, "mnist-cnn")
    publish(store, "mnist-cnn")
    overview = Overview(store)
    assert overview.models()[0].damaged == ()
    (store.root / "mnist-cnn" / "labels.json").write_text("{")
    publish(store, "mnist-cnn")
    (store.root / "mnist-cnn" / "3" / "manifest.json").write_text("{")

    (model,) = overview.models()

    assert [line.version for line in model.versions] == [2, 1]
    assert [(it.version, "mnist-cnn/3" in it.reason) for it in model.damaged] == [(3, True)]
    assert "no book of labels" in model.labels_unreadable_because


def test_without_scripts_runs_and_models_are_read_with_links(
    client: TestClient, store: ModelStore
) -> None:
    publish(store, "mnist-cnn", **TESTED)
    run = client.post("/v1/runs", json={"dataset": "digits", "models": ["linear"]}).json()

    html = client.get("/", headers={"Accept-Language": "pt-BR"}).text

    assert f'href="/v1/runs/{run["id"]}"' in plain(html)
    assert "98,77%" in plain(html)
    address = "/v1/models/mnist-cnn/versions/1/files/pesos.h5"
    assert f'href="{address}"' in plain(html)
    assert client.get(address).status_code == 200


def test_the_page_holds_a_bounded_number_of_runs(client: TestClient) -> None:
    ids = [client.post("/v1/runs", json={}).json()["id"] for _ in range(RUNS_SHOWN + 4)]

    html = client.get("/").text

    shown = re.findall(r'href="/v1/runs/(\w+)"', plain(html))
    assert shown == ids[::-1][:RUNS_SHOWN]
    assert len(page_data(html)["runs"]) == RUNS_SHOWN + 1  # one more says that there are more


def test_what_the_page_asks_for_tells_the_queue_in_its_order(client: TestClient) -> None:
    ids = [client.post("/v1/runs", json={}).json()["id"] for _ in range(3)]
    assert client.get("/web/standing").json()["queue"] == ids[1:]  # the first one trains


@pytest.mark.parametrize(
    ("published", "tab"),
    [([], "runs"), (["mnist-cnn"], "runs"), (["mnist-cnn", "mnist-linear"], "compare")],
)
def test_the_page_opens_with_what_there_is_to_see(
    client: TestClient, store: ModelStore, published: list[str], tab: str
) -> None:
    for model in published:
        publish(store, model)
    selected = r'id="tab-(\w+)"[^>]*aria-selected="true"'
    assert re.findall(selected, client.get("/").text) == [tab]

    client.post("/v1/runs", json={})
    assert re.findall(selected, client.get("/").text) == ["runs"]


def test_everything_that_can_be_started_is_offered(client: TestClient) -> None:
    offered = client.get("/web/start").json()

    assert [it["name"] for it in offered["datasets"]] == list(DATASET_NAMES)
    assert offered["kinds"] == list(RECIPES)
    assert offered["seed"] == 11
    for dataset in offered["datasets"]:
        for kind, recipes in dataset["recipes"].items():
            assert list(recipes) == list(RECIPES[kind])
            body = {"dataset": dataset["name"], "models": [kind], "recipe": next(iter(recipes))}
            assert client.post("/v1/runs", json=body).status_code == 202


def test_the_field_of_the_key_is_there_only_where_one_is_set(
    client: TestClient, tmp_path: Path
) -> None:
    assert 'id="key"' not in client.get("/").text
    settings = Settings(
        models_dir=tmp_path / "keyed", auto_dataset="", api_key=SecretStr("open sesame")
    )
    with TestClient(create_app(settings, PatientExecutor())) as keyed:
        html = keyed.get("/").text
    assert 'id="key"' in html
    assert "open sesame" not in html


def test_a_desk_that_is_closed_says_why_and_the_models_are_still_shown(
    client: TestClient, store: ModelStore
) -> None:
    del client  # it works on the volume
    publish(store, "mnist-cnn", **TESTED)
    settings = Settings(models_dir=store.root, auto_dataset="")
    with TestClient(create_app(settings, PatientExecutor())) as second:
        second.get("/livez")
        html = second.get("/").text
        standing = second.get("/web/standing").json()
    assert standing["closed_because"]
    assert standing["closed_because"] in html
    assert "mnist-cnn" in plain(html)


def test_a_volume_that_cannot_be_read_is_told_on_the_page(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("")
    settings = Settings(models_dir=tmp_path / "models", auto_dataset="")
    with TestClient(create_app(settings, PatientExecutor())) as client:
        response = client.get("/")
    assert response.status_code == 200
    assert "is not a directory" in response.text
