"""Documentation that is made from the code is that of this code."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from docs.generate import DOCS, PAGES, SETTINGS
from services.trainer.run_store import STATE_DIRECTORY
from services.trainer.versions import LOG_DIRECTORY
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


def test_compose_shows_the_curves_where_the_trainer_writes_them_and_may_not_change_them() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    trainer, board = compose["services"]["trainer"], compose["services"]["tensorboard"]
    assert "models:/models" in trainer["volumes"]  # MODELS_DIR of its image
    dockerfile = (ROOT / "services/trainer/Dockerfile").read_text()
    assert re.search(r"\bMODELS_DIR=/models\b", dockerfile)

    assert board["profiles"] == ["tensorboard"]
    assert board["image"] == trainer["image"]
    assert board["volumes"] == ["models:/models:ro"]
    program, *arguments = board["command"]
    options = dict(zip(arguments[::2], arguments[1::2], strict=True))
    assert program == "tensorboard"
    assert options["--logdir"] == f"/models/{STATE_DIRECTORY}/{LOG_DIRECTORY}"
    (port,) = board["ports"]
    assert port == f"${{BIND_ADDRESS:-127.0.0.1}}:${{TENSORBOARD_PORT:-6006}}:{options['--port']}"
    assert all(
        it["ports"][0].startswith("${BIND_ADDRESS:-127.0.0.1}:")
        for it in compose["services"].values()
    )


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert project["version"] == __version__
    assert f"## [{__version__}]" in changelog
