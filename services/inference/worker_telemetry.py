"""One account of several processes: each leaves its numbers in a file, any adds them up.

Counters and histograms are added, those of processes that ended included, so that they
never go back. Gauges are of each process, under the label `worker`.
"""

import os
from collections import defaultdict
from pathlib import Path

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from shared.telemetry import Telemetry

SUFFIX = ".prom"
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_ADDED = {"counter", "histogram", "summary"}

Key = tuple[str, tuple[tuple[str, str], ...]]


class WorkerTelemetry(Telemetry):
    """The telemetry of one of several processes that share a directory."""

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self._directory = directory
        self._worker = str(os.getpid())

    def save(self) -> None:
        """Leave this process's numbers for the others."""
        path = self._directory / f"{self._worker}{SUFFIX}"
        draft = path.with_suffix(".draft")
        draft.write_bytes(generate_latest(self.registry))
        draft.replace(path)

    def text(self) -> bytes:
        """The numbers of all processes, this one's as of now and the others' as they left them."""
        self.save()
        texts = {
            path.stem: path.read_text("utf-8")
            for path in sorted(self._directory.glob(f"*{SUFFIX}"))
        }
        return merged(texts, {worker for worker in texts if _runs(worker)}).encode()


def merged(texts: dict[str, str], running: set[str]) -> str:
    """The Prometheus texts of several processes as one.

    Args:
        texts: By process.
        running: The processes whose gauges still mean something.
    """
    heads: dict[str, tuple[str, str]] = {}
    values: dict[str, dict[Key, float]] = defaultdict(lambda: defaultdict(float))
    for worker, text in texts.items():
        for family in text_string_to_metric_families(text):
            if family.type not in _ADDED and worker not in running:
                continue
            heads[family.name] = (family.type, family.documentation)
            own = {} if family.type in _ADDED else {"worker": worker}
            for sample in family.samples:
                if sample.name.endswith("_created"):
                    continue
                labels = tuple(sorted({**sample.labels, **own}.items()))
                values[family.name][sample.name, labels] += sample.value
    lines = []
    for name, (kind, documentation) in heads.items():
        shown = f"{name}_total" if kind == "counter" else name
        lines += [f"# HELP {shown} {documentation}", f"# TYPE {shown} {kind}"]
        lines += [_line(key, value) for key, value in values[name].items()]
    return "\n".join(lines) + "\n"


def _line(key: Key, value: float) -> str:
    name, labels = key
    escaped = ",".join(f'{label}="{text.translate(_ESCAPES)}"' for label, text in labels)
    return f"{name}{{{escaped}}} {value!r}" if labels else f"{name} {value!r}"


def _runs(worker: str) -> bool:
    try:
        os.kill(int(worker), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        pass
    return True
