"""This service, the bare limit of a Python process, and peers, measured in one go.

    python benchmarks/serving/compare.py --models MODELS_DIR --peers FOLDER --environments FOLDER

Needs `wrk`. Each contestant is started alone, checked, loaded and stopped; that is repeated,
every second time in reverse order. Printed is Markdown: medians, and in brackets the least and
the greatest. Without `--peers`, only this service and the limit.
"""

import argparse
import http.client
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from contestants import CONTESTANTS, Contestant, Places, start, versions
from loads import Body, Cell, bodies, run, save
from numpy.typing import NDArray

CONNECTIONS = (1, 8, 64)
LOADS = ("picture", "rows", "binary")
START_SECONDS = 120
WARM_UP_SECONDS = 2


@dataclass
class Seen:
    """What was seen of one contestant, in all rounds."""

    cells: dict[tuple[str, int], list[Cell]] = field(default_factory=dict)
    cold_start_seconds: list[float] = field(default_factory=list)
    idle_mb: list[float] = field(default_factory=list)
    loaded_mb: list[float] = field(default_factory=list)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, required=True, help="the volume")
    parser.add_argument("--model", default="mnist-cnn")
    parser.add_argument("--peers", type=Path, help="folder of serve_NAME.py")
    parser.add_argument("--environments", type=Path, help="folder of virtual environments")
    parser.add_argument("--only", default="", help="names, comma-separated")
    parser.add_argument("--loads", default=",".join(LOADS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--port", type=int, default=18200)
    arguments = parser.parse_args()
    chosen = [
        contestant
        for contestant in CONTESTANTS
        if (arguments.peers or not contestant.is_peer)
        and any(contestant.name.startswith(name) for name in arguments.only.split(","))
    ]
    directories = (arguments.models / arguments.model).iterdir()
    version = max((p for p in directories if p.name.isdigit()), key=lambda p: int(p.name))
    seen = {contestant.name: Seen() for contestant in chosen}
    with tempfile.TemporaryDirectory() as scratch:
        places = Places(
            arguments.models.resolve(),
            version.resolve(),
            (arguments.peers or Path()).resolve(),
            (arguments.environments or Path()).resolve(),
            Path(scratch),
        )
        of = {contestant.name: versions(contestant, places) for contestant in chosen}
        for number in range(arguments.rounds):
            for contestant in chosen if number % 2 == 0 else reversed(chosen):
                print(f"round {number + 1}: {contestant.name}", file=sys.stderr, flush=True)
                attend(contestant, places, arguments, seen[contestant.name])
                arguments.port += 10  # some leave sockets behind for a while
        print_tables(chosen, seen, of, arguments)


def attend(
    contestant: Contestant, places: Places, arguments: argparse.Namespace, seen: Seen
) -> None:
    """Start a contestant, check its answers, measure all loads, and end it."""
    with np.load(places.version / "golden.npz") as golden:
        images, labels = golden["image"], golden["probabilities"].argmax(axis=1)
    speaks = {
        load: (path.format(model=arguments.model), bodies(dialect, images))
        for load, (path, dialect) in contestant.speaks.items()
        if load in arguments.loads.split(",")
    }
    path, pictures = (
        contestant.speaks["picture"][0].format(model=arguments.model),
        bodies(contestant.speaks["picture"][1], images),
    )
    began = time.monotonic()
    process = start(contestant, places, arguments.port)
    try:
        wait_for_answer(arguments.port, path, pictures[0], process)
        seen.cold_start_seconds.append(time.monotonic() - began)
        check(arguments.port, path, pictures, labels)
        time.sleep(2)
        seen.idle_mb.append(proportional_mb(process.pid))
        for load, (load_path, prepared) in speaks.items():
            folder = places.scratch / f"{contestant.name}-{arguments.port}-{load}"
            save(prepared, folder)
            for connections in CONNECTIONS:
                run(arguments.port, load_path, folder, connections, WARM_UP_SECONDS)
                cell = run(arguments.port, load_path, folder, connections, arguments.seconds)
                seen.cells.setdefault((load, connections), []).append(cell)
        seen.loaded_mb.append(proportional_mb(process.pid))
    except SystemExit:
        log = places.scratch / f"{contestant.name}.log"
        print(log.read_text("utf-8", "replace")[-3000:], file=sys.stderr)
        raise
    finally:
        end(process)


def ask(port: int, path: str, body: Body) -> Any:
    """The parsed answer to one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        headers = {"Content-Type": body.content_type}
        connection.request("POST", path, body.content, headers)
        response = connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise ValueError(f"{response.status} {content[:300]!r}")
        return json.loads(content)
    finally:
        connection.close()


def wait_for_answer(port: int, path: str, body: Body, process: "subprocess.Popen[bytes]") -> None:
    """Return with the first prediction."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            ask(port, path, body)
        except (OSError, ValueError, http.client.HTTPException):
            time.sleep(0.02)
        else:
            return
    raise SystemExit(f"{path} on port {port} does not answer")


def check(port: int, path: str, pictures: list[Body], labels: NDArray[np.intp]) -> None:
    """Refuse a contestant that answers another digit than the recorded one."""
    for body, expected in zip(pictures, labels, strict=True):
        answer = ask(port, path, body)
        answer = answer[0] if isinstance(answer, list) else answer
        if "outputs" in answer:
            outputs = {output["name"]: output["data"] for output in answer["outputs"]}
            found = outputs["digit"][0]
        else:
            found = answer["label"] if "label" in answer else answer["digit"]
        if int(found) != expected:
            raise SystemExit(f"{path} answers {found} for a picture of {expected}")


def family(root: int) -> list[int]:
    """A process and all that descend from it or are of its session."""
    parents: dict[int, int] = {}
    sessions: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)], sessions[int(entry.name)] = int(fields[1]), int(fields[3])
    found = {number for number, session in sessions.items() if session == root} | {root}
    while more := {n for n, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def proportional_mb(root: int) -> float:
    """Resident memory of a process and its children, what they share counted once."""
    total = 0
    for number in family(root):
        try:
            text = Path(f"/proc/{number}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total / 1024


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a contestant with all its processes."""
    members = family(process.pid)
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for number in members:
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            continue


def spread(values: Iterable[float], digits: int) -> str:
    """The median, and in brackets the least and the greatest."""
    sorted_values = sorted(values)
    if not sorted_values:
        return "-"
    median = statistics.median(sorted_values)
    return f"{median:.{digits}f} ({sorted_values[0]:.{digits}f} to {sorted_values[-1]:.{digits}f})"


def print_tables(
    chosen: list[Contestant],
    seen: dict[str, Seen],
    of: dict[str, str],
    arguments: argparse.Namespace,
) -> None:
    """Everything as Markdown."""
    print(
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores ({processor()}), Python "
        f"{platform.python_version()}; {arguments.rounds} rounds of {arguments.seconds} s, medians "
        "with the least and the greatest; the load generator is on the same machine.\n"
    )
    for load in arguments.loads.split(","):
        print(
            f"| {load}, connections | contestant | requests/s | of the best peer | of the limit "
            "| p50 ms | p99 ms | p99/p50 | failed |"
        )
        print("|--:|---|--:|--:|--:|--:|--:|--:|--:|")
        for connections in CONNECTIONS:
            rates = {
                c.name: statistics.median(cell.requests_per_second for cell in cells)
                for c in chosen
                if (cells := seen[c.name].cells.get((load, connections)))
            }
            peers = [rates[c.name] for c in chosen if c.is_peer and c.name in rates]
            for name, rate in rates.items():
                cells = seen[name].cells[load, connections]
                against = [
                    f"{rate / best:.2f}" if best else "-"
                    for best in (max(peers, default=0), rates.get("limit", 0))
                ]
                row = [
                    str(connections),
                    name,
                    spread((cell.requests_per_second for cell in cells), 0),
                    *against,
                    spread((cell.p50_ms for cell in cells), 2),
                    spread((cell.p99_ms for cell in cells), 2),
                    spread((cell.p99_ms / max(cell.p50_ms, 0.001) for cell in cells), 1),
                    str(sum(cell.failed for cell in cells)),
                ]
                print(f"| {' | '.join(row)} |")
        print()
    print(
        "| contestant | cold start to the first answer, s | memory idle, MB | after the loads, MB "
        "| versions |"
    )
    print("|---|--:|--:|--:|---|")
    for contestant in chosen:
        one = seen[contestant.name]
        row = [
            contestant.name,
            spread(one.cold_start_seconds, 2),
            spread(one.idle_mb, 0),
            spread(one.loaded_mb, 0),
            of[contestant.name],
        ]
        print(f"| {' | '.join(row)} |")
    print("\nMemory is proportional set size of all processes of a contestant.")


def processor() -> str:
    """The name of the processor."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if "model name" in line), "")


if __name__ == "__main__":
    main()
