"""The arguments of the trainer's command line."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from services.trainer.datasets.loading import DATASET_NAMES
from services.trainer.datasets.own import FORMS
from services.trainer.recipes import DEFAULT_RECIPE, RECIPES
from services.trainer.settings import Settings
from shared.manifest import Preprocessing

SEED_LIMIT = 2**32


def argument_parser(settings: Settings) -> argparse.ArgumentParser:
    """What `python -m services.trainer` understands."""
    parser = argparse.ArgumentParser(
        prog="python -m services.trainer", description="Trains, compares and keeps models."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--models-dir", type=Path, default=settings.models_dir, help="where versions are"
    )
    common.add_argument(
        "--progress", choices=("text", "json"), default="text", help="form of the progress"
    )
    _add_serve(commands, common)
    _add_train(commands, common, settings)
    _add_sweep(commands, common)
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
    command.add_argument("--output", type=Path, help="markdown: a folder for page and pictures")
    command.add_argument("--dataset", help="path of the data, where they were yours")
    command = commands.add_parser(
        "prune", parents=[common], help="remove old versions; labelled and served ones stay"
    )
    command.add_argument("names", nargs="*", metavar="MODEL", help="all by default")
    command.add_argument("--keep", type=_at_least(0), help="how many of the newest stay")
    command.add_argument("--dry-run", action="store_true", help="only say which would go")
    return parser


def _add_serve(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    common: argparse.ArgumentParser,
) -> None:
    command = commands.add_parser(
        "serve",
        parents=[common],
        help="run the service",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    command.add_argument("--host", default="127.0.0.1", help="address to listen on")
    command.add_argument("--port", type=int, default=8001, help="port to listen on")
    command.add_argument(
        "--grace",
        type=_at_least(0),
        default=5,
        metavar="SECONDS",
        help="how long requests that run may go on once it is told to stop",
    )


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


def _add_sweep(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    common: argparse.ArgumentParser,
) -> None:
    command = commands.add_parser(
        "sweep",
        parents=[common],
        help="try every combination and publish the best of each kind by its validation split",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    _add_dataset(command)
    command.add_argument("--models", nargs="+", choices=list(RECIPES), default=["cnn"])
    command.add_argument("--recipes", nargs="+", default=[DEFAULT_RECIPE])
    command.add_argument("--seeds", nargs="+", type=_seed, default=[0])
    command.add_argument("--epochs", nargs="+", type=int, default=[None])
    command.add_argument("--batch-size", nargs="+", type=int, default=[None])
    command.add_argument("--learning-rate", nargs="+", type=float, default=[None])
    command.add_argument("--executor", choices=("local", "ray"), default="local")
    command.add_argument(
        "--at-once", type=_at_least(1), default=1, help="local: trials that work at the same time"
    )
    command.add_argument(
        "--address", default="", help="ray: HOST:PORT of a cluster, or auto; empty: starts one here"
    )


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


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"expected {least} or more, received {text!r}")
        return int(text)

    return number


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
