"""Every command of the README is run, and its replies have the form of the real ones."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Gabarito
from tests.support import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
COMMANDS = [body.strip() for language, body in BLOCKS if language == "sh"]
RUN_ELSEWHERE = {
    "make up": "conftest.make_up",
    "make test": "this very run",
    "docker compose up --build": "test_compose",
}


def test_the_readme_has_no_command_that_no_test_runs() -> None:
    assert set(RUN_ELSEWHERE) <= set(COMMANDS)
    for command in set(COMMANDS) - set(RUN_ELSEWHERE):
        assert command.startswith(("curl ", ".venv/bin/python ")), command


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("curl ")])
def test_a_curl_of_the_readme_succeeds(gabarito: Gabarito, command: str, tmp_path: Path) -> None:
    for port, url in (
        ("8001", gabarito.trainer),
        ("8002", gabarito.inference),
        ("8003", gabarito.metrics),
    ):
        command = command.replace(f"http://127.0.0.1:{port}", url)
    command = command.replace("@docs/", f"@{ROOT}/docs/")

    result = subprocess.run(
        [*shlex.split(command), "--fail-with-body"],
        capture_output=True,
        check=False,
        cwd=tmp_path,
    )

    assert result.returncode == 0, result.stdout
    if "-o pesos.h5" in command:
        assert (tmp_path / "pesos.h5").read_bytes().startswith(b"\x89HDF")
    else:
        json.loads(result.stdout)


def test_the_reply_in_the_readme_is_that_of_the_service(gabarito: Gabarito) -> None:
    (printed,) = [json.loads(body) for language, body in BLOCKS if language == "json"]
    result = subprocess.run(
        [
            "curl",
            "-s",
            "-F",
            f"file=@{ROOT}/docs/seven.png",
            f"{gabarito.inference}/predict/mnist-cnn",
        ],
        capture_output=True,
        check=True,
    )

    answered = json.loads(result.stdout)
    assert _form(answered) == _form(printed)
    assert answered["label"] == printed["label"] == 7


def test_the_python_commands_of_the_readme_succeed(gabarito: Gabarito, real_data_dir: Path) -> None:
    (gabarito.folder / ".venv").symlink_to(sys.prefix)
    expected = {
        "train --dataset fashion-mnist --models linear": "fashion-mnist-linear/1 published",
        "compare mnist-cnn mnist-linear": "they differ by more than chance",
    }
    env = {
        **os.environ,
        "DATA_DIR": str(real_data_dir),
        "TRAINER_METRICS_URL": gabarito.metrics,
    }
    commands = [c for c in COMMANDS if c.startswith(".venv/bin/python ")]
    assert [c.partition("services.trainer ")[2] for c in commands] == list(expected)
    for command, text in zip(commands, expected.values(), strict=True):
        result = subprocess.run(
            shlex.split(command),
            env=env,
            cwd=gabarito.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        assert text in result.stdout + result.stderr
    gabarito.wait_for(lambda it: "fashion-mnist-linear" in it.served(), 20)


def _form(value: Any) -> Any:
    """The shape of a JSON value: keys and types without the values."""
    if isinstance(value, dict):
        return {key: _form(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_form(item) for item in value]
    return "number" if isinstance(value, int | float) else type(value).__name__
