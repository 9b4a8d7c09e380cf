"""A version that can answer: its function, and what goes in and comes out of it."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from shared.manifest import Manifest

EngineName = Literal["litert", "savedmodel"]
Images = NDArray[np.float32]
Probabilities = NDArray[np.float32]


class Engine(Protocol):
    """The function of one version. Several threads may call it at once."""

    @property
    def name(self) -> EngineName:
        """Which runtime computes."""

    def predict(self, images: Images) -> Probabilities:
        """The class probabilities of each image.

        Args:
            images: float32, shape `(n, height, width, channels)`, n at least 1.

        Returns:
            float32, shape `(n, classes)`; the caller's own.
        """

    def close(self) -> None:
        """Give up what is held. A call that runs ends well; later ones may not be made."""


@dataclass(frozen=True, slots=True, eq=False)
class Servable:
    """One version of a model, loaded and found right.

    Attributes:
        manifest: The model card.
        engine: What computes.
        load_seconds: From the first look at its files to the last golden input.
    """

    manifest: Manifest
    engine: Engine
    load_seconds: float

    @property
    def model(self) -> str:
        """The model's name."""
        return self.manifest.model

    @property
    def version(self) -> int:
        """The number of the version."""
        return self.manifest.version
