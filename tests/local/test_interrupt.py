"""An end to whatever DuckDB does."""

import threading

import duckdb
import pytest

from infra.local.interrupt import time_limit

_ENDLESS = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"


@pytest.mark.parametrize("limit_s", [0.2, 0])
def test_what_takes_too_long_is_interrupted(limit_s: float) -> None:
    with (
        duckdb.connect() as database,
        pytest.raises(duckdb.InterruptException),
        time_limit(database, limit_s),
    ):
        database.execute(_ENDLESS)


def test_nobody_keeps_a_cursor_afterwards() -> None:
    """A thread that does so until the process ends has DuckDB say that it leaks."""
    before = set(threading.enumerate())
    with duckdb.connect() as database:
        for _ in range(200):
            with time_limit(database, 30):
                pass
            assert set(threading.enumerate()) <= before
