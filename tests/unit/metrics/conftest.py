"""A service in the test's own process, and what its answers are compared with."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from services.metrics.main import create_app
from services.metrics.settings import Settings
from tests.support import assert_fault, evaluating


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(Settings(max_classes=50, max_body_bytes=1_000_000))) as client:
        yield client


@pytest.fixture(scope="session")
def evaluate(client: TestClient) -> Callable[..., dict[str, Any]]:
    """Posts members as JSON and gives the answer of a success."""
    return evaluating(client)


@pytest.fixture(scope="session")
def assert_problem() -> Callable[[Response, str, str], dict[str, Any]]:
    """Asserts a 4xx problem document of a slug, with a fault at a pointer."""
    return assert_fault
