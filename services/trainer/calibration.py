"""Calibrates a trained network on its validation split, and records what that did."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.trainer.datasets.dataset import Split
from services.trainer.fit import logits_of
from services.trainer.networks.build import Network
from services.trainer.probabilities import (
    BINS,
    Calibration,
    calibration_scores,
    fit_calibration,
)
from shared.manifest import CalibratedSplit, CalibrationRecord


@dataclass(frozen=True, slots=True)
class Judged:
    """A split as a network judges it, before any calibration.

    Attributes:
        logits: float32, shape `(n, n_classes)`.
        labels: The true classes, int64, shape `(n,)`.
    """

    logits: NDArray[np.float32]
    labels: NDArray[np.int64]


def calibrated(network: Network, validation: Split) -> tuple[Network, Judged]:
    """The network with the calibration inside its graph that fits the validation split best.

    With it comes that split as the network judges it.
    """
    judged = Judged(logits_of(network, validation.images), validation.labels)
    return network.with_calibration(fit_calibration(judged.logits, judged.labels)), judged


def calibration_record(calibration: Calibration, splits: Mapping[str, Judged]) -> CalibrationRecord:
    """For the model card: the calibration, and what it did on each split."""
    return CalibrationRecord(
        temperature=calibration.temperature,
        uniform_share=calibration.uniform_share,
        bins=BINS,
        splits={
            name: CalibratedSplit(
                before=calibration_scores(judged.logits, judged.labels),
                after=calibration_scores(judged.logits, judged.labels, calibration),
            )
            for name, judged in splits.items()
        },
    )
