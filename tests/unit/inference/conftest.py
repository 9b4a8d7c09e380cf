"""The application over fakes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from services.inference.main import create_app
from services.inference.settings import Settings
from tests.unit.inference.fakes import FakeVolume, wait_until


@pytest.fixture
def volume() -> FakeVolume:
    return FakeVolume({"mnist-cnn": [1], "mnist-linear": [1]})


@pytest.fixture
def client(volume: FakeVolume, tmp_path: Path) -> Iterator[TestClient]:
    """The application over the fake volume, once it serves."""
    settings = Settings(models_dir=tmp_path, log_format="text", poll_interval_seconds=0.05)
    with TestClient(create_app(settings, volume, volume.load)) as client:
        wait_until(lambda: client.get("/readyz").status_code == 200)
        yield client
