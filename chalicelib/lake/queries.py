"""What the upkeep of the lake asks it."""

from chalicelib.lake.tables import AI_EVENTS, TOOL_EVENTS
from chalicelib.ports.engine import Scan, Statement

CALLED = {AI_EVENTS.name: ("provider", "model"), TOOL_EVENTS.name: ("tool_type", "tool_id")}
"""The columns that say what was called, by table."""
_NONE = {AI_EVENTS.name: "(none)", TOOL_EVENTS.name: "unregistered tool"}


def unpriced(table: str, team: str, first_day: str, last_day: str) -> Statement:
    """Calls without a known cost: rows (provider, model, calls), or (type, id, calls) of tools."""
    provider, model = CALLED[table]
    sql = (
        f"select coalesce({provider}, ?) as provider, coalesce({model}, ?) as model, count(*) as calls from ("
        f"select {provider}, {model}, cost_nano, deleted, "
        "row_number() over (partition by event_id order by version desc) as place "
        f"from {table} where team = ? and day between ? and ?) "
        "where place = 1 and not deleted and cost_nano is null group by 1, 2"
    )
    return Statement(
        sql, (_NONE[table], "(none)", team, first_day, last_day), [Scan(table, first_day, last_day)]
    )
