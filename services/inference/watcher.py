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

from services.inference.live_models import LiveModels, VersionState
from services.inference.servables import Servable
from shared.errors import ServiceError

logger = logging.getLogger(__name__)

MAX_RETRY_INTERVAL_SECONDS = 60.0


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


Load = Callable[[str, int], Servable]
OnPublish = Callable[[Servable], None]


@dataclass(slots=True)
class _Failure:
    stamp: object
    retry_at: float
    wait_seconds: float
    reason: str


class Watcher:
    """Keeps `live` in step with the volume.

    Args:
        volume: What is published.
        load: Loads and checks a version; raises an error if it may not serve.
        live: What answers requests.
        on_publish: Told of each version once it answers.
        poll_interval_seconds: Time between two looks.
        retry_interval_seconds: Time before a failed version is tried again; doubled each time.
    """

    def __init__(
        self,
        volume: Volume,
        load: Load,
        live: LiveModels,
        *,
        on_publish: OnPublish,
        poll_interval_seconds: float,
        retry_interval_seconds: float,
    ) -> None:
        self._volume = volume
        self._load = load
        self._live = live
        self._on_publish = on_publish
        self._poll_interval_seconds = poll_interval_seconds
        self._retry_interval_seconds = retry_interval_seconds
        self._failures: dict[tuple[str, int], _Failure] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.problem = "The volume has not been looked at yet."

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
            self._stopping.wait(self._poll_interval_seconds)

    def _set_problem(self, detail: str) -> None:
        if detail and detail != self.problem:
            logger.error("volume_unusable", extra={"detail": detail})
        self.problem = detail

    def _follow(self, model: str) -> None:
        published = self._volume.versions(model)
        for version, reason in self._volume.refused(model).items():
            self._fail(model, version, reason)
        for version in reversed(published):  # the newest that is good
            if version in self._live.serving_versions(model) or self._try(model, version):
                self._retire_others(model, version)
                break
        self._forget_missing(model, published)

    def _retire_others(self, model: str, keep: int) -> None:
        for version in self._live.serving_versions(model):
            if version != keep:
                self._live.retire(model, version)
                logger.info("retired", extra={"model": model, "version": version})

    def _forget_missing(self, model: str, published: list[int]) -> None:
        for status in self._live.statuses(model):
            gone = status.version not in published
            if gone and status.state is VersionState.FAILED:
                if status.version in self._volume.refused(model):
                    continue
                self._failures.pop((model, status.version), None)
                self._live.forget(model, status.version)

    def _try(self, model: str, version: int) -> bool:
        """Load and publish a version, unless it failed not long ago."""
        stamp = self._volume.stamp(model, version)
        before = self._failures.get((model, version))
        if before and before.stamp == stamp and time.monotonic() < before.retry_at:
            return False
        if before is None:
            self._live.note(model, version, VersionState.LOADING)
        try:
            servable = self._load(model, version)
            if self._volume.stamp(model, version) != stamp:
                self._fail(model, version, "It was exchanged or moved while it was loaded.")
                servable.engine.close()
                return False
        except ServiceError as error:
            self._fail(model, version, error.detail, stamp)
            return False
        except Exception as error:
            logger.exception("load_failed", extra={"model": model, "version": version})
            self._fail(model, version, f"{type(error).__name__}: {error}", stamp)
            return False
        self._failures.pop((model, version), None)
        self._live.publish(servable)
        self._on_publish(servable)
        return True

    def _fail(self, model: str, version: int, reason: str, stamp: object = None) -> None:
        before = self._failures.get((model, version))
        longest = max(MAX_RETRY_INTERVAL_SECONDS, self._retry_interval_seconds)
        wait = min(2 * before.wait_seconds, longest) if before else self._retry_interval_seconds
        self._failures[model, version] = _Failure(stamp, time.monotonic() + wait, wait, reason)
        self._live.note(model, version, VersionState.FAILED, reason)
        if before is None or before.reason != reason:
            logger.error(
                "version_failed", extra={"model": model, "version": version, "reason": reason}
            )
