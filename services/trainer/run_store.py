"""Keeps runs and what they told, in SQLite on the volume; the only file that knows SQL.

The database lies in a dot-directory, so readers of the volume do not see it. Every change is
on disk before the call returns: what was answered survives a crash.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from services.trainer.errors import RunNotFound
from services.trainer.hyperparameters import Changes
from services.trainer.progress import Event, from_record, to_record
from services.trainer.runs import Run, RunRequest, RunState
from shared.errors import VolumeUnusable

STATE_DIRECTORY = ".trainer"
DATABASE_FILE = "runs.sqlite"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY,
    position INTEGER NOT NULL UNIQUE,
    dataset TEXT NOT NULL,
    state TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS runs_by_state ON runs (state, position);
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_run ON events (run_id, kind, number);
PRAGMA user_version = 1;
"""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with its number; numbers grow, over all runs."""

    number: int
    event: Event


class RunStore:
    """The runs of one volume. Use it from one thread."""

    def __init__(self, volume: Path) -> None:
        directory = volume / STATE_DIRECTORY
        self._path = directory / DATABASE_FILE
        with self._translated():
            directory.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self._path, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Give the database back."""
        self._connection.close()

    def add(self, run: Run) -> None:
        """Put a new run at the end of the queue."""
        with self._translated():
            self._connection.execute(
                "INSERT INTO runs (id, position, dataset, state, record)"
                " VALUES (?, (SELECT coalesce(max(position), 0) + 1 FROM runs), ?, ?, ?)",
                (run.id, run.request.dataset, run.state.value, _run_text(run)),
            )

    def get(self, run_id: str) -> Run:
        """The run of that id.

        Raises:
            RunNotFound: There is none.
        """
        row = self._one("SELECT record FROM runs WHERE id = ?", run_id)
        if row is None:
            raise RunNotFound(f"No run has this id. Received: {run_id}")
        return _run_of(row[0])

    def move(self, run_id: str, state: RunState, reason: str = "", *, died: bool = False) -> Run:
        """Move a run to another state; gives it as it is then. See `Run.moved`.

        Raises:
            RunNotFound: There is no such run.
            IllegalMove: Its present state does not allow it.
        """
        run = self.get(run_id).moved(state, reason, died=died)
        with self._translated():
            self._connection.execute(
                "UPDATE runs SET state = ?, record = ? WHERE id = ?",
                (state.value, _run_text(run), run_id),
            )
        return run

    def got_on(self, run_id: str) -> None:
        """The run got on, so deaths before do not count.

        Raises:
            RunNotFound: There is no such run.
        """
        run = self.get(run_id)
        if run.deaths:
            record = _run_text(replace(run, deaths=0))
            with self._translated():
                self._connection.execute(
                    "UPDATE runs SET record = ? WHERE id = ?", (record, run_id)
                )

    def listed(
        self, state: RunState | None = None, dataset: str | None = None, limit: int = 100
    ) -> list[Run]:
        """Runs, newest first; only those in a state or of a data set, if one is given."""
        rows = self._all(
            "SELECT record FROM runs WHERE (?1 IS NULL OR state = ?1)"
            " AND (?2 IS NULL OR dataset = ?2) ORDER BY position DESC LIMIT ?3",
            state.value if state else None,
            dataset,
            limit,
        )
        return [_run_of(row[0]) for row in rows]

    def unfinished(self, dataset: str) -> list[Run]:
        """Runs of a data set that are not over, however many came after them."""
        states = [state for state in RunState if not state.is_final]
        return [run for state in states for run in self.listed(state, dataset)]

    def next_queued(self, without: Sequence[str] = ()) -> Run | None:
        """The run that has waited longest, but for those of these ids."""
        rows = self._all(
            "SELECT id, record FROM runs WHERE state = ? ORDER BY position", RunState.QUEUED.value
        )
        return next((_run_of(record) for run_id, record in rows if run_id not in without), None)

    def add_event(self, run_id: str, event: Event) -> StoredEvent:
        """Keep what a run told."""
        with self._translated():
            cursor = self._connection.execute(
                "INSERT INTO events (run_id, kind, record) VALUES (?, ?, ?)",
                (run_id, type(event).__name__, json.dumps(to_record(event))),
            )
        return StoredEvent(int(cursor.lastrowid or 0), event)

    def events(self, run_id: str, after: int = 0) -> list[StoredEvent]:
        """What a run told, in order, later than the event of that number."""
        rows = self._all(
            "SELECT number, record FROM events WHERE run_id = ? AND number > ? ORDER BY number",
            run_id,
            after,
        )
        return [StoredEvent(number, from_record(json.loads(record))) for number, record in rows]

    def highlights(self, run_id: str) -> list[StoredEvent]:
        """What a run told that lasts, and the newest of what only tells how far it is."""
        rows = self._all(
            "SELECT number, record FROM events WHERE run_id = ?1 AND ("
            " kind IN ('Notice', 'Published', 'StateChanged') OR number IN ("
            "  SELECT max(number) FROM events WHERE run_id = ?1 AND kind IN"
            "  ('Downloading', 'Started', 'Stepped', 'EpochEnded', 'Failed'))) ORDER BY number",
            run_id,
        )
        return [StoredEvent(number, from_record(json.loads(record))) for number, record in rows]

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        return next(iter(self._all(query, *values)), None)

    def _all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._translated(), closing(self._connection.execute(query, values)) as cursor:
            return cursor.fetchall()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise VolumeUnusable(f"{self._path} cannot be used: {error}") from error


def _run_text(run: Run) -> str:
    return json.dumps(asdict(run), default=_isoformat)


def _isoformat(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"not for JSON: {value!r}")


def _run_of(text: str) -> Run:
    record = json.loads(text)
    request = record.pop("request")
    request["kinds"] = tuple(request["kinds"])
    request["changes"] = Changes(**request["changes"])
    for name in ("created_at", "started_at", "ended_at"):
        record[name] = datetime.fromisoformat(record[name]) if record[name] else None
    record["state"] = RunState(record["state"])
    return Run(request=RunRequest(**request), **record)
