"""The containers, from an empty volume to a served prediction; needs a Docker engine."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import copy_project
from tests.support import ROOT, free_port

LINEAR_SERVED_SECONDS = 300.0


def _compose() -> list[str]:
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        pytest.skip("no Docker engine answers on this machine")
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    if plugin.returncode == 0:
        return ["docker", "compose"]
    if command := shutil.which("docker-compose"):
        return [command]
    pytest.skip("neither `docker compose` nor docker-compose is installed")


@pytest.fixture
def compose(tmp_path: Path, real_data_dir: Path) -> Iterator[dict[str, str]]:
    """The three containers, with ports of their own; gone with their volumes afterwards."""
    command = _compose()
    folder = tmp_path / "gabarito-e2e"
    copy_project(folder)
    ports = {f"{name}_PORT": str(free_port()) for name in ("TRAINER", "INFERENCE", "METRICS")}
    env = {**os.environ, **ports, "DATA_DIR": str(real_data_dir), "TRAINER_AUTO_MODELS": "linear"}
    subprocess.run([*command, "up", "--build", "--detach"], cwd=folder, env=env, check=True)
    try:
        yield {name[:-5].lower(): f"http://127.0.0.1:{port}" for name, port in ports.items()}
    finally:
        subprocess.run([*command, "down", "--volumes"], cwd=folder, env=env, check=True)


@pytest.mark.timeout(900)
def test_an_empty_volume_ends_with_a_served_prediction(compose: dict[str, str]) -> None:
    deadline = time.monotonic() + LINEAR_SERVED_SECONDS
    ready = False
    while not ready and time.monotonic() < deadline:
        time.sleep(1)
        try:
            ready = httpx.get(f"{compose['inference']}/readyz").status_code == 200
        except httpx.TransportError:
            continue
    assert ready, "the linear model was not served in time"

    seven = (ROOT / "docs" / "seven.png").read_bytes()
    answer = httpx.post(
        f"{compose['inference']}/predict/mnist-linear", files={"file": ("7.png", seven)}
    ).json()
    card = httpx.get(f"{compose['trainer']}/v1/models/mnist-linear/versions/1").json()

    assert (answer["model"], answer["version"], answer["label"]) == ("mnist-linear", 1, 7)
    assert card["evaluation"]["state"] == "evaluated"
    assert card["scores"]["test"]["accuracy"] >= 0.92
