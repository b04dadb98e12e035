"""What metering asks the lake."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalicelib.kit.days import day_ranges
from chalicelib.kit.windows import DayRange
from chalicelib.lake.damage import run
from chalicelib.lake.days import read_states
from chalicelib.lake.dimensions import MODEL
from chalicelib.lake.newest import read_newest, restrict_to, scan_of
from chalicelib.lake.sql import Sql
from chalicelib.lake.tables import (
    AI_EVENTS,
    ROLLED_UP,
    ROLLUP_DAILY,
    TOOL_EVENTS,
    TOOL_ROLLUP_DAILY,
    Table,
)
from chalicelib.ports.engine import Scan, Statement
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

_GROUPS: Mapping[str, str] = {
    AI_EVENTS.name: (
        "kind, provider, model, model_host, operation_subtype, billing_unit, resolution, quality, "
        "pricing_tier, service_tier"
    ),
    TOOL_EVENTS.name: "tool_id",
}
"""The columns that choose a price."""
_QUANTITIES: Mapping[str, str] = {
    AI_EVENTS.name: (
        "input_tokens output_tokens reasoning_tokens cache_read_tokens cache_creation_tokens "
        "cache_creation_1h_tokens total_tokens audio_input_tokens audio_output_tokens seconds "
        "characters images credits"
    ),
    TOOL_EVENTS.name: "",
}
"""The largest of each tells whether a price for it is needed."""
_ROLLED: Mapping[str, tuple[Table, str]] = {
    AI_EVENTS.name: (ROLLUP_DAILY, MODEL.name),
    TOOL_EVENTS.name: (TOOL_ROLLUP_DAILY, ""),
}
"""Where the days of a table are summed up: the rollup, and the one dimension that is enough to look
at."""
_MOST_GROUPS, _RANGES_AT_ONCE = 10_000, 50


def unpriced_days(
    world: World, team: Scope, table: Table, first: str, last: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(day, columns that choose a price with the largest quantities of each) of all events of days
    between both without a known cost. Raises EngineBusy."""
    ranges = day_ranges(_candidates(world, team, table, first, last))
    for start in range(0, len(ranges), _RANGES_AT_ONCE):
        some = ranges[start : start + _RANGES_AT_ONCE]
        result = run(world, team, unpriced_statement(table, team, some))
        for row in result.rows:
            columns = dict(zip(result.columns, row, strict=True))
            yield str(columns.pop("day")), columns


def unpriced_statement(table: Table, team: Scope, ranges: Sequence[DayRange]) -> Statement:
    """The statement of `unpriced_days` for some ranges of days."""
    groups, quantities = _GROUPS[table.name], _QUANTITIES[table.name].split()
    largest = "".join(f", max({column}) as {column}" for column in quantities)
    columns = ["day", groups, *quantities, "cost_nano"]
    sql = Sql(f"select day, {groups}{largest} from ")
    sql += read_newest(table.name, columns, restrict_to(team, ranges))
    sql += Sql(f" and cost_nano is null group by day, {groups} order by day limit {_MOST_GROUPS}")
    return Statement(sql.text, sql.params, scan_of(table.name, ranges))


def rolled_up_statement(table: Table, team: Scope, first: str, last: str) -> Statement:
    """The days between both whose rollup counts events without a known cost."""
    rollup, dimension = _ROLLED[table.name]
    sql = f"select day from {rollup.name} where team = ? and day between ? and ? and priced < calls"
    only = (dimension,) if dimension else ()
    sql += (" and dimension = ?" if dimension else "") + " group by day"
    return Statement(sql, (team, first, last, *only), [Scan(rollup.name, first, last)])


def _candidates(world: World, team: Scope, table: Table, first: str, last: str) -> list[str]:
    """The days that may hold such events: kilobytes of rollups tell of those that are summed up, so
    that years of priced events are not read every hour."""
    days = [day for day in world.lake.days(team, table.name) if first <= day <= last]
    if table.name not in ROLLED_UP or not days:
        return days
    known = read_states(world, team, table.name, days)
    statement = rolled_up_statement(table, team, days[0], days[-1])
    unpriced = {str(day) for (day,) in run(world, team, statement).rows}
    return [day for day in days if day in unpriced or not known[day].is_rolled]
