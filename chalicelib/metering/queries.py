"""What metering asks the lake."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.lake.tables import AI_EVENTS, TOOL_EVENTS, Table
from chalicelib.ports.engine import Scan, Statement
from chalicelib.ports.world import World

_GROUPS: Mapping[str, str] = {
    AI_EVENTS.name: "kind, provider, model, operation_subtype, billing_unit, resolution, quality, pricing_tier",
    TOOL_EVENTS.name: "tool_id",
}
"""The columns that choose a price."""
_QUANTITIES: Mapping[str, str] = {
    AI_EVENTS.name: (
        "input_tokens output_tokens reasoning_tokens cache_read_tokens cache_creation_tokens cache_creation_1h_tokens "
        "audio_input_tokens audio_output_tokens seconds characters images credits"
    ),
    TOOL_EVENTS.name: "",
}
"""The largest of each tells whether a price for it is needed."""
_MOST_GROUPS = 10_000


def unpriced_days(
    world: World, team: str, table: Table, first_day: str, last_day: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(day, columns that choose a price with the largest quantities of each) of all events without a known cost.

    Raises EngineBusy.
    """
    result = world.engine.run(team, waiting(table, team, first_day, last_day))
    for row in result.rows:
        named = dict(zip(result.columns, row, strict=True))
        yield str(named.pop("day")), named


def waiting(table: Table, team: str, first_day: str, last_day: str) -> Statement:
    """The statement of `unpriced_days`."""
    groups, quantities = _GROUPS[table.name], _QUANTITIES[table.name].split()
    largest = "".join(f", max({column}) as {column}" for column in quantities)
    columns = ", ".join((groups, *quantities))
    sql = (
        f"select day, {groups}{largest} from (select day, {columns}, cost_nano, deleted, "
        "row_number() over (partition by event_id order by version desc) as place "
        f"from {table.name} where team = ? and day between ? and ?) "
        "where place = 1 and not deleted and cost_nano is null "
        f"group by day, {groups} order by day limit {_MOST_GROUPS}"
    )
    return Statement(sql, (team, first_day, last_day), [Scan(table.name, first_day, last_day)])
