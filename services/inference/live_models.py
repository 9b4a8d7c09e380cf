"""Which version of each model answers, and what became of the others.

The watcher publishes and retires; requests lease. A request holds the version that it
began with until it ends; a version that was retired is closed when its last lease ends.
"""

import threading
from dataclasses import dataclass, field
from enum import StrEnum

from services.inference.servables import Servable
from shared.errors import LabelNotFound, ModelNotFound, ModelNotReady, ServiceError, VersionNotFound

MAX_REMEMBERED_VERSIONS = 64
DEFAULT_LABEL = "default"

Wanted = int | str | None
"""A version by its number or its label; `None` for the one that answers by default."""


class VersionState(StrEnum):
    """Where a version is in its life."""

    LOADING = "loading"
    SERVING = "serving"
    DRAINING = "draining"
    RETIRED = "retired"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class VersionStatus:
    """A version's state, and why it failed if it did."""

    version: int
    state: VersionState
    reason: str = ""


@dataclass(slots=True, eq=False)
class _Entry:
    servable: Servable
    leases: int = 0
    retired: bool = False


@dataclass(slots=True)
class _Model:
    serving: dict[int, _Entry] = field(default_factory=dict)
    statuses: dict[int, VersionStatus] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    default: _Entry | None = None

    def choose_default(self) -> None:
        """Point to the version labelled `default` if it can answer, else to the newest."""
        version = self.labels.get(DEFAULT_LABEL)
        if version not in self.serving:
            version = max(self.serving, default=None)
        self.default = None if version is None else self.serving[version]

    def note(self, version: int, state: VersionState, reason: str = "") -> None:
        self.statuses[version] = VersionStatus(version, state, reason)
        forgettable = [v for v, s in self.statuses.items() if s.state is VersionState.RETIRED]
        for old in forgettable[: len(self.statuses) - MAX_REMEMBERED_VERSIONS]:
            del self.statuses[old]


class LiveModels:
    """The models of one process. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._models: dict[str, _Model] = {}

    def lease(self, model: str, wanted: Wanted = None) -> "_Lease":
        """The version that answers now, kept loaded while the block of a `with` runs.

        Args:
            model: The model's name.
            wanted: Its version, or a label; by default the version labelled `default`, and
                the newest good one where there is no such label.

        Raises:
            ModelNotFound: No such model is known.
            VersionNotFound: It has no such version.
            LabelNotFound: It has no such label.
            ModelNotReady: The model or the version is known and cannot answer.
        """
        return _Lease(self, model, wanted)

    def _take(self, model: str, wanted: Wanted) -> _Entry:
        with self._lock:
            entry = self._find(model, wanted)
            entry.leases += 1
        return entry

    def _give_back(self, entry: _Entry) -> None:
        with self._lock:
            entry.leases -= 1
            finished = self._finish(entry)
        if finished:
            entry.servable.engine.close()

    def publish(self, servable: Servable) -> None:
        """Let a version answer from now on."""
        with self._lock:
            model = self._models.setdefault(servable.model, _Model())
            model.serving[servable.version] = _Entry(servable)
            model.note(servable.version, VersionState.SERVING)
            model.choose_default()

    def retire(self, model: str, version: int) -> None:
        """Let a version answer no more; it is closed when the last request has left it."""
        with self._lock:
            known = self._models[model]
            entry = known.serving.pop(version)
            entry.retired = True
            known.choose_default()
            known.note(version, VersionState.DRAINING)
            finished = self._finish(entry)
        if finished:
            entry.servable.engine.close()

    def note(self, model: str, version: int, state: VersionState, reason: str = "") -> None:
        """Record what became of a version that does not serve."""
        with self._lock:
            self._models.setdefault(model, _Model()).note(version, state, reason)

    def set_labels(self, model: str, labels: dict[str, int]) -> None:
        """Let each label stand for a version from now on; other labels stand for none."""
        with self._lock:
            known = self._models.setdefault(model, _Model())
            known.labels = dict(labels)
            known.choose_default()

    def labels(self, model: str) -> dict[str, int]:
        """The version that each label stands for."""
        with self._lock:
            known = self._models.get(model)
            return dict(known.labels) if known else {}

    def forget(self, model: str, version: int) -> None:
        """Remove a version that does not serve from the record."""
        with self._lock:
            self._models[model].statuses.pop(version, None)
            if not self._models[model].statuses:
                del self._models[model]

    def names(self) -> list[str]:
        """Every model of which anything is known, in the order in which they appeared."""
        with self._lock:
            return list(self._models)

    def statuses(self, model: str) -> list[VersionStatus]:
        """The known versions of a model, oldest first; empty if there is no such model."""
        with self._lock:
            known = self._models.get(model)
            return [known.statuses[v] for v in sorted(known.statuses)] if known else []

    def serving_versions(self, model: str) -> list[int]:
        """The versions that can answer, oldest first."""
        with self._lock:
            known = self._models.get(model)
            return sorted(known.serving) if known else []

    def current(self, model: str) -> Servable | None:
        """The version that answers by default, for a look at its card; none if none can."""
        with self._lock:
            known = self._models.get(model)
            return known.default.servable if known and known.default else None

    def servable(self, model: str, version: int) -> Servable | None:
        """A version that can answer, for a look at its card."""
        with self._lock:
            known = self._models.get(model)
            entry = known.serving.get(version) if known else None
            return entry.servable if entry else None

    def _find(self, model: str, wanted: Wanted) -> _Entry:
        known = self._models.get(model)
        if known is None:
            listed = ", ".join(self._models) or "none"
            raise ModelNotFound(f"No model is called so. Received: {model!r}; there are: {listed}")
        if isinstance(wanted, str):
            if wanted not in known.labels:
                listed = ", ".join(known.labels) or "none"
                raise LabelNotFound(
                    f"{model} has no such label. Received: {wanted!r}; there are: {listed}"
                )
            wanted = known.labels[wanted]
        entry = known.default if wanted is None else known.serving.get(wanted)
        if entry is not None:
            return entry
        raise _absent(model, wanted, known)

    def _finish(self, entry: _Entry) -> bool:
        if not entry.retired or entry.leases:
            return False
        known = self._models.get(entry.servable.model)
        if known is not None and entry.servable.version not in known.serving:
            known.note(entry.servable.version, VersionState.RETIRED)
        return True


class _Lease:
    """A version that is kept loaded; `contextlib` would take three times as long."""

    __slots__ = ("_entry", "_live", "_model", "_wanted")

    def __init__(self, live: LiveModels, model: str, wanted: Wanted) -> None:
        self._live = live
        self._model = model
        self._wanted = wanted

    def __enter__(self) -> Servable:
        self._entry = self._live._take(self._model, self._wanted)  # noqa: SLF001  its own
        return self._entry.servable

    def __exit__(self, *error: object) -> None:
        self._live._give_back(self._entry)  # noqa: SLF001  its own


def _absent(model: str, version: int | None, known: _Model) -> ServiceError:
    if version is None:
        reasons = "; ".join(
            f"version {s.version}: {s.reason or s.state}" for s in known.statuses.values()
        )
        return ModelNotReady(f"No version of {model} can answer: {reasons or 'none is known'}")
    status = known.statuses.get(version)
    if status is None or status.state is VersionState.RETIRED:
        listed = ", ".join(map(str, sorted(known.serving))) or "none"
        return VersionNotFound(
            f"{model} serves no such version. Received: {version}; it serves: {listed}"
        )
    return ModelNotReady(f"{model}/{version} is {status.state}. {status.reason}".rstrip())
