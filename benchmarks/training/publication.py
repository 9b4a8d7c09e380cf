"""Publishing a version, step by step, and the memory of the process that trains it.

    python benchmarks/training/publication.py --data DATA_DIR --models linear cnn

Each kind of model is trained for one epoch, which decides nothing here, and published as ever,
in a process of its own, with a metrics service beside it. Printed is a Markdown table.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
STEPS = (
    "logits_and_probabilities_of", "_evaluated", "draw_confusion_matrix", "draw_history",
    "draw_errors", "_examples", "export", "measure_inference",
    "calibration_record", "publish",
)  # fmt: skip


def main() -> None:
    """Publish each kind, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--models", nargs="+", default=["linear", "cnn"])
    parser.add_argument("--recipe", default="fast")
    parser.add_argument("--one", metavar="METRICS_URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(published(options)))
        return
    from tests.support import serving  # noqa: PLC0415

    rows = []
    with serving("services.metrics.main:create_app") as metrics:
        for kind in options.models:
            command = [sys.executable, __file__, "--data", str(options.data), "--models", kind]
            command += ["--dataset", options.dataset, "--recipe", options.recipe]
            answer = subprocess.run(
                [*command, "--one", metrics.url],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            rows.append(json.loads(answer.stdout.splitlines()[-1]))
    columns = list(rows[0])
    print("| " + " | ".join(columns) + " |")
    print("|---|" + "--:|" * (len(columns) - 1))
    for row in rows:
        print("| " + " | ".join(str(row[column]) for column in columns) + " |")


def published(options: argparse.Namespace) -> dict[str, Any]:
    """Train for one epoch, publish, and say how long each step took and what it all held."""
    from services.trainer.tensorflow_import import import_tensorflow  # noqa: PLC0415

    import_tensorflow()
    from services.trainer import training  # noqa: PLC0415
    from services.trainer.datasets.loading import DataPlaces, load_dataset  # noqa: PLC0415
    from services.trainer.hyperparameters import Changes  # noqa: PLC0415
    from services.trainer.metrics_service import MetricsService  # noqa: PLC0415
    from services.trainer.publishing import StagedVersion  # noqa: PLC0415
    from services.trainer.recipes import recipe_for  # noqa: PLC0415
    from shared.model_store import ModelStore  # noqa: PLC0415

    (kind,) = options.models
    seconds: dict[str, float] = {}
    places = DataPlaces(options.data, options.data)
    dataset = load_dataset(options.dataset, places, lambda *_: None, print)
    recipe = Changes(epochs=1).applied(recipe_for(kind, options.recipe, options.dataset))
    with tempfile.TemporaryDirectory() as volume:
        service = MetricsService(options.one)
        trainer = training.Trainer(ModelStore(Path(volume)), service, 0, tell=lambda _: None)
        trained = trainer.learn(dataset, recipe)
        memory_of_training = _peak_mebibytes()
        owners = [training, training.Trainer, StagedVersion]
        with _timed(owners, seconds):
            started, started_cpu = time.perf_counter(), time.process_time()
            trainer._publish(trained)  # noqa: SLF001  without the telling of it
            total, cpu = time.perf_counter() - started, time.process_time() - started_cpu
    return {
        "model": trained.model,
        "publication, s": round(total, 2),
        "the same, CPU s": round(cpu, 2),
        **{name.strip("_").replace("_", " "): round(seconds[name], 2) for name in STEPS},
        "peak memory of training, MiB": memory_of_training,
        "with publication, MiB": _peak_mebibytes(),
    }


def _peak_mebibytes() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


@contextmanager
def _timed(owners: list[Any], seconds: dict[str, float]) -> Iterator[None]:
    """Whatever of `STEPS` these modules and classes call is timed."""

    def timed(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            started = time.perf_counter()
            try:
                return step(*arguments, **named)
            finally:
                seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - started

        return call

    publishes = (owners[1], "publish")  # the whole, not the step of that name
    found = [(owner, name) for owner in owners for name in STEPS if name in vars(owner)]
    before = [(owner, name, vars(owner)[name]) for owner, name in found
              if (owner, name) != publishes]  # fmt: skip
    for owner, name, step in before:
        setattr(owner, name, timed(name, step))
    try:
        yield
    finally:
        for owner, name, step in before:
            setattr(owner, name, step)


if __name__ == "__main__":
    main()
