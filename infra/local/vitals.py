"""Vitals of a data folder. Failures are noted in a file, because another process tells of them."""

import json
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path

from chalicelib.ports.vitals import Reading
from infra.local.database import Database

LAKE_READER = "lake"
"""The reader of the feed that writes the lake."""
BUDGET_READER = "budgets"
"""The reader of the feed that counts for budgets."""


class LocalVitals:
    """See chalicelib.ports.vitals.Vitals."""

    def __init__(self, folder: Path, ledger: Database) -> None:
        self._folder = folder
        self._ledger = ledger
        self._failures = folder / "failures.json"

    def read(self) -> Reading:
        """Free room of the disk, and a few indexed reads of the ledger."""
        free = shutil.disk_usage(self._folder).free
        with self._ledger.snapshot() as connection:
            sql = "SELECT coalesce(max(position), 0) FROM events"
            last = int(connection.execute(sql).fetchone()[0])
            taken = _position_of(connection, LAKE_READER)
            counted = _position_of(connection, BUDGET_READER)
            sql = "SELECT body FROM events WHERE position > ? ORDER BY position LIMIT 1"
            oldest = connection.execute(sql, [taken]).fetchone()
        waiting = str(oldest[0]) if oldest else ""
        return Reading(free, last - taken, self._read_failures(), last - counted, waiting)

    def note(self, job: str, failure: str) -> None:
        """Keep how the last run of a job has ended; an empty text means well. Where the disk takes
        nothing more there is nothing to keep it in: the free room tells."""
        failures = self._read_failures()
        if failures.pop(job, "") == failure:
            return
        if failure:
            failures[job] = failure
        beside = self._failures.with_suffix(".writing")
        with suppress(OSError):
            beside.write_text(json.dumps(failures))
            beside.replace(self._failures)

    def _read_failures(self) -> dict[str, str]:
        try:
            failures: dict[str, str] = json.loads(self._failures.read_text())
        except (OSError, ValueError):
            return {}
        return failures


def _position_of(connection: sqlite3.Connection, reader: str) -> int:
    """How far a reader of the feed has come."""
    sql = "SELECT coalesce(max(cast(position AS INTEGER)), 0) FROM readers WHERE reader LIKE ?"
    return int(connection.execute(sql, [f"{reader}/%"]).fetchone()[0])
