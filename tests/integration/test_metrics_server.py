"""The service as a process: its start, its size, and large or hostile bodies."""

import io
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson
import pytest

ROOT = Path(__file__).parents[2]


class Service:
    """A started service."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "uvicorn", "--factory", "services.metrics.main:create_app",
                "--port", str(port), "--log-level", "warning",
            ],
            cwd=ROOT,
        )  # fmt: skip

    def wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/readyz"):
                    return
            except OSError:
                time.sleep(0.02)
        raise TimeoutError

    def post(self, path: str, body: bytes, content_type: str) -> tuple[int, bytes]:
        request = urllib.request.Request(
            self.url + path, body, headers={"content-type": content_type}
        )
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def memory_mib(self, field: str) -> float:
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(next(x for x in text.splitlines() if x.startswith(field)).split()[1]) / 1024


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    service = Service()
    try:
        service.wait()
        yield service
    finally:
        service.process.terminate()
        service.process.wait()


def test_it_idles_small(service: Service) -> None:
    assert service.memory_mib("VmRSS") < 120


def test_large_arrays_need_little_more_memory_than_their_bytes(service: Service) -> None:
    rng = np.random.default_rng(0)
    buffer = io.BytesIO()
    for _ in range(2):
        np.save(buffer, rng.integers(0, 10, 20_000_000, dtype=np.uint8))
    body = buffer.getvalue()

    status, answer = service.post("/v1/evaluate", body, "application/x-npy")

    assert status == 200, answer[:500]
    assert orjson.loads(answer)["n_samples"] == 20_000_000
    assert service.memory_mib("VmHWM") < len(body) / 1024**2 + 300


def test_a_million_distinct_labels_are_refused_at_once(service: Service) -> None:
    labels = list(range(1_000_000))
    body = orjson.dumps({"y_true": labels, "y_pred": labels})

    start = time.monotonic()
    status, answer = service.post("/v1/evaluate", body, "application/json")

    assert status == 422
    problem = orjson.loads(answer)
    assert problem["type"] == "/problems/too-many-classes"
    assert "1000000 distinct labels" in problem["detail"]
    assert time.monotonic() - start < 5


def test_requests_at_the_same_time_are_all_answered(service: Service) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  here alone

    rng = np.random.default_rng(1)
    bodies = [
        orjson.dumps({"y_true": y.tolist(), "y_pred": y.tolist(), "include": "all"})
        for y in rng.integers(0, 5, (16, 2_000))
    ]

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda body: service.post("/v1/evaluate", body, "application/json"), bodies)
        )

    assert {status for status, _ in answers} == {200}
    assert {orjson.loads(answer)["overall"]["accuracy"] for _, answer in answers} == {1.0}
