"""Half a surrogate pair, which JSON can name and UTF-8 cannot write, is refused like other text."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from fastapi.testclient import TestClient

import services.inference.main
import services.inference.settings
import services.metrics.main
import services.trainer.main
import services.trainer.settings
from tests.support import assert_problem, wait_for

HALF = r"\ud800"
LABELS = "/models/mnist-cnn/labels/stable"


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, TestClient]]:
    """Each service, as its own application answers."""
    root = tmp_path_factory.mktemp("models")
    apps = {
        "trainer": services.trainer.main.create_app(
            services.trainer.settings.Settings(models_dir=root, auto_dataset="")
        ),
        "inference": services.inference.main.create_app(
            services.inference.settings.Settings(models_dir=root)
        ),
        "metrics": services.metrics.main.create_app(),
    }
    with ExitStack() as stack:
        clients = {
            name: stack.enter_context(TestClient(app, raise_server_exceptions=False))
            for name, app in apps.items()
        }
        wait_for(lambda: clients["trainer"].get("/readyz").status_code == 200, 10)
        yield clients


@pytest.mark.parametrize(
    ("service", "method", "path", "body", "pointer"),
    [
        ("trainer", "POST", "/v1/runs", '{"dataset": "%s"}', "#/dataset"),
        ("trainer", "POST", "/v1/runs", '{"recipe": "%s"}', "#/recipe"),
        ("trainer", "POST", "/v1/runs", '{"%s": 1}', "#"),
        ("trainer", "POST", "/v1/runs", '"%s"', "#"),
        ("trainer", "PUT", f"/v1{LABELS}", '{"version": 1, "reason": "%s"}', "#/reason"),
        ("inference", "PUT", LABELS, '{"version": "%s"}', "#/version"),
        ("inference", "PUT", LABELS, '{"%s": 1}', "#"),
    ],
)
def test_it_is_refused_where_it_stands_and_shown_as_its_escape(
    clients: dict[str, TestClient], service: str, method: str, path: str, body: str, pointer: str
) -> None:
    response = clients[service].request(
        method, path, content=body % HALF, headers={"Content-Type": "application/json"}
    )

    problem = assert_problem(response, 422, "invalid-input")
    (fault,) = problem["errors"]
    assert fault["pointer"] == pointer
    assert fault["detail"].endswith(f"Received: {HALF}")
    assert problem["detail"] == fault["detail"]


@pytest.mark.parametrize(
    ("service", "path", "body", "slug"),
    [
        ("trainer", "/v1/runs", '{"models": ["%s"]}', "unknown-name"),
        ("inference", "/predict", '{"url": "%s"}', "invalid-input"),
        ("inference", "/predict", '{"%s": 1}', "invalid-input"),
        ("metrics", "/v1/evaluate", '{"y_true": [1], "y_pred": ["%s"]}', "unreadable-body"),
        ("metrics", "/v1/evaluate", '{"%s": 1}', "unreadable-body"),
        ("metrics", "/v1/plots/roc", '{"y_true": [1], "theme": "%s"}', "unreadable-body"),
    ],
)
def test_it_is_refused_by_routes_that_read_their_bodies_themselves(
    clients: dict[str, TestClient], service: str, path: str, body: str, slug: str
) -> None:
    response = clients[service].post(
        path, content=body % HALF, headers={"Content-Type": "application/json"}
    )

    assert_problem(response, 422, slug)
