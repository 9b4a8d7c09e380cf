"""Versions that are exchanged under the watcher's eyes, on a real directory."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from services.inference.live_models import LiveModels, VersionState
from services.inference.servables import Servable
from services.inference.version_policy import Latest
from services.inference.volume import ModelVolume
from services.inference.watcher import Intervals, Watcher
from shared.model_store import ModelStore
from tests.support import publish_files
from tests.unit.inference.fakes import make_servable

MODEL = "mnist-cnn"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for content in (b"one", b"two"):
        publish_files(ModelStore(tmp_path), MODEL, {"model.tflite": content})
    return tmp_path


def replace_by_a_link(version: Path) -> None:
    version.rename(version.parent / ".elsewhere")
    version.symlink_to(version.parent / ".elsewhere")


def rename(version: Path) -> None:
    version.rename(version.parent / ".renamed")


def exchange_for_a_copy(version: Path) -> None:
    shutil.copytree(version, version.parent / ".copy")
    shutil.rmtree(version)
    (version.parent / ".copy").rename(version)


def exchange_the_manifest(version: Path) -> None:
    manifest = version / "manifest.json"
    draft = version.parent / ".manifest"
    draft.write_bytes(manifest.read_bytes())
    draft.replace(manifest)


def change_nothing(version: Path) -> None:
    del version


@pytest.mark.parametrize(
    ("happens", "serving"),
    [
        (replace_by_a_link, 1),
        (rename, 1),
        (exchange_for_a_copy, 1),
        (exchange_the_manifest, 1),
        (change_nothing, 2),
    ],
)
def test_a_version_that_does_not_stay_while_it_is_loaded_is_refused_and_shown(
    root: Path, happens: Callable[[Path], None], serving: int
) -> None:
    live = LiveModels()
    live.publish(make_servable(MODEL, 1))
    loaded: list[Servable] = []

    def load(model: str, version: int) -> Servable:
        happens(root / model / str(version))
        loaded.append(make_servable(model, version))
        return loaded[-1]

    watcher = Watcher(
        ModelVolume(root),
        load,
        live,
        policy_of=lambda _: Latest(),
        on_publish=lambda _: None,
        intervals=Intervals(60, 60),
    )
    watcher.poll()

    assert [servable.version for servable in loaded] == [2]
    with live.lease(MODEL) as servable:
        assert servable.version == serving
    if serving == 1:
        failed = live.statuses(MODEL)[-1]
        assert (failed.version, failed.state) == (2, VersionState.FAILED)
        assert "exchanged or moved" in failed.reason
        assert loaded[0].engine.closed  # type: ignore[attr-defined]


def test_what_only_looks_like_a_version_is_refused_with_its_reason(root: Path) -> None:
    (root / MODEL / "3").symlink_to(root / MODEL / "1")
    (root / MODEL / "4").write_text("")
    (root / MODEL / "05").mkdir()
    refused = ModelVolume(root).refused(MODEL)
    assert {version: reason.split(";")[0] for version, reason in refused.items()} == {
        3: "It is a link",
        4: "It is a file",
        5: "A version's name has no leading zero.",
    }
