"""The ledger and its feed on SQLite: one table, whose row number is the feed's position."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.ports.events import EventRecord, FeedBatch
from chalicelib.ports.scope import Scope
from infra.local.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
  position INTEGER PRIMARY KEY AUTOINCREMENT, team TEXT, event_id TEXT, version INTEGER,
  lake_table TEXT, day TEXT, body TEXT, UNIQUE (event_id, team, version));
CREATE TABLE IF NOT EXISTS readers (reader TEXT PRIMARY KEY, position TEXT) WITHOUT ROWID;
"""
_COLUMNS = "team, event_id, version, lake_table, day, body"
_SHARD = "local"
_AT_ONCE, _WALKED = 100, 5_000


class LocalEvents:
    """See chalicelib.ports.events.Events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, team: Scope, events: Sequence[EventRecord]) -> list[bool]:
        """One transaction; the unique index keeps the first."""
        parts = [events[start : start + _AT_ONCE] for start in range(0, len(events), _AT_ONCE)]

        def work(connection: sqlite3.Connection) -> list[bool]:
            return [new for part in parts for new in _insert(connection, team, part)]

        return self._database.write(work)

    def get(self, team: Scope, event_ids: Sequence[str]) -> dict[str, EventRecord]:
        """One query; versions come in order, so the last one of an id stays."""
        marks = ",".join("?" * len(event_ids))
        where = f"team=? AND event_id IN ({marks})"
        return {event.event_id: event for event in self._read(where, [team, *event_ids])}

    def history(self, team: Scope, event_id: str) -> list[EventRecord]:
        """One query."""
        return self._read("team=? AND event_id=?", [team, event_id])

    def every(self, team: Scope) -> Iterator[EventRecord]:
        """A walk along the primary key, thousands at a time."""
        sql = (
            f"SELECT position, {_COLUMNS} FROM events WHERE position > ? AND team=? ORDER BY "
            "position LIMIT ?"
        )
        position = 0
        while True:
            with self._database.reader() as connection:
                rows = connection.execute(sql, [position, team, _WALKED]).fetchall()
            yield from (EventRecord(*row[1:]) for row in rows)
            if len(rows) < _WALKED:
                return
            position = rows[-1][0]

    def overwrite(self, team: Scope, events: Sequence[EventRecord]) -> None:
        """One transaction."""
        values = [(event.body, team, event.event_id, event.version) for event in events]
        sql = "UPDATE events SET body=? WHERE team=? AND event_id=? AND version=?"
        self._database.write(lambda connection: connection.executemany(sql, values))

    def drop(self, team: Scope, event_ids: Sequence[str]) -> None:
        """One transaction; row numbers are not given out again, so that the feed's positions stay
        right."""
        values = [(team, event_id) for event_id in event_ids]
        sql = "DELETE FROM events WHERE team=? AND event_id=?"
        self._database.write(lambda connection: connection.executemany(sql, values))

    def _read(self, where: str, values: Sequence[Any]) -> list[EventRecord]:
        with self._database.reader() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM events WHERE {where} ORDER BY version", values
            )
            return [EventRecord(*row) for row in rows]


def _insert(
    connection: sqlite3.Connection, team: Scope, events: Sequence[EventRecord]
) -> list[bool]:
    """Many rows a statement: each statement gives other threads the interpreter, and has to wait
    for it again."""
    values = [
        value
        for event in events
        for value in (team, event.event_id, event.version, event.table, event.day, event.body)
    ]
    rows = ",".join(["(?,?,?,?,?,?)"] * len(events))
    sql = f"INSERT OR IGNORE INTO events ({_COLUMNS}) VALUES {rows} RETURNING event_id, version"
    # Of two entries with the same id the first one was inserted.
    inserted = set(connection.execute(sql, values).fetchall())
    answers = []
    for event in events:
        key = (event.event_id, event.version)
        answers.append(key in inserted)
        inserted.discard(key)
    return answers


class LocalFeed:
    """See chalicelib.ports.events.Feed. There is one shard, because there is one writer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def shards(self) -> Sequence[str]:
        """The one shard."""
        return [_SHARD]

    def read(self, shard: str, after: str | None, limit: int) -> FeedBatch | None:
        """A range of the primary key."""
        sql = (
            f"SELECT position, {_COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?"
        )
        with self._database.reader() as connection:
            rows = connection.execute(sql, [int(after or 0), limit]).fetchall()
        if not rows:
            return None
        return FeedBatch(
            shard, _text(rows[0][0]), _text(rows[-1][0]), [EventRecord(*row[1:]) for row in rows]
        )

    def position(self, reader: str, shard: str) -> str | None:
        """The reader's row."""
        with self._database.reader() as connection:
            row = connection.execute(
                "SELECT position FROM readers WHERE reader=?", [f"{reader}/{shard}"]
            ).fetchone()
        return row and str(row[0])

    def advance(self, reader: str, shard: str, position: str) -> None:
        """Replace the reader's row."""
        key = f"{reader}/{shard}"
        self._database.write(
            lambda connection: connection.execute(
                "REPLACE INTO readers VALUES (?,?)", [key, position]
            )
        )


def _text(position: int) -> str:
    return f"{position:019d}"
