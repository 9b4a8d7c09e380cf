"""Follows the volume: what is new is loaded and published, what is old is retired.

One thread, one step at a time: a broken version is recorded with its reason and tried
again later; nothing that goes wrong with one version or one look ends the watch.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.inference.errors import NotSettled
from services.inference.failures import Failures
from services.inference.live_models import LiveModels, VersionState
from services.inference.servables import Servable
from services.inference.version_policy import VersionPolicy
from shared.errors import ServiceError

logger = logging.getLogger(__name__)


class Volume(Protocol):
    """The published versions, as they are at the moment of asking."""

    def models(self) -> list[str]:
        """The names of the models that have a version."""

    def versions(self, model: str) -> list[int]:
        """The versions of a model, oldest first."""

    def refused(self, model: str) -> dict[int, str]:
        """What bears a version's name and cannot be one, with the reason."""

    def stamp(self, model: str, version: int) -> object:
        """Something that differs when the version's directory was exchanged."""

    def labels(self, model: str) -> dict[str, int]:
        """The version that each label is meant to stand for."""


Load = Callable[[str, int], Servable]
OnPublish = Callable[[Servable], None]


@dataclass(frozen=True, slots=True)
class Intervals:
    """How often the watcher looks.

    Attributes:
        poll_seconds: Between two looks at the volume.
        retry_seconds: Before a failed version is tried again; doubled each time.
    """

    poll_seconds: float
    retry_seconds: float


class Watcher:
    """Keeps `live` in step with the volume.

    Args:
        volume: What is published.
        load: Loads and checks a version; raises an error if it may not serve.
        live: What answers requests.
        policy_of: Which versions of a model serve.
        on_publish: Told of each version once it answers.
        intervals: How often it looks.
    """

    def __init__(
        self,
        volume: Volume,
        load: Load,
        live: LiveModels,
        *,
        policy_of: Callable[[str], VersionPolicy],
        on_publish: OnPublish,
        intervals: Intervals,
    ) -> None:
        self._volume = volume
        self._load = load
        self._live = live
        self._policy_of = policy_of
        self._on_publish = on_publish
        self._poll_seconds = intervals.poll_seconds
        self._suspended: set[str] = set()
        self._label_problems: dict[str, str] = {}
        self._polling = threading.Lock()
        self._failures = Failures(intervals.retry_seconds)
        self._first_poll = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.problem = "The volume has not been looked at yet."
        self.last_poll_seconds = 0.0
        self.failed_loads = 0

    def start(self) -> None:
        """Begin to watch, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the watch, after the version that is being loaded."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def poll(self) -> None:
        """Look at the volume once; never raises."""
        with self._polling:
            self._poll()
            self.last_poll_seconds = time.time()
        self._first_poll.set()

    def wait_for_first_poll(self, timeout_seconds: float) -> bool:
        """Return once the volume was looked at, or the time is over; whether it was."""
        return self._first_poll.wait(timeout_seconds)

    def suspend(self, model: str) -> None:
        """Let no version of a model answer, until it is resumed."""
        with self._polling:
            self._suspended.add(model)
            self._retire_all_but(model, set())

    def resume(self, model: str) -> None:
        """Look at a model again at once; what failed is tried again too."""
        with self._polling:
            self._suspended.discard(model)
            self._failures.try_again(model)
            self._follow(model)

    def _poll(self) -> None:
        try:
            published = self._volume.models()
        except ServiceError as error:
            self._set_problem(error.detail)
            return
        except Exception:
            logger.exception("poll_failed")
            self.problem = "The volume cannot be looked at; see the log."
            return
        problem = ""
        for model in dict.fromkeys([*published, *self._live.names()]):
            try:
                self._follow(model)
            except ServiceError as error:
                problem = error.detail
            except Exception:
                logger.exception("poll_failed", extra={"model": model})
        self._set_problem(problem)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.poll()
            self._stopping.wait(self._poll_seconds)

    def _set_problem(self, detail: str) -> None:
        if detail and detail != self.problem:
            logger.error("volume_unusable", extra={"detail": detail})
        self.problem = detail

    def _follow(self, model: str) -> None:
        published = self._volume.versions(model)
        refused = self._volume.refused(model)
        for version, reason in refused.items():
            if not self._failures.known((model, version)):
                self._fail(model, version, reason)
        if model not in self._suspended:
            self._serve_what_is_wanted(model, published)
        self._forget_missing(model, {*published, *refused})

    def _serve_what_is_wanted(self, model: str, published: list[int]) -> None:
        """Load before anything is retired, so that no request finds nothing."""
        policy, labels = self._policy_of(model), self._wanted_labels(model)
        good = set(published)
        while True:
            wanted = policy.choose(good) | (good & set(labels.values()))
            missing = wanted.difference(self._live.serving_versions(model))
            if not missing:
                break
            if not self._try(model, max(missing)):
                good.discard(max(missing))
        serving = self._live.serving_versions(model)
        standing = self._live.labels(model)
        # A label moves once its new version can answer; until then it stays where it was.
        moved = {
            label: version if version in serving else standing.get(label, version)
            for label, version in labels.items()
        }
        if moved != standing:
            self._live.set_labels(model, moved)
            logger.info("labels", extra={"model": model, "labels": moved})
        if wanted:
            self._retire_all_but(model, wanted.union(moved.values()))

    def _wanted_labels(self, model: str) -> dict[str, int]:
        try:
            return self._volume.labels(model)
        except ServiceError as error:  # the labels stay as they are; versions go on
            if error.detail != self._label_problems.get(model):
                logger.warning("labels_unusable", extra={"model": model, "detail": error.detail})
            self._label_problems[model] = error.detail
            return self._live.labels(model)

    def _retire_all_but(self, model: str, keep: set[int]) -> None:
        for version in self._live.serving_versions(model):
            if version not in keep:
                self._live.retire(model, version)
                logger.info("retired", extra={"model": model, "version": version})

    def _forget_missing(self, model: str, present: set[int]) -> None:
        for status in self._live.statuses(model):
            if status.version not in present and status.state is VersionState.FAILED:
                self._failures.forget((model, status.version))
                self._live.forget(model, status.version)

    def _try(self, model: str, version: int) -> bool:
        """Load and publish a version, unless it failed not long ago."""
        stamp = self._volume.stamp(model, version)
        if self._failures.waits((model, version), stamp):
            return False
        if not self._failures.known((model, version)):
            self._live.note(model, version, VersionState.LOADING)
        try:
            servable = self._load(model, version)
            if self._volume.stamp(model, version) != stamp:
                self._fail(model, version, "It was exchanged or moved while it was loaded.")
                servable.engine.close()
                return False
        except NotSettled as error:  # no fault: it is looked at again soon
            self._live.note(model, version, VersionState.LOADING, error.detail)
            return False
        except ServiceError as error:
            self._fail(model, version, error.detail, stamp)
            return False
        except Exception as error:
            logger.exception("load_failed", extra={"model": model, "version": version})
            self._fail(model, version, f"{type(error).__name__}: {error}", stamp)
            return False
        self._failures.forget((model, version))
        self._live.publish(servable)
        self._on_publish(servable)
        return True

    def _fail(self, model: str, version: int, reason: str, stamp: object = None) -> None:
        self._live.note(model, version, VersionState.FAILED, reason)
        self.failed_loads += 1
        if self._failures.record((model, version), stamp, reason):
            logger.error(
                "version_failed", extra={"model": model, "version": version, "reason": reason}
            )
