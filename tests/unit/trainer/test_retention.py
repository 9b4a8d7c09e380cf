"""Old versions go, as a whole; labelled, newest, held and damaged ones do not."""

import subprocess
import sys
from pathlib import Path

import pytest

from services.trainer.retention import prune, superfluous
from shared.errors import StorageError
from shared.label_store import LABELS_FILE, LabelStore
from shared.model_store import ModelStore
from shared.version_locks import held
from tests.support import ROOT, publish_files


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    """Five versions of a model."""
    store = ModelStore(tmp_path)
    for _ in range(5):
        publish_files(store, "mnist-cnn", {"pesos.h5": b"weights"})
    return store


@pytest.mark.parametrize(
    ("keep", "labelled", "removed"),
    [(0, (), []), (1, (), [1, 2, 3, 7]), (2, (2,), [1, 3]), (5, (), []), (9, (), [])],
)
def test_the_newest_and_the_labelled_stay(
    keep: int, labelled: tuple[int, ...], removed: list[int]
) -> None:
    assert superfluous([1, 2, 3, 7, 12], keep, labelled) == removed


def test_versions_are_removed_whole_and_their_numbers_are_not_given_again(
    store: ModelStore,
) -> None:
    LabelStore(store.root).move("mnist-cnn", "champion", 2)

    assert prune(store, "mnist-cnn", keep=2, dry_run=True) == [1, 3]
    assert store.versions("mnist-cnn") == [1, 2, 3, 4, 5]
    assert prune(store, "mnist-cnn", keep=2) == [1, 3]
    assert store.versions("mnist-cnn") == [2, 4, 5]
    assert not list((store.root / "mnist-cnn").glob(".removed-*"))
    assert publish_files(store, "mnist-cnn", {"pesos.h5": b"weights"}) == 6
    store.verify("mnist-cnn", 2)


def test_a_version_that_somebody_reads_stays_until_he_is_done(store: ModelStore) -> None:
    with held(store.path("mnist-cnn", 1)), held(store.path("mnist-cnn", 1)):
        assert prune(store, "mnist-cnn", keep=1) == [2, 3, 4]
    assert prune(store, "mnist-cnn", keep=1) == [1]


def test_what_another_process_holds_stays_and_its_death_frees_it(store: ModelStore) -> None:
    path = store.path("mnist-cnn", 1)
    code = (
        "import sys; from pathlib import Path; from shared.version_locks import held\n"
        "with held(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert prune(store, "mnist-cnn", keep=4) == []
        holder.kill()
        holder.wait()
    assert prune(store, "mnist-cnn", keep=4) == [1]


def test_damaged_versions_count_for_nothing_so_one_that_serves_stays(store: ModelStore) -> None:
    for version in (4, 5):
        (store.root / "mnist-cnn" / str(version) / "manifest.json").write_text("{")

    assert prune(store, "mnist-cnn", keep=1) == [1, 2]
    assert store.versions("mnist-cnn") == [3, 4, 5]


def test_nothing_is_removed_while_the_labels_cannot_be_read(store: ModelStore) -> None:
    (store.root / "mnist-cnn" / LABELS_FILE).write_text("no book")

    with pytest.raises(StorageError, match="labels"):
        prune(store, "mnist-cnn", keep=1)
    assert store.versions("mnist-cnn") == [1, 2, 3, 4, 5]


def test_what_a_remover_that_died_left_is_swept(store: ModelStore) -> None:
    home = store.root / "mnist-cnn"
    (home / "1").rename(home / ".removed-1-x")

    assert store.versions("mnist-cnn") == [2, 3, 4, 5]
    assert prune(store, "mnist-cnn", keep=9) == []
    assert not (home / ".removed-1-x").exists()


def test_a_model_that_is_not_there_has_nothing_to_remove(store: ModelStore) -> None:
    assert prune(store, "fashion-cnn", keep=1) == []
    assert not (store.root / "fashion-cnn").exists()
