"""Reads the volume: which models and versions there are, and whether one is whole.

    <root>/<model>/<version>/manifest.json ...

A version is a positive integer without leading zero. Names that begin with a dot are
not looked at: the publisher stages there. Only the trainer writes.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from shared.errors import ModelNotFound, VersionBroken, VersionNotFound, VolumeUnusable
from shared.manifest import FileRecord, Manifest

MANIFEST_FILE = "manifest.json"
MAX_MANIFEST_BYTES = 4 * 2**20
_MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_VERSION = re.compile(r"[1-9][0-9]{0,17}")


class ModelStore:
    """The versions on a volume, as they are at the moment of asking."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def models(self) -> list[str]:
        """The names of the models that have a version, sorted.

        Raises:
            VolumeUnusable: The root cannot be read.
        """
        return sorted(
            name
            for name in self._directories(self.root)
            if _MODEL_NAME.fullmatch(name) and self.versions(name)
        )

    def versions(self, model: str) -> list[int]:
        """The versions of a model, oldest first; empty if there is no such model."""
        if not _MODEL_NAME.fullmatch(model):
            return []
        return sorted(
            int(name) for name in self._directories(self.root / model) if _VERSION.fullmatch(name)
        )

    def path(self, model: str, version: int) -> Path:
        """Where a version is.

        Raises:
            ModelNotFound: No such model, or no version of it.
            VersionNotFound: The model has no such version.
        """
        versions = self.versions(model)
        if not versions:
            raise ModelNotFound(
                f"No model is called so. Received: {model!r}; there are: {_listed(self.models())}"
            )
        if version not in versions:
            raise VersionNotFound(
                f"{model} has no such version. Received: {version}; there are: {_listed(versions)}"
            )
        return self.root / model / str(version)

    def manifest(self, model: str, version: int) -> Manifest:
        """The model card of a version, its files not checked.

        Raises:
            ModelNotFound, VersionNotFound: There is no such version.
            VersionBroken: It has no manifest, or one that cannot be read or is another's.
        """
        path = self.path(model, version)
        with _damage_named(model, version):
            manifest = _read_manifest(path)
        if (manifest.model, manifest.version) != (model, version):
            raise VersionBroken(
                f"{model}/{version}: the manifest is that of {manifest.model}/{manifest.version}"
            )
        return manifest

    def verify(self, model: str, version: int) -> Manifest:
        """The model card of a version, every file of which was found equal to it.

        Raises:
            ModelNotFound, VersionNotFound: There is no such version.
            VersionBroken: A file is missing, is a link, or has another size or digest.
        """
        manifest = self.manifest(model, version)
        path = self.path(model, version)
        with _damage_named(model, version):
            for name, expected in manifest.files.items():
                _check_file(path, name, expected)
        return manifest

    def read_json(self, model: str, version: int, name: str) -> dict[str, Any]:
        """A JSON object in a file of a version, found equal to its manifest first.

        Raises:
            ModelNotFound, VersionNotFound: There is no such version.
            VersionBroken: The file is not that of the manifest, or holds no JSON object.
        """
        manifest, path = self.manifest(model, version), self.path(model, version)
        with _damage_named(model, version):
            if name not in manifest.files:
                raise VersionBroken(f"{name} is not among its files")
            _check_file(path, name, manifest.files[name])
            document = json.loads((path / name).read_bytes())
            if not isinstance(document, dict):
                raise VersionBroken(f"{name} holds no JSON object")
        return document

    def _directories(self, path: Path) -> list[str]:
        try:
            with os.scandir(path) as entries:
                return [e.name for e in entries if e.is_dir(follow_symlinks=False)]
        except FileNotFoundError:
            return []
        except NotADirectoryError as error:
            raise VolumeUnusable(f"{path} is not a directory") from error
        except OSError as error:
            raise VolumeUnusable(f"{path} cannot be read: {error.strerror}") from error


def sha256_of(path: Path) -> str:
    """The SHA-256 digest of a file's content, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_manifest(path: Path) -> Manifest:
    _check_regular(path, MANIFEST_FILE)
    if (path / MANIFEST_FILE).stat().st_size > MAX_MANIFEST_BYTES:
        raise VersionBroken(f"{MANIFEST_FILE} is larger than {MAX_MANIFEST_BYTES} bytes")
    return Manifest.model_validate_json((path / MANIFEST_FILE).read_bytes())


def _check_file(directory: Path, name: str, expected: FileRecord) -> None:
    """Refuse a file that is not, to the byte, the one of the manifest."""
    _check_regular(directory, name)
    size = (directory / name).stat().st_size
    if size != expected.size_bytes:
        raise VersionBroken(f"{name} has {size} bytes; the manifest says {expected.size_bytes}")
    if sha256_of(directory / name) != expected.sha256:
        raise VersionBroken(f"{name} is not the file that the manifest describes")


def _check_regular(directory: Path, name: str) -> None:
    """Refuse what is not a plain file, and any link on the way to it."""
    step = directory
    for part in Path(name).parts:
        step = step / part
        if step.is_symlink():
            raise VersionBroken(f"{name} is, or lies behind, a link")
    if not step.is_file():
        raise VersionBroken(f"{name} is missing, or not a plain file")


@contextmanager
def _damage_named(model: str, version: int) -> Iterator[None]:
    try:
        yield
    except VersionBroken as error:
        raise VersionBroken(f"{model}/{version}: {error.detail}") from error
    except json.JSONDecodeError as error:
        raise VersionBroken(f"{model}/{version}: a file holds no JSON: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the document"
        raise VersionBroken(
            f"{model}/{version}: {MANIFEST_FILE} cannot be read: {place}: {first['msg']}"
        ) from error
    except OSError as error:
        raise VersionBroken(
            f"{model}/{version}: {error.filename} cannot be read: {error.strerror}"
        ) from error


def _listed(names: list[str] | list[int]) -> str:
    return ", ".join(str(name) for name in names) or "none"
