"""Small tables of the lake, held in memory: a report over months opens a file a day, which costs
more than reading it.

Rows are held by day, under the stamps of the files that they came from; a day whose files have
changed is read anew.
"""

import time
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from threading import Lock

import duckdb

from chalicelib.lake.tables import (
    EVENT_TABLES,
    ROLLUP_DAILY,
    ROLLUP_HOURLY,
    SQUAD_DAILY,
    TABLES,
    TOOL_TRACE_DAILY,
    TRACE_DAILY,
)
from chalicelib.ports.engine import EngineBusy
from chalicelib.ports.scope import Scope
from infra.local.dialect import source
from infra.local.interrupt import time_limit

HELD = TABLES.keys() - EVENT_TABLES.keys()
"""Rollups and charges."""
PREPARE = ("ATTACH ':memory:' AS held (COMPRESS)", "ATTACH ':memory:' AS loose")
_LOOSE = frozenset((TRACE_DAILY.name, TOOL_TRACE_DAILY.name, SQUAD_DAILY.name))
"""Tables of ids, which hardly repeat: to unpack them would take a fifth of a report's time."""
_CHECKPOINT = {
    "held": ("SET GLOBAL force_compression = 'auto'", "CHECKPOINT held"),
    "loose": ("SET GLOBAL force_compression = 'uncompressed'", "CHECKPOINT loose"),
}
"""Until then removed rows take room, and those that were added are neither compressed nor quick to
group."""
_ORDER = {
    ROLLUP_DAILY.name: " ORDER BY dimension, day",
    ROLLUP_HOURLY.name: " ORDER BY dimension, day",
}
"""A report asks for one dimension: whole row groups without it are passed over."""
_FORGETFUL = "SET SESSION parquet_metadata_cache = false"
"""Files whose rows are held are read once."""
MOST_BYTES = 64 * 1024 * 1024
"""Of files whose rows are held, in all; in memory they take about half as much again, those of ids
four times as much. The team's table that was asked for least lately goes first."""
Stamp = tuple[int, int, int]
"""Inode, size and time of change: what tells a replaced file from the one that was listed."""
Days = Mapping[str, Mapping[str, Stamp]]
"""The files of each day that is looked at, YYYY-MM-DD; a day may have none."""


@dataclass(slots=True)
class _Team:
    """One team's rows of one table."""

    name: str
    days: dict[str, Mapping[str, Stamp]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return _size(self.days)


def _size(days: Days) -> int:
    return sum(size for files in days.values() for _, size, _ in files.values())


class RowCache:
    """The rows of a database on which PREPARE was run. `dropped` counts what was forgotten: a
    statement that fails while it grows may have been about to read that."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._database = database
        self._teams: OrderedDict[tuple[str, str], _Team] = OrderedDict()
        self._numbers = count(1)
        self._lock = Lock()
        self.dropped = 0

    def source(self, team: Scope, table: str, days: Days, deadline: float) -> str | None:
        """A query for the team's rows of a table, in which at least these days are as their files
        are; None when they are too large to hold.

        Raises duckdb.Error when a file is gone, or (InterruptException) when reading it takes until
        the deadline (time.monotonic), EngineBusy when somebody else's reading does.
        """
        if table not in HELD or _size(days) > MOST_BYTES:
            return None
        if not self._lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise EngineBusy("sums are still being read: try again")
        try:
            return f"SELECT * FROM {self._refresh(team, table, days, deadline).name}"
        finally:
            self._lock.release()

    def _refresh(self, team: Scope, table: str, days: Days, deadline: float) -> _Team:
        held = self._teams.get((table, team)) or self._add_team(team, table)
        self._teams.move_to_end((table, team))
        changed = {day: files for day, files in days.items() if held.days.get(day, {}) != files}
        if (
            changed and held.size + _size(changed) > MOST_BYTES
        ):  # days that nobody asks for any more
            self._drop(self._teams.popitem()[1])
            held, changed = self._add_team(team, table), dict(days)
        if changed:
            self._renew(held, table, changed, deadline)
            self._make_room()
        return held

    def _add_team(self, team: Scope, table: str) -> _Team:
        database = "loose" if table in _LOOSE else "held"
        made = _Team(f"{database}.{table}_{next(self._numbers)}")
        self._database.execute(f"CREATE TABLE {made.name} AS {source(table, ())}")
        self._teams[table, team] = made
        return made

    def _renew(self, held: _Team, table: str, changed: Days, deadline: float) -> None:
        paths = [path for files in changed.values() for path in files]
        left_s = deadline - time.monotonic()
        with self._database.cursor() as cursor, time_limit(cursor, left_s):
            cursor.execute(_FORGETFUL)
            cursor.begin()
            try:
                cursor.execute(
                    f"DELETE FROM {held.name} WHERE day IN (SELECT unnest(?))", [list(changed)]
                )
                if paths:
                    rows = f"SELECT * FROM ({source(table, paths)}){_ORDER.get(table, '')}"
                    cursor.execute(f"INSERT INTO {held.name} {rows}")
                cursor.commit()
            except duckdb.Error:
                cursor.rollback()
                raise
            held.days |= changed
            # DuckDB refuses while another statement reads a table of the same database; then the
            # next renewal does it.
            with suppress(duckdb.TransactionException):
                for order in _CHECKPOINT[held.name.partition(".")[0]]:
                    cursor.execute(order)

    def _make_room(self) -> None:
        while len(self._teams) > 1 and sum(each.size for each in self._teams.values()) > MOST_BYTES:
            self._drop(self._teams.popitem(last=False)[1])

    def _drop(self, held: _Team) -> None:
        """Drop a table whole: a statement that was about to read it fails, and does not miss a day
        in silence."""
        self.dropped += 1
        self._database.execute(f"DROP TABLE {held.name}")
