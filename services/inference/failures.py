"""Versions that failed: why, and when each is worth another try."""

import time
from dataclasses import dataclass

MAX_RETRY_SECONDS = 60.0

Key = tuple[str, int]


@dataclass(slots=True)
class _Failure:
    stamp: object
    retry_at: float
    wait_seconds: float
    reason: str


class Failures:
    """The failed versions of one watcher; each try doubles the wait for the next.

    Args:
        retry_seconds: The first wait.
    """

    def __init__(self, retry_seconds: float) -> None:
        self._retry_seconds = retry_seconds
        self._failures: dict[Key, _Failure] = {}

    def known(self, key: Key) -> bool:
        """Whether this version failed when it was last tried."""
        return key in self._failures

    def waits(self, key: Key, stamp: object) -> bool:
        """Whether it failed not long ago and is still the same."""
        failure = self._failures.get(key)
        return (
            failure is not None and failure.stamp == stamp and time.monotonic() < failure.retry_at
        )

    def record(self, key: Key, stamp: object, reason: str) -> bool:
        """Note a failure; the answer is whether it is news."""
        before = self._failures.get(key)
        longest = max(MAX_RETRY_SECONDS, self._retry_seconds)
        wait = min(2 * before.wait_seconds, longest) if before else self._retry_seconds
        self._failures[key] = _Failure(stamp, time.monotonic() + wait, wait, reason)
        return before is None or before.reason != reason

    def forget(self, key: Key) -> None:
        """The version is good now, or gone."""
        self._failures.pop(key, None)

    def try_again(self, model: str) -> None:
        """Let every failed version of a model be tried at the next look."""
        for (name, _), failure in self._failures.items():
            if name == model:
                failure.retry_at = 0.0
