"""Loads a version: every file checked, the engine warm, the golden inputs answered rightly."""

import hashlib
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from services.inference.engines.litert import LiteRtEngine
from services.inference.engines.savedmodel import SavedModelEngine
from services.inference.errors import NotSettled
from services.inference.servables import Engine, Servable, Signature, signature_of
from shared.errors import VersionBroken, VersionNotFound
from shared.manifest import Manifest
from shared.model_store import MANIFEST_FILE, ModelStore
from shared.version_locks import held, hold_with

WARM_UP_CALLS = 5
SAVED_MODEL_FILE = "saved_model.pb"
# Only our own publisher writes this: a version that has it and no manifest has lost it.
OUR_MARK = "golden.npz"


class Loader:
    """Makes servables of the versions under one root.

    Args:
        root: The directory of models.
        settle_seconds: How long a version without a manifest must not have changed.
    """

    def __init__(self, root: Path, settle_seconds: float) -> None:
        self._store = ModelStore(root)
        self._settle_seconds = settle_seconds

    def __call__(self, model: str, version: int) -> Servable:
        """The version, ready to answer.

        Raises:
            VersionBroken: A file is not what the manifest says, no engine takes the version, or
                its answers to the golden inputs are not the recorded ones.
            NotSettled: It has no manifest and changed not long ago.
            ModelNotFound, VersionNotFound: It is gone.
        """
        directory = self._store.path(model, version)
        with _present(model, version), held(directory):
            if _is_plain_saved_model(directory):
                servable = self._load_plain(model, version, directory)
            else:
                servable = self._load(model, version, directory)
            hold_with(servable.engine, directory)  # what is served is not removed
        return servable

    def _load(self, model: str, version: int, directory: Path) -> Servable:
        started = time.perf_counter()
        manifest = self._store.verify(model, version)
        signature = signature_of(manifest)
        engine = _engine(directory, manifest, signature)
        try:
            example_seconds = _warm_up(engine, signature)
            _check_golden(engine, directory, manifest)
        except BaseException:
            engine.close()
            raise
        seconds = time.perf_counter() - started
        return Servable(model, version, signature, engine, seconds, manifest, example_seconds)

    def _load_plain(self, model: str, version: int, directory: Path) -> Servable:
        """A directory as TensorFlow Serving takes it, once nothing in it changes any more."""
        started = time.perf_counter()
        age = time.time() - _last_change(directory)
        if age < self._settle_seconds:
            raise NotSettled(
                f"It has no manifest and changed {max(age, 0):.1f} seconds ago; it is loaded after "
                f"{self._settle_seconds:g}."
            )
        engine = SavedModelEngine(directory)
        example_seconds = _warm_up(engine, engine.signature)
        seconds = time.perf_counter() - started
        return Servable(
            model, version, engine.signature, engine, seconds, example_seconds=example_seconds
        )


@contextmanager
def _present(model: str, version: int) -> Iterator[None]:
    """A version that was removed a moment ago is none."""
    try:
        yield
    except FileNotFoundError as error:
        raise VersionNotFound(f"{model}/{version} is gone") from error


def _is_plain_saved_model(directory: Path) -> bool:
    return (
        not (directory / MANIFEST_FILE).exists()
        and not (directory / OUR_MARK).exists()
        and (directory / SAVED_MODEL_FILE).is_file()
    )


def _last_change(directory: Path) -> float:
    """When anything in the directory changed last, by the clock that no copy can set."""
    return max(path.lstat().st_ctime for path in (directory, *directory.rglob("*")))


def _engine(directory: Path, manifest: Manifest, signature: Signature) -> Engine:
    if manifest.twin is None:
        return SavedModelEngine(directory, signature)
    content = _checked_bytes(directory, manifest, manifest.twin.file)
    return LiteRtEngine(content, signature)


def _warm_up(engine: Engine, signature: Signature) -> float:
    """Make the first calls, which are slow; the shortest time of one, in seconds."""
    blank = np.zeros((1, *signature.input_shape), np.float32)
    durations = []
    for _ in range(WARM_UP_CALLS):
        started = time.perf_counter()
        engine.predict(blank)
        durations.append(time.perf_counter() - started)
    return min(durations)


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
