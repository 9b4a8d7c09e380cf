"""The documents that the service answers with, as `/docs` shows them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.inference.live_models import VersionState
from services.inference.servables import EngineName
from shared.manifest import Manifest


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Box(_Answer):
    """Where a digit lies, in pixels of the upright picture."""

    left: int = Field(ge=0)
    top: int = Field(ge=0)
    width: int = Field(ge=1)
    height: int = Field(ge=1)


class Digit(_Answer):
    """One of the digits on a picture."""

    label: int = Field(ge=0, examples=[7])
    class_name: str = Field(examples=["7"])
    probability: float = Field(ge=0, le=1, examples=[0.9981])
    probabilities: dict[str, Annotated[float, Field(ge=0, le=1)]]
    box: Box
    input_png: str | None = Field(
        None, description="With `?input=true`: this digit as the model saw it, PNG in base64."
    )


class Prediction(_Answer):
    """What one model says of a picture."""

    model: str = Field(examples=["mnist-cnn"])
    version: int = Field(ge=1, examples=[3])
    label: int = Field(ge=0, description="Index of the most probable class.", examples=[7])
    class_name: str = Field(description="Its name.", examples=["7"])
    probability: float = Field(ge=0, le=1, description="Its probability.", examples=[0.9981])
    probabilities: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(
        description="The probability of each class, by its name, in class order."
    )
    warnings: list[str] = Field(description="What makes the answer doubtful; often empty.")
    digits: list[Digit] | None = Field(
        None,
        description="Of models that read digits: all that were found on the picture, line by "
        "line from left to right. `label` is that of the most prominent.",
    )
    duration_ms: float = Field(
        ge=0, description="Milliseconds from the picture's bytes to the answer.", examples=[0.31]
    )
    input_png: str | None = Field(
        None, description="With `?input=true`: the picture as the model saw it, PNG in base64."
    )


class Predictions(_Answer):
    """What every model of a data set says of a picture."""

    predictions: list[Prediction]


class VersionCard(_Answer):
    """One version of a model, and what became of it."""

    version: int
    state: VersionState
    reason: str = Field("", description="Why it failed, if it did.")


class ModelSummary(_Answer):
    """A model in short."""

    name: str = Field(examples=["mnist-cnn"])
    dataset: str | None = Field(examples=["mnist"])
    kind: str | None = Field(examples=["cnn"])
    serving: int | None = Field(description="The version that answers by default.", examples=[3])
    labels: dict[str, int] = Field(description="The version that each label stands for.")
    versions: list[VersionCard]


class Models(_Answer):
    """Every model of which anything is known."""

    models: list[ModelSummary]
    problem: str = Field("", description="What is wrong with the volume, if anything is.")


class ModelCard(ModelSummary):
    """A model, and the card of the version that answers by default."""

    engine: EngineName | None = Field(description="The runtime that computes.")
    load_seconds: float | None
    card: Manifest | None = Field(description="The manifest of the version that answers.")
