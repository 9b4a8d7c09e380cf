"""What tests of several services say in the same words."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from services.trainer.publishing import staged_version
from shared.manifest import (
    DatasetRecord,
    EvaluationRecord,
    FileRecord,
    HardwareRecord,
    InputRecord,
    Manifest,
    RecipeRecord,
)
from shared.model_store import ModelStore


class Answer(Protocol):
    """The answer of any HTTP client."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    def json(self) -> Any: ...


def assert_problem(response: Answer, status: int, slug: str) -> dict[str, Any]:
    """The answer is this problem document; gives its body."""
    assert response.status_code == status, response.json()
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["type"] == f"/problems/{slug}"
    assert body["status"] == status
    assert body["title"]
    assert body["instance"].startswith("urn:uuid:")
    return body


def a_manifest(
    version: int, files: Mapping[str, FileRecord], model: str = "mnist-cnn", **changes: Any
) -> Manifest:
    """A model card with plausible content, for versions that no network stands behind."""
    content: dict[str, Any] = {
        "software_version": "0.0.0",
        "model": model,
        "version": version,
        "kind": model.rpartition("-")[2],
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "dataset": DatasetRecord(
            name=model.rpartition("-")[0],
            title="Digits",
            sha256={"source": hashlib.sha256(b"").hexdigest()},
            splits={"train": 8, "validation": 1, "test": 1},
        ),
        "class_names": tuple("0123456789"),
        "input": InputRecord(shape=(28, 28, 1)),
        "preprocessing": "mnist-digit",
        "recipe": RecipeRecord(name="none", hyperparameters={}),
        "seed": 0,
        "parameters": 0,
        "epochs": 0,
        "training_seconds": 0.0,
        "hardware": HardwareRecord(machine="", processor="", cpu_count=1, memory_bytes=0),
        "packages": {},
        "scores": {},
        "evaluation": EvaluationRecord(state="not-evaluated", reason="made by a test"),
        "files": dict(files),
    }
    return Manifest(**{**content, **changes})


def publish_files(store: ModelStore, model: str, files: Mapping[str, bytes], **changes: Any) -> int:
    """Publish a version of these files; gives its number."""
    with staged_version(store, model) as staged:
        for name, content in files.items():
            path = staged.directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return staged.publish(
            lambda version, records: a_manifest(version, records, model, **changes)
        )
