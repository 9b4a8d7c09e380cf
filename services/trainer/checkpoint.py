"""What an interrupted training goes on from: the whole state after each epoch, in one file."""

import io
import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.trainer.storage import writing

Arrays = list[NDArray[Any]]


@dataclass(slots=True)
class History:
    """What each epoch came to, first epoch first, and which was kept."""

    epochs: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0

    @property
    def best(self) -> dict[str, float]:
        """The figures of the epoch whose weights were kept."""
        return self.epochs[self.best_epoch - 1]


@dataclass(frozen=True, slots=True)
class State:
    """A training after some epochs.

    Attributes:
        variables: Every variable of network and optimizer, in their order.
        best_weights: The weights of the best epoch so far.
        seconds: Time spent in training.
    """

    variables: Arrays
    best_weights: Arrays
    history: History
    seconds: float


class Checkpoint:
    """The file of one training; it replaces itself as a whole.

    Args:
        path: Where it is.
        identity: What must be equal for the state to fit: data, recipe, seed.
    """

    def __init__(self, path: Path, identity: str) -> None:
        self._path = path
        self._identity = identity

    def save(self, state: State) -> None:
        """Write the state; a crash leaves the former file or this one, never half of it.

        Raises:
            VolumeUnusable: It cannot be written.
        """
        about = {
            "identity": self._identity,
            "history": asdict(state.history),
            "seconds": state.seconds,
        }
        buffer = io.BytesIO()
        np.savez(
            buffer,
            about=np.array(json.dumps(about)),
            **_named("variable", state.variables),
            **_named("best", state.best_weights),
        )
        with writing(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self._path.with_suffix(".part")
            with temporary.open("wb") as file:
                file.write(buffer.getbuffer())
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)

    def load(self) -> State | None:
        """The state that was saved for this training, or `None`: none, another's, or damaged."""
        try:
            # The bytes first: np.load leaves a damaged file open.
            content = io.BytesIO(self._path.read_bytes())
            with np.load(content, allow_pickle=False) as stored:
                about = json.loads(str(stored["about"]))
                if about["identity"] != self._identity:
                    return None
                return State(
                    variables=_numbered("variable", stored),
                    best_weights=_numbered("best", stored),
                    history=History(**about["history"]),
                    seconds=about["seconds"],
                )
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError):
            return None

    def discard(self) -> None:
        """Remove the file, if there is one."""
        self._path.unlink(missing_ok=True)


def _named(prefix: str, arrays: Sequence[NDArray[Any]]) -> dict[str, Any]:
    return {f"{prefix}_{index}": array for index, array in enumerate(arrays)}


def _numbered(prefix: str, stored: Any) -> Arrays:
    count = sum(name.startswith(f"{prefix}_") for name in stored.files)
    return [stored[f"{prefix}_{index}"] for index in range(count)]
