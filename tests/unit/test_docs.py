"""Documentation that is made from the code is that of this code."""

import tomllib
from pathlib import Path

import pytest

from docs.generate import DOCS, PAGES
from shared import __version__

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", PAGES)
def test_generated_pages_are_current(page: str) -> None:
    assert (DOCS / page).read_text(encoding="utf-8") == PAGES[page](), "run `make docs`"


def test_make_and_compose_take_the_same_variables() -> None:
    makefile = (ROOT / "Makefile").read_text()
    compose = (ROOT / "docker-compose.yml").read_text()
    for name, default in {
        "DATA_DIR": "./data",
        "BIND_ADDRESS": "127.0.0.1",
        "TRAINER_PORT": "8001",
        "INFERENCE_PORT": "8002",
        "METRICS_PORT": "8003",
    }.items():
        assert f"export {name} ?= {default}\n" in makefile
        assert f"${{{name}:-{default}}}" in compose


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert project["version"] == __version__
    assert f"## [{__version__}]" in changelog
