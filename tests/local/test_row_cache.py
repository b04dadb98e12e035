"""Rows of rollups held in memory: always those of the files, and never more than there is room
for."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from chalicelib.kit.settings import Settings
from chalicelib.lake.parquet import encode, schema_of
from chalicelib.lake.tables import AI_EVENTS, ROLLUP_DAILY
from chalicelib.ports.engine import EngineBusy, Scan, Statement
from chalicelib.ports.lake import LakePath
from chalicelib.ports.world import World
from infra.local import row_cache
from infra.local.dialect import PREPARE
from infra.local.engine import LocalEngine

pytestmark = pytest.mark.any_sql
"""The engine itself is under test."""

SQL = (
    "select cast(sum(calls) as bigint) as calls from rollup_daily where team = ? and day "
    "between ? and ?"
)
ALL = "select cast(sum(calls) as bigint) as calls from rollup_daily"
NEVER = "SELECT count(*) FROM range(100000) AS a, range(100000) AS b, range(1000) AS c"
LATER = time.monotonic() + 86_400.0
PATHS = {
    day: LakePath(ROLLUP_DAILY.name, f"2026-03-{day:02d}", "rollup.parquet") for day in range(1, 6)
}


def put(world: World, day: int, calls: int, team: str = "t") -> None:
    world.lake.put(
        team, PATHS[day], encode(pa.Table.from_pylist([{"calls": calls}], schema_of(ROLLUP_DAILY)))
    )


def calls(world: World, first: int = 1, last: int = 5, team: str = "t") -> object:
    days = PATHS[first].day, PATHS[last].day
    result = world.engine.run(team, Statement(SQL, [team, *days], [Scan(ROLLUP_DAILY.name, *days)]))
    return result.rows[0][0]


def test_new_replaced_and_removed_days_are_seen_at_once(local_world: World) -> None:
    assert calls(local_world) is None
    put(local_world, 1, 1)
    put(local_world, 2, 10)
    put(local_world, 2, 100, team="other")
    assert (calls(local_world), calls(local_world, 2, 2), calls(local_world, team="other")) == (
        11,
        10,
        100,
    )
    put(local_world, 2, 20)
    assert (calls(local_world, 1, 1), calls(local_world)) == (1, 21)
    local_world.lake.delete("t", [PATHS[1]])
    put(local_world, 3, 300)
    assert calls(local_world) == 320


def test_days_are_read_anew_while_another_statement_reads(local_world: World) -> None:
    """DuckDB then refuses to compress what is held, which is no reason to refuse a report."""
    put(local_world, 1, 1)
    assert calls(local_world) == 1
    engine: Any = local_world.engine
    with engine._engine._instances.take().cursor() as other:
        other.begin()
        other.execute("CREATE TABLE held.somebody AS SELECT 1 AS one")
        put(local_world, 2, 10)
        assert calls(local_world) == 11
        put(local_world, 2, 20)
        assert calls(local_world) == 21
        other.rollback()
    put(local_world, 3, 300)
    assert calls(local_world) == 321


def test_what_there_is_no_room_for_is_forgotten_and_read_again(
    local_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for team in ("t", "other"):
        put(local_world, 1, 7, team)
    size = next(iter(local_world.lake.list("t", ROLLUP_DAILY.name))).size
    monkeypatch.setattr(row_cache, "MOST_BYTES", size)
    for _ in range(2):
        assert (calls(local_world), calls(local_world, team="other")) == (7, 7)
    monkeypatch.setattr(row_cache, "MOST_BYTES", size - 1)
    assert calls(local_world) == 7, "what is too large is read from its files"


def test_days_that_nobody_asks_for_any_more_make_room(
    local_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in PATHS:
        put(local_world, day, day)
    size = next(iter(local_world.lake.list("t", ROLLUP_DAILY.name))).size
    monkeypatch.setattr(row_cache, "MOST_BYTES", 2 * size + size // 2)
    assert [calls(local_world, day, day) for day in PATHS] == list(PATHS)
    keeper = local_world.engine._engine._instances.take().held  # type: ignore[attr-defined]
    assert 0 < sum(each.size for each in keeper._teams.values()) <= row_cache.MOST_BYTES
    assert calls(local_world, 1, 2) == 3


def test_a_file_that_is_gone_leaves_what_was_held(tmp_path: Path) -> None:
    database = duckdb.connect()
    for order in (*PREPARE, *row_cache.PREPARE):
        database.execute(order)
    keeper = row_cache.RowCache(database)
    folder = tmp_path / "team=t" / "day=2026-03-01"
    folder.mkdir(parents=True)
    rows = pa.Table.from_pylist([{"calls": 5}], schema_of(ROLLUP_DAILY))
    (folder / "a.parquet").write_bytes(encode(rows))
    there = {"2026-03-01": {f"{folder}/a.parquet": (1, 1, 1)}}
    source = keeper.source("t", ROLLUP_DAILY.name, there, LATER)
    gone = {"2026-03-01": {f"{folder}/b.parquet": (2, 1, 1)}}
    with pytest.raises(duckdb.Error):
        keeper.source("t", ROLLUP_DAILY.name, gone, LATER)
    assert keeper.source("t", ROLLUP_DAILY.name, there, LATER) == source
    assert database.execute(f"select calls from ({source})").fetchall() == [(5,)]


def test_events_are_never_held(tmp_path: Path) -> None:
    assert row_cache.RowCache(duckdb.connect()).source("t", AI_EVENTS.name, {}, LATER) is None


@pytest.fixture
def hurried(local_world: World, tmp_path: Path) -> LocalEngine:
    """An engine over the same files that waits for hardly anything."""
    put(local_world, 1, 1)
    return LocalEngine(tmp_path / "data" / "lake", Settings(query_timeout_s=0.1))


def test_nobody_waits_without_end_for_what_somebody_else_reads(hurried: LocalEngine) -> None:
    with hurried._instances.take().held._lock, pytest.raises(EngineBusy, match="still being read"):
        hurried.run("t", Statement(ALL))
    patient = Statement(ALL, time_s=20.0)
    assert hurried.run("t", patient).rows == [(1,)]


def test_reading_that_takes_too_long_is_stopped(
    hurried: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are read into memory before the statement runs, within the same time."""
    source = row_cache.source

    def drag(table: str, files: Sequence[str]) -> str:
        rows = source(table, files)
        return f"SELECT * FROM ({rows}) WHERE ({NEVER}) > 0" if files else rows

    with monkeypatch.context() as patch:
        patch.setattr(row_cache, "source", drag)
        with pytest.raises(EngineBusy, match="took longer"):
            hurried.run("t", Statement(ALL))
    monkeypatch.setattr(hurried, "_timeout_s", 20.0)
    assert hurried.run("t", Statement(ALL)).rows == [(1,)]
