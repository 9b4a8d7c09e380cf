"""What tests of several services say in the same words."""

import hashlib
import io
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
import uvicorn
from numpy.typing import NDArray
from PIL import Image

from services.trainer.publishing import staged_version
from shared.manifest import (
    DatasetRecord,
    EvaluationRecord,
    FileRecord,
    HardwareRecord,
    InputRecord,
    Manifest,
    RecipeRecord,
)
from shared.model_store import ModelStore
from shared.probe import is_well

ROOT = Path(__file__).parents[1]


class Answer(Protocol):
    """The answer of any HTTP client."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    def json(self) -> Any: ...


def assert_problem(response: Answer, status: int, slug: str) -> dict[str, Any]:
    """The answer is this problem document; gives its body."""
    assert response.status_code == status, response.json()
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["type"] == f"/problems/{slug}"
    assert body["status"] == status
    assert body["title"]
    assert body["instance"].startswith("urn:uuid:")
    return body


def assert_fault(response: Answer, slug: str, pointer: str) -> dict[str, Any]:
    """The answer is a problem document of a request with one fault, at this pointer."""
    problem = assert_problem(response, response.status_code, slug)
    assert 400 <= response.status_code < 500
    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
    assert "Received" in problem["detail"]
    return problem


class Client(Protocol):
    """Any HTTP client that posts JSON."""

    def post(self, url: str, *, json: Any) -> Answer: ...


def evaluating(metrics: Client) -> Callable[..., dict[str, Any]]:
    """Posts its arguments to a metrics service as JSON, and gives the answer of a success."""

    def evaluate(**members: Any) -> dict[str, Any]:
        response = metrics.post("/v1/evaluate", json=members)
        answer: dict[str, Any] = response.json()
        assert response.status_code == 200, answer
        return answer

    return evaluate


def a_manifest(
    version: int, files: Mapping[str, FileRecord], model: str = "mnist-cnn", **changes: Any
) -> Manifest:
    """A model card with plausible content, for versions that no network stands behind."""
    content: dict[str, Any] = {
        "software_version": "0.0.0",
        "model": model,
        "version": version,
        "kind": model.rpartition("-")[2],
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "dataset": DatasetRecord(
            name=model.rpartition("-")[0],
            title="Digits",
            sha256={"source": hashlib.sha256(b"").hexdigest()},
            splits={"train": 8, "validation": 1, "test": 1},
        ),
        "class_names": tuple("0123456789"),
        "input": InputRecord(shape=(28, 28, 1)),
        "preprocessing": "mnist-digit",
        "recipe": RecipeRecord(name="none", hyperparameters={}),
        "seed": 0,
        "parameters": 0,
        "epochs": 0,
        "training_seconds": 0.0,
        "hardware": HardwareRecord(machine="", processor="", cpu_count=1, memory_bytes=0),
        "packages": {},
        "scores": {},
        "evaluation": EvaluationRecord(state="not-evaluated", reason="made by a test"),
        "files": dict(files),
    }
    return Manifest(**{**content, **changes})


def png_of(pixels: NDArray[np.uint8]) -> bytes:
    """The picture as a PNG file; grey `(h, w)` or colour `(h, w, 3)`."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def publish_files(store: ModelStore, model: str, files: Mapping[str, bytes], **changes: Any) -> int:
    """Publish a version of these files; gives its number."""
    with staged_version(store, model) as staged:
        for name, content in files.items():
            path = staged.directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return staged.publish(
            lambda version, records: a_manifest(version, records, model, **changes)
        )


@dataclass(frozen=True, slots=True)
class Service:
    """A service that runs in a process of its own, on a port of loopback."""

    url: str
    pid: int


@contextmanager
def serving(factory: str, env: Mapping[str, str] | None = None, *options: str) -> Iterator[Service]:
    """Run a service with uvicorn, as users do, until the block ends.

    Args:
        factory: `module:function` of its `create_app`.
        env: Settings, added to this process's environment.
        options: Of uvicorn.
    """
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", factory]
    command += ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning", *options]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            command,
            env={**os.environ, **(env or {})},
            stdout=log,
            stderr=log,
            cwd=ROOT,
            start_new_session=True,
        )
        try:
            _wait_until_alive(process, port, log)
            yield Service(f"http://127.0.0.1:{port}", process.pid)
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def answering(status: int, body: bytes, content_type: str = "application/json") -> Iterator[str]:
    """A web server of loopback that gives every GET the same answer; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with web_server(Handler) as address:
        yield address


@contextmanager
def web_server(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A web server of loopback that answers in threads of this process; gives its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def listening(app: Any, **options: Any) -> Iterator[str]:
    """An application on uvicorn, on a port of loopback, in a thread of this process.

    Args:
        app: An ASGI application.
        options: Of uvicorn's configuration.
    """
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, **options))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_for(lambda: server.started, 20)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_alive(process: subprocess.Popen[bytes], port: int, log: IO[str]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        if is_well(f"http://127.0.0.1:{port}/livez"):
            return
        time.sleep(0.05)
    log.seek(0)
    raise AssertionError(f"the service did not start: {log.read()}")


def wait_for(condition: Callable[[], Any], seconds: float) -> Any:
    """The first true answer of a condition that is asked again and again."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.02)
    raise AssertionError(f"it did not come true in {seconds} s")


def children_of(pid: int) -> list[int]:
    """The processes that a process started and that live."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


def is_alive(pid: int) -> bool:
    """Whether a process turns; one that has ended and was not waited for does not."""
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def idx_bytes(array: NDArray[Any]) -> bytes:
    """The array as an IDX file."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()
