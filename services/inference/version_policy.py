"""Which of the good versions of a model serve: `latest:N`, `all` or `specific:3,5`."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol

_EXPECTED = "Expected: `latest`, `latest:N`, `all` or `specific:N,N,...`"


class VersionPolicy(Protocol):
    """A choice among versions."""

    def choose(self, versions: AbstractSet[int]) -> set[int]:
        """The versions that serve, of those that are good."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest `count` versions."""

    count: int = 1

    def choose(self, versions: AbstractSet[int]) -> set[int]:
        """The newest, at most `count`."""
        return set(sorted(versions)[-self.count :])


@dataclass(frozen=True, slots=True)
class Every:
    """All versions."""

    def choose(self, versions: AbstractSet[int]) -> set[int]:
        """All of them."""
        return set(versions)


@dataclass(frozen=True, slots=True)
class Specific:
    """The versions that are named."""

    versions: frozenset[int]

    def choose(self, versions: AbstractSet[int]) -> set[int]:
        """Those named that are there."""
        return set(self.versions & versions)


def parse_policy(text: str) -> VersionPolicy:
    """The policy that a text names.

    Raises:
        ValueError: It names none.
    """
    kind, _, argument = text.strip().partition(":")
    if kind == "all" and not argument:
        return Every()
    if kind == "latest" and (not argument or _is_version(argument)):
        return Latest(int(argument or 1))
    numbers = [part.strip() for part in argument.split(",")]
    if kind == "specific" and all(_is_version(number) for number in numbers):
        return Specific(frozenset(int(number) for number in numbers))
    raise ValueError(f"No version policy: {text!r}. {_EXPECTED}")


def _is_version(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) > 0
