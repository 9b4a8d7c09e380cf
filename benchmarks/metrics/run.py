"""The metrics service beside scikit-learn and PyCM, in one run, on the same arrays.

    python -m benchmarks.metrics.run [--repeats 7] [--only NAME] [--json FILE]

Every line gives the median of the repeats with the least and the greatest. The service is a
real one, started here on loopback with its defaults; its round trips include the client's
sending and the reading of the answer. Peers run in this process on NumPy arrays in memory.
Prints a Markdown table. One BLAS thread is used throughout, as in the service's image: none of
this gains by more.
"""

import argparse
import importlib.metadata
import io
import os
import platform
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

from benchmarks.metrics.service import served
from benchmarks.metrics.table import Table, Timing, timed
from services.metrics.confusion import count
from services.metrics.evaluation import evaluate
from services.metrics.labels import from_array
from services.metrics.limits import Limits
from services.metrics.options.evaluation import EvaluationOptions
from services.metrics.samples import Samples

ALL = EvaluationOptions(include=["all"])
PAIRS = 1_000_000
CLASSES = 10
WARM_SECONDS = 3.0
LARGE_REPEATS = 3


def pairs(n: int, classes: int) -> tuple[Any, Any]:
    """Truth and predictions that are right four times in five."""
    rng = np.random.default_rng(0)
    y_true = rng.integers(0, classes, n)
    return y_true, np.where(rng.random(n) < 0.8, y_true, rng.integers(0, classes, n))


def sklearn_labels(y_true: Any, y_pred: Any) -> None:
    """What scikit-learn has of the label statistics."""
    sk.confusion_matrix(y_true, y_pred)
    sk.classification_report(y_true, y_pred, output_dict=True, zero_division=0)
    sk.matthews_corrcoef(y_true, y_pred)
    sk.cohen_kappa_score(y_true, y_pred)
    sk.balanced_accuracy_score(y_true, y_pred)
    sk.jaccard_score(y_true, y_pred, average=None)


def sklearn_scores(y_true: Any, scores: Any) -> None:
    """What scikit-learn has of the score statistics, each computed once."""
    one_hot = y_true[:, None] == np.arange(scores.shape[1])
    for average in ("macro", "weighted", "micro"):
        sk.roc_auc_score(y_true, scores, multi_class="ovr", average=average)
        sk.average_precision_score(one_hot, scores, average=average)
    for average in ("macro", "weighted"):
        sk.roc_auc_score(y_true, scores, multi_class="ovo", average=average)
    sk.log_loss(y_true, scores)
    sk.brier_score_loss(y_true, scores)
    for k in (2, 3, 5):
        sk.top_k_accuracy_score(y_true, scores, k=k)
    for k in range(scores.shape[1]):
        sk.roc_curve(one_hot[:, k], scores[:, k])
        sk.precision_recall_curve(one_hot[:, k], scores[:, k])
        calibration_curve(one_hot[:, k], scores[:, k], n_bins=15)


def labels_in_process(table: Table, repeats: int) -> None:
    """A million integer pairs, in memory."""
    y_true, y_pred = pairs(PAIRS, CLASSES)
    samples = Samples(y_true=from_array(y_true, ""), y_pred=from_array(y_pred, ""))
    ready = y_true * CLASSES + y_pred
    counted = timed(lambda: np.bincount(ready, minlength=CLASSES**2), repeats)
    theirs = timed(lambda: sklearn_labels(y_true, y_pred), repeats)
    table.line("scikit-learn, its label statistics, 1M x 10 integers", theirs)
    ours = timed(lambda: evaluate(samples, ALL, Limits()), repeats)
    table.line("ours in process, all label statistics", ours, theirs, "60x")
    table.line("np.bincount on ready codes", counted)
    mine = timed(
        lambda: count(samples.y_true, samples.y_pred or samples.y_true, max_classes=99), repeats
    )
    table.line("ours, counting from labels", mine, counted, "0.33x")
    boot = EvaluationOptions(include=["all"], bootstrap_replicates=10_000)
    table.line(
        "10,000 bootstrap replicates of every label statistic",
        timed(lambda: evaluate(samples, boot, Limits()), repeats),
        None,
        "1000 ms",
    )


def labels_over_http(table: Table, repeats: int) -> None:
    """The same over HTTP, in three formats; and strings."""
    y_true, y_pred = pairs(PAIRS, CLASSES)
    theirs = timed(lambda: sklearn_labels(y_true, y_pred), repeats)
    table.line("scikit-learn, its label statistics, 1M x 10 integers", theirs)
    with served() as server:
        as_json = orjson.dumps(
            {"y_true": y_true.tolist(), "y_pred": y_pred.tolist(), "include": "all"}
        )
        table.line(
            "ours over HTTP, JSON",
            timed(lambda: server.post(as_json, "application/json", ""), repeats),
            theirs,
            "8x",
        )
        for dtype in ("int64", "uint8"):
            buffer = io.BytesIO()
            np.savez(buffer, y_true=y_true.astype(dtype), y_pred=y_pred.astype(dtype))
            archive = buffer.getvalue()
            table.line(
                f"ours over HTTP, .npz of {dtype}",
                timed(lambda body=archive: server.post(body, "application/x-npz"), repeats),
                theirs,
                "40x",
            )
        words = np.array([f"class-{i}" for i in range(CLASSES)])
        true_words, pred_words = words[y_true], words[y_pred]
        strings = timed(lambda: sklearn_labels(true_words, pred_words), repeats)
        table.line("scikit-learn, the same as strings", strings)
        as_json = orjson.dumps(
            {"y_true": true_words.tolist(), "y_pred": pred_words.tolist(), "include": "all"}
        )
        table.line(
            "ours over HTTP, JSON of strings",
            timed(lambda: server.post(as_json, "application/json", ""), repeats),
            strings,
            "10x",
        )


def many_classes(table: Table, repeats: int) -> None:
    """A million pairs of a thousand classes, beside PyCM."""
    import pycm  # noqa: PLC0415  needed here alone, and slow to import

    y_true, y_pred = pairs(PAIRS, 1000)
    samples = Samples(y_true=from_array(y_true, ""), y_pred=from_array(y_pred, ""))
    ours = timed(lambda: evaluate(samples, ALL, Limits()), repeats)
    theirs = timed(lambda: pycm.ConfusionMatrix(y_true, y_pred).overall_stat, repeats)
    table.line("PyCM, its label statistics, 1M x 1000", theirs)
    table.line("ours in process, all label statistics, 1M x 1000", ours, theirs, "20x")


def scores(table: Table, repeats: int) -> None:
    """Two hundred thousand rows of ten probabilities."""
    rng = np.random.default_rng(1)
    n = 200_000
    y_true = rng.integers(0, CLASSES, n)
    logits = rng.normal(size=(n, CLASSES))
    logits[np.arange(n), y_true] += 1.5
    probabilities = np.exp(logits)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    samples = Samples(y_true=from_array(y_true, ""), y_score=probabilities)
    chosen = EvaluationOptions(
        include=["ranking", "probability", "operating_points", "calibration", "curves"],
        score_type="probability",
    )
    theirs = timed(lambda: sklearn_scores(y_true, probabilities), repeats)
    table.line("scikit-learn, its score statistics, 200k x 10", theirs)
    table.line(
        "ours in process, all score statistics and curves",
        timed(lambda: evaluate(samples, chosen, Limits()), repeats),
        theirs,
        "5x",
    )


def footprint(table: Table, repeats: int) -> None:
    """Start, idle memory, and a hundred million pairs."""
    starts, idle, warmed = [], [], []
    for _ in range(repeats):
        start = time.perf_counter()
        with served() as server:
            server.post(b'{"y_true":[0,1],"y_pred":[0,1]}', "application/json", "")
            starts.append(1e3 * (time.perf_counter() - start))
            idle.append(server.memory_mib("VmRSS"))
            time.sleep(WARM_SECONDS)
            warmed.append(server.memory_mib("VmRSS"))
            start = time.perf_counter()
            server.post(b'{"y_true":[0,1],"y_pred":[0,1]}', "application/json")
            warm = 1e3 * (time.perf_counter() - start)
    table.line("from start to the first answer", Timing(starts), None, "1000 ms")
    table.fact("idle memory after the first answer", idle, "MiB", "120 MiB")
    table.fact("idle memory once warm", warmed, "MiB", "120 MiB")
    table.fact("first answer with all statistics, once warm", [warm], "ms")
    rng = np.random.default_rng(2)
    buffer = io.BytesIO()
    for _ in range(2):
        np.save(buffer, rng.integers(0, CLASSES, 100_000_000, dtype=np.uint8))
    body = buffer.getbuffer()
    with served() as server:
        seconds = []
        for _ in range(LARGE_REPEATS):
            start = time.perf_counter()
            server.post(body, "application/x-npy", "")
            seconds.append(time.perf_counter() - start)
        peak, upload = server.memory_mib("VmHWM"), len(body) / 1024**2
    table.fact("100M pairs as uint8 .npy, whole round trip", seconds, "s")
    table.fact("100M pairs: peak memory beyond the upload", [peak - upload], "MiB", "300 MiB")


PARTS: dict[str, Callable[[Table, int], None]] = {
    "labels": labels_in_process,
    "http": labels_over_http,
    "classes": many_classes,
    "scores": scores,
    "footprint": footprint,
}


def main() -> None:
    """Run the parts and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    if "OPENBLAS_NUM_THREADS" not in os.environ:  # read when NumPy is loaded: start anew
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
        os.execv(  # noqa: S606  this script itself
            sys.executable, [sys.executable, "-m", "benchmarks.metrics.run", *sys.argv[1:]]
        )
    warnings.simplefilter("ignore")
    versions = {
        name: importlib.metadata.version(name)
        for name in ("numpy", "scipy", "scikit-learn", "pycm", "pysimdjson", "orjson")
    }
    about = {
        "python": platform.python_version(),
        "cpu": cpu_name(),
        "cpus": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        **versions,
    }
    table = Table()
    for name in chosen.only or PARTS:
        PARTS[name](table, chosen.repeats)
    peers = ", ".join(f"{name} {version}" for name, version in versions.items())
    print(
        f"Python {about['python']}, {peers}; {about['cpu']}, {about['cpus']} cores; load "
        f"{about['load_before']:.2f} before and {os.getloadavg()[0]:.2f} after. Medians of "
        f"{chosen.repeats} runs.\n"
    )
    for line in table.markdown():
        print(line)
    if chosen.json:
        chosen.json.write_bytes(orjson.dumps({"about": about, "rows": table.rows}))


def cpu_name() -> str:
    """What the machine calls its processor."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


if __name__ == "__main__":
    main()
