"""Marks every test by its folder, and gives what tests of all kinds need."""

import os
from pathlib import Path

import pytest

from services.trainer.tensorflow_import import ONEDNN_VARIABLE

# A training in the process of a test then gives the weights of one in a process of its own.
os.environ.setdefault(ONEDNN_VARIABLE, "1")

TESTS = Path(__file__).parent
ROOT = TESTS.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        kind = item.path.relative_to(TESTS).parts[0]
        item.add_marker(getattr(pytest.mark, kind))
        if kind == "e2e" and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(900))  # the first one trains for minutes


@pytest.fixture(scope="session")
def real_data_dir() -> Path:
    """The folder with the real MNIST; tests that need it are skipped where there is none."""
    candidates = [
        os.environ.get("DATA_DIR", ""),
        str(ROOT / "data"),
        str(ROOT.parent / "shared/data"),
    ]
    for candidate in filter(None, candidates):
        path = Path(candidate)
        path = path if path.is_absolute() else ROOT / path
        if (path / "mnist" / "train-images-idx3-ubyte.gz").is_file():
            return path.resolve()
    pytest.skip("no MNIST files: set DATA_DIR to a folder that holds mnist/*.gz")
