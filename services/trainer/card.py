"""Writes the model card of a version from its provenance."""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from services.trainer.datasets.dataset import Dataset
from services.trainer.hyperparameters import Recipe
from shared import __version__
from shared.manifest import (
    CalibrationRecord,
    DatasetRecord,
    EvaluationRecord,
    FileRecord,
    GoldenRecord,
    HardwareRecord,
    InferenceTime,
    InputRecord,
    Manifest,
    RecipeRecord,
    TwinRecord,
)

PACKAGES = ("keras", "numpy", "scipy", "ai-edge-litert", "h5py")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Everything about a version but its number and its files."""

    model: str
    dataset: Dataset
    split_sizes: dict[str, int]
    recipe: Recipe
    seed: int
    run: str
    weights_sha256: str
    parameters: int
    epochs: int
    training_seconds: float
    scores: dict[str, dict[str, float]]
    evaluation: EvaluationRecord
    inference_times: tuple[InferenceTime, ...]
    twin: TwinRecord | None
    golden: GoldenRecord
    calibration: CalibrationRecord
    hardware: HardwareRecord
    packages: dict[str, str]

    def card(self, version: int, files: Mapping[str, FileRecord]) -> Manifest:
        """The model card of the version with this number and these files."""
        hyperparameters = json.loads(json.dumps(asdict(self.recipe)))  # tuples become lists
        hyperparameters.pop("name")
        return Manifest(
            software_version=__version__,
            model=self.model,
            version=version,
            kind=self.recipe.kind,
            created_at=datetime.now(UTC),
            dataset=DatasetRecord(
                name=self.dataset.name,
                title=self.dataset.title,
                sha256=self.dataset.sha256,
                splits=self.split_sizes,
            ),
            class_names=self.dataset.class_names,
            input=InputRecord(shape=self.dataset.image_shape),
            preprocessing=self.dataset.preprocessing,
            recipe=RecipeRecord(name=self.recipe.name, hyperparameters=hyperparameters),
            seed=self.seed,
            run=self.run,
            weights_sha256=self.weights_sha256,
            parameters=self.parameters,
            epochs=self.epochs,
            training_seconds=self.training_seconds,
            hardware=self.hardware,
            packages=self.packages,
            scores=self.scores,
            evaluation=self.evaluation,
            inference_times=self.inference_times,
            twin=self.twin,
            golden=self.golden,
            calibration=self.calibration,
            files=dict(files),
        )


def this_machine(accelerators: tuple[str, ...]) -> HardwareRecord:
    """The machine that this process runs on."""
    return HardwareRecord(
        machine=platform.machine(),
        processor=_processor(),
        cpu_count=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1,
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        accelerators=accelerators,
    )


def installed_packages(tensorflow_version: str) -> dict[str, str]:
    """The versions of what decides a training's outcome."""
    versions = {name: metadata.version(name) for name in PACKAGES}
    return {"python": platform.python_version(), "tensorflow": tensorflow_version, **versions}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())
