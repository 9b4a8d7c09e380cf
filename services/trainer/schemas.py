"""What the trainer's routes take and give."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.trainer import progress
from services.trainer.runs import Run, RunState


class PublishedVersion(BaseModel):
    """A version that a run put on the volume."""

    model_config = ConfigDict(from_attributes=True, protected_namespaces=())

    model: str = Field(examples=["mnist-linear"])
    version: int = Field(examples=[1])
    training_seconds: float
    validation_accuracy: float
    test_accuracy: float | None = Field(description="`null`: the version was not evaluated.")


class RunView(BaseModel):
    """A run as it stands."""

    id: str
    dataset: str = Field(examples=["mnist"])
    models: tuple[str, ...] = Field(examples=[["linear", "cnn"]])
    state: RunState
    started_at: datetime
    ended_at: datetime | None
    progress: dict[str, JsonValue] | None = Field(
        description="The newest step: epoch, loss, accuracy, seconds left.",
    )
    notices: list[str]
    published: list[PublishedVersion]
    reason: str = Field(description="Why the run failed; empty otherwise.")


class Runs(BaseModel):
    """All runs since the service started, newest first."""

    runs: list[RunView]


class ModelVersions(BaseModel):
    """The versions of a model on the volume, oldest first."""

    name: str = Field(examples=["mnist-cnn"])
    versions: list[int] = Field(examples=[[1, 2]])


class Models(BaseModel):
    """What is on the volume."""

    models: list[ModelVersions]


def run_view(run: Run) -> RunView:
    """The run as the routes show it."""
    return RunView(
        id=run.id,
        dataset=run.dataset,
        models=run.models,
        state=run.state,
        started_at=run.started_at,
        ended_at=run.ended_at,
        progress=progress.to_record(run.latest) if run.latest else None,
        notices=run.notices,
        published=[PublishedVersion.model_validate(item) for item in run.published],
        reason=run.reason,
    )
