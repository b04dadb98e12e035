"""The ledger and its feed on SQLite: one table, whose row number is the feed's position."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.ports.events import EventRecord
from chalicelib.ports.scope import Scope
from infra.local.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
  position INTEGER PRIMARY KEY AUTOINCREMENT, team TEXT, event_id TEXT, version INTEGER,
  lake_table TEXT, day TEXT, body TEXT, UNIQUE (event_id, team, version));
CREATE TABLE IF NOT EXISTS readers (reader TEXT PRIMARY KEY, position TEXT) WITHOUT ROWID;
"""
COLUMNS = "team, event_id, version, lake_table, day, body"
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

    def versions(
        self, team: Scope, event_ids: Sequence[str], most: int
    ) -> dict[str, list[EventRecord]]:
        """One query."""
        marks = ",".join("?" * len(event_ids))
        found: dict[str, list[EventRecord]] = {}
        for event in self._read(f"team=? AND event_id IN ({marks})", [team, *event_ids]):
            found.setdefault(event.event_id, []).append(event)
        return {event_id: events[: -most - 1 : -1] for event_id, events in found.items()}

    def every(self, team: Scope) -> Iterator[EventRecord]:
        """A walk along the primary key, thousands at a time."""
        sql = (
            f"SELECT position, {COLUMNS} FROM events WHERE position > ? AND team=? ORDER BY "
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
                f"SELECT {COLUMNS} FROM events WHERE {where} ORDER BY version", values
            )
            return [EventRecord(*row) for row in rows]


def _insert(
    connection: sqlite3.Connection, team: Scope, events: Sequence[EventRecord]
) -> list[bool]:
    """Many rows a statement: each statement gives other threads the interpreter, and has to wait
    for it again. Which of them were new is asked for only where some were: to have them returned
    would cost a third more, and nearly always all are."""
    last = _last_position(connection) if len(events) > 1 else 0
    values = [
        value
        for event in events
        for value in (team, event.event_id, event.version, event.table, event.day, event.body)
    ]
    rows = ",".join(["(?,?,?,?,?,?)"] * len(events))
    sql = f"INSERT OR IGNORE INTO events ({COLUMNS}) VALUES {rows}"
    number = connection.execute(sql, values).rowcount
    if number in (0, len(events)):
        return [number > 0] * len(events)
    sql = "SELECT event_id, version FROM events WHERE position > ?"
    inserted = set(connection.execute(sql, [last]).fetchall())
    # Of two entries with the same id the first one was inserted.
    answers = []
    for event in events:
        key = (event.event_id, event.version)
        answers.append(key in inserted)
        inserted.discard(key)
    return answers


def _last_position(connection: sqlite3.Connection) -> int:
    """The position of the newest row; what is inserted comes behind it."""
    newest: int | None = connection.execute("SELECT max(position) FROM events").fetchone()[0]
    return newest or 0
