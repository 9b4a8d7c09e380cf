"""The recipes beside the public Keras convnet for MNIST: time, accuracy, calibration, memory.

    python benchmarks/training/run.py --data DATA_DIR --seeds 0 1 2
    python benchmarks/training/run.py --dataset fashion-mnist --target 0.9 --models cnn/fast

Every training is a process of its own; they run one after the other, seed by seed, so that what
else the machine does falls on all alike. The test split is measured after each epoch for the
time to the target alone: the clocks stand still meanwhile, and nothing is chosen by it.
Printed is a Markdown table: means, and the range over the seeds in brackets.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = "keras example"
ENTRANTS = (EXAMPLE, "cnn/quick", "cnn/fast", "linear/fast")


def main() -> None:
    """Run every training, and print the table."""
    options = _options()
    if options.one:
        sys.path.insert(0, str(ROOT))
        from services.trainer.tensorflow_import import import_tensorflow  # noqa: PLC0415

        if options.one != EXAMPLE:  # which has TensorFlow as it comes
            import_tensorflow()
        from entrants import measured  # noqa: PLC0415  TensorFlow, in the child alone

        print(json.dumps(measured(options.one, options.dataset, options.data, options.seeds[0])))
        return
    runs: dict[str, list[dict[str, Any]]] = {entrant: [] for entrant in options.models}
    for seed in options.seeds:
        for entrant in options.models:
            run = _in_a_process(entrant, seed, options)
            runs[entrant].append(run)
            print(f"seed {seed}, {entrant}: {json.dumps(run)}", file=sys.stderr, flush=True)
    print(table(runs, options.target))


def _in_a_process(entrant: str, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, __file__, "--one", entrant, "--seeds", str(seed)]
    command += ["--dataset", options.dataset, "--data", str(options.data)]
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=env)
    run: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return run


def table(runs: dict[str, list[dict[str, Any]]], target: float) -> str:
    """A Markdown table, one row for each entrant."""
    columns: dict[str, Callable[[dict[str, Any]], float | None]] = {
        f"to {target:.0%} test accuracy, s": lambda run: _until(run, target, "seconds"),
        "the same, CPU s": lambda run: _until(run, target, "cpu_seconds"),
        "training, s": lambda run: run["seconds"],
        "training, CPU s": lambda run: run["cpu_seconds"],
        "test accuracy, %": lambda run: run["accuracy"] * 100,
        "ECE, %": lambda run: run["expected_calibration_error"] * 100,
        "parameters": lambda run: run["parameters"],
        "peak memory, MB": lambda run: run["peak_memory_bytes"] / 1e6,
        "publication, s": lambda run: run.get("publication_seconds"),
    }
    lines = ["| | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    for entrant, measured in runs.items():
        cells = [_cell([read(run) for run in measured]) for read in columns.values()]
        lines.append(f"| {entrant} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _until(run: dict[str, Any], target: float, clock: str) -> float | None:
    reached = (epoch[clock] for epoch in run["epochs"] if epoch["test_accuracy"] >= target)
    return next(reached, None)


def _cell(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    digits = 0 if min(known) >= 1000 else 1 if min(known) >= 100 else 2
    text = f"{statistics.mean(known):.{digits}f}"
    if len({round(value, digits) for value in known}) > 1:
        text += f" ({min(known):.{digits}f} to {max(known):.{digits}f})"
    missing = len(values) - len(known)
    return f"{text}; {missing} of {len(values)} never" if missing else text


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("DATA_DIR", "data")))
    parser.add_argument("--dataset", choices=("mnist", "fashion-mnist"), default="mnist")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument(
        "--models", nargs="+", default=ENTRANTS, help=f"'{EXAMPLE}', or KIND/RECIPE"
    )
    parser.add_argument("--target", type=float, default=0.99, help="of the test accuracy")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
