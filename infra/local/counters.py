"""Counters on SQLite."""

import sqlite3
from collections.abc import Mapping, Sequence

from chalicelib.ports.scope import Scope
from infra.local.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS counters (
  scope TEXT, counter TEXT, field TEXT, value INTEGER,
  PRIMARY KEY (scope, counter, field)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter_tokens (
  scope TEXT, counter TEXT, token TEXT, PRIMARY KEY (scope, counter, token)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter_holds (
  scope TEXT, counter TEXT, token TEXT, amount INTEGER,
  PRIMARY KEY (scope, counter, token)) WITHOUT ROWID;
"""


class LocalCounters:
    """See chalicelib.ports.counters.Counters. Each verb is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, scope: Scope, counter: str, amounts: Mapping[str, int], token: str) -> bool:
        """The token's row is the proof that it was added."""

        def work(connection: sqlite3.Connection) -> bool:
            sql = "INSERT OR IGNORE INTO counter_tokens VALUES (?,?,?)"
            if not connection.execute(sql, [scope, counter, token]).rowcount:
                return False
            for field, amount in amounts.items():
                _bump(connection, scope, counter, field, amount)
            return True

        return self._database.write(work)

    def read(self, scope: Scope, counters: Sequence[str]) -> dict[str, dict[str, int]]:
        """One query."""
        found: dict[str, dict[str, int]] = {counter: {} for counter in counters}
        marks = ",".join("?" * len(counters))
        sql = f"SELECT counter, field, value FROM counters WHERE scope=? AND counter IN ({marks})"
        with self._database.reader() as connection:
            for counter, field, value in connection.execute(sql, [scope, *counters]):
                found[counter][field] = value
        return found

    def reserve(self, scope: Scope, counter: str, amount: int, limit: int, token: str) -> bool:
        """Check and hold in one transaction."""

        def work(connection: sqlite3.Connection) -> bool:
            if _read_hold(connection, scope, counter, token) is not None:
                return True
            sql = (
                "SELECT coalesce(sum(value), 0) FROM counters WHERE scope=? AND counter=? "
                "AND field IN (?,?)"
            )
            taken = connection.execute(sql, [scope, counter, "used", "reserved"]).fetchone()[0]
            if taken + amount > limit:
                return False
            connection.execute(
                "INSERT INTO counter_holds VALUES (?,?,?,?)", [scope, counter, token, amount]
            )
            _bump(connection, scope, counter, "reserved", amount)
            return True

        return self._database.write(work)

    def settle(self, scope: Scope, counter: str, token: str, amount: int) -> bool:
        """Drop the hold, add what was used."""
        return self._drop(scope, counter, token, amount)

    def release(self, scope: Scope, counter: str, token: str) -> bool:
        """Drop the hold."""
        return self._drop(scope, counter, token, 0)

    def _drop(self, scope: Scope, counter: str, token: str, used: int) -> bool:
        def work(connection: sqlite3.Connection) -> bool:
            held = _read_hold(connection, scope, counter, token)
            if held is None:
                return False
            where = "scope=? AND counter=? AND token=?"
            connection.execute(f"DELETE FROM counter_holds WHERE {where}", [scope, counter, token])
            _bump(connection, scope, counter, "reserved", -held)
            _bump(connection, scope, counter, "used", used)
            return True

        return self._database.write(work)


def _read_hold(
    connection: sqlite3.Connection, scope: Scope, counter: str, token: str
) -> int | None:
    sql = "SELECT amount FROM counter_holds WHERE scope=? AND counter=? AND token=?"
    row = connection.execute(sql, [scope, counter, token]).fetchone()
    return None if row is None else int(row[0])


def _bump(
    connection: sqlite3.Connection, scope: Scope, counter: str, field: str, amount: int
) -> None:
    sql = """INSERT INTO counters VALUES (?,?,?,?)
             ON CONFLICT (scope, counter, field) DO UPDATE SET value = value + excluded.value"""
    connection.execute(sql, [scope, counter, field, amount])
