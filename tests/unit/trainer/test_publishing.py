"""No reader ever sees half a version, and no number is given twice."""

import errno
import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from services.trainer import publishing
from services.trainer.publishing import require_writable, staged_version
from shared.errors import VolumeUnusable
from shared.model_store import ModelStore
from tests.support import publish_files

FILES = {"saved_model.pb": b"graph", "variables/variables.index": b"index", "pesos.h5": b""}


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


def test_a_version_appears_whole_under_the_next_number(store: ModelStore) -> None:
    assert [publish_files(store, "mnist-cnn", FILES) for _ in range(3)] == [1, 2, 3]

    manifest = store.verify("mnist-cnn", 2)
    assert set(manifest.files) == set(FILES)
    assert store.versions("mnist-cnn") == [1, 2, 3]


def test_the_manifest_is_readable_json_with_every_other_file(store: ModelStore) -> None:
    publish_files(store, "mnist-cnn", FILES)

    document = json.loads((store.path("mnist-cnn", 1) / "manifest.json").read_text())

    assert document["files"] == {
        name: {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in FILES.items()
    }


def test_nothing_is_left_beside_the_version(store: ModelStore) -> None:
    publish_files(store, "mnist-cnn", FILES)

    names = sorted(path.name for path in (store.root / "mnist-cnn").iterdir())
    assert names == [".last_version", ".publish.lock", "1"]


def test_a_number_is_not_given_again_after_its_version_was_deleted(store: ModelStore) -> None:
    publish_files(store, "mnist-cnn", FILES)
    publish_files(store, "mnist-cnn", FILES)
    shutil.rmtree(store.path("mnist-cnn", 2))

    assert publish_files(store, "mnist-cnn", FILES) == 3


def test_versions_copied_in_by_hand_are_counted(store: ModelStore) -> None:
    (store.root / "mnist-cnn" / "41").mkdir(parents=True)

    assert publish_files(store, "mnist-cnn", FILES) == 42


def _stage_and_fail(store: ModelStore) -> None:
    with staged_version(store, "mnist-cnn") as staged:
        (staged.directory / "saved_model.pb").write_bytes(b"half")
        raise ZeroDivisionError


def test_an_error_while_staging_leaves_nothing(store: ModelStore) -> None:
    with pytest.raises(ZeroDivisionError):
        _stage_and_fail(store)

    assert list((store.root / "mnist-cnn").iterdir()) == []
    assert store.models() == []


def test_a_manifest_that_cannot_be_made_leaves_nothing(store: ModelStore) -> None:
    with pytest.raises(ValueError, match="is named"):
        publish_files(
            store, "mnist-cnn", FILES, twin={"max_abs_difference": 0, "examples_compared": 1}
        )

    assert store.versions("mnist-cnn") == []


STEPS = ("_sync", "sha256_of", "_write_synced", "_last_given", "rename")


@pytest.mark.parametrize("step", STEPS)
def test_a_full_disk_at_any_step_is_said_and_publishes_nothing(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    publish_files(store, "mnist-cnn", FILES)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if step == "rename":
        monkeypatch.setattr(Path, "rename", full)
    else:
        monkeypatch.setattr(publishing, step, full)
    with pytest.raises(VolumeUnusable, match=r"mnist-cnn is full: No space left.*Nothing was"):
        publish_files(store, "mnist-cnn", FILES)
    monkeypatch.undo()

    assert store.versions("mnist-cnn") == [1]
    assert not list((store.root / "mnist-cnn").glob(".staging-*"))
    assert store.verify("mnist-cnn", 1).version == 1
    assert publish_files(store, "mnist-cnn", FILES) >= 2


def test_a_volume_that_is_a_file_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("")

    with pytest.raises(VolumeUnusable, match="cannot be written"):
        publish_files(ModelStore(tmp_path / "models"), "mnist-cnn", FILES)


def test_a_volume_is_tried_before_training(tmp_path: Path) -> None:
    require_writable(ModelStore(tmp_path / "models"))
    assert list((tmp_path / "models").iterdir()) == []

    (tmp_path / "file").write_text("")
    with pytest.raises(VolumeUnusable, match="cannot be written: Not a directory"):
        require_writable(ModelStore(tmp_path / "file" / "models"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes to read-only folders too")
def test_a_read_only_volume_is_said_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(VolumeUnusable, match="cannot be written: Permission denied"):
        publish_files(ModelStore(tmp_path), "mnist-cnn", FILES)
