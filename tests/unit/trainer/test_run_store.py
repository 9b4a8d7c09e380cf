"""Runs and what they told are on disk when the call returns."""

import json
import sqlite3
from pathlib import Path

import pytest

from services.trainer.errors import IllegalMove, RunNotFound
from services.trainer.hyperparameters import Changes
from services.trainer.progress import Downloading, Notice, Published, Stepped
from services.trainer.run_store import RunStore
from services.trainer.runs import Run, RunRequest, RunState
from shared.errors import VolumeUnusable
from shared.model_store import ModelStore

REQUEST = RunRequest("mnist", ("linear", "cnn"), "fast", 7, Changes(epochs=2), only_missing=True)


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path)


def test_runs_come_back_as_they_were_from_another_opening(tmp_path: Path, store: RunStore) -> None:
    run = Run(REQUEST)
    store.add(run)
    moved = store.move(run.id, RunState.RUNNING)
    store.add_event(run.id, Notice("no internet"))

    again = RunStore(tmp_path)

    assert again.get(run.id) == moved
    assert [stored.event for stored in again.events(run.id)] == [Notice("no internet")]


def test_deaths_are_kept_and_runs_of_older_files_have_none(tmp_path: Path, store: RunStore) -> None:
    older, newer = Run(REQUEST), Run(REQUEST)
    for run in (older, newer):
        store.add(run)
    with sqlite3.connect(tmp_path / ".trainer" / "runs.sqlite") as database:
        (text,) = database.execute("SELECT record FROM runs WHERE id = ?", (older.id,)).fetchone()
        record = json.loads(text)
        del record["deaths"]
        database.execute("UPDATE runs SET record = ? WHERE id = ?", (json.dumps(record), older.id))
    database.close()

    again = RunStore(tmp_path)
    assert again.get(older.id) == older
    for run in (older, newer):
        again.move(run.id, RunState.RUNNING)
        again.move(run.id, RunState.QUEUED, "Killed.", died=True)
    assert {RunStore(tmp_path).get(run.id).deaths for run in (older, newer)} == {1}


def test_the_queue_is_first_come_first_served(store: RunStore) -> None:
    runs = [Run(REQUEST) for _ in range(3)]
    for run in runs:
        store.add(run)
    store.move(runs[0].id, RunState.RUNNING)

    assert store.next_queued() == runs[1]
    assert store.next_queued(without=[runs[1].id]) == runs[2]
    assert [run.id for run in store.listed()] == [run.id for run in reversed(runs)]
    assert store.listed(state=RunState.RUNNING)[0].id == runs[0].id
    assert store.listed(dataset="other") == []
    assert len(store.listed(limit=2)) == 2


def test_an_interrupted_run_keeps_its_place(store: RunStore) -> None:
    first, second = Run(REQUEST), Run(REQUEST)
    store.add(first)
    store.add(second)
    store.move(first.id, RunState.RUNNING)
    store.move(first.id, RunState.QUEUED)

    waiting = store.next_queued()
    assert waiting is not None
    assert waiting.id == first.id


def test_events_are_numbered_and_read_from_any_of_them(store: RunStore) -> None:
    run, other = Run(REQUEST), Run(REQUEST)
    store.add(run)
    store.add(other)
    first = store.add_event(run.id, Notice("one"))
    store.add_event(other.id, Notice("elsewhere"))
    second = store.add_event(run.id, Published("mnist-cnn", 1, 2.0, 0.9, None))

    assert first.number < second.number
    assert store.events(run.id) == [first, second]
    assert store.events(run.id, after=first.number) == [second]


def test_highlights_are_what_lasts_and_the_newest_step(store: RunStore) -> None:
    run = Run(REQUEST)
    store.add(run)
    for step in range(5):
        store.add_event(run.id, Stepped("mnist-cnn", 1, 5, step, 9, 0.5, 0.8, 0.1, 900.0, 3.0))
    store.add_event(run.id, Notice("no internet"))
    store.add_event(run.id, Downloading("train", 1, 2))

    kinds = [type(stored.event) for stored in store.highlights(run.id)]
    assert kinds == [Notice, Downloading]
    store.add_event(run.id, Published("mnist-cnn", 1, 2.0, 0.9, None))
    assert [type(s.event) for s in store.highlights(run.id)] == [Notice, Downloading, Published]


def test_unknown_runs_and_illegal_moves_change_nothing(store: RunStore) -> None:
    run = Run(REQUEST)
    store.add(run)

    with pytest.raises(RunNotFound, match="Received: nobody"):
        store.get("nobody")
    with pytest.raises(IllegalMove):
        store.move(run.id, RunState.SUCCEEDED)
    assert store.get(run.id) == run


def test_readers_of_the_volume_do_not_see_it(tmp_path: Path, store: RunStore) -> None:
    store.add(Run(REQUEST))

    assert ModelStore(tmp_path).models() == []


def test_a_volume_that_cannot_be_used_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(VolumeUnusable, match="cannot be used"):
        RunStore(tmp_path / "file")

    (tmp_path / ".trainer").mkdir()
    (tmp_path / ".trainer" / "runs.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(
        VolumeUnusable, match=r"runs\.sqlite cannot be used: file is not a database"
    ):
        RunStore(tmp_path)


def test_a_full_disk_is_said_so(store: RunStore) -> None:
    run = Run(REQUEST)
    store.add(run)
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(VolumeUnusable, match="full"):
        store.add_event(run.id, Notice("x" * 100_000))
    assert store.get(run.id) == run
    assert isinstance(store._connection, sqlite3.Connection)
