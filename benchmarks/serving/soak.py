"""Publishes a new version every few seconds under load, one in five of them corrupt.

    python benchmarks/serving/soak.py --models MODELS_DIR --model mnist-cnn --seconds 300

Copies the newest version of the model into a scratch volume, serves that, and exchanges
versions while clients ask. It counts failed requests, checks every answer against the
first one for its picture, and watches the memory of the service. Exit status 1 if a
request failed, an answer was another, or memory grew by more than 10 % after the first minute.
"""

import argparse
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
from loads import png

ROOT = Path(__file__).resolve().parents[2]


def publish(volume: Path, source: Path, model: str, version: int, *, corrupt: bool) -> None:
    """One more version, as the trainer publishes: staged, then renamed."""
    staged = volume / f".staged-{version}"
    shutil.copytree(source, staged)
    manifest = json.loads((staged / "manifest.json").read_text())
    (staged / "manifest.json").write_text(json.dumps({**manifest, "version": version}))
    if corrupt:
        path = staged / manifest["twin"]["file"]
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    staged.rename(volume / model / str(version))


class Client(threading.Thread):
    """Asks without pause over one connection, and keeps account."""

    def __init__(self, port: int, path: str, bodies: list[bytes], first: int) -> None:
        super().__init__(daemon=True)
        self._port, self._path, self._bodies, self._next = port, path, bodies, first
        self.done = threading.Event()
        self.answered = 0
        self.slowest_ms = 0.0
        self.faults: list[str] = []
        self.versions: set[int] = set()

    def run(self) -> None:
        """Until `done`."""
        expected: dict[int, Any] = {}
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while not self.done.is_set():
            self._next = n = (self._next + 1) % len(self._bodies)
            began = time.perf_counter()
            try:
                connection.request("POST", self._path, self._bodies[n])
                response = connection.getresponse()
                answer = json.loads(response.read())
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.faults.append(repr(error))
                connection.close()
                continue
            self.slowest_ms = max(self.slowest_ms, 1000 * (time.perf_counter() - began))
            if response.status != 200:
                self.faults.append(f"{response.status} {answer}")
            elif expected.setdefault(n, answer["probabilities"]) != answer["probabilities"]:
                self.faults.append(f"another answer for picture {n}")
            else:
                self.answered += 1
                self.versions.add(answer["version"])


def resident_mb(process: int) -> float:
    """Resident memory of a process and its children, in megabytes."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    total = 0
    for number in (str(process), *children):
        for line in Path(f"/proc/{number}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                total += int(line.split()[1])
    return total / 1024


def main() -> int:
    """Run, print the account, and judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--model", default="mnist-cnn")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--every", type=float, default=5)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--workers", default="1")
    arguments = parser.parse_args()
    versions = (arguments.models / arguments.model).iterdir()
    newest = max((p for p in versions if p.name.isdigit()), key=lambda p: int(p.name))
    with np.load(newest / "golden.npz") as golden:
        bodies = [png(image) for image in golden["image"]]
    with tempfile.TemporaryDirectory() as scratch:
        volume = Path(scratch)
        (volume / arguments.model).mkdir()
        publish(volume, newest, arguments.model, 1, corrupt=False)
        return soak(arguments, volume, newest, bodies)


def soak(arguments: argparse.Namespace, volume: Path, source: Path, bodies: list[bytes]) -> int:
    """Serve the volume, ask, publish and watch."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "MODELS_DIR": str(volume),
        "INFERENCE_PORT": str(port),
        "INFERENCE_WORKERS": arguments.workers,
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "services.inference"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until_ready(port)
        path = f"/predict/{arguments.model}"
        clients = [Client(port, path, bodies, n * 7) for n in range(arguments.clients)]
        for client in clients:
            client.start()
        memory, corrupt = [], 0
        began = time.monotonic()
        version = 1
        while time.monotonic() - began < arguments.seconds:
            time.sleep(arguments.every)
            version += 1
            bad = version % 5 == 0
            corrupt += bad
            publish(volume, source, arguments.model, version, corrupt=bad)
            memory.append((time.monotonic() - began, resident_mb(server.pid)))
        time.sleep(3)
        for client in clients:
            client.done.set()
        for client in clients:
            client.join()
        return report(clients, memory, version - 1, corrupt)
    finally:
        server.terminate()
        server.wait(30)


def wait_until_ready(port: int) -> None:
    """Return once the service is ready; give up after half a minute."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            url = f"http://127.0.0.1:{port}/readyz"
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the service does not become ready")


def report(
    clients: list[Client], memory: list[tuple[float, float]], published: int, corrupt: int
) -> int:
    """Print the account; the exit status."""
    faults = [fault for client in clients for fault in client.faults]
    settled = [mb for seconds, mb in memory if seconds >= 60] or [mb for _, mb in memory]
    growth = settled[-1] / settled[0] - 1
    versions = set().union(*(client.versions for client in clients))
    print(f"requests answered   {sum(client.answered for client in clients)}")
    print(f"requests failed     {len(faults)}  {faults[:3] or ''}")
    print(f"versions published  {published}, of which {corrupt} corrupt; {len(versions)} answered")
    print(f"slowest answer      {max(client.slowest_ms for client in clients):.0f} ms")
    print(
        f"resident memory     {memory[0][1]:.0f} MB at first, {settled[0]:.0f} MB after a minute, "
        f"{settled[-1]:.0f} MB at the end ({growth:+.1%})"
    )
    return 1 if faults or growth > 0.10 else 0


if __name__ == "__main__":
    sys.exit(main())
