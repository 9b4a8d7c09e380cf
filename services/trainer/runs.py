"""What a run is, and how its state moves as events come in."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from uuid import uuid4

from services.trainer.progress import (
    Downloading,
    EpochEnded,
    Event,
    Failed,
    Notice,
    Published,
    Started,
    Stepped,
)


class RunState(StrEnum):
    """Where a run stands; the last three are final."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class Run:
    """One training of one data set, for one or more kinds of model.

    Attributes:
        latest: The newest event that tells how far it is.
        reason: Why it failed, in a sentence.
    """

    dataset: str
    models: tuple[str, ...]
    id: str = field(default_factory=lambda: uuid4().hex)
    state: RunState = RunState.RUNNING
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended_at: datetime | None = None
    latest: Started | Stepped | EpochEnded | Downloading | None = None
    notices: list[str] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    reason: str = ""

    def take(self, event: Event) -> None:
        """Note what an event says."""
        match event:
            case Notice(message=message):
                self.notices.append(message)
            case Published():
                self.published.append(event)
            case Failed(reason=reason):
                self.reason = reason
            case _:
                self.latest = event

    def end(self, state: RunState, reason: str = "") -> None:
        """The run is over; a reason told by the run itself is kept before this one."""
        self.state = state
        self.reason = self.reason or reason
        self.ended_at = datetime.now(UTC)
