"""What a run is, and which moves its state may make."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from uuid import uuid4

from services.trainer.errors import IllegalMove
from services.trainer.hyperparameters import Changes


class RunState(StrEnum):
    """Where a run stands; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether the run is over."""
        return not MOVES[self]


# A running run goes back to the queue when its process or its service was interrupted.
MOVES: dict[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.RUNNING, RunState.CANCELLED}),
    RunState.RUNNING: frozenset(
        {RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED, RunState.QUEUED}
    ),
    RunState.SUCCEEDED: frozenset(),
    RunState.FAILED: frozenset(),
    RunState.CANCELLED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What is to be trained.

    Attributes:
        dataset: Name of a data set.
        kinds: Kinds of model, trained and published in this order.
        recipe: Name of the recipe of each.
        seed: Decides every random choice.
        changes: What of the recipe is replaced.
        only_missing: Whether kinds that have a version already are left out.
    """

    dataset: str
    kinds: tuple[str, ...]
    recipe: str
    seed: int
    changes: Changes = field(default_factory=Changes)
    only_missing: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One request and what has become of it.

    Attributes:
        attempts: How often it was started.
        deaths: How often in a row its process, or the service, vanished before an epoch ended.
        reason: Why it failed or was interrupted, in a sentence; empty otherwise.
    """

    request: RunRequest
    id: str = field(default_factory=lambda: uuid4().hex)
    state: RunState = RunState.QUEUED
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attempts: int = 0
    deaths: int = 0
    reason: str = ""

    def moved(self, state: RunState, reason: str = "", *, died: bool = False) -> "Run":
        """The run in another state.

        Args:
            state: Where to.
            reason: Why, in a sentence.
            died: Whether its process, or the service, vanished.

        Raises:
            IllegalMove: The present state does not allow it; the message names what does.
        """
        if state not in MOVES[self.state]:
            raise IllegalMove(self.id, self.state, state, sorted(MOVES[self.state]))
        now = datetime.now(UTC)
        starts = state is RunState.RUNNING
        return replace(
            self,
            state=state,
            reason=reason,
            started_at=self.started_at or (now if starts else None),
            ended_at=now if state.is_final else None,
            attempts=self.attempts + starts,
            deaths=self.deaths + died,
        )
