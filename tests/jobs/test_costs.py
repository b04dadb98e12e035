"""Costs of jobs: each call once, in its newest version, whether its day is clean or not."""

from dataclasses import replace

from chalicelib.jobs.costs import read_rows, read_spending
from chalicelib.jobs.queries import ALL_JOBS, SpendingRow, TableDays, first_calls, sum_spending
from chalicelib.lake.compaction import compact_day
from chalicelib.lake.tables import AI_EVENTS, TOOL_EVENTS
from chalicelib.lake.writer import write
from chalicelib.ports.engine import Statement
from chalicelib.ports.events import EventRecord
from chalicelib.ports.world import World
from tests.lake.samples import DAY, NOON, batch, event

TEAM = "team"


def call(transaction: str, version: int, cost: int, **columns: object) -> EventRecord:
    return event(TEAM, transaction, version, job_id="j", cost_nano=cost, **columns)


def tool(transaction: str, version: int, cost: int) -> EventRecord:
    record = call(transaction, version, cost, kind=None, tool_id="search", tool_type="MCP")
    return replace(record, table=TOOL_EVENTS.name)


def fill(world: World) -> None:
    """A call that was corrected, one that was deleted, and a tool call that was corrected."""
    first = [call("a", 1, 5), call("b", 1, 50), tool("c", 1, 100)]
    write(world, batch(*first))
    later = [call("a", 2, 7), call("b", 2, 50, deleted=True), tool("c", 2, 200)]
    write(world, batch(*later, first="0002"))


def spending(world: World) -> list[SpendingRow]:
    def make_statement(days: object) -> Statement:
        return sum_spending(TEAM, days, ALL_JOBS, ALL_JOBS)  # type: ignore[arg-type]

    return sorted(read_spending(world, TEAM, [DAY], make_statement), key=lambda row: row.spent_on)


def test_corrected_and_deleted_calls_are_counted_as_they_are_now(local_world: World) -> None:
    fill(local_world)
    dirty = spending(local_world)
    assert [(row.spent_on, row.calls, row.cost) for row in dirty] == [
        ("TOOL", 1, 200),
        ("completion", 1, 7),
    ]
    for table in (AI_EVENTS, TOOL_EVENTS):
        assert compact_day(local_world, TEAM, table.name, DAY)
    assert spending(local_world) == dirty


def test_the_calls_of_a_job_are_those_that_stand_by_start(local_world: World) -> None:
    fill(local_world)
    write(local_world, batch(call("d", 1, 1, requested_at=NOON - 1), first="0003"))

    def make_statement(days: list[TableDays]) -> Statement:
        return first_calls(TEAM, days, "j", 10)

    tables = [AI_EVENTS.name]
    rows = read_rows(local_world, TEAM, tables, [DAY], make_statement)  # type: ignore[arg-type]
    assert [row[1] for row in rows] == ["d", "a"]
    assert {row[-1] for row in rows} == {2}
