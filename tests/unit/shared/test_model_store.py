"""What a reader of the volume sees, and what it refuses to see."""

import json
from pathlib import Path

import pytest

from shared.errors import ModelNotFound, VersionBroken, VersionNotFound, VolumeUnusable
from shared.manifest import FileRecord
from shared.model_store import ModelStore
from tests.support import a_manifest, publish_files


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    store = ModelStore(tmp_path / "models")
    publish_files(store, "mnist-cnn", {"saved_model.pb": b"graph", "variables/data": b"weights"})
    return store


def test_an_absent_volume_is_empty(tmp_path: Path) -> None:
    assert ModelStore(tmp_path / "nothing").models() == []


def test_only_positive_integers_without_leading_zero_are_versions(store: ModelStore) -> None:
    for name in ("0", "007", "-1", "1.0", "v2", ".staging-x", "latest", "²"):
        (store.root / "mnist-cnn" / name).mkdir()
    (store.root / "mnist-cnn" / "3").write_text("a file")
    (store.root / "mnist-cnn" / "4").symlink_to(store.root / "mnist-cnn" / "1")
    (store.root / "mnist-cnn" / "12").mkdir()

    assert store.versions("mnist-cnn") == [1, 12]


def test_hidden_and_empty_directories_are_no_models(store: ModelStore) -> None:
    (store.root / ".cache" / "1").mkdir(parents=True)
    (store.root / "empty").mkdir()

    assert store.models() == ["mnist-cnn"]


@pytest.mark.parametrize("name", ["", "..", "a/b", "../models/mnist-cnn", ".x", "x\0y", "ü"])
def test_names_that_could_leave_the_volume_are_unknown_models(store: ModelStore, name: str) -> None:
    with pytest.raises(ModelNotFound, match="there are: mnist-cnn"):
        store.path(name, 1)


def test_an_unknown_version_is_told_which_there_are(store: ModelStore) -> None:
    with pytest.raises(VersionNotFound, match="Received: 2; there are: 1"):
        store.manifest("mnist-cnn", 2)


def test_a_whole_version_is_verified(store: ModelStore) -> None:
    assert set(store.verify("mnist-cnn", 1).files) == {"saved_model.pb", "variables/data"}


def test_every_kind_of_damage_is_refused_and_named(store: ModelStore) -> None:
    path = store.path("mnist-cnn", 1)
    graph, manifest = path / "saved_model.pb", path / "manifest.json"

    def refused_as(text: str) -> None:
        with pytest.raises(VersionBroken, match=f"^mnist-cnn/1: .*{text}"):
            store.verify("mnist-cnn", 1)

    graph.write_bytes(b"grapH")
    refused_as("saved_model.pb is not the file")
    graph.write_bytes(b"grap")
    refused_as("saved_model.pb has 4 bytes; the manifest says 5")
    graph.unlink()
    refused_as("saved_model.pb is missing")
    (path / "elsewhere").write_bytes(b"graph")
    graph.symlink_to(path / "elsewhere")
    refused_as("saved_model.pb is, or lies behind, a link")
    manifest.write_text(manifest.read_text()[:-40])
    refused_as("manifest.json cannot be read")
    manifest.unlink()
    refused_as("manifest.json is missing")


def test_a_folder_that_is_a_link_is_refused(store: ModelStore, tmp_path: Path) -> None:
    variables = store.path("mnist-cnn", 1) / "variables"
    variables.rename(tmp_path / "moved")
    variables.symlink_to(tmp_path / "moved")

    with pytest.raises(VersionBroken, match="variables/data is, or lies behind, a link"):
        store.verify("mnist-cnn", 1)


def test_a_copy_under_another_number_is_not_taken_for_that_version(store: ModelStore) -> None:
    store.path("mnist-cnn", 1).rename(store.root / "mnist-cnn" / "5")

    with pytest.raises(VersionBroken, match="mnist-cnn/5: the manifest is that of mnist-cnn/1"):
        store.manifest("mnist-cnn", 5)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a//b", "a/./b", "a\\b", "a\nb", ""])
def test_a_manifest_cannot_name_files_outside_its_version(store: ModelStore, name: str) -> None:
    path = store.path("mnist-cnn", 1) / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"][name] = {"size_bytes": 0, "sha256": "0" * 64}
    path.write_text(json.dumps(manifest))

    with pytest.raises(VersionBroken, match="no relative path inside the version"):
        store.manifest("mnist-cnn", 1)


def test_a_manifest_lists_every_file_that_it_names() -> None:
    record = FileRecord(size_bytes=1, sha256="0" * 64)

    with pytest.raises(ValueError, match=r"model\.tflite is named"):
        a_manifest(
            1, {"saved_model.pb": record}, twin={"max_abs_difference": 0, "examples_compared": 1}
        )


def test_a_root_that_is_a_file_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("")

    with pytest.raises(VolumeUnusable, match="is not a directory"):
        ModelStore(tmp_path / "models").models()
