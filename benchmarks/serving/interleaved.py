"""Requests per second of this service beside the bare limit of a Python process.

    python benchmarks/serving/interleaved.py --models MODELS_DIR --model mnist-cnn

Needs `wrk`. All servers run at once and are loaded in turn, cell by cell, in several
rounds: what else the machine does falls on all alike. Printed are medians.

    picture   one 28x28 PNG a request
    rows      32 images a request, nested lists of numbers in JSON
    binary    32 images a request, a binary tensor of the Open Inference Protocol
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from soak import png, wait_until_ready

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
IMAGES_A_REQUEST = 32
CONNECTIONS = (1, 8, 64)


@dataclass(frozen=True)
class Load:
    """Prepared bodies, and how they are sent."""

    folder: Path
    count: int
    content_type: str
    head_bytes: str = "-"


@dataclass(frozen=True)
class Server:
    """A running server and the path of each load."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    paths: dict[str, str]


def prepare(images: NDArray[np.float32], folder: Path) -> dict[str, Load]:
    """Write the bodies of every load."""
    repeated = np.resize(images, (IMAGES_A_REQUEST, *images.shape[1:]))
    tensor = {
        "name": "image",
        "shape": list(repeated.shape),
        "datatype": "FP32",
        "parameters": {"binary_data_size": repeated.nbytes},
    }
    head = json.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}}).encode()
    bodies = {
        "picture": [png(image) for image in images],
        "rows": [json.dumps({"instances": repeated.tolist()}).encode()],
        "binary": [head + repeated.tobytes()],
    }
    for name, contents in bodies.items():
        (folder / name).mkdir()
        for number, content in enumerate(contents):
            (folder / name / str(number)).write_bytes(content)
    return {
        "picture": Load(folder / "picture", len(images), "image/png"),
        "rows": Load(folder / "rows", 1, "application/json"),
        "binary": Load(folder / "binary", 1, "application/octet-stream", str(len(head))),
    }


def start(arguments: argparse.Namespace, twin: Path) -> list[Server]:
    """The limit, and this service with one and with two processes."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command = [sys.executable, "-m", "uvicorn", "limit:app", "--no-access-log", "--port"]
    limit = subprocess.Popen(
        [*command, str(arguments.port)],
        cwd=HERE,
        env={**os.environ, "TFLITE": str(twin.resolve())},
        **quiet,
    )
    servers = [
        Server("limit", limit, arguments.port, {"picture": "/predict", "rows": "/predict_batch"})
    ]
    for workers in (1, 2):
        port = arguments.port + workers
        environment = {
            **os.environ,
            "MODELS_DIR": str(arguments.models.resolve()),
            "INFERENCE_PORT": str(port),
            "INFERENCE_WORKERS": str(workers),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "services.inference"], cwd=ROOT, env=environment, **quiet
        )
        wait_until_ready(port)
        paths = {
            "picture": f"/predict/{arguments.model}",
            "rows": f"/v1/models/{arguments.model}:predict",
            "binary": f"/v2/models/{arguments.model}/infer",
        }
        servers.append(Server(f"gabarito, {workers} process(es)", process, port, paths))
    time.sleep(1)
    return servers


def measure(server: Server, load: Load, path: str, connections: int, seconds: int) -> list[float]:
    """Requests per second, p50 and p99 in milliseconds, and requests that failed."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s"]
    command += ["-s", str(HERE / "load.lua"), f"http://127.0.0.1:{server.port}", "--"]
    command += [str(load.folder), str(load.count), path, load.content_type, load.head_bytes]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    line = next(line for line in output.splitlines() if line.startswith("RESULT"))
    requests, micros, p50, p99, failed = (int(word) for word in line.split()[1:])
    return [requests / micros * 1e6, p50 / 1e3, p99 / 1e3, failed]


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--model", default="mnist-cnn")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--port", type=int, default=18200)
    arguments = parser.parse_args()
    version = max(
        (path for path in (arguments.models / arguments.model).iterdir() if path.name.isdigit()),
        key=lambda path: int(path.name),
    )
    with np.load(version / "golden.npz") as golden:
        images = golden["image"]
    with tempfile.TemporaryDirectory() as scratch:
        loads = prepare(images, Path(scratch))
        servers = start(arguments, version / "model.tflite")
        try:
            report(servers, loads, arguments.rounds, arguments.seconds)
        finally:
            for server in servers:
                server.process.terminate()
                server.process.wait(30)


def report(servers: list[Server], loads: dict[str, Load], rounds: int, seconds: int) -> None:
    """Measure every cell in every round, and print the medians."""
    print(f"{'load':8} {'connections':>11}  {'server':24} {'req/s':>8} {'p50 ms':>8} {'p99 ms':>8}")
    for name, load in loads.items():
        for connections in CONNECTIONS:
            asked = [server for server in servers if name in server.paths]
            cells: dict[str, list[list[float]]] = {server.name: [] for server in asked}
            for number in range(rounds):
                for server in asked if number % 2 == 0 else reversed(asked):
                    measure(server, load, server.paths[name], connections, 1)
                    cell = measure(server, load, server.paths[name], connections, seconds)
                    cells[server.name].append(cell)
            for server_name, measured in cells.items():
                rate, p50, p99, _ = (
                    statistics.median(row[n] for row in measured) for n in range(4)
                )
                failed = sum(row[3] for row in measured)
                note = f"  {failed:.0f} failed" if failed else ""
                print(
                    f"{name:8} {connections:11}  {server_name:24} {rate:8.0f} {p50:8.2f} "
                    f"{p99:8.2f}{note}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
