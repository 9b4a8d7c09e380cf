"""The trainer's command line: `python -m services.trainer train --dataset mnist`."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from services.trainer.arguments import argument_parser
from services.trainer.comparison import compare_versions
from services.trainer.comparison_report import write_report
from services.trainer.comparison_text import as_markdown, as_text
from services.trainer.datasets.dataset import Dataset
from services.trainer.datasets.loading import DATASET_NAMES, load_dataset
from services.trainer.datasets.own import about_path, load_own
from services.trainer.hyperparameters import Changes
from services.trainer.metrics_service import MetricsService
from services.trainer.mlflow_log import mlflow_log
from services.trainer.progress import Downloading, Failed, Notice
from services.trainer.publishing import require_writable
from services.trainer.recipes import recipe_for
from services.trainer.retention import prune
from services.trainer.run_store import STATE_DIRECTORY
from services.trainer.schemas import comparison_view
from services.trainer.settings import Settings
from services.trainer.sweeps.local import LocalTrials
from services.trainer.sweeps.ray_cluster import RayTrials
from services.trainer.sweeps.trials import Grid, TrialExecutor
from services.trainer.tensorflow_import import ONEDNN, import_tensorflow
from services.trainer.terminal import Listener, Terminal, bad_end_told, json_lines, told_to_all
from services.trainer.versions import LOG_DIRECTORY, model_name
from shared.errors import InvalidInput, ServiceError
from shared.manifest import Manifest
from shared.model_store import ModelStore

PUBLISHING = ("train", "sweep")  # others read data only to compare them with a card
EXIT_FAILED = 1
EXIT_TERMINATED = 128 + signal.SIGTERM


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status."""
    settings = Settings()
    options = argument_parser(settings).parse_args(arguments)
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
    import_tensorflow()
    from services.trainer.tensorboard_log import TensorBoardLog  # noqa: PLC0415
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
    with bad_end_told(watchers):
        for recipe in recipes:
            model = model_name(dataset.name, recipe.kind)
            if published := trainer.already_published(model):
                tell(published)
            elif not (options.if_missing and store.versions(model)):
                trainer.train(dataset, recipe)
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
    dataset = _of_manifest(options, settings, tell, manifest)
    import_tensorflow(manifest.packages.get(ONEDNN, "default"))
    from services.trainer import reproduction  # noqa: PLC0415
    from services.trainer.training import Trainer  # noqa: PLC0415

    trainer = Trainer(
        ModelStore(options.models_dir), MetricsService(settings.metrics_url), manifest.seed, tell
    )
    outcome = reproduction.reproduce(manifest, dataset, trainer)
    tell(Notice(outcome.sentence()))
    return 0 if outcome.is_exact else EXIT_FAILED


def compare(options: argparse.Namespace, settings: Settings, tell: Listener) -> int:
    """Print versions side by side, or write a report of them.

    Raises:
        ServiceError: They cannot be compared.
    """
    store, service = ModelStore(options.models_dir), _metrics_service(settings, tell)
    comparison = compare_versions(store, service, options.versions)
    if options.output is not None:
        if options.format != "markdown":
            raise InvalidInput(f"--output is for --format markdown. Received: {options.format}")
        dataset = _load_again(options, settings, tell, comparison.entrants[0].manifest)
        page = write_report(options.output, comparison, store, dataset)
        tell(Notice(f"The report is {page}"))
        return 0
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


def try_all(options: argparse.Namespace, settings: Settings, tell: Listener) -> int:
    """Try every combination, publish the best of each kind, and print all.

    Raises:
        ServiceError: The best could not be published, or a cluster cannot be reached.
    """
    grid = Grid(
        options.models,
        options.recipes,
        options.seeds,
        options.epochs,
        options.batch_size,
        options.learning_rate,
    )
    trials = grid.trials(options.dataset)
    store = ModelStore(options.models_dir)
    require_writable(store)
    dataset = _load(options, settings, tell)
    executor = _trial_executor(options)
    import_tensorflow()
    from services.trainer.sweeps.sweep import as_text, sweep  # noqa: PLC0415
    from services.trainer.training import Trainer  # noqa: PLC0415

    service = _metrics_service(settings, tell)
    trainer = Trainer(store, service, settings.seed, tell, keep_versions=settings.keep_versions)
    report = sweep(trials, dataset, executor, trainer)
    print(as_text(report))
    return 0 if report.published else EXIT_FAILED


def serve(options: argparse.Namespace, settings: Settings, tell: Listener) -> int:
    """Run the service until it is told to stop; it then ends with status 0."""
    del tell
    from services.trainer.main import create_app  # noqa: PLC0415  other commands need no server
    from shared import serving, upgrades  # noqa: PLC0415

    settings = settings.model_copy(update={"models_dir": options.models_dir})
    app = create_app(settings)
    serving.serve(
        app,
        host=options.host,
        port=options.port,
        grace_seconds=options.grace,
        http=upgrades.IgnoringUpgrades,
    )
    return 0


COMMANDS = {
    "serve": serve,
    "train": train,
    "sweep": try_all,
    "reproduce": reproduce,
    "compare": compare,
    "prune": remove_old,
}


def _trial_executor(options: argparse.Namespace) -> TrialExecutor:
    if options.executor == "ray":
        return RayTrials(options.address)
    return LocalTrials(options.at_once)


def _metrics_service(settings: Settings, tell: Listener) -> MetricsService:
    return MetricsService(
        settings.metrics_url,
        settings.metrics_timeout_seconds,
        on_retry=lambda message: tell(Notice(message)),
    )


def _load(options: argparse.Namespace, settings: Settings, tell: Listener) -> Dataset:
    """The data set of a name, or at a path; a name that is known comes first."""
    path = Path(options.dataset)
    known = {*DATASET_NAMES, *settings.data_places.uploaded.names()}
    if options.dataset not in known and path.exists():
        about = about_path(path, options.name, options.preprocessing, options.image_size)
        if about.name in known and options.command in PUBLISHING:
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


def _of_manifest(
    options: argparse.Namespace, settings: Settings, tell: Listener, manifest: Manifest
) -> Dataset:
    """The data set that a version was trained on; where it was at a path, that must be told."""
    options.dataset = options.dataset or manifest.dataset.name
    options.preprocessing = manifest.preprocessing
    options.image_size = manifest.input.shape[:2]
    options.name = manifest.dataset.title
    return _load(options, settings, tell)


def _load_again(
    options: argparse.Namespace, settings: Settings, tell: Listener, manifest: Manifest
) -> Dataset | str:
    """The same, or why it cannot be had."""
    try:
        return _of_manifest(options, settings, tell, manifest)
    except ServiceError as error:
        return error.detail.rstrip(".")


def _end_with_parent() -> None:
    """End this process when standard input does: its other end is the service's."""
    # Not through sys.stdin: its lock, held here, would keep the interpreter from shutting down.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
