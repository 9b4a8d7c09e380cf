"""What a training run tells while it works; who listens decides how it is shown."""

import dataclasses
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the user should know, in a sentence."""

    message: str


@dataclass(frozen=True, slots=True)
class Downloading:
    """A data file on its way; `total_bytes` is `None` if the mirror does not tell."""

    file: str
    done_bytes: int
    total_bytes: int | None


@dataclass(frozen=True, slots=True)
class Started:
    """Training of a model begins."""

    model: str
    recipe: str
    epochs: int
    examples: int


@dataclass(frozen=True, slots=True)
class Stepped:
    """Inside an epoch: loss and accuracy are means over it so far."""

    model: str
    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    accuracy: float
    learning_rate: float
    images_per_second: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class EpochEnded:
    """An epoch is done, and was measured on the validation split."""

    model: str
    epoch: int
    epochs: int
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    learning_rate: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class Published:
    """A version is on the volume; `test_accuracy` is `None` if it was not evaluated."""

    model: str
    version: int
    training_seconds: float
    validation_accuracy: float
    test_accuracy: float | None


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The run's state moved; told by the service, not by the training."""

    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The run ends without success; the reason is a sentence."""

    reason: str


Event = Notice | Downloading | Started | Stepped | EpochEnded | Published | StateChanged | Failed
EVENTS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        *(Notice, Downloading, Started, Stepped, EpochEnded, Published, StateChanged, Failed),
    )
}


def to_record(event: Event) -> dict[str, Any]:
    """The event as a JSON object; `event` names its kind."""
    return {"event": type(event).__name__, **dataclasses.asdict(event)}


def from_record(record: Any) -> Event:
    """The event that `to_record` wrote.

    Raises:
        ValueError: It is no such record.
    """
    if not isinstance(record, dict):
        raise ValueError(f"No event. Received: {record!r}")  # noqa: TRY004  one error for all
    fields = dict(record)
    kind = EVENTS.get(str(fields.pop("event", None)))
    if kind is None:
        raise ValueError(f"No event. Received: {record!r}")
    try:
        return kind(**fields)
    except TypeError as error:
        raise ValueError(f"No {kind.__name__}: {error}") from error
