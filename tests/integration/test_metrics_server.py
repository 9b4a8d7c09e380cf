"""The service as a process: its start, its size, and large or hostile bodies."""

import io
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
import orjson
import pytest

ROOT = Path(__file__).parents[2]


class Service:
    """A started service; settings are environment variables."""

    def __init__(self, **settings: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "services.metrics", "serve", "--port", str(port),
            ],
            cwd=ROOT,
            env={**os.environ, **settings},
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
        status = service.process.wait()
    assert status == 0


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


def archive(n: int) -> tuple[bytes, bytes]:
    """A large archive and its content type."""
    rng = np.random.default_rng(2)
    buffer = io.BytesIO()
    np.savez(buffer, y_true=rng.integers(0, 9, n), y_pred=rng.integers(0, 9, n))
    return buffer.getvalue(), b"application/x-npz"


def head(length: int, media: bytes, *more: bytes) -> bytes:
    lines = [
        b"POST /v1/evaluate HTTP/1.1", b"host: here", b"content-type: " + media,
        b"content-length: %d" % length, *more,
    ]  # fmt: skip
    return b"\r\n".join(lines) + b"\r\n\r\n"


def connected(service: Service) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(service.url.rpartition(":")[2])), timeout=60)


def test_a_connection_goes_on_after_bodies_that_were_read_directly(service: Service) -> None:
    body, media = archive(300_000)
    connection = HTTPConnection(service.url.removeprefix("http://"))
    answers = set()
    for _ in range(3):
        connection.request("POST", "/v1/evaluate", body, {"content-type": media.decode()})
        answers.add(connection.getresponse().read())
        connection.request("GET", "/livez")
        assert connection.getresponse().read() == b'{"status":"alive"}'
    connection.close()

    assert len(answers) == 1
    # A body of no declared length goes the framework's way, to the same answer.
    connection = HTTPConnection(service.url.removeprefix("http://"))
    pieces = (body[i : i + 99_999] for i in range(0, len(body), 99_999))
    headers = {"content-type": media.decode()}
    connection.request("POST", "/v1/evaluate", pieces, headers, encode_chunked=True)
    answers.add(connection.getresponse().read())
    connection.close()
    assert len(answers) == 1


def test_a_request_sent_right_behind_a_large_body_is_answered(service: Service) -> None:
    body, media = archive(200_000)
    behind = b"GET /livez HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n"
    with connected(service) as client:
        client.sendall(head(len(body), media) + body + behind)
        received = b"".join(iter(lambda: client.recv(1 << 16), b""))

    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert received.endswith(b'{"status":"alive"}')


@pytest.mark.parametrize("offer", [b"h2c", b"websocket"])
@pytest.mark.parametrize("n", [20, 200_000])
def test_an_offer_to_leave_http_is_ignored(service: Service, offer: bytes, n: int) -> None:
    body, media = archive(n)
    more = b"connection: keep-alive, Upgrade\r\nupgrade: " + offer
    behind = b"GET /livez HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n"
    with connected(service) as client:
        client.sendall(head(len(body), media, more) + body + behind)
        received = b"".join(iter(lambda: client.recv(1 << 16), b""))

    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert b'"n_samples":%d,' % n in received
    assert received.endswith(b'{"status":"alive"}')


def test_a_large_body_in_drops_is_put_together(service: Service) -> None:
    body, media = archive(120_000)
    with connected(service) as client:
        client.sendall(head(len(body), media, b"connection: close"))
        for start in range(0, len(body), 77_777):
            client.sendall(body[start : start + 77_777])
        received = b"".join(iter(lambda: client.recv(1 << 16), b""))

    answer = orjson.loads(received.partition(b"\r\n\r\n")[2])
    assert answer["n_samples"] == 120_000


def test_a_client_that_goes_away_in_a_large_body_harms_nobody(service: Service) -> None:
    body, media = archive(300_000)
    for sent in (0, 1000, 400_000, len(body) - 1):
        with connected(service) as client:
            client.sendall(head(len(body), media) + body[:sent])
    status, _ = service.post("/v1/evaluate", body, media.decode())

    assert status == 200


def test_a_large_body_is_asked_for_if_the_client_waits(service: Service) -> None:
    body, media = archive(200_000)
    with connected(service) as client:
        client.sendall(head(len(body), media, b"expect: 100-continue", b"connection: close"))
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 100 Continue")
        client.sendall(body)
        received = b"".join(iter(lambda: client.recv(1 << 16), b""))

    assert received.startswith(b"HTTP/1.1 200 OK")


def test_bodies_that_are_only_declared_take_no_memory_and_are_bounded(service: Service) -> None:
    before = service.memory_mib("VmRSS")
    silent = [connected(service) for _ in range(2)]
    try:
        for client in silent:
            client.sendall(head(500_000_000, b"application/json") + b"{")
        time.sleep(0.3)
        assert service.memory_mib("VmRSS") < before + 50
        with connected(service) as client:
            client.sendall(head(500_000_000, b"application/json") + b"{")
            refused = client.recv(1 << 16)
    finally:
        for client in silent:
            client.close()

    assert refused.startswith(b"HTTP/1.1 503")
    assert b"retry-after: 1" in refused.lower()


def test_a_large_body_that_stops_is_given_up_with_its_connection() -> None:
    service = Service(METRICS_BODY_TIMEOUT_SECONDS="0.3")
    try:
        service.wait()
        body, media = archive(300_000)
        with connected(service) as client:
            client.sendall(head(len(body), media) + body[:1_000_000])
            received = b"".join(iter(lambda: client.recv(1 << 16), b""))
        status, _ = service.post("/v1/evaluate", body, media.decode())
    finally:
        service.process.terminate()
        service.process.wait()

    assert received.startswith(b"HTTP/1.1 504")
    assert b"/problems/deadline-exceeded" in received
    assert status == 200
