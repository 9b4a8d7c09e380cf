"""Names for versions, their history, and the file that holds both."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared import label_store
from shared.errors import (
    Conflict,
    InvalidInput,
    LabelNotFound,
    ModelNotFound,
    StorageError,
    VersionNotFound,
)
from shared.label_store import LABELS_FILE, MAX_LABELS_BYTES, LabelStore
from shared.version_labels import LabelBook

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> LabelStore:
    (tmp_path / "mnist-cnn" / "1").mkdir(parents=True)
    return LabelStore(tmp_path)


def test_every_move_is_remembered() -> None:
    book = LabelBook().moved("champion", 1, at=NOW, reason="first").moved("champion", 2, at=NOW)
    assert book.labels == {"champion": 2}
    assert [(c.from_version, c.to_version, c.reason) for c in book.history] == [
        (None, 1, "first"),
        (1, 2, ""),
    ]


def test_rolling_back_restores_what_a_label_stood_for_and_is_itself_remembered() -> None:
    book = LabelBook().moved("champion", 1, at=NOW).moved("champion", 2, at=NOW)
    book = book.moved("canary", 3, at=NOW).rolled_back("champion", at=NOW)
    assert book.labels == {"champion": 1, "canary": 3}
    assert book.history[-1].reason == "rolled back"
    assert book.rolled_back("champion", at=NOW).labels["champion"] == 2


def test_rolling_back_the_first_move_removes_the_label() -> None:
    assert LabelBook().moved("champion", 1, at=NOW).rolled_back("champion", at=NOW).labels == {}


def test_there_must_be_something_to_roll_back() -> None:
    with pytest.raises(LabelNotFound):
        LabelBook(labels={"champion": 1}).rolled_back("champion", at=NOW)
    edited = LabelBook().moved("champion", 1, at=NOW).moved("champion", 2, at=NOW)
    edited = LabelBook(labels={"champion": 1}, history=edited.history)
    with pytest.raises(Conflict):
        edited.rolled_back("champion", at=NOW)


def test_a_model_without_a_file_has_no_labels(store: LabelStore) -> None:
    assert store.read("mnist-cnn") == LabelBook()


def test_what_was_written_is_read(store: LabelStore, tmp_path: Path) -> None:
    written = store.change("mnist-cnn", lambda book: book.moved("champion", 1, at=NOW))
    assert store.read("mnist-cnn") == written
    assert not list((tmp_path / "mnist-cnn").glob(".labels-*"))


def test_a_file_never_outgrows_what_is_read(
    store: LabelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_store, "MAX_LABELS_BYTES", 20_000)
    for number in range(30):
        store.move("mnist-cnn", "champion", 1, reason=f"{number:03}" + "\u0001\u65e5" * 240)

    book = store.read("mnist-cnn")
    assert book.labels == {"champion": 1}
    assert book.history[-1].reason.startswith("029")  # the oldest are forgotten
    assert (tmp_path / "mnist-cnn" / LABELS_FILE).stat().st_size <= 20_000
    assert 5 < len(book.history) < 30
    store.remove("mnist-cnn", "champion")


def test_more_labels_than_fit_are_refused_and_the_file_stays(
    store: LabelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_store, "MAX_LABELS_BYTES", 500)
    with pytest.raises(InvalidInput, match="at most 500 bytes"):  # noqa: PT012
        for number in range(50):
            store.move("mnist-cnn", f"label{number}", 1)
    assert "label0" in store.read("mnist-cnn").labels


def test_a_file_that_is_too_long_is_called_so(store: LabelStore, tmp_path: Path) -> None:
    (tmp_path / "mnist-cnn" / LABELS_FILE).write_text("{}" + " " * MAX_LABELS_BYTES)
    with pytest.raises(StorageError, match=f"more than {MAX_LABELS_BYTES} bytes"):
        store.read("mnist-cnn")


def test_a_file_written_by_hand_needs_no_history(store: LabelStore, tmp_path: Path) -> None:
    (tmp_path / "mnist-cnn" / LABELS_FILE).write_text('{"labels": {"champion": 1}}')
    assert store.read("mnist-cnn").labels == {"champion": 1}


@pytest.mark.parametrize(
    "text", ["", "{", '{"labels": {"1": 1}}', '{"labels": {"a": 0}}', '{"labels": {"a": "x"}}']
)
def test_a_broken_file_is_named(store: LabelStore, tmp_path: Path, text: str) -> None:
    (tmp_path / "mnist-cnn" / LABELS_FILE).write_text(text)
    with pytest.raises(StorageError, match=LABELS_FILE):
        store.read("mnist-cnn")


def test_an_unknown_model_has_no_labels_to_change(store: LabelStore) -> None:
    for model in ("nope", "../mnist-cnn"):
        with pytest.raises(ModelNotFound):
            store.change(model, lambda book: book)


def test_changes_made_at_once_are_all_kept(store: LabelStore) -> None:
    def change(label: str) -> None:
        store.change("mnist-cnn", lambda book: book.moved(label, 1, at=NOW))

    threads = [threading.Thread(target=change, args=(f"label{n}",)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.read("mnist-cnn").labels) == len(store.read("mnist-cnn").history) == 16


def test_a_label_stands_for_a_published_version_alone(store: LabelStore, tmp_path: Path) -> None:
    with pytest.raises(VersionNotFound, match="Received: 2; there are: 1"):
        store.move("mnist-cnn", "champion", 2)
    (tmp_path / "mnist-cnn" / "2").mkdir()
    store.move("mnist-cnn", "champion", 2)
    store.move("mnist-cnn", "champion", 1)
    (tmp_path / "mnist-cnn" / "2").rmdir()
    with pytest.raises(VersionNotFound):
        store.roll_back("mnist-cnn", "champion")
    assert store.read("mnist-cnn").labels == {"champion": 1}


def test_what_is_not_there_cannot_be_removed(store: LabelStore) -> None:
    with pytest.raises(LabelNotFound):
        store.remove("mnist-cnn", "champion")
    assert store.read("mnist-cnn").history == []


@pytest.mark.parametrize("label", ["", "1st", "a/b", "x" * 65, "a\n"])
def test_a_name_that_no_label_can_have_is_refused(store: LabelStore, label: str) -> None:
    with pytest.raises(InvalidInput, match="Received"):
        store.move("mnist-cnn", label, 1)
    with pytest.raises(InvalidInput, match="reason"):
        store.move("mnist-cnn", "champion", 1, reason="x" * 501)
