"""Engine: one SQL statement of the common subset in, rows out. Athena when deployed, DuckDB on a
laptop."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from chalicelib.kit.errors import MeterlakeError
from chalicelib.ports.lake import LakePath
from chalicelib.ports.scope import Scope

Value = str | int | float | bool | date | datetime | None
Parameter = str | int | float | bool


class EngineBusy(MeterlakeError):
    """The engine throttles, or the statement ran out of time (503 with Retry-After)."""

    status, code, retry_after = 503, "ENGINE_BUSY", 5


class EngineRefused(MeterlakeError):
    """The engine refused the statement: a fault of ours, never of the caller (500)."""

    status, code = 500, "INTERNAL_ERROR"


class DamagedFiles(EngineBusy):
    """Files that the statement reads are damaged (503, should nobody set them aside). `finding`
    is in the engine's words, for the log."""

    def __init__(self, paths: Sequence[LakePath], finding: str) -> None:
        super().__init__("the lake is being mended: try again")
        self.paths, self.finding = paths, finding


@dataclass(frozen=True, slots=True)
class Scan:
    """The days of a table that a statement reads, both ends inclusive, YYYY-MM-DD."""

    table: str
    first_day: str
    last_day: str


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL of the subset that chalicelib/reports/lint.py allows, with `?` for each bound parameter,
    in order.

    It names lake tables by their bare name and restricts every one of them by `team` and `day`, so
    that both engines prune partitions. `scan` says the same in words: DuckDB must know its files
    before it sees the SQL, Athena needs no such hint. A table without a scan is read wholly.
    `time_s` is how long its caller waits, when that is less than the engine's own time-out.
    `teams` are further teams, of the same tenant, whose rows it may read.
    """

    sql: str
    params: Sequence[Parameter] = ()
    scan: Sequence[Scan] = ()
    time_s: float | None = None
    teams: Sequence[Scope] = ()


FilesRead = Mapping[str, Mapping[str, Collection[str]]]
"""Names of files, by table and day (YYYY-MM-DD)."""


@dataclass(frozen=True, slots=True)
class Result:
    """Rows as tuples in column order. `timestamp` values come back as datetimes in UTC without
    zone. `files` are those that were read, None where the engine does not tell."""

    columns: Sequence[str]
    rows: Sequence[tuple[Value, ...]]
    bytes_scanned: int
    files: FilesRead | None = None


class Engine(Protocol):
    """Runs statements; text from users reaches it as parameters only."""

    def run(self, team: Scope, statement: Statement) -> Result:
        """Run one statement over one team's rows; what its caller no longer waits for is cancelled.

        Raises EngineBusy, EngineRefused, DamagedFiles.
        """
