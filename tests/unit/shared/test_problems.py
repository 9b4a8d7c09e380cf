"""Every error is a problem document, and every kind of error is documented."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel

import services.trainer.errors  # noqa: F401  its errors are among those checked
from shared import errors, problems
from shared.service import ServiceDescription, build_service
from tests.support import assert_problem


class Exam(BaseModel):
    answers: list[int]
    weight: float = 1.0


@pytest.fixture
def app() -> FastAPI:
    app = build_service(
        ServiceDescription("Test", "A service of the tests."),
        missing=list,
        max_body_bytes=100,
    )

    @app.post("/exams")
    def mark(exam: Exam) -> int:
        return sum(exam.answers)

    @app.get("/fail/{slug}")
    def fail(slug: str) -> None:
        if slug == "bug":
            raise ZeroDivisionError("a secret")
        if slug == "invalid":
            raise errors.InvalidInput(
                "two faults", [errors.Fault("#/a/0", "no"), errors.Fault("#/b", "no")]
            )
        if slug == "busy":
            raise errors.Saturated("queue full", retry_after_seconds=7)
        raise errors.ModelNotFound(f"Received: {slug}")

    return app


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


def test_each_error_class_has_its_own_slug_a_title_a_meaning_and_a_status() -> None:
    kinds = [k for k in problems.every_error() if k.__module__.startswith(("shared", "services"))]

    assert len({kind.slug for kind in kinds}) == len(kinds)
    for kind in kinds:
        assert kind.title
        assert kind.__doc__
        assert kind.slug not in kind.__doc__
    statuses = {problems.STATUS_OF[kind] for kind in problems.STATUS_OF}
    assert all(400 <= status < 600 for status in statuses)


def test_an_error_has_the_status_of_its_nearest_family() -> None:
    class Rare(errors.ModelNotFound):
        """A kind that the table does not name."""

    assert problems.status_of(Rare("x")) == 404
    assert problems.status_of(errors.UpstreamTimedOut("x")) == 504
    assert problems.status_of(errors.ServiceError("x")) == 500


def test_an_own_error_becomes_a_problem_with_its_detail(client: TestClient) -> None:
    body = assert_problem(client.get("/fail/anything"), 404, "model-not-found")

    assert body["detail"] == "Received: anything"


def test_faults_are_listed_with_their_places(client: TestClient) -> None:
    body = assert_problem(client.get("/fail/invalid"), 422, "invalid-input")

    assert [fault["pointer"] for fault in body["errors"]] == ["#/a/0", "#/b"]


def test_a_busy_service_says_when_to_come_back(client: TestClient) -> None:
    response = client.get("/fail/busy")

    assert_problem(response, 503, "saturated")
    assert response.headers["retry-after"] == "7"


def test_a_bug_is_answered_without_its_text_and_logged_under_the_same_id(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = client.get("/fail/bug", headers={"X-Request-Id": "exam-1"})

    assert response.status_code == 500
    assert "secret" not in response.text
    assert response.headers["x-request-id"] == "exam-1"
    assert any("a secret" in str(record.exc_info) for record in caplog.records)


def test_a_schema_fault_says_where_what_and_what_was_expected(client: TestClient) -> None:
    response = client.post("/exams", json={"answers": [1, "two"], "weight": "much"})

    body = assert_problem(response, 422, "invalid-input")
    assert [fault["pointer"] for fault in body["errors"]] == ["#/answers/1", "#/weight"]
    assert "Received: two" in body["errors"][0]["detail"]
    assert "integer" in body["errors"][0]["detail"]


def test_a_body_without_a_content_type_is_told_so(client: TestClient) -> None:
    response = client.post("/exams", content=b'{"answers": []}')

    body = assert_problem(response, 422, "invalid-input")
    assert "Content-Type: application/json" in body["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/nowhere", 404, "no-such-address"),
        ("DELETE", "/exams", 405, "method-not-allowed"),
        ("GET", "/problems/unheard-of", 404, "not-found"),
    ],
)
def test_what_the_framework_refuses_is_a_problem_too(
    client: TestClient, method: str, path: str, status: int, slug: str
) -> None:
    body = assert_problem(client.request(method, path), status, slug)

    assert "Received:" in body["detail"]


def test_each_slug_is_explained_at_its_address(client: TestClient) -> None:
    response = client.get("/problems/saturated")

    assert response.status_code == 200
    assert "was not taken in" in response.text


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
def test_a_body_over_the_limit_is_refused_with_the_limit(client: TestClient, chunked: bool) -> None:
    content = b'{"answers": [' + b"1," * 60 + b"1]}"
    pieces = iter([content[:90], content[90:]])
    response = client.post(
        "/exams",
        content=pieces if chunked else content,
        headers={"Content-Type": "application/json"},
    )

    assert assert_problem(response, 413, "payload-too-large")["limit"] == 100


def test_a_content_length_that_is_no_number_is_refused(client: TestClient) -> None:
    response = client.post("/exams", content=b"{}", headers={"Content-Length": "ten"})

    assert_problem(response, 422, "invalid-input")


def test_the_openapi_document_promises_problems_for_every_route(client: TestClient) -> None:
    document = client.get("/openapi.json").json()

    assert set(document["components"]["schemas"]["Problem"]["properties"]) >= {
        *("type", "title", "status", "detail", "instance", "errors")
    }
    for path, methods in document["paths"].items():
        for operation in methods.values():
            default = operation["responses"]["default"]["content"]["application/problem+json"]
            assert default["schema"]["$ref"].endswith("/Problem"), path
            assert "422" not in operation["responses"], path
