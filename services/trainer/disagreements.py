"""The test examples on which versions differ, or that all have wrong, with their pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.trainer.comparison import chosen_versions, kept, tested_alike
from shared.manifest import Manifest
from shared.model_store import ModelStore


@dataclass(frozen=True, slots=True)
class Given:
    """What a version answers, and how sure it is."""

    class_name: str
    probability: float


@dataclass(frozen=True, slots=True)
class Example:
    """One test example; `answers` in the order of the versions."""

    index: int
    class_name: str
    answers: tuple[Given, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Examples that the same versions have right.

    Attributes:
        right: Names of those versions; all others are wrong.
        count: How many examples there are.
        examples: Some of them, the surest error first.
    """

    right: tuple[str, ...]
    count: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Disagreements:
    """Where versions differ.

    Attributes:
        versions: Their names, `model/version`.
        card: Of one of them; all were tested on the same examples.
        groups: One for each set of versions that are right together, the largest first; what
            all have right is left out.
    """

    versions: tuple[str, ...]
    card: Manifest
    groups: tuple[Group, ...]


def disagreements(store: ModelStore, names: Sequence[str], limit: int) -> Disagreements:
    """Where versions differ.

    Args:
        store: Where they are published.
        names: Two or more, as `compare_versions` takes them.
        limit: The most examples of a group that are listed.

    Raises:
        ModelNotFound, VersionNotFound, VersionBroken: One of them cannot be read.
        NotComparable: As for `compare_versions`.
    """
    chosen = chosen_versions(store, names)
    with kept(store, chosen):
        tests = tested_alike(store, chosen)
    card = tests[0].card
    versions = tuple(f"{model}/{version}" for model, version in chosen)
    y_true = tests[0].y_true
    probabilities = np.stack([test.probabilities for test in tests])
    right = probabilities.argmax(axis=2) == y_true
    groups = []
    for pattern in np.unique(right.T, axis=0):
        if not pattern.all():
            members = np.flatnonzero((pattern == right.T).all(axis=1))
            surest = members[np.argsort(-_surest_error(probabilities, pattern, members))]
            groups.append(
                Group(
                    right=tuple(np.array(versions)[pattern].tolist()),
                    count=len(members),
                    examples=tuple(
                        _example(index, y_true, probabilities, card.class_names)
                        for index in surest[:limit].tolist()
                    ),
                )
            )
    return Disagreements(versions, card, tuple(sorted(groups, key=lambda it: -it.count)))


def _surest_error(
    probabilities: NDArray[np.float32], pattern: NDArray[np.bool_], members: NDArray[np.intp]
) -> NDArray[np.float32]:
    """The highest probability that a version which is wrong gives to its answer."""
    highest: NDArray[np.float32] = probabilities[~pattern][:, members].max(axis=(0, 2))
    return highest


def _example(
    index: int,
    y_true: NDArray[np.int64],
    probabilities: NDArray[np.float32],
    class_names: Sequence[str],
) -> Example:
    return Example(
        index=index,
        class_name=class_names[y_true[index]],
        answers=tuple(
            Given(class_names[row.argmax()], float(row.max())) for row in probabilities[:, index]
        ),
    )
