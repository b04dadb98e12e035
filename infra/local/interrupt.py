"""An end to whatever DuckDB does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

_ENDING_S = 1.0
"""A thread that is told to end does so at once."""


@contextmanager
def time_limit(cursor: duckdb.DuckDBPyConnection, limit_s: float) -> Iterator[None]:
    """Interrupt what the cursor runs when it takes longer; it then raises InterruptException.
    Nothing is left of the time when `limit_s` is 0 or less."""
    if limit_s <= 0:
        raise duckdb.InterruptException("no time is left")
    timer = threading.Timer(limit_s, cursor.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        # A thread that is still on its way out when the process ends keeps the cursor, and DuckDB
        # then says on stderr that it leaks.
        timer.join(_ENDING_S)
