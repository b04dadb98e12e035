"""Counters on SQLite."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.kit.clock import DAY
from chalicelib.ports.counters import (
    BASE,
    RESERVED,
    USED,
    Amounts,
    Counter,
    Hold,
    Reservation,
    Reserved,
)
from chalicelib.ports.scope import Scope
from infra.local.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS counters (
  scope TEXT, counter TEXT, field TEXT, value INTEGER,
  PRIMARY KEY (scope, counter, field)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter_tokens (
  scope TEXT, counter TEXT, token TEXT, PRIMARY KEY (scope, counter, token)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counted (
  scope TEXT, counter TEXT, shard TEXT, position TEXT,
  PRIMARY KEY (scope, counter, shard)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reservations (
  scope TEXT, id TEXT, state TEXT, expires INTEGER, doc TEXT,
  PRIMARY KEY (scope, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS reservations_by_expiry ON reservations (scope, expires);
CREATE TABLE IF NOT EXISTS reservation_holds (
  scope TEXT, reservation TEXT, counter TEXT, amount INTEGER, most INTEGER, expires INTEGER,
  is_open INTEGER, PRIMARY KEY (scope, reservation, counter)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS holds_by_expiry
  ON reservation_holds (scope, counter, expires, amount) WHERE is_open;
"""
_KEPT = 7 * DAY
_AT_ONCE = 500
_LARGEST = 2**63 - 1
"""The largest integer of SQLite; a limit that is higher is never reached."""
_BEHIND_SLASH = chr(ord("/") + 1)


class LocalCounters:
    """See chalicelib.ports.counters.Counters. Each verb is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, scope: Scope, counter: Counter, amounts: Amounts, token: str) -> bool:
        """The token's row is the proof that it was added."""

        def work(connection: sqlite3.Connection) -> bool:
            sql = "INSERT OR IGNORE INTO counter_tokens VALUES (?,?,?)"
            if not connection.execute(sql, [scope, _key(counter), token]).rowcount:
                return False
            _bump(connection, scope, _key(counter), amounts)
            return True

        return self._database.write(work)

    def count(
        self, scope: Scope, shard: str, span: tuple[str, str], changes: Mapping[Counter, Amounts]
    ) -> dict[Counter, str]:
        """A row for each counter says how far it has counted."""
        first, last = span

        def work(connection: sqlite3.Connection) -> dict[Counter, str]:
            ahead: dict[Counter, str] = {}
            for counter, amounts in changes.items():
                place = [scope, _key(counter), shard]
                sql = "SELECT position FROM counted WHERE scope=? AND counter=? AND shard=?"
                row = connection.execute(sql, place).fetchone()
                if row and row[0] >= first:
                    ahead[counter] = row[0]
                    continue
                connection.execute("REPLACE INTO counted VALUES (?,?,?,?)", [*place, last])
                _bump(connection, scope, _key(counter), amounts)
            return ahead

        return self._database.write(work)

    def rebase(self, scope: Scope, bases: Mapping[Counter, Amounts]) -> None:
        """One transaction."""

        def work(connection: sqlite3.Connection) -> None:
            for counter, amounts in bases.items():
                for field, value in amounts.items():
                    row = [scope, _key(counter), field, value]
                    connection.execute("REPLACE INTO counters VALUES (?,?,?,?)", row)

        self._database.write(work)

    def read(self, scope: Scope, counters: Sequence[Counter], now: int) -> dict[Counter, Amounts]:
        """A query for five hundred counters."""
        found: dict[Counter, dict[str, int]] = {counter: {} for counter in counters}
        by_key = {_key(counter): counter for counter in found}
        keys = list(by_key)
        with self._database.reader() as connection:
            for start in range(0, len(keys), _AT_ONCE):
                some = keys[start : start + _AT_ONCE]
                where = f"counter IN ({','.join('?' * len(some))})"
                for key, fields in _read(connection, scope, where, some, now):
                    found[by_key[key]] = fields
        return dict(found)

    def members(self, scope: Scope, family: str, now: int) -> Iterator[tuple[Counter, Amounts]]:
        """A range of the primary key."""
        bounds = [f"{family}/", f"{family}{_BEHIND_SLASH}"]
        with self._database.reader() as connection:
            found = _read(connection, scope, "counter > ? AND counter < ?", bounds, now)
        for key, fields in found:
            yield Counter(family, key[len(family) + 1 :]), fields

    def drop(self, scope: Scope, family: str) -> None:
        """The one without a member, and a range of the primary key."""
        sql = "scope=? AND (counter=? OR (counter > ? AND counter < ?))"
        bounds = [scope, family, f"{family}/", f"{family}{_BEHIND_SLASH}"]

        def work(connection: sqlite3.Connection) -> None:
            for table in ("counters", "counter_tokens", "counted"):
                connection.execute(f"DELETE FROM {table} WHERE {sql}", bounds)
            # Nothing is left that they could be given back to.
            connection.execute(f"DELETE FROM reservation_holds WHERE is_open AND {sql}", bounds)

        self._database.write(work)

    def reserve(self, scope: Scope, wanted: Reservation, now: int) -> Reserved:
        """Check and hold in one transaction."""

        def work(connection: sqlite3.Connection) -> Reserved:
            if known := _find(connection, scope, [wanted.id]).get(wanted.id):
                return Reserved(known=known)
            refused: list[Counter] = []
            for hold in wanted.holds:
                key = _key(hold.counter)
                taken, expired = _read_taken(connection, scope, key, now)
                if expired:
                    _fold(connection, scope, key, expired, now)
                if taken - expired + hold.amount > hold.limit:
                    refused.append(hold.counter)
            if refused:
                return Reserved(refused=tuple(refused))
            _forget(connection, scope, now)
            _put(connection, scope, wanted)
            return Reserved()

        return self._database.write(work)

    def find(self, scope: Scope, ids: Sequence[str]) -> dict[str, Reservation]:
        """A query for five hundred."""
        found: dict[str, Reservation] = {}
        with self._database.reader() as connection:
            for start in range(0, len(ids), _AT_ONCE):
                found |= _find(connection, scope, ids[start : start + _AT_ONCE])
        return found

    def end(self, scope: Scope, reservation: Reservation, state: str, doc: str) -> bool:
        """Close what is open, in the same transaction."""
        place = [scope, reservation.id]

        def work(connection: sqlite3.Connection) -> bool:
            sql = "UPDATE reservations SET state=?, doc=? WHERE scope=? AND id=? AND state='HELD'"
            if not connection.execute(sql, [state, doc, *place]).rowcount:
                return False
            sql = """UPDATE reservation_holds SET is_open=0
                     WHERE scope=? AND reservation=? AND is_open RETURNING counter, amount"""
            for key, amount in connection.execute(sql, place).fetchall():
                _bump(connection, scope, key, {RESERVED: -amount})
            return True

        return self._database.write(work)


def _key(counter: Counter) -> str:
    return f"{counter.family}/{counter.member}" if counter.member else counter.family


def _bump(connection: sqlite3.Connection, scope: Scope, key: str, amounts: Amounts) -> None:
    sql = """INSERT INTO counters VALUES (?,?,?,?)
             ON CONFLICT (scope, counter, field) DO UPDATE SET value = value + excluded.value"""
    connection.executemany(sql, [(scope, key, *amount) for amount in amounts.items()])


def _read(
    connection: sqlite3.Connection, scope: Scope, where: str, values: Sequence[str], now: int
) -> list[tuple[str, dict[str, int]]]:
    """The fields of counters by their key. What has expired is no longer held, though it still
    stands in the sum until somebody reserves. One query: between two, it could be given back, and
    would be taken off twice."""
    found: dict[str, dict[str, int]] = {}
    sql = f"""
        SELECT counter, field, value FROM counters WHERE scope=? AND {where}
        UNION ALL
        SELECT counter, '{RESERVED}', -sum(amount) FROM reservation_holds
        WHERE is_open AND scope=? AND {where} AND expires <= ? GROUP BY counter"""
    for key, field, value in connection.execute(sql, [scope, *values, scope, *values, now]):
        fields = found.setdefault(key, {})
        fields[field] = fields.get(field, 0) + value
    return list(found.items())


def _read_taken(
    connection: sqlite3.Connection, scope: Scope, key: str, now: int
) -> tuple[int, int]:
    """What is taken of a counter, and how much of it by reservations that have expired."""
    sql = """
        SELECT (SELECT coalesce(sum(value), 0) FROM counters
                WHERE scope=? AND counter=? AND field IN (?,?,?)),
               (SELECT coalesce(sum(amount), 0) FROM reservation_holds
                WHERE is_open AND scope=? AND counter=? AND expires <= ?)"""
    values = [scope, key, USED, BASE, RESERVED, scope, key, now]
    taken, expired = connection.execute(sql, values).fetchone()
    return taken, expired


def _fold(connection: sqlite3.Connection, scope: Scope, key: str, expired: int, now: int) -> None:
    """Give back what a counter holds of reservations that have expired."""
    sql = """UPDATE reservation_holds SET is_open=0
             WHERE is_open AND scope=? AND counter=? AND expires <= ?"""
    connection.execute(sql, [scope, key, now])
    _bump(connection, scope, key, {RESERVED: -expired})


def _forget(connection: sqlite3.Connection, scope: Scope, now: int) -> None:
    """Remove reservations that have expired long ago."""
    sql = "DELETE FROM reservations WHERE scope=? AND expires < ? RETURNING id"
    gone = connection.execute(sql, [scope, now - _KEPT]).fetchall()
    sql = "DELETE FROM reservation_holds WHERE scope=? AND reservation=? AND NOT is_open"
    connection.executemany(sql, [(scope, row[0]) for row in gone])


def _put(connection: sqlite3.Connection, scope: Scope, wanted: Reservation) -> None:
    row: list[Any] = [scope, wanted.id, wanted.state, wanted.expires, wanted.doc]
    connection.execute("INSERT INTO reservations VALUES (?,?,?,?,?)", row)
    for hold in wanted.holds:
        key = _key(hold.counter)
        most = min(hold.limit, _LARGEST)
        row = [scope, wanted.id, key, hold.amount, most, wanted.expires]
        connection.execute("INSERT INTO reservation_holds VALUES (?,?,?,?,?,?,1)", row)
        _bump(connection, scope, key, {RESERVED: hold.amount})


def _find(
    connection: sqlite3.Connection, scope: Scope, ids: Sequence[str]
) -> dict[str, Reservation]:
    found: dict[str, Reservation] = {}
    sql = f"""
        SELECT id, doc, reservations.expires, state, counter, amount, most
        FROM reservations LEFT JOIN reservation_holds AS held
          ON held.scope = reservations.scope AND held.reservation = reservations.id
        WHERE reservations.scope=? AND id IN ({",".join("?" * len(ids))})"""
    for identity, doc, expires, state, key, *bounds in connection.execute(sql, [scope, *ids]):
        known = found.get(identity) or Reservation(identity, doc, expires, (), state)
        if key is not None:
            held = Hold(Counter(*key.partition("/")[::2]), *bounds)
            known = replace(known, holds=(*known.holds, held))
        found[identity] = known
    return found
