"""The metrics service that is measured: a real one, on loopback, with its defaults."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMPILES_ANEW = "PYTHONDONTWRITEBYTECODE"  # images hold compiled modules


class Server:
    """The service in a process of its own."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._process = subprocess.Popen(
            [
                sys.executable, "-m", "services.metrics", "serve", "--port", str(self.port),
            ],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name != COMPILES_ANEW},
        )  # fmt: skip

    def wait(self) -> None:
        """Until it answers."""
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz"):
                    return
            except OSError:
                time.sleep(0.005)

    def post(
        self, body: bytes | memoryview, content_type: str, query: str = "include=all"
    ) -> bytes:
        """One round trip; the answer's bytes."""
        connection = HTTPConnection("127.0.0.1", self.port)
        connection.request("POST", f"/v1/evaluate?{query}", body, {"content-type": content_type})
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        if response.status != 200:
            raise RuntimeError(answer[:500])
        return answer

    def memory_mib(self, field: str) -> float:
        """VmRSS (now) or VmHWM (the peak)."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith(field))
        return int(line.split()[1]) / 1024

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait()


@contextmanager
def served() -> Iterator[Server]:
    """A service that has started, and is stopped at the end."""
    server = Server()
    try:
        server.wait()
        yield server
    finally:
        server.stop()
