"""Loads a version: every file checked, the engine warm, the golden inputs answered rightly."""

import hashlib
import io
import time
from pathlib import Path

import numpy as np

from services.inference.engines.litert import LiteRtEngine
from services.inference.servables import Engine, Servable
from shared.errors import VersionBroken
from shared.manifest import Manifest
from shared.model_store import ModelStore

WARM_UP_CALLS = 2


class Loader:
    """Makes servables of the versions under one root."""

    def __init__(self, root: Path) -> None:
        self._store = ModelStore(root)

    def __call__(self, model: str, version: int) -> Servable:
        """The version, ready to answer.

        Raises:
            VersionBroken: A file is not what the manifest says, no engine takes the version, or
                its answers to the golden inputs are not the recorded ones.
            ModelNotFound, VersionNotFound: It is gone.
        """
        started = time.perf_counter()
        manifest = self._store.verify(model, version)
        directory = self._store.path(model, version)
        engine = _engine(directory, manifest)
        try:
            _warm_up(engine, manifest)
            _check_golden(engine, directory, manifest)
        except BaseException:
            engine.close()
            raise
        return Servable(manifest, engine, time.perf_counter() - started)


def _engine(directory: Path, manifest: Manifest) -> Engine:
    if manifest.twin is None:
        raise VersionBroken(
            f"{manifest.model}/{manifest.version} has no LiteRT twin, and no other engine is here."
        )
    content = _checked_bytes(directory, manifest, manifest.twin.file)
    return LiteRtEngine(content, manifest.input.shape, len(manifest.class_names))


def _warm_up(engine: Engine, manifest: Manifest) -> None:
    blank = np.zeros((1, *manifest.input.shape), np.float32)
    for _ in range(WARM_UP_CALLS):
        engine.predict(blank)


def _check_golden(engine: Engine, directory: Path, manifest: Manifest) -> None:
    """Refuse an engine that does not give the recorded probabilities."""
    golden = manifest.golden
    if golden is None:
        return
    content = _checked_bytes(directory, manifest, golden.file)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            images, expected = arrays["image"], arrays["probabilities"]
    except (ValueError, KeyError, OSError) as error:
        raise VersionBroken(f"{golden.file} holds no golden inputs: {error}") from error
    if images.dtype != np.float32 or images.shape[1:] != manifest.input.shape or not len(images):
        raise VersionBroken(
            f"{golden.file} holds no inputs of this model: {images.dtype} {images.shape}"
        )
    found = engine.predict(images)
    if found.shape != expected.shape:
        raise VersionBroken(f"Golden answers: {found.shape} instead of {expected.shape}")
    difference = float(np.abs(found - expected).max())
    if not difference <= golden.tolerance:  # so that NaN is refused too
        raise VersionBroken(
            f"The golden inputs are answered wrongly by {engine.name}: off by {difference:.3g}, "
            f"allowed is {golden.tolerance:.3g}"
        )


def _checked_bytes(directory: Path, manifest: Manifest, name: str) -> bytes:
    """A file's bytes; the very bytes that are used are those that the manifest describes."""
    try:
        content = (directory / name).read_bytes()
    except OSError as error:
        raise VersionBroken(f"{name} cannot be read: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest() != manifest.files[name].sha256:
        raise VersionBroken(f"{name} changed while it was loaded")
    return content
