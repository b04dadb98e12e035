"""The engine: one statement, the same rows from DuckDB and from Athena."""

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.kit.ids import new_id
from chalicelib.ports.engine import EngineRefused, Parameter, Result, Statement, Value
from chalicelib.ports.lake import LakePath
from chalicelib.ports.world import World

pytestmark = pytest.mark.any_sql
"""The engine itself is under test."""

DAY = "2026-01-31"
MOMENT = datetime(2026, 1, 31, 23, 59, 59, 987_000, UTC).replace(tzinfo=None)
WHERE = "FROM ai_events WHERE team = ? AND day BETWEEN '2026-01-01' AND '2026-12-31'"
AWKWARD = [
    "it's",
    "O''Brien",
    "100 % _x_",
    'double "quoted"',
    "漢字 🚀",
    "back\\slash",
    "?",
    "'); DROP TABLE x; --",
    ":p1",
    "",
]
HOUR = MOMENT.replace(minute=0, second=0, microsecond=0)


def put(
    world: World, team: str, rows: Sequence[dict[str, Any]], day: str = DAY, name: str = "a.parquet"
) -> None:
    """Store rows as one file; column types are those that Arrow reads from the values."""
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows)), buffer)
    world.lake.put(team, LakePath("ai_events", day, name), buffer.getvalue())


def run(world: World, team: str, select: str, *params: Parameter, rest: str = "") -> Result:
    """Select from the team's events of the year; `?` of the selection come before the team."""
    count = select.count("?")
    bound = (*params[:count], team, *params[count:])
    return world.engine.run(team, Statement(f"SELECT {select} {WHERE} {rest}", bound))


def value(world: World, team: str, expression: str) -> Value:
    """The expression over a row."""
    return run(world, team, f"{expression} AS x").rows[0][0]


@pytest.fixture
def one_row(world: World, scope: str) -> str:
    """A team with one row that has nothing in it but its id."""
    put(world, scope, [{"event_id": "e1"}])
    return scope


def test_types_and_nulls(world: World, scope: str) -> None:
    full = {"event_id": "", "cost_nano": 2**62 + 1, "is_streamed": False, "requested_at": MOMENT}
    put(
        world,
        scope,
        [full, {"event_id": None, "cost_nano": None, "is_streamed": None, "requested_at": None}],
    )
    result = run(
        world, scope, "event_id, cost_nano, is_streamed, requested_at, cost_nano * 1e0 AS real, "
        "cast(date_trunc('month', requested_at) AS date) AS month", rest="ORDER BY cost_nano",
    )  # fmt: skip
    assert result.columns == [
        "event_id",
        "cost_nano",
        "is_streamed",
        "requested_at",
        "real",
        "month",
    ]
    assert result.rows == [
        ("", 2**62 + 1, False, MOMENT, float(2**62 + 1), date(2026, 1, 1)),
        (None,) * 6,
    ]
    assert [type(cell) for cell in result.rows[0]] == [str, int, bool, datetime, float, date]
    assert result.bytes_scanned > 0


def test_no_files_are_typed_emptiness(world: World, scope: str) -> None:
    result = run(world, scope, "team, day, model, sum(cost_nano) AS cost", rest="GROUP BY 1, 2, 3")
    assert (list(result.columns), list(result.rows)) == (["team", "day", "model", "cost"], [])
    assert run(world, scope, "count(*) AS n, sum(cost_nano) AS cost").rows == [(0, None)]


def test_a_column_that_older_files_lack_is_null(world: World, scope: str) -> None:
    put(world, scope, [{"event_id": "old", "column_we_dropped": 1}], name="a.parquet")
    put(world, scope, [{"event_id": "new", "model": "m"}], name="b.parquet")
    rows = run(world, scope, "event_id, model", rest="ORDER BY event_id").rows
    assert rows == [("new", "m"), ("old", None)]


def test_partition_columns_and_days(world: World, scope: str) -> None:
    for day in ("2026-01-30", "2026-01-31", "2026-02-01"):
        put(world, scope, [{"event_id": day}], day)
    statement = Statement(
        "SELECT event_id, team, day FROM ai_events WHERE team = ? AND day BETWEEN ? AND "
        "? ORDER BY 1",
        (scope, "2026-01-31", "2026-02-01"),
    )
    assert world.engine.run(scope, statement).rows == [
        ("2026-01-31", scope, "2026-01-31"),
        ("2026-02-01", scope, "2026-02-01"),
    ]


def test_more_rows_than_a_page(world: World, scope: str) -> None:
    put(world, scope, [{"event_id": f"{number:05}"} for number in range(2_501)])
    rows = run(world, scope, "event_id", rest="ORDER BY 1").rows
    assert rows == [(f"{number:05}",) for number in range(2_501)]


def test_a_replaced_file_is_read_anew(world: World, scope: str) -> None:
    put(world, scope, [{"event_id": "first"}])
    assert run(world, scope, "event_id").rows == [("first",)]
    put(world, scope, [{"event_id": "other"}])
    assert run(world, scope, "event_id").rows == [("other",)]


@pytest.mark.parametrize("text", AWKWARD)
def test_text_reaches_it_as_it_is(world: World, scope: str, text: str) -> None:
    put(world, scope, [{"event_id": "e1", "model": text}, {"event_id": "e2", "model": text + "x"}])
    assert run(world, scope, "event_id", text, rest="AND model = ?").rows == [("e1",)]
    shown = run(
        world,
        scope,
        "CASE WHEN model = ? THEN model ELSE ? END AS x",
        text,
        "no",
        rest="ORDER BY event_id",
    )
    assert shown.rows == [(text,), ("no",)]


@given(text=st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text(world: World, text: str) -> None:
    scope = new_id()
    put(world, scope, [{"event_id": "e1", "model": text}])
    assert run(world, scope, "model", text, rest="AND model = ?").rows == [(text,)]


@pytest.mark.parametrize(
    "number", [0, -1, 2**63 - 1, -(2**62), 1.5, -0.1, 1e300, 1e-7, True, False]
)
def test_numbers_reach_it_exactly(world: World, one_row: str, number: float) -> None:
    kind = {bool: "boolean", int: "bigint", float: "double"}[type(number)]
    same = f"AND ? = cast('{str(number).lower()}' AS {kind})"
    assert run(world, one_row, "event_id", number, rest=same).rows == [("e1",)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("7 / 2", 3),
        ("-7 / 2", -3),
        ("7e0 / 2", 3.5),
        ("7 / nullif(0, 0)", None),
        ("cast(round(2.5e0) AS bigint)", 3),
        ("date_diff('hour', timestamp '2026-01-01 00:59:00', timestamp '2026-01-01 02:58:00')", 1),
        ("date_diff('day', timestamp '2026-01-01 23:00:00', timestamp '2026-01-02 01:00:00')", 0),
        (
            "cast(date_trunc('hour', timestamp '2026-01-31 23:59:59.999') AS timestamp)",
            MOMENT.replace(minute=0, second=0, microsecond=0),
        ),
        ("coalesce(nullif(model, ''), 'UNCLASSIFIED')", "UNCLASSIFIED"),
        ("greatest(1, 2)", 2),
        ("'a' || 'ß'", "aß"),
        ("lower('ÄB')", "äb"),
        ("cast(12 AS varchar)", "12"),
        ("CASE WHEN model IS NULL THEN 1 ELSE 2 END", 1),
        ("substr('漢字x', 2)", "字x"),
    ],
)
def test_expressions_mean_the_same(
    world: World, one_row: str, expression: str, expected: Value
) -> None:
    assert value(world, one_row, expression) == expected


def test_aggregates(world: World, scope: str) -> None:
    put(
        world,
        scope,
        [{"event_id": str(n), "cost_nano": n, "model": "ab"[n % 2]} for n in range(1, 101)],
    )
    result = run(
        world, scope, "model, count(*) AS n, sum(cost_nano) AS total, min(cost_nano) AS low, "
        "max(cost_nano) AS high, "
        "approx_percentile(cost_nano, 0.5) AS middle, count_if(cost_nano > 50) AS dear, "
        "count(DISTINCT cost_nano) AS kinds", rest="GROUP BY model ORDER BY total DESC, model",
    )  # fmt: skip
    assert [row[:5] + row[6:] for row in result.rows] == [
        ("a", 50, 2550, 2, 100, 25, 50),
        ("b", 50, 2500, 1, 99, 25, 50),
    ]
    assert all(48 <= int(str(row[5])) <= 52 for row in result.rows)


def test_only_the_newest_version_counts(world: World, scope: str) -> None:
    put(
        world,
        scope,
        [
            {"event_id": "e1", "version": 1, "cost_nano": 1},
            {"event_id": "e2", "version": 1, "cost_nano": 5},
        ],
    )
    put(world, scope, [{"event_id": "e1", "version": 2, "cost_nano": 10}], name="b.parquet")
    newest = f"""WITH ranked AS (
                   SELECT cost_nano,
                     row_number() OVER (PARTITION BY event_id ORDER BY version DESC) AS n {WHERE})
                 SELECT sum(cost_nano) AS cost FROM ranked WHERE n = 1"""
    assert world.engine.run(scope, Statement(newest, (scope,))).rows == [(15,)]


def test_a_team_never_sees_the_rows_of_another(world: World, scope: str, other_scope: str) -> None:
    put(world, other_scope, [{"event_id": "theirs"}])
    assert run(world, scope, "count(*) AS n").rows == [(0,)]
    try:
        rows = world.engine.run(scope, Statement(f"SELECT event_id {WHERE}", (other_scope,))).rows
    except EngineRefused:
        rows = []
    assert rows == []


@pytest.mark.parametrize(
    "sql", ["SELEKT 1", "SELECT nothing FROM ai_events WHERE team = ?", "SELECT 1/'x' AS x" + WHERE]
)
def test_what_it_cannot_run_it_refuses(world: World, scope: str, sql: str) -> None:
    with pytest.raises(EngineRefused) as caught:
        world.engine.run(scope, Statement(sql, (scope,)))
    assert sql not in caught.value.message
