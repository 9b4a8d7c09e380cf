"""Serves: `python -m services.inference`, with as many processes as the settings say.

python -m services.inference [--host HOST] [--port PORT]
python -m services.inference labels MODEL
python -m services.inference label MODEL LABEL VERSION [REASON]
python -m services.inference rollback MODEL LABEL [REASON]
"""

import argparse
import gc
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from services.inference.server import listen, serve
from services.inference.settings import Settings
from services.inference.supervisor import Supervisor
from shared import log
from shared.errors import ServiceError
from shared.label_store import LabelStore


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; the answer is the exit status."""
    parsed = _parser().parse_args(arguments)
    settings = Settings()
    try:
        action: Callable[[argparse.Namespace, Settings], int] = parsed.action
        return action(parsed, settings)
    except ServiceError as error:
        print(error.detail, file=sys.stderr)
        return 1


def _serve(parsed: argparse.Namespace, settings: Settings) -> int:
    host, port = parsed.host or settings.host, parsed.port or settings.port
    if not settings.public_url:
        shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104  compared, not bound
        settings = settings.model_copy(update={"public_url": f"http://{shown}:{port}/"})
    try:
        listeners = [
            listen(host, port, shared=settings.workers > 1) for _ in range(settings.workers)
        ]
    except OSError as error:
        print(f"{host}:{port} cannot be had: {error.strerror}", file=sys.stderr)
        return 1
    if settings.workers == 1:
        serve(settings, listeners[0])
        return 0
    log.configure("inference", settings.log_format)
    gc.freeze()  # what is loaded by now is shared by all processes as long as none touches it
    with tempfile.TemporaryDirectory(prefix="gabarito-telemetry-") as directory:
        path = Path(directory)
        return Supervisor(listeners, lambda listener: serve(settings, listener, path)).run()


def _show_labels(parsed: argparse.Namespace, settings: Settings) -> int:
    print(LabelStore(settings.models_dir).read_published(parsed.model).model_dump_json(indent=1))
    return 0


def _move_label(parsed: argparse.Namespace, settings: Settings) -> int:
    store = LabelStore(settings.models_dir)
    book = store.move(parsed.model, parsed.label, parsed.version, parsed.reason)
    print(book.model_dump_json(indent=1, include={"labels"}))
    return 0


def _roll_back(parsed: argparse.Namespace, settings: Settings) -> int:
    book = LabelStore(settings.models_dir).roll_back(parsed.model, parsed.label, parsed.reason)
    print(book.model_dump_json(indent=1, include={"labels"}))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.inference", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--host", help="address to listen on; INFERENCE_HOST by default")
    parser.add_argument("--port", type=int, help="port to listen on; INFERENCE_PORT by default")
    parser.set_defaults(action=_serve)
    commands = parser.add_subparsers(title="commands")
    show = commands.add_parser("labels", help="print the labels of a model and their history")
    show.set_defaults(action=_show_labels)
    move = commands.add_parser("label", help="let a label stand for a version")
    move.set_defaults(action=_move_label)
    back = commands.add_parser("rollback", help="undo the last move of a label")
    back.set_defaults(action=_roll_back)
    for command in (show, move, back):
        command.add_argument("model")
    for command in (move, back):
        command.add_argument("label")
    move.add_argument("version", type=int)
    for command in (move, back):
        command.add_argument("reason", nargs="?", default="")
    return parser


if __name__ == "__main__":
    sys.exit(main())
