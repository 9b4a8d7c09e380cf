"""A version that can answer: its function, and what goes in and comes out of it."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from services.inference.statistics import Statistics
from shared.errors import Conflict
from shared.manifest import Manifest

EngineName = Literal["litert", "savedmodel"]
Images = NDArray[np.float32]
Probabilities = NDArray[np.float32]


class Engine(Protocol):
    """The function of one version. Several threads may call it at once."""

    @property
    def name(self) -> EngineName:
        """Which runtime computes."""

    @property
    def piece_size(self) -> int:
        """How many images are best computed at once on one thread; 0 if it spreads them itself."""

    def predict(self, images: Images) -> Probabilities:
        """The outputs for each image.

        Args:
            images: float32, shape `(n, *signature.input_shape)`, n at least 1.

        Returns:
            float32, shape `(n, *signature.output_shape)`; the caller's own.
        """

    def close(self) -> None:
        """Give up what is held. A call that runs ends well; later ones may not be made."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The one input and the one output of a version; shapes are those of one example.

    Attributes:
        in_unit_range: Whether every input value must lie in [0, 1].
    """

    input_name: str
    input_shape: tuple[int, ...]
    output_name: str
    output_shape: tuple[int, ...]
    in_unit_range: bool


@dataclass(frozen=True, slots=True, eq=False)
class Servable:
    """One version of a model, loaded and found right.

    Attributes:
        engine: What computes.
        load_seconds: From the first look at its files to the last golden input.
        manifest: The model card; a directory that another program wrote has none.
        example_seconds: How long one example took when it was warm.
        statistics: What it has answered so far.
    """

    model: str
    version: int
    signature: Signature
    engine: Engine
    load_seconds: float
    manifest: Manifest | None = None
    example_seconds: float = float("inf")
    statistics: Statistics = field(default_factory=Statistics)

    def card(self) -> Manifest:
        """The model card.

        Raises:
            Conflict: The version has none, so nothing says what a picture means to it.
        """
        if self.manifest is None:
            raise Conflict(
                f"{self.model}/{self.version} was published without a manifest: it takes tensors "
                "(below /v1 and /v2), and no pictures."
            )
        return self.manifest


def signature_of(manifest: Manifest) -> Signature:
    """The signature that a model card describes."""
    return Signature(
        input_name=manifest.input.name,
        input_shape=manifest.input.shape,
        output_name=manifest.output.name,
        output_shape=(len(manifest.class_names),),
        in_unit_range=True,
    )
