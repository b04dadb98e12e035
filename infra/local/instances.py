"""Instances of DuckDB, of which one is asked at a time.

DuckDB remembers the footer of each Parquet file that it has read, which makes a report three times
as quick, and forgets none, also of files that are long gone; the feed writes a file every 0.4 s. So
an instance that remembers too much is left for a new one; it goes when the last statement on it has
ended.
"""

import threading
from itertools import count
from pathlib import Path

import duckdb

from infra.local.dialect import PREPARE
from infra.local.row_cache import PREPARE as HOLDING
from infra.local.row_cache import RowCache

MOST_FOOTER_BYTES = 32 * 1024 * 1024
"""Of an instance, some 120 kB a file of events; more where the first statements need half of that
already, as a new instance would be full at once again."""
_COUNT_EVERY = 8
"""Statements between two looks at what is remembered: a look takes 0.4 ms."""
_FOOTERS = "SELECT memory_usage_bytes FROM duckdb_memory() WHERE tag = 'OBJECT_CACHE'"
_LIMITS = (
    "SET GLOBAL threads = 2",
    "SET GLOBAL memory_limit = '2GB'",
    "SET GLOBAL parquet_metadata_cache = true",
)


class Instance:
    """A database in memory that sees the files below `root` and no others, with the rows that are
    held in it."""

    def __init__(self, root: Path, spill: Path) -> None:
        self._first_bytes: int | None = None
        self._database = duckdb.connect()
        for order in (*PREPARE, *_LIMITS, *HOLDING):
            self._database.execute(order)
        self.held = RowCache(self._database)
        self._database.execute(f"SET GLOBAL temp_directory = {_text(spill)}")
        self._database.execute(f"SET GLOBAL allowed_directories = [{_text(root)}, {_text(spill)}]")
        self._database.execute("SET GLOBAL enable_external_access = false")

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own, for one statement."""
        return self._database.cursor()

    def is_full(self) -> bool:
        """Whether it remembers more footers than it may."""
        with self._database.cursor() as cursor:
            (size,) = cursor.execute(_FOOTERS).fetchall()[0]
        if self._first_bytes is None:
            self._first_bytes = int(size)
        return int(size) > max(MOST_FOOTER_BYTES, 2 * self._first_bytes)


class Instances:
    """The instance that is in use."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._numbers = count()
        self._statements = count(1)
        self._lock = threading.Lock()
        self._current = self._open()

    def take(self) -> Instance:
        """The instance for one statement."""
        if next(self._statements) % _COUNT_EVERY == 0:
            self._renew_when_full()
        return self._current

    def _renew_when_full(self) -> None:
        if not self._lock.acquire(blocking=False):
            return  # somebody is at it
        try:
            if self._current.is_full():
                self._current = self._open()
        finally:
            self._lock.release()

    def _open(self) -> Instance:
        # A folder each: two instances would take each other's files for their own.
        return Instance(self._root, self._root.parent / "spill" / str(next(self._numbers)))


def _text(path: Path) -> str:
    return "'" + str(path.resolve()).replace("'", "''") + "'"
