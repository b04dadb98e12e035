"""Translation of Athena's SQL: what the engines' conformance suite does not reach."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlglot.errors import SqlglotError

from chalicelib.lake.tables import TABLES
from infra.local.dialect import PARTITIONS, PREPARE, to_duckdb


def run(sql: str, params: Sequence[Any] = (), files: Sequence[str] = ()) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        for statement in PREPARE:
            connection.execute(statement)
        return (
            connection.cursor()
            .execute(to_duckdb(sql, {"ai_events": files}), list(params))
            .fetchall()
        )


def test_only_the_columns_that_are_named_are_read() -> None:
    """Planning takes time by file and column."""
    tables = {"ai_events": ["a.parquet"]}
    few = to_duckdb("select sum(cost_nano) as cost, count(*) from ai_events where day = ?", tables)
    assert "cost_nano" in few
    assert "model" not in few
    assert "model" in to_duckdb("select * from ai_events", tables)
    assert "model" in to_duckdb("select e.cost_nano from ai_events e order by e.MODEL", tables)


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A file of two rows, in a folder whose name needs quoting; one of its columns is narrower than
    declared."""
    folder = tmp_path / "it's" / "ai_events" / "team=t1" / "day=2026-01-31"
    folder.mkdir(parents=True)
    table = pa.table(
        {"event_id": ["e1", "e2"], "cost_nano": pa.array([1, None], pa.int32()), "gone": [1, 2]}
    )
    pq.write_table(table, folder / "a.parquet")
    return str(folder / "a.parquet")


def test_marks_keep_their_parameters_when_arguments_are_repeated_or_swapped() -> None:
    sql = "SELECT greatest(?, ?), position(? IN ?), '?', /* ? */ ? -- ?"
    assert run(sql, [1, 2, "b", "ab", "end"]) == [(2, 2, "?", "end")]


def test_every_column_is_there_and_typed_with_files_and_without(file: str) -> None:
    columns = [*TABLES["ai_events"].columns, *PARTITIONS]
    sql = f"SELECT {', '.join(f'typeof({column})' for column in columns)} FROM ai_events"
    kinds = dict(zip(columns, run(f"{sql} LIMIT 1", files=[file])[0], strict=True))
    assert kinds["cost_nano"] == "BIGINT"
    assert kinds["requested_at"] == "TIMESTAMP"
    assert kinds["team"] == kinds["day"] == "VARCHAR"
    assert run("SELECT * FROM ai_events") == []


def test_rows_of_a_file(file: str) -> None:
    rows = run(
        "SELECT event_id, cost_nano, model, team, day FROM ai_events ORDER BY 1", files=[file]
    )
    assert rows == [("e1", 1, None, "t1", "2026-01-31"), ("e2", None, None, "t1", "2026-01-31")]


def test_own_tables_of_a_statement_stay_its_own(file: str) -> None:
    sql = (
        "WITH a AS (SELECT event_id FROM ai_events WHERE team = ?), b AS (SELECT * FROM a) "
        "SELECT count(*) FROM b"
    )
    assert run(sql, ["t1"], [file]) == [(2,)]
    assert run("WITH ai_events AS (SELECT 7 AS x) SELECT x FROM ai_events", files=[file]) == [(7,)]


def test_a_column_that_is_not_declared_is_not_there(file: str) -> None:
    with pytest.raises(duckdb.BinderException):
        run("SELECT gone FROM ai_events", files=[file])


def test_what_does_not_parse() -> None:
    with pytest.raises(SqlglotError):
        to_duckdb("SELECT FROM WHERE (", {})
