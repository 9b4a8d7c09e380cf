"""Documentation that is made from the code is that of this code."""

import re
import tomllib
from pathlib import Path

import pytest

from docs.generate import DOCS, PAGES, SETTINGS
from shared import __version__

# Paths and addresses inside a container are its own.
SET_BY_THE_IMAGE = {
    *("DATA_DIR", "MODELS_DIR", "DOWNLOAD_DIR"),
    *("INFERENCE_HOST", "INFERENCE_PORT"),
}
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", PAGES)
def test_generated_pages_are_current(page: str) -> None:
    assert (DOCS / page).read_text(encoding="utf-8") == PAGES[page](), "run `make docs`"


def test_make_and_compose_take_the_same_variables() -> None:
    script = (ROOT / "local" / "up").read_text()
    compose = (ROOT / "docker-compose.yml").read_text()
    for name, default in {
        "DATA_DIR": "./data",
        "BIND_ADDRESS": "127.0.0.1",
        "TRAINER_PORT": "8001",
        "INFERENCE_PORT": "8002",
        "METRICS_PORT": "8003",
    }.items():
        assert f"export {name}=${{{name}:-{default}}}\n" in script
        assert f"${{{name}:-{default}}}" in compose


def test_compose_hands_every_setting_to_its_service() -> None:
    compose = (ROOT / "docker-compose.yml").read_text()
    services = re.split(r"^  (\w+):$", compose.partition("\nservices:")[2], flags=re.MULTILINE)
    text = dict(zip(services[1::2], services[2::2], strict=True))
    for service, settings in SETTINGS.items():
        prefix = settings.model_config.get("env_prefix", "")
        for name, field in settings.model_fields.items():
            variable = str(field.validation_alias or f"{prefix}{name}".upper())
            fixed = variable in SET_BY_THE_IMAGE
            handed_on = re.search(rf'^      - "?{variable}(=|"|$)', text[service], re.MULTILINE)
            assert bool(handed_on) != fixed, (service, variable)


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert project["version"] == __version__
    assert f"## [{__version__}]" in changelog
