"""Vitals of a data folder. Failures are noted in a file, because another process tells of them."""

import json
import shutil
from contextlib import suppress
from pathlib import Path

from chalicelib.ports.vitals import Reading
from infra.local.database import Database

LAKE_READER = "lake"
"""The reader of the feed that writes the lake."""


class LocalVitals:
    """See chalicelib.ports.vitals.Vitals."""

    def __init__(self, folder: Path, ledger: Database) -> None:
        self._folder = folder
        self._ledger = ledger
        self._failures = folder / "failures.json"

    def read(self) -> Reading:
        """Free room of the disk, and two indexed reads of the ledger."""
        return Reading(shutil.disk_usage(self._folder).free, self._lag(), self._read_failures())

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

    def _lag(self) -> int:
        sql = """SELECT coalesce((SELECT max(position) FROM events), 0)
                   - coalesce((SELECT max(cast(position AS INTEGER)) FROM readers
                               WHERE reader LIKE ?), 0)"""
        with self._ledger.reader() as connection:
            return int(connection.execute(sql, [f"{LAKE_READER}/%"]).fetchone()[0])

    def _read_failures(self) -> dict[str, str]:
        try:
            failures: dict[str, str] = json.loads(self._failures.read_text())
        except (OSError, ValueError):
            return {}
        return failures
