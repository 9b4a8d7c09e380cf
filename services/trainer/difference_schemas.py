"""How the routes give the examples on which versions differ."""

import base64
import io
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, Field

from services.trainer.datasets.test_images import TestImages
from services.trainer.disagreements import Disagreements, Example, Group
from shared.errors import ServiceError


class GivenView(BaseModel):
    """What a version answers, and how sure it is."""

    class_name: str
    probability: float


class ExampleView(BaseModel):
    """One test example."""

    index: int = Field(description="Its place in the test split, from 0.")
    class_name: str
    answers: list[GivenView] = Field(description="In the order of `versions`.")
    image: str | None = Field(description="A PNG as a data URI; `null`: see `reason`.")


class GroupView(BaseModel):
    """Examples that the same versions have right, and all others wrong."""

    right: list[str] = Field(examples=[["mnist-cnn/1"]])
    count: int
    examples: list[ExampleView] = Field(description="Some, the surest error first.")


class DifferencesView(BaseModel):
    """The examples on which versions differ, and those that all have wrong."""

    versions: list[str] = Field(examples=[["mnist-cnn/1", "mnist-linear/1"]])
    groups: list[GroupView]
    reason: str = Field(description="Why there are no pictures; empty if there are.")


def differences_view(found: Disagreements, images: TestImages) -> DifferencesView:
    """Where versions differ, with pictures if the test images are at hand."""
    try:
        pictures, reason = images.of(found.card.dataset), ""
    except ServiceError as error:
        pictures, reason = None, error.detail
    return DifferencesView(
        versions=list(found.versions),
        groups=[_group_view(group, pictures) for group in found.groups],
        reason=reason,
    )


def _group_view(group: Group, pictures: NDArray[np.uint8] | None) -> GroupView:
    return GroupView(
        right=list(group.right),
        count=group.count,
        examples=[_example_view(example, pictures) for example in group.examples],
    )


def _example_view(example: Example, pictures: NDArray[np.uint8] | None) -> ExampleView:
    image = None if pictures is None else _data_uri(pictures[example.index])
    return ExampleView(**asdict(example), image=image)


def _data_uri(image: NDArray[np.uint8]) -> str:
    buffer = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
