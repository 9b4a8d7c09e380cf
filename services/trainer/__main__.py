"""The trainer's command line: `python -m services.trainer train --dataset mnist`."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from services.trainer.comparison import compare_versions
from services.trainer.comparison_text import as_markdown, as_text
from services.trainer.datasets.dataset import Dataset
from services.trainer.datasets.loading import DATASET_NAMES, load_dataset
from services.trainer.datasets.own import FORMS, about_path, load_own
from services.trainer.hyperparameters import Changes
from services.trainer.metrics_service import MetricsService
from services.trainer.mlflow_log import mlflow_log
from services.trainer.progress import Downloading, Failed, Notice
from services.trainer.publishing import require_writable
from services.trainer.recipes import DEFAULT_RECIPE, RECIPES, recipe_for
from services.trainer.retention import prune
from services.trainer.run_store import STATE_DIRECTORY
from services.trainer.schemas import comparison_view
from services.trainer.settings import Settings
from services.trainer.terminal import Listener, Terminal, json_lines, told_to_all
from services.trainer.versions import model_name
from shared.errors import InvalidInput, ServiceError
from shared.manifest import Preprocessing
from shared.model_store import ModelStore

EXIT_FAILED = 1
SEED_LIMIT = 2**32
EXIT_TERMINATED = 128 + signal.SIGTERM


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status."""
    settings = Settings()
    options = _parser(settings).parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_TERMINATED))
    if getattr(options, "end_with_parent", False):
        threading.Thread(target=_end_with_parent, daemon=True).start()
    listener: Listener = (
        json_lines(sys.stdout) if options.progress == "json" else Terminal(sys.stderr)
    )
    try:
        return COMMANDS[options.command](options, settings, listener)
    except ServiceError as error:
        listener(Failed(error.detail))
        return EXIT_FAILED
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def train(options: argparse.Namespace, settings: Settings, tell: Listener) -> int:
    """Train and publish each kind of model that was asked for, in that order.

    Raises:
        ServiceError: What went wrong; models published before it stay.
    """
    changes = Changes(options.epochs, options.batch_size, options.learning_rate)
    recipes = [
        changes.applied(recipe_for(kind, options.recipe, options.dataset))
        for kind in options.models
    ]
    store = ModelStore(options.models_dir)
    require_writable(store)
    dataset = _load(options, settings, tell)
    _quieten_tensorflow()
    from services.trainer.tensorboard_log import LOG_DIRECTORY, TensorBoardLog  # noqa: PLC0415
    from services.trainer.training import Trainer  # noqa: PLC0415

    logs = options.models_dir / STATE_DIRECTORY / LOG_DIRECTORY
    name = options.run_id or f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    watchers = told_to_all(
        TensorBoardLog(logs, name, tell), mlflow_log(settings.mlflow_tracking_uri, tell)
    )
    trainer = Trainer(
        store,
        _metrics_service(settings, tell),
        options.seed,
        told_to_all(tell, watchers),
        options.run_id,
        settings.keep_versions,
        options.checkpoints_dir,
    )
    try:
        for recipe in recipes:
            model = model_name(dataset.name, recipe.kind)
            if published := trainer.already_published(model):
                tell(published)
            elif not (options.if_missing and store.versions(model)):
                trainer.train(dataset, recipe)
    except ServiceError as error:
        watchers(Failed(error.detail))
        raise
    return 0


def reproduce(options: argparse.Namespace, settings: Settings, tell: Listener) -> int:
    """Train a published version again, and say whether the weights are the same.

    Raises:
        ServiceError: It could not be tried.
    """
    model, _, version = options.version.rpartition("/")
    if not version.isdigit():
        raise InvalidInput(f"Expected: MODEL/VERSION, as in mnist-cnn/1. Received: {version!r}")
    manifest = ModelStore(options.models_dir).manifest(model, int(version))
    options.dataset = options.dataset or manifest.dataset.name
    options.preprocessing = manifest.preprocessing
    options.image_size = manifest.input.shape[:2]
    options.name = manifest.dataset.title
    dataset = _load(options, settings, tell)
    _quieten_tensorflow()
    from services.trainer import reproduction  # noqa: PLC0415
    from services.trainer.training import Trainer  # noqa: PLC0415

    trainer = Trainer(
        ModelStore(options.models_dir), MetricsService(settings.metrics_url), manifest.seed, tell
    )
    outcome = reproduction.reproduce(manifest, dataset, trainer)
    tell(Notice(outcome.sentence()))
    return 0 if outcome.is_exact else EXIT_FAILED


def compare(options: argparse.Namespace, settings: Settings, tell: Listener) -> int:
    """Print versions side by side.

    Raises:
        ServiceError: They cannot be compared.
    """
    service = _metrics_service(settings, tell)
    comparison = compare_versions(ModelStore(options.models_dir), service, options.versions)
    match options.format:
        case "json":
            print(comparison_view(comparison).model_dump_json(indent=2))
        case "markdown":
            print(as_markdown(comparison), end="")
        case _:
            print(as_text(comparison))
    return 0


def remove_old(options: argparse.Namespace, settings: Settings, tell: Listener) -> int:
    """Remove the versions that nobody needs any more, and say which.

    Raises:
        ServiceError: The volume cannot be written, or the labels cannot be read.
    """
    store = ModelStore(options.models_dir)
    keep = settings.keep_versions if options.keep is None else options.keep
    for model in options.names or store.models():
        store.path(model, store.versions(model)[-1] if store.versions(model) else 1)
        removed = prune(store, model, keep, dry_run=options.dry_run)
        what = "would be removed" if options.dry_run else "removed"
        tell(Notice(f"{model}: {what}: {', '.join(map(str, removed)) or 'none'}"))
    return 0


COMMANDS = {"train": train, "reproduce": reproduce, "compare": compare, "prune": remove_old}


def _metrics_service(settings: Settings, tell: Listener) -> MetricsService:
    return MetricsService(
        settings.metrics_url,
        settings.metrics_timeout_seconds,
        on_retry=lambda message: tell(Notice(message)),
    )


def _seed(text: str) -> int:
    seed = int(text)
    if not 0 <= seed < SEED_LIMIT:
        raise argparse.ArgumentTypeError(f"expected 0 to {SEED_LIMIT - 1}, received {seed}")
    return seed


def _image_size(text: str) -> tuple[int, int]:
    height, _, width = text.partition("x")
    if not (height.isdecimal() and width.isdecimal()):
        raise argparse.ArgumentTypeError(f"expected HEIGHTxWIDTH, as 32x32, received {text!r}")
    return int(height), int(width)


def _load(options: argparse.Namespace, settings: Settings, tell: Listener) -> Dataset:
    """The data set of a name, or at a path; a name that is known comes first."""
    path = Path(options.dataset)
    known = {*DATASET_NAMES, *settings.data_places.uploaded.names()}
    if options.dataset not in known and path.exists():
        about = about_path(path, options.name, options.preprocessing, options.image_size)
        if about.name in known and options.command == "train":
            raise InvalidInput(f"A data set is called {about.name!r} already; give it a --name")
        own = load_own(path, about, settings.data_limits)
        for sentence in own.sentences():
            tell(Notice(sentence))
        return own.dataset
    return load_dataset(
        options.dataset,
        settings.data_places,
        on_progress=lambda *progress: tell(Downloading(*progress)),
        on_notice=lambda message: tell(Notice(message)),
    )


def _quieten_tensorflow() -> None:
    # It is imported after this, and after everything that can fail without it: it takes seconds.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.trainer", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--models-dir", type=Path, default=settings.models_dir, help="where versions are"
    )
    common.add_argument(
        "--progress", choices=("text", "json"), default="text", help="form of the progress"
    )
    _add_train(commands, common, settings)
    command = commands.add_parser(
        "reproduce", parents=[common], help="train a version again and compare the weights"
    )
    command.add_argument("version", help="MODEL/VERSION, as in mnist-cnn/1")
    command.add_argument("--dataset", help="path of the data, where they were yours")
    command = commands.add_parser(
        "compare", parents=[common], help="set models, or versions, side by side"
    )
    command.add_argument("versions", nargs="+", help="MODEL, its newest, or MODEL/VERSION")
    command.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    command = commands.add_parser(
        "prune", parents=[common], help="remove old versions; labelled and served ones stay"
    )
    command.add_argument("names", nargs="*", metavar="MODEL", help="all by default")
    command.add_argument("--keep", type=int, help="how many of the newest stay")
    command.add_argument("--dry-run", action="store_true", help="only say which would go")
    return parser


def _add_train(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    common: argparse.ArgumentParser,
    settings: Settings,
) -> None:
    command = commands.add_parser(
        "train",
        parents=[common],
        help="train models and publish a version of each",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    _add_dataset(command)
    command.add_argument(
        "--models", nargs="+", choices=list(RECIPES), default=list(RECIPES), help="in this order"
    )
    command.add_argument("--recipe", default=DEFAULT_RECIPE, help="how to train")
    command.add_argument(
        "--seed", type=_seed, default=settings.seed, help="decides every random choice"
    )
    command.add_argument(
        "--if-missing", action="store_true", help="train only what has no version yet"
    )
    command.add_argument("--epochs", type=int, help="in place of the recipe's")
    command.add_argument("--batch-size", type=int, help="in place of the recipe's")
    command.add_argument("--learning-rate", type=float, help="in place of the recipe's peak")
    command.add_argument(
        "--checkpoints-dir", type=Path, help="where an interrupted training is resumed from"
    )
    command.add_argument("--run-id", default="", help=argparse.SUPPRESS)
    command.add_argument("--end-with-parent", action="store_true", help=argparse.SUPPRESS)


def _add_dataset(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--dataset",
        default="mnist",
        help=f"what to learn: {', '.join(DATASET_NAMES)}, an uploaded one, or the path of {FORMS}",
    )
    command.add_argument("--name", default="", help="of the data at a path; that of the path")
    command.add_argument(
        "--preprocessing",
        choices=get_args(Preprocessing),
        default="none",
        help="for the data at a path: how pictures to be recognised are prepared",
    )
    command.add_argument(
        "--image-size", type=_image_size, help="HEIGHTxWIDTH of the data at a path"
    )


def _end_with_parent() -> None:
    """End this process when standard input does: its other end is the service's."""
    # Not through sys.stdin: its lock, held here, would keep the interpreter from shutting down.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
