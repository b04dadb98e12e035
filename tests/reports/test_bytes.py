"""What a report reads: the days of its window, the columns that it names, and of its own team
alone."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot
from sqlglot import exp

from chalicelib.kit.clock import DAY, day_of, iso, parse_instant
from chalicelib.lake.compaction import compact_day
from chalicelib.lake.parquet import encode, schema_of
from chalicelib.lake.tables import AI_EVENTS, CHARGES, TABLES, TOOL_EVENTS
from chalicelib.lake.writer import write
from chalicelib.ports.engine import Result, Statement
from chalicelib.ports.events import EventRecord
from chalicelib.ports.feed import FeedBatch
from chalicelib.ports.lake import LakePath
from chalicelib.ports.world import World
from chalicelib.reports.catalogue import REPORTS
from chalicelib.reports.declarations import Report
from chalicelib.reports.measures import Measure
from chalicelib.reports.parameters import query_of
from chalicelib.reports.service import answer
from infra.local.dialect import PREPARE, to_duckdb
from infra.local.world import build
from tests.bench.generate import stored_events
from tests.lake.samples import event

FIRST, DAYS = parse_instant("2026-03-01T00:00:00Z"), 10
SOURCES = ["coding_assistant", "revenium_metered"]
OURS, THEIRS = "ours", "theirs"
BY_NAME = pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.slug)


def tool(team: str, number: int, at: int) -> EventRecord:
    columns = {
        "tool_id": f"tool{number % 7}",
        "agent": "a",
        "duration_ms": number,
        "is_success": True,
        "tool_provider": "p",
        "cost_nano": number * 1_000,
        "trace_id": f"{number:032x}",
        "extras": f"[{number}]",
    }
    return replace(event(team, f"tool{number}", at=at, **columns), table=TOOL_EVENTS.name)


def fill(world: World, team: str) -> None:
    """Ten days of about the same size, and charges."""
    events: list[EventRecord] = []
    for number in range(DAYS):
        start = FIRST + number * DAY
        events += [
            *stored_events(team, 120, day=start, seed=number),
            *(tool(team, n, start + n) for n in range(120)),
        ]
        charge = {
            "charge_id": f"c{number}",
            "organization": "o",
            "product": "p",
            "usd_nano": 10**9,
            "currency": "USD",
        }
        rows = pa.Table.from_pylist([charge | {"earned_at": start}] * 20, schema_of(CHARGES))
        world.lake.put(team, LakePath(CHARGES.name, day_of(start), "charges.parquet"), encode(rows))
    write(world, FeedBatch("s", "1", "1", events))


@dataclass(eq=False)  # hashable, as engines are
class Listening:
    """An engine that remembers what it was asked."""

    world: World
    heard: list[tuple[str, Statement, Result]] = field(default_factory=list)

    def run(self, team: str, statement: Statement) -> Result:
        result = self.world.engine.run(team, statement)
        self.heard.append((team, statement, result))
        return result

    def ask(self, report: Report, days: int, **more: Any) -> int:
        """The bytes that a report over the first days scans."""
        before = len(self.heard)
        more |= {
            each.parameter: SOURCES for each in report.filters if each.parameter == "costSources"
        }
        given = {"startDate": iso(FIRST), "endDate": iso(FIRST + days * DAY - 1), **more}
        answer(
            replace(self.world, engine=self), OURS, report, query_of(report).model_validate(given)
        )
        return sum(result.bytes_scanned for *_, result in self.heard[before:])


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory, deployment: World) -> dict[str, World]:
    """Both worlds, each with a lake of two teams."""
    worlds = {"local": build(tmp_path_factory.mktemp("bytes")), "aws": deployment}
    for world in worlds.values():
        for team in (OURS, THEIRS):
            fill(world, team)
        for number in range(DAYS):
            for table in (
                AI_EVENTS,
                TOOL_EVENTS,
            ):  # clean and not rolled up: reports must read the events
                assert compact_day(world, OURS, table.name, day_of(FIRST + number * DAY))
    return worlds


@pytest.fixture(params=["local", "aws"])
def listening(request: pytest.FixtureRequest, worlds: dict[str, World]) -> Listening:
    return Listening(worlds[request.param])


@BY_NAME
def test_a_tenth_of_the_days_is_a_tenth_of_the_bytes(listening: Listening, report: Report) -> None:
    one, ten = listening.ask(report, 1), listening.ask(report, DAYS)
    assert ten / 14 < one < ten / 7
    for _, statement, result in listening.heard:
        own = [
            each.size
            for name in tables_of(statement)
            for each in listening.world.lake.list(OURS, name)
        ]
        assert result.bytes_scanned <= sum(own), "another team's files were scanned"


def tables_of(statement: Statement) -> list[str]:
    return sorted({table.name for table in sqlglot.parse_one(statement.sql).find_all(exp.Table)})


@BY_NAME
def test_every_table_of_every_statement_is_bound_to_the_team(
    worlds: dict[str, World], report: Report
) -> None:
    listening = Listening(worlds["local"])
    for measure in (Measure.SUM, Measure.P90):
        more = {"metricType": measure} if report.heeds else {}
        listening.ask(report, 2, **more)
    for team, statement, _ in listening.heard:
        assert team == OURS
        assert bound_teams(statement) == [OURS] * len(bound_teams(statement))
        assert len(bound_teams(statement)) == len(
            list(sqlglot.parse_one(statement.sql).find_all(exp.Table))
        )


def bound_teams(statement: Statement) -> list[Any]:
    """What stands for each `team = ?`, by the place of its question mark."""
    marks = [match.start() for match in re.finditer(r"\?", statement.sql)]
    places = [match.end() - 1 for match in re.finditer(r"\bteam = \?", statement.sql)]
    return [statement.params[marks.index(place)] for place in places]


@BY_NAME
def test_a_report_reads_few_of_the_columns(worlds: dict[str, World], report: Report) -> None:
    """By DuckDB's own plan of the statement: the column chunks of the files that it opens."""
    listening = Listening(worlds["local"])
    listening.ask(report, DAYS)
    read = whole = 0
    for _, statement, _ in listening.heard:
        for table, columns in scans(listening.world, statement):
            chunks = list(chunks_of(listening.world, table))
            read += sum(size for name, size in chunks if name in columns)
            whole += sum(size for _, size in chunks)
    assert read < whole / 2.5, (
        read / whole
    )  # nothing, when all that is asked stands in the names of the folders


def chunks_of(world: World, table: str) -> Iterator[tuple[str, int]]:
    """Every column chunk of a table's files, with its compressed size."""
    for item in world.lake.list(OURS, table):
        groups = pq.ParquetFile(pa.BufferReader(world.lake.get(OURS, item.path))).metadata
        for number in range(groups.num_row_groups):
            group = groups.row_group(number)
            for place in range(group.num_columns):
                yield group.column(place).path_in_schema, group.column(place).total_compressed_size


def scans(world: World, statement: Statement) -> Iterator[tuple[str, set[str]]]:
    """(table, columns that are read of it) of every scan in the plan."""
    root = world.lake.root  # type: ignore[attr-defined]
    for name in tables_of(statement):
        # One table at a time has files, so that every scan of files in the plan is of this one.
        files = [str(path) for path in sorted((root / name / f"team={OURS}").glob("*/*.parquet"))]
        with duckdb.connect() as connection:
            for order in PREPARE:
                connection.execute(order)
            sql = to_duckdb(statement.sql.partition(" /* lake")[0], {name: files})
            plan = connection.execute(
                f"explain (format json) {sql}", list(statement.params)
            ).fetchall()[0][1]
        for scan in _scans_in(json.loads(plan)):
            said = scan["extra_info"]
            told = [*_texts(said.get("Projections", ())), *_texts(said.get("Filters", ()))]
            yield (
                name,
                {
                    column
                    for column in TABLES[name].columns
                    if any(_says(text, column) for text in told)
                },
            )


def _texts(value: Sequence[str] | str) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _says(text: str, column: str) -> bool:
    return re.search(rf"\b{column}\b", text) is not None


def _scans_in(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        if node["name"].strip() == "READ_PARQUET":
            yield node
        yield from _scans_in(node["children"])


def test_the_count_of_columns_sees_a_statement_that_reads_all_of_them(
    worlds: dict[str, World],
) -> None:
    statement = Statement(
        "select * from ai_events where team = ? and day between ? and ?",
        [OURS, "2026-03-01", "2026-03-10"],
    )
    ((table, columns),) = scans(worlds["local"], statement)
    assert columns == TABLES[table].columns.keys()
