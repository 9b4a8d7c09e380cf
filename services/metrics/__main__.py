"""The command line: `python -m services.metrics evaluate predictions.csv --true label ...`.

`python -m services.metrics serve` runs the service.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from services.metrics.catalogue_text import document, markdown
from services.metrics.comparison import Comparison
from services.metrics.evaluation import evaluate
from services.metrics.inputs.bodies import TYPE_OF_SUFFIX, Body
from services.metrics.inputs.requests import read_comparison, read_evaluation
from services.metrics.limits import Limits
from services.metrics.plots.options import KINDS, OF_SCORES, PlotOptions
from services.metrics.text_report import comparison_text, evaluation_text
from shared.errors import ServiceError

MAX_FILE_BYTES = 64 * 1024**3
ENCODINGS = {".gz": "gzip", ".zst": "zstd"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 if it succeeded, 2 if the input cannot be used."""
    chosen = _parser().parse_args(arguments)
    try:
        chosen.run(chosen)
    except (ServiceError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.metrics", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    server = commands.add_parser("serve", help="run the service")
    server.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    server.add_argument("--port", default=8003, type=int, help="port (%(default)s)")
    server.add_argument(
        "--grace", metavar="SECONDS", default=5, type=int,
        help="how long requests that run may go on once it is told to stop (%(default)s)",
    )  # fmt: skip
    server.set_defaults(run=_serve)
    one = commands.add_parser("evaluate", help="mark the predictions in a file")
    _add_common(one)
    one.add_argument("--pred", metavar="COLUMN", help="predicted labels (y_pred)")
    one.add_argument("--score", metavar="COLUMN", action="append", help="scores; repeatable")
    one.add_argument("--score-type", choices=["probability", "decision"], help="what they are")
    one.add_argument("--weight", metavar="COLUMN", help="sample weights (sample_weight)")
    one.add_argument("--group", metavar="COLUMN", action="append", help="groups; repeatable")
    one.add_argument("--positive", metavar="LABEL", help="the positive class")
    one.add_argument("--include", metavar="GROUPS", help="groups of statistics, or all")
    one.add_argument("--plots", metavar="FOLDER", type=Path, help="write pictures (SVG) there")
    one.set_defaults(run=_evaluate)
    many = commands.add_parser("compare", help="compare the predictions of several models")
    _add_common(many)
    many.add_argument(
        "--pred", metavar="COLUMN", action="append", required=True, help="a model; repeatable"
    )
    many.set_defaults(run=_compare)
    listed = commands.add_parser("catalogue", help="print what every statistic is")
    listed.add_argument("--json", action="store_true", help="as JSON instead of Markdown")
    listed.set_defaults(run=_catalogue)
    return parser


def _add_common(command: argparse.ArgumentParser) -> None:
    kinds = ", ".join(TYPE_OF_SUFFIX)
    command.add_argument("file", type=Path, help=f"{kinds}; also with .gz or .zst")
    command.add_argument("--true", metavar="COLUMN", help="true labels (y_true)")
    command.add_argument("--labels", metavar="A,B,...", help="the classes and their order")
    command.add_argument("--ignore", metavar="A,B,...", help="true labels left out, such as -1")
    command.add_argument("--level", type=float, help="coverage of the intervals (0.95)")
    command.add_argument("--bootstrap", metavar="N", type=int, help="bootstrap replicates")
    command.add_argument("--json", action="store_true", help="print the whole answer as JSON")


def _serve(chosen: argparse.Namespace) -> None:
    from services.metrics import server  # noqa: PLC0415  the other commands need no web server
    from services.metrics.main import create_app  # noqa: PLC0415

    server.run(create_app(), chosen.host, chosen.port, chosen.grace)


def _evaluate(chosen: argparse.Namespace) -> None:
    query = {
        **_common(chosen),
        "pred_column": chosen.pred,
        "score_columns": chosen.score,
        "score_type": chosen.score_type,
        "weight_column": chosen.weight,
        "group_columns": chosen.group,
        "positive_label": chosen.positive,
        "include": _included(chosen),
    }
    samples, options = read_evaluation(_body(chosen.file), _given(query), MAX_FILE_BYTES)
    answer = evaluate(samples, options, Limits())
    _print(answer, evaluation_text(answer), as_json=chosen.json)
    if chosen.plots is not None:
        for path in _write_plots(answer, chosen.plots):
            print(f"wrote {path}", file=sys.stderr)


def _write_plots(answer: dict[str, Any], folder: Path) -> Iterator[Path]:
    """Draw every kind of picture that the answer has the numbers for; gives the files."""
    # matplotlib takes a second to load.
    from services.metrics.plots.pictures import drawn  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    curves = answer.get("scores", {}).get("curves", {})
    without = OF_SCORES - ({"roc", "precision-recall"} if curves else set()) - curves.keys()
    for kind in KINDS:
        if kind in without:
            continue
        path = folder / f"{kind.replace('-', '_')}.svg"
        path.write_bytes(drawn(kind, answer, PlotOptions()))
        yield path


def _compare(chosen: argparse.Namespace) -> None:
    query = {**_common(chosen), "pred_columns": chosen.pred}
    contest, options = read_comparison(_body(chosen.file), _given(query), MAX_FILE_BYTES)
    answer = Comparison(contest, options, Limits().max_classes).report()
    _print(answer, comparison_text(answer), as_json=chosen.json)


def _catalogue(chosen: argparse.Namespace) -> None:
    _print(document(), markdown(), as_json=chosen.json)


def _common(chosen: argparse.Namespace) -> dict[str, Any]:
    return {
        "true_column": chosen.true,
        "labels": chosen.labels,
        "ignore": chosen.ignore,
        "confidence_level": chosen.level,
        "bootstrap_replicates": chosen.bootstrap,
    }


def _included(chosen: argparse.Namespace) -> str | None:
    """What is included, and the curves if pictures of scores are wished."""
    if chosen.plots is None or not chosen.score:
        return chosen.include
    return f"{chosen.include},curves" if chosen.include else "curves"


def _given(query: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _body(path: Path) -> Body:
    """A file as a body: its suffixes say what it is."""
    encoding = ENCODINGS.get(path.suffix.lower(), "")
    inner = path.with_suffix("") if encoding else path
    media = TYPE_OF_SUFFIX.get(inner.suffix.lower(), inner.suffix)
    return Body(bytearray(path.read_bytes()), media, encoding)


def _print(answer: dict[str, Any], text: str, *, as_json: bool) -> None:
    if as_json:
        print(
            orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY).decode()
        )
    else:
        print(text, end="")


if __name__ == "__main__":
    sys.exit(main())
