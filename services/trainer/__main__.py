"""The trainer's command line: `python -m services.trainer train --dataset mnist`."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from services.trainer.datasets.loading import DATASET_NAMES, load_dataset
from services.trainer.evaluation import MetricsService
from services.trainer.progress import Downloading, Failed, Notice
from services.trainer.publishing import require_writable
from services.trainer.recipes import DEFAULT_RECIPE, RECIPES, Changes, recipe_for
from services.trainer.settings import Settings
from services.trainer.terminal import Listener, Terminal, json_lines
from shared.errors import ServiceError
from shared.model_store import ModelStore

EXIT_FAILED = 1
EXIT_TERMINATED = 128 + signal.SIGTERM


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status."""
    settings = Settings()
    options = _parser(settings).parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_TERMINATED))
    if options.end_with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    listener: Listener = (
        json_lines(sys.stdout) if options.progress == "json" else Terminal(sys.stderr)
    )
    try:
        train(options, settings, listener)
    except ServiceError as error:
        listener(Failed(error.detail))
        return EXIT_FAILED
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


def train(options: argparse.Namespace, settings: Settings, tell: Listener) -> None:
    """Train and publish each kind of model that was asked for, in that order.

    Raises:
        ServiceError: What went wrong; models published before it stay.
    """
    changes = Changes(options.epochs, options.batch_size, options.learning_rate)
    recipes = [changes.applied(recipe_for(kind, options.recipe)) for kind in options.models]
    store = ModelStore(options.models_dir)
    require_writable(store)
    dataset = load_dataset(
        options.dataset,
        settings.data_places,
        on_progress=lambda *progress: tell(Downloading(*progress)),
        on_notice=lambda message: tell(Notice(message)),
    )
    # TensorFlow takes seconds to import: after everything that can fail without it.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from services.trainer.training import Trainer, model_name  # noqa: PLC0415

    marker = MetricsService(
        settings.metrics_url,
        settings.metrics_timeout_seconds,
        on_retry=lambda message: tell(Notice(message)),
    )
    trainer = Trainer(store, marker, options.seed, tell, options.run_id, options.checkpoints_dir)
    for recipe in recipes:
        model = model_name(dataset.name, recipe.kind)
        if trainer.was_published(model) or (options.if_missing and store.versions(model)):
            continue
        trainer.train(dataset, recipe)


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.trainer", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser(
        "train",
        help="train models and publish a version of each",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    command.add_argument("--dataset", choices=DATASET_NAMES, default="mnist", help="what to learn")
    command.add_argument(
        "--models", nargs="+", choices=list(RECIPES), default=list(RECIPES), help="in this order"
    )
    command.add_argument("--recipe", default=DEFAULT_RECIPE, help="how to train")
    command.add_argument(
        "--seed", type=int, default=settings.seed, help="decides every random choice"
    )
    command.add_argument(
        "--models-dir", type=Path, default=settings.models_dir, help="where versions go"
    )
    command.add_argument(
        "--if-missing", action="store_true", help="train only what has no version yet"
    )
    command.add_argument(
        "--progress", choices=("text", "json"), default="text", help="form of the progress"
    )
    command.add_argument("--epochs", type=int, help="in place of the recipe's")
    command.add_argument("--batch-size", type=int, help="in place of the recipe's")
    command.add_argument("--learning-rate", type=float, help="in place of the recipe's peak")
    command.add_argument(
        "--checkpoints-dir", type=Path, help="where an interrupted training is resumed from"
    )
    command.add_argument("--run-id", default="", help=argparse.SUPPRESS)
    command.add_argument("--end-with-parent", action="store_true", help=argparse.SUPPRESS)
    return parser


def _end_with_parent() -> None:
    """End this process when standard input does: its other end is the service's."""
    # Not through sys.stdin: its lock, held here, would keep the interpreter from shutting down.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
