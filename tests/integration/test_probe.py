"""The containers' health check."""

import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from shared.probe import is_well
from tests.support import web_server


class Clinic(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/livez" else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with web_server(Clinic) as url:
        yield url


def test_only_a_2xx_answer_is_well(address: str) -> None:
    assert is_well(f"{address}/livez")
    assert not is_well(f"{address}/readyz")
    assert not is_well("http://127.0.0.1:9/livez")
    assert not is_well("file:///etc/hostname")


def test_the_exit_status_is_the_answer(address: str) -> None:
    command = [sys.executable, "-m", "shared.probe"]

    assert subprocess.run([*command, f"{address}/livez"], check=False).returncode == 0
    assert subprocess.run([*command, f"{address}/readyz"], check=False).returncode == 1
