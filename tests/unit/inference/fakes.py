"""Fakes of what stands at the edge of the inference service: engines, volume, loader."""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from services.inference.servables import EngineName, Images, Probabilities, Servable, signature_of
from shared.errors import StorageError, VersionBroken, VolumeUnusable
from shared.manifest import DatasetRecord, InputRecord, Manifest, Preprocessing
from tests.support import a_manifest


@dataclass
class FakeEngine:
    """Sees as many tenths of white as the class that it names; it can be made slow or wrong."""

    n_classes: int = 10
    name: EngineName = "litert"
    piece_size: int = 2
    closed: bool = False
    before_predict: Callable[[], object] = lambda: None

    def predict(self, images: Images) -> Probabilities:
        assert not self.closed
        self.before_predict()
        labels = np.rint(images.max(axis=(1, 2, 3)) * 10).astype(int) % self.n_classes
        probabilities = np.full((len(images), self.n_classes), 0.01, np.float32)
        probabilities[np.arange(len(images)), labels] = 0.91
        return probabilities

    def close(self) -> None:
        self.closed = True


def make_manifest(
    model: str = "mnist-cnn",
    version: int = 1,
    *,
    dataset: str = "mnist",
    preprocessing: Preprocessing = "mnist-digit",
    shape: tuple[int, int, int] = (28, 28, 1),
) -> Manifest:
    return a_manifest(
        version,
        {},
        model,
        dataset=DatasetRecord(name=dataset, title=dataset, sha256={}, splits={}),
        preprocessing=preprocessing,
        input=InputRecord(shape=shape),
    )


def make_servable(model: str = "mnist-cnn", version: int = 1, **manifest: object) -> Servable:
    card = make_manifest(model, version, **manifest)  # type: ignore[arg-type]
    return Servable(model, version, signature_of(card), FakeEngine(), 0.01, card, 1e-5)


@dataclass
class FakeVolume:
    """Versions in memory; a version that is `broken` fails to load with that reason."""

    published: dict[str, list[int]] = field(default_factory=dict)
    broken: dict[tuple[str, int], str] = field(default_factory=dict)
    links: dict[str, dict[int, str]] = field(default_factory=dict)
    stamps: dict[tuple[str, int], int] = field(default_factory=dict)
    unusable: str = ""
    labelled: dict[str, dict[str, int]] = field(default_factory=dict)
    label_problem: str = ""
    loads: list[tuple[str, int]] = field(default_factory=list)
    datasets: dict[str, str] = field(default_factory=dict)
    during_load: Callable[[], None] = lambda: None

    def models(self) -> list[str]:
        if self.unusable:
            raise VolumeUnusable(self.unusable)
        return sorted(self.published)

    def versions(self, model: str) -> list[int]:
        return sorted(self.published.get(model, []))

    def refused(self, model: str) -> dict[int, str]:
        return self.links.get(model, {})

    def labels(self, model: str) -> dict[str, int]:
        if self.label_problem:
            raise StorageError(self.label_problem)
        return self.labelled.get(model, {})

    def stamp(self, model: str, version: int) -> object:
        return self.stamps.get((model, version), 0)

    def load(self, model: str, version: int) -> Servable:
        self.loads.append((model, version))
        self.during_load()
        if reason := self.broken.get((model, version)):
            raise VersionBroken(reason)
        return make_servable(model, version, dataset=self.datasets.get(model, "mnist"))


def png(pixels: np.ndarray | None = None, **options: object) -> bytes:
    """A PNG file; by default a grey bar on black, 28x28, at 0.7 of white."""
    if pixels is None:
        pixels = np.zeros((28, 28), np.uint8)
        pixels[6:22, 12:16] = 179
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", **options)
    return file.getvalue()


def wait_until(condition: Callable[[], bool], timeout_seconds: float = 5.0) -> None:
    """Return as soon as the condition holds; fail if it does not in time."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.005)
