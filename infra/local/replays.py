"""Replays on SQLite, in a file that is not flushed at every commit: see the port for why that is
enough."""

import sqlite3

from chalicelib.ports.replays import Replay
from chalicelib.ports.scope import Scope
from infra.local.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS replays (
  tenant TEXT, key TEXT, body_hash TEXT, status INTEGER, body TEXT, expires INTEGER,
  PRIMARY KEY (tenant, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS replays_expiry ON replays (expires);
"""
_SWEEP = 4
"""Expired rows removed at each new one: more than come in, so the table stays as small as a day's
keys."""


class LocalReplays:
    """See chalicelib.ports.replays.Replays."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self, tenant: Scope, key: str, body_hash: str, *, now: int, lock_until: int
    ) -> Replay | None:
        """Insert, or find what is in the way."""

        def work(connection: sqlite3.Connection) -> Replay | None:
            sweep = "SELECT tenant, key FROM replays WHERE expires <= ? LIMIT ?"
            connection.execute(
                f"DELETE FROM replays WHERE (tenant, key) IN ({sweep})", [now, _SWEEP]
            )
            upsert = """INSERT INTO replays VALUES (?,?,?,0,'',?)
                        ON CONFLICT (tenant, key) DO UPDATE SET
                        body_hash=excluded.body_hash, status=0, body='', expires=excluded.expires
                        WHERE replays.expires <= ?"""
            if connection.execute(upsert, [tenant, key, body_hash, lock_until, now]).rowcount:
                return None
            sql = "SELECT body_hash, status, body FROM replays WHERE tenant=? AND key=?"
            return Replay(*connection.execute(sql, [tenant, key]).fetchone())

        return self._database.write(work)

    def release_locks(self) -> None:
        """Drop all locks: whoever held them is gone."""
        sql = "DELETE FROM replays WHERE status=0"
        self._database.write(lambda connection: connection.execute(sql))

    def finish(self, tenant: Scope, key: str, replay: Replay, *, expires: int) -> None:
        """Replace the lock by the answer."""
        row = [tenant, key, replay.body_hash, replay.status, replay.body, expires]
        self._database.write(
            lambda connection: connection.execute("REPLACE INTO replays VALUES (?,?,?,?,?,?)", row)
        )

    def abandon(self, tenant: Scope, key: str) -> None:
        """Drop the lock; a kept answer stays."""
        sql = "DELETE FROM replays WHERE tenant=? AND key=? AND status=0"
        self._database.write(lambda connection: connection.execute(sql, [tenant, key]))
