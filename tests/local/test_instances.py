"""What DuckDB remembers of files stays small, however many come and go."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chalicelib.kit.settings import Settings
from chalicelib.lake.parquet import schema_of
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.engine import Statement
from infra.local import instances
from infra.local.engine import LocalEngine
from infra.local.instances import Instance

pytestmark = pytest.mark.any_sql
COUNT = Statement("select count(*), sum(input_tokens) from ai_events")
MOST = 1024 * 1024
FILES = 4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "lake" / AI_EVENTS.name / "team=t" / "day=2026-03-01"
    made.mkdir(parents=True)
    return made


@pytest.fixture
def engine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> LocalEngine:
    monkeypatch.setattr(instances, "MOST_FOOTER_BYTES", MOST)
    return LocalEngine(folder.parents[2], Settings(query_timeout_s=20))


def write(folder: Path, number: int) -> None:
    row = {"event_id": str(number), "input_tokens": 1, "model": "m"}
    pq.write_table(pa.Table.from_pylist([row], schema_of(AI_EVENTS)), folder / f"{number}.parquet")


def remembered(instance: Instance) -> int:
    with instance.cursor() as cursor:
        return int(cursor.execute(instances._FOOTERS).fetchall()[0][0])


def test_files_that_come_and_go_leave_nothing_behind(engine: LocalEngine, folder: Path) -> None:
    """As the feed writes them and compaction removes them, under reports that are asked for
    again and again."""
    used: list[Instance] = []
    for number in range(80):
        write(folder, number)
        (folder / f"{number - FILES}.parquet").unlink(missing_ok=True)
        there = min(number + 1, FILES)
        assert engine.run("t", COUNT).rows == [(there, there)]
        used.append(engine._instances.take())
    # Of all eighty it would be about 8 MB; a look is taken at every eighth statement.
    assert max(map(remembered, used)) < 2 * MOST
    assert len(set(map(id, used))) > 1


def test_what_the_statements_need_anyway_is_no_reason_for_a_new_instance(
    engine: LocalEngine, folder: Path
) -> None:
    for number in range(40):
        write(folder, number)
    used = set()
    for _ in range(40):
        assert engine.run("t", COUNT).rows == [(40, 40)]
        used.add(id(engine._instances._current))
    assert remembered(engine._instances._current) > MOST
    assert len(used) == 1


def test_a_statement_ends_on_the_instance_that_it_began_on(
    engine: LocalEngine, folder: Path
) -> None:
    held = engine._instances.take().cursor()
    running = held.execute("select i from range(100000) as t(i)")
    engine._instances._current = engine._instances._open()
    assert len(running.fetchall()) == 100_000
    assert engine.run("t", Statement("select 1")).rows == [(1,)]
    with pytest.raises(duckdb.Error):
        engine._instances.take().cursor().execute("select * from read_text('/etc/hostname')")
