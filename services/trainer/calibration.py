"""Calibrates a trained network on its validation split, and records what that did."""

from collections.abc import Mapping

from services.trainer.datasets.dataset import Split
from services.trainer.fit import logits_of
from services.trainer.networks.build import Network
from services.trainer.probabilities import BINS, calibration_scores, fit_calibration
from shared.manifest import CalibratedSplit, CalibrationRecord


def calibrated(network: Network, validation: Split) -> Network:
    """The network with the calibration inside its graph that fits the validation split best."""
    logits = logits_of(network, validation.images)
    return network.with_calibration(fit_calibration(logits, validation.labels))


def calibration_record(network: Network, splits: Mapping[str, Split]) -> CalibrationRecord:
    """For the model card: the calibration, and what it did on each split."""
    return CalibrationRecord(
        temperature=network.calibration.temperature,
        uniform_share=network.calibration.uniform_share,
        bins=BINS,
        splits={name: _compared(network, split) for name, split in splits.items()},
    )


def _compared(network: Network, split: Split) -> CalibratedSplit:
    logits = logits_of(network, split.images)
    return CalibratedSplit(
        before=calibration_scores(logits, split.labels),
        after=calibration_scores(logits, split.labels, network.calibration),
    )
