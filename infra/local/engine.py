"""Engine on DuckDB, over the files of the folder lake."""

import os
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
from sqlglot.errors import SqlglotError

from chalicelib.kit.logs import logger
from chalicelib.kit.settings import Settings
from chalicelib.lake.tables import EVENT_TABLES, TABLES
from chalicelib.ports.engine import DamagedFiles, EngineBusy, EngineRefused, Result, Scan, Statement
from chalicelib.ports.lake import LakePath
from chalicelib.ports.scope import Scope
from infra.local.dialect import to_duckdb
from infra.local.instances import Instance, Instances
from infra.local.interrupt import time_limit
from infra.local.row_cache import Days, Stamp

_ATTEMPTS = 5
_LONG_BYTES = 4 << 20
"""From how many bytes of events on a statement may take seconds: those of days that are not clean
yet, after a bulk load."""
_LONG_AT_ONCE = 2
"""Long statements that run at once: as many as there are threads."""
_DAY = "day="
_MARK = re.compile(r" /\* lake [0-9a-f]+ \*/$")
"""The state of the lake, which Athena must see and which would only make every translation a new
one here."""
_QUOTED = re.compile("'[^']*'")
"""What may be a value of somebody's call in what DuckDB says."""
_MOST_TOLD = 300
_READ_ALL = "SELECT bit_xor(hash(rows)) FROM read_parquet([?]) AS rows"


class LocalEngine:
    """See chalicelib.ports.engine.Engine. A statement sees the files of its own team and nothing
    else on the disk."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self._root = root
        self._timeout_s = settings.query_timeout_s
        self._long = threading.BoundedSemaphore(_LONG_AT_ONCE)
        self._instances = Instances(root)

    def run(self, team: Scope, statement: Statement) -> Result:
        """Run on a cursor of its own. When files were replaced under the statement, it runs again
        on the new ones.

        `bytes_scanned` is the size of the files of the scanned days: what reading them wholly would
        cost.
        """
        limit_s = self._timeout_s
        if statement.time_s is not None:
            limit_s = min(limit_s, statement.time_s)
        deadline = time.monotonic() + limit_s
        instance = self._instances.take()
        for _ in range(_ATTEMPTS):
            dropped = instance.held.dropped
            files = {
                name: self._files(team, name, statement)
                for name in TABLES
                if _names(statement.sql, name)
            }
            try:
                with self._lane(files, deadline):
                    return self._execute(instance, team, statement, files, deadline)
            except duckdb.InterruptException as error:
                raise EngineBusy(
                    f"the report took longer than {limit_s:.3g} s: ask for a shorter time"
                ) from error
            except (duckdb.Error, SqlglotError) as error:
                still = all(
                    self._files(team, name, statement) == known for name, known in files.items()
                )
                if still and instance.held.dropped == dropped:
                    self._look_for_damage(files)
                    cause = _QUOTED.sub("'…'", str(error))[:_MOST_TOLD]
                    logger().error(
                        "the engine refused a statement", extra={"team": team, "cause": cause}
                    )
                    raise EngineRefused("the engine refused a statement") from error
        raise EngineBusy("the lake is being rewritten: try again")

    @contextmanager
    def _lane(self, files: Mapping[str, Days], deadline: float) -> Iterator[None]:
        """A turn for a statement over these files: few long ones run at once. Side by side all of
        them would run out of time, and nobody would get what was worked out. Raises EngineBusy
        when no turn comes before `deadline`."""
        if _count_event_bytes(files) < _LONG_BYTES:
            yield
            return
        if not self._long.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise EngineBusy("many long reports are being made: try again")
        try:
            yield
        finally:
            self._long.release()

    def _execute(
        self,
        instance: Instance,
        team: Scope,
        statement: Statement,
        files: Mapping[str, Days],
        deadline: float,
    ) -> Result:
        rows: dict[str, str | list[str]] = {}
        for name, days in files.items():
            held = None if statement.teams else instance.held.source(team, name, days, deadline)
            rows[name] = held or _paths(days)
        sql = to_duckdb(_MARK.sub("", statement.sql), rows)
        left_s = deadline - time.monotonic()
        with instance.cursor() as cursor, time_limit(cursor, left_s):
            cursor.execute(sql, list(statement.params))
            found = cursor.fetchall()
            columns = [column[0] for column in cursor.description]
        scanned = sum(
            size
            for days in files.values()
            for paths in days.values()
            for _, size, _ in paths.values()
        )
        return Result(columns, found, scanned, _names_of(files))

    def _look_for_damage(self, files: Mapping[str, Days]) -> None:
        """Read each of the files wholly and by itself. Raises DamagedFiles when some cannot be."""
        damaged: list[LakePath] = []
        findings: list[str] = []
        for table, days in files.items():
            for path in _paths(days):
                finding = self._check_file(path)
                if finding:
                    day, name = path.split("/")[-2:]
                    damaged.append(LakePath(table, day.removeprefix(_DAY), name))
                    findings.append(finding)
        if damaged:
            raise DamagedFiles(damaged, "; ".join(findings))

    def _check_file(self, path: str) -> str:
        """What is wrong with a file; empty when it is well, or gone, or too large to tell."""
        instance = self._instances.take()
        with instance.cursor() as cursor, time_limit(cursor, self._timeout_s):
            try:
                cursor.execute(_READ_ALL, [path]).fetchall()
            except (duckdb.OutOfMemoryException, duckdb.InterruptException):
                return ""
            except duckdb.Error as error:
                return str(error) if os.path.exists(path) else ""
        return ""

    def _files(self, team: Scope, table: str, statement: Statement) -> Days:
        """The files of the teams' table, by the scans of the statement; every day when it has none
        for the table."""
        scans = [scan for scan in statement.scan if scan.table == table]
        folders = [self._days_of(each, table, scans) for each in (team, *statement.teams)]
        files: dict[str, dict[str, Stamp]] = {}
        for by_day in folders:
            for day, stamps in by_day.items():
                files.setdefault(day, {}).update(stamps)
        return files

    def _days_of(self, team: Scope, table: str, scans: Sequence[Scan]) -> Days:
        """The files of one team's table by day."""
        folder = str(self._root / table / f"team={team}")
        try:
            days = sorted(
                name.removeprefix(_DAY) for name in os.listdir(folder) if name.startswith(_DAY)
            )
        except FileNotFoundError:
            return {}
        return {
            day: _stamp_files(f"{folder}/{_DAY}{day}")
            for day in days
            if not scans or _is_scanned(day, scans)
        }


def _paths(days: Days) -> list[str]:
    return [path for files in days.values() for path in files]


def _names_of(files: Mapping[str, Days]) -> dict[str, dict[str, list[str]]]:
    """The names of files by table and day."""
    names: dict[str, dict[str, list[str]]] = {table: {} for table in files}
    for table, days in files.items():
        for day, paths in days.items():
            names[table][day] = [path.rpartition("/")[2] for path in paths]
    return names


def _names(sql: str, table: str) -> bool:
    return re.search(rf"\b{table}\b", sql) is not None


def _is_scanned(day: str, scans: Sequence[Scan]) -> bool:
    return any(scan.first_day <= day <= scan.last_day for scan in scans)


def _stamp_files(folder: str) -> dict[str, Stamp]:
    """Plain texts, because a report over months looks at hundreds of files."""
    files: dict[str, Stamp] = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".parquet") and not name.startswith("."):
            path = f"{folder}/{name}"
            with suppress(
                FileNotFoundError
            ):  # compaction was here in between; what replaces it is listed beside it
                status = os.stat(path)
                files[path] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return files


def _count_event_bytes(files: Mapping[str, Days]) -> int:
    """The size of the files of events; those of rollups are held in memory."""
    total = 0
    for name in files.keys() & EVENT_TABLES.keys():
        for stamps in files[name].values():
            total += sum(size for _, size, _ in stamps.values())
    return total
