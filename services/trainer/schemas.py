"""What the trainer's routes take and give."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.trainer.comparison import SIZES, Comparison
from services.trainer.hyperparameters import (
    MAX_BATCH_SIZE,
    MAX_EPOCHS,
    MAX_LEARNING_RATE,
    Changes,
)
from services.trainer.progress import Notice, Published, StateChanged, to_record
from services.trainer.recipes import DEFAULT_RECIPE
from services.trainer.run_store import StoredEvent
from services.trainer.runs import Run, RunRequest, RunState
from shared.manifest import InferenceTime


class ChangesBody(BaseModel):
    """What of a recipe is replaced; what is left out stays the recipe's."""

    model_config = ConfigDict(extra="forbid")

    epochs: int | None = Field(None, ge=1, le=MAX_EPOCHS)
    batch_size: int | None = Field(None, ge=1, le=MAX_BATCH_SIZE)
    learning_rate: float | None = Field(None, gt=0, le=MAX_LEARNING_RATE)


class RunBody(BaseModel):
    """What is to be trained."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"dataset": "mnist", "models": ["linear"]}]},
    )

    dataset: str = Field("mnist", max_length=128)
    models: list[str] = Field(
        ["linear", "cnn"], min_length=1, max_length=16, description="Kinds, in this order."
    )
    recipe: str = Field(DEFAULT_RECIPE, max_length=128)
    seed: int | None = Field(None, ge=0, lt=2**32, description="That of the settings by default.")
    changes: ChangesBody = ChangesBody()

    def request(self, default_seed: int) -> RunRequest:
        """The same, as the scheduler takes it."""
        return RunRequest(
            dataset=self.dataset,
            kinds=tuple(dict.fromkeys(self.models)),
            recipe=self.recipe,
            seed=default_seed if self.seed is None else self.seed,
            changes=Changes(**self.changes.model_dump()),
        )


class PublishedVersion(BaseModel):
    """A version that a run put on the volume."""

    model_config = ConfigDict(from_attributes=True)

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
    recipe: str
    seed: int
    changes: ChangesBody
    state: RunState
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    attempts: int = Field(description="How often it was started; more than 1: it was resumed.")
    reason: str = Field(description="Why it failed or was interrupted; empty otherwise.")
    progress: dict[str, JsonValue] | None = Field(
        description="The newest event of the training: epoch, loss, accuracy, seconds left."
    )
    notices: list[str]
    published: list[PublishedVersion]


class Runs(BaseModel):
    """Runs, newest first."""

    runs: list[RunView]


class ModelVersions(BaseModel):
    """The versions of a model on the volume, oldest first."""

    name: str = Field(examples=["mnist-cnn"])
    versions: list[int] = Field(examples=[[1, 2]])


class Models(BaseModel):
    """What is on the volume."""

    models: list[ModelVersions]


def run_view(run: Run, events: list[StoredEvent]) -> RunView:
    """The run as the routes show it."""
    told = [stored.event for stored in events]
    steps = [e for e in told if not isinstance(e, Notice | Published | StateChanged)]
    return RunView(
        id=run.id,
        dataset=run.request.dataset,
        models=run.request.kinds,
        recipe=run.request.recipe,
        seed=run.request.seed,
        changes=ChangesBody(
            epochs=run.request.changes.epochs,
            batch_size=run.request.changes.batch_size,
            learning_rate=run.request.changes.learning_rate,
        ),
        state=run.state,
        created_at=run.created_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
        attempts=run.attempts,
        reason=run.reason,
        progress=to_record(steps[-1]) if steps else None,
        notices=[event.message for event in told if isinstance(event, Notice)],
        published=[
            # A resumed run tells again what it had published before it was interrupted.
            PublishedVersion.model_validate(event)
            for event in {
                (e.model, e.version): e for e in told if isinstance(e, Published)
            }.values()
        ],
    )


class ComparedVersion(BaseModel):
    """One side of a comparison."""

    model: str
    version: int
    kind: str
    recipe: str
    epochs: int
    training_seconds: float
    parameters: int
    size_bytes: dict[str, int]
    inference_times: tuple[InferenceTime, ...]
    statistics: dict[str, float | None] = Field(
        description="Headline statistics of the test split; empty if it was not evaluated."
    )
    intervals: dict[str, tuple[float, float]]


class ComparisonView(BaseModel):
    """Versions side by side."""

    models: list[ComparedVersion]
    significance: dict[str, JsonValue] | None = Field(
        description="Of the metrics service: by how much each pair differs, the tests whether "
        "that is chance, and the samples on which they differ."
    )
    reason: str = Field(description="Why their difference was not tested; empty if it was.")


def comparison_view(comparison: Comparison) -> ComparisonView:
    """The comparison as routes and command line show it."""
    return ComparisonView(
        models=[
            ComparedVersion(
                model=entrant.manifest.model,
                version=entrant.manifest.version,
                kind=entrant.manifest.kind,
                recipe=entrant.manifest.recipe.name,
                epochs=entrant.manifest.epochs,
                training_seconds=entrant.manifest.training_seconds,
                parameters=entrant.manifest.parameters,
                size_bytes={form: entrant.size_bytes(form) for form in SIZES},
                inference_times=entrant.manifest.inference_times,
                statistics=dict(entrant.overall),
                intervals=dict(entrant.intervals),
            )
            for entrant in comparison.entrants
        ],
        significance=None if comparison.significance is None else dict(comparison.significance),
        reason=comparison.reason,
    )
