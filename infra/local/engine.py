"""Engine on DuckDB, over the files of the folder lake."""

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
from sqlglot.errors import SqlglotError

from chalicelib.kit.settings import Settings
from chalicelib.lake.tables import TABLES
from chalicelib.ports.engine import EngineBusy, EngineRefused, Result, Scan, Statement
from infra.local.dialect import PREPARE, to_duckdb

_ATTEMPTS = 5
_MARK = re.compile(r" /\* lake [0-9a-f]+ \*/$")
"""The state of the lake, which Athena must see and which would only make every translation a new one here."""
_LIMITS = ("SET GLOBAL threads = 2", "SET GLOBAL memory_limit = '2GB'")
Stamp = tuple[int, int, int]
"""Inode, size and time of change: what tells a replaced file from the one that was listed."""
Files = Mapping[Path, Stamp]


class LocalEngine:
    """See chalicelib.ports.engine.Engine. A statement sees the files of its own team and nothing else on the disk."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self._root = root
        self._timeout_s = settings.query_timeout_s
        spill = root.parent / "spill"
        self._database = duckdb.connect()
        for order in (*PREPARE, *_LIMITS):
            self._database.execute(order)
        self._database.execute(f"SET GLOBAL temp_directory = {_text(spill)}")
        self._database.execute(f"SET GLOBAL allowed_directories = [{_text(root)}, {_text(spill)}]")
        self._database.execute("SET GLOBAL enable_external_access = false")

    def run(self, team: str, statement: Statement) -> Result:
        """Run on a cursor of its own. When files were replaced under the statement, it runs again on the new ones.

        `bytes_scanned` is the size of the files of the scanned days: what reading them wholly would cost.
        """
        for _ in range(_ATTEMPTS):
            files = {name: self._files(team, name, statement) for name in TABLES if _names(statement.sql, name)}
            try:
                return self._execute(statement, files)
            except duckdb.InterruptException as error:
                raise EngineBusy(
                    f"the report took longer than {self._timeout_s:g} s: ask for a shorter time"
                ) from error
            except (duckdb.Error, SqlglotError) as error:
                if all(self._files(team, name, statement) == known for name, known in files.items()):
                    raise EngineRefused("the engine refused a statement") from error
        raise EngineBusy("the lake is being rewritten: try again")

    def _execute(self, statement: Statement, files: Mapping[str, Files]) -> Result:
        sql = to_duckdb(
            _MARK.sub("", statement.sql), {name: [str(path) for path in paths] for name, paths in files.items()}
        )
        limit = self._timeout_s if statement.time_s is None else min(self._timeout_s, statement.time_s)
        with self._database.cursor() as cursor, _limited(cursor, limit):
            cursor.execute(sql, list(statement.params))
            rows = cursor.fetchall()
            columns = [column[0] for column in cursor.description]
        return Result(columns, rows, sum(size for paths in files.values() for _, size, _ in paths.values()))

    def _files(self, team: str, table: str, statement: Statement) -> Files:
        """The files of a team's table, by the scans of the statement; every day when it has none for the table."""
        scans = [scan for scan in statement.scan if scan.table == table]
        folders = sorted((self._root / table / f"team={team}").glob("day=*"))
        wanted = (folder for folder in folders if not scans or _scanned(folder.name.removeprefix("day="), scans))
        return {path: stamp for folder in wanted for path, stamp in _stamped(folder)}


def _names(sql: str, table: str) -> bool:
    return re.search(rf"\b{table}\b", sql) is not None


def _scanned(day: str, scans: Sequence[Scan]) -> bool:
    return any(scan.first_day <= day <= scan.last_day for scan in scans)


def _stamped(folder: Path) -> Iterator[tuple[Path, Stamp]]:
    for path in sorted(folder.glob("[!.]*.parquet")):
        try:
            status = path.stat()
        except FileNotFoundError:  # compaction was here in between; what replaces it is listed beside it
            continue
        yield path, (status.st_ino, status.st_size, status.st_mtime_ns)


def _text(path: Path) -> str:
    return "'" + str(path.resolve()).replace("'", "''") + "'"


@contextmanager
def _limited(cursor: duckdb.DuckDBPyConnection, timeout_s: float) -> Iterator[None]:
    """Interrupt what the cursor runs when it takes too long."""
    timer = threading.Timer(timeout_s, cursor.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
