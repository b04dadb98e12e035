"""What the upkeep of the lake asks it."""

from collections.abc import Sequence

from chalicelib.lake.newest import read_newest, restrict_to, scan_of
from chalicelib.lake.sql import Sql
from chalicelib.lake.tables import AI_EVENTS, TOOL_EVENTS
from chalicelib.ports.engine import Statement
from chalicelib.ports.scope import Scope

CALLED = {AI_EVENTS.name: ("provider", "model"), TOOL_EVENTS.name: ("tool_type", "tool_id")}
"""The columns that say what was called, by table."""
BY_RATE = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_read": "cache_read_tokens",
    "cache_write": "cache_creation_tokens",
}
"""Rate of a list price → the column of the tokens that it charges."""
_PROMPT = (
    "coalesce(input_tokens, 0) + coalesce(cache_read_tokens, 0) + "
    "coalesce(cache_creation_tokens, 0)"
)
"""The most that a call's prompt can be: vendors that count cached tokens inside the input have them
here twice."""
_NONE = {AI_EVENTS.name: "(none)", TOOL_EVENTS.name: "unregistered tool"}


def count_assistants(team: Scope, first_day: str, last_day: str) -> Statement:
    """The statement that counts calls of coding assistants under a flat plan, of days from the
    first to the last: rows (assistant, calls)."""
    days = [(first_day, last_day)]
    rows = read_newest(AI_EVENTS.name, ("assistant",), restrict_to(team, days))
    sql = Sql("select assistant, count(*) as calls from ") + rows
    sql += Sql(" and assistant is not null group by 1 order by 1")
    return Statement(sql.text, sql.params, scan_of(AI_EVENTS.name, days))


def count_listed(
    team: Scope, first_day: str, last_day: str, charged: Sequence[tuple[str, int]]
) -> Statement:
    """The statement that counts calls that were charged by list prices, of days from the first to
    the last: rows (provider, model, and for each (rate of `BY_RATE`, step) in `charged` the calls
    with tokens of its kind and a prompt that may exceed so many tokens)."""
    days = [(first_day, last_day)]
    used = ", ".join(
        f"sum(case when {BY_RATE[rate]} > 0 and ({step} = 0 or {_PROMPT} > {step}) "
        f"then 1 else 0 end) as by_{rate}_{step}"
        for rate, step in charged
    )
    columns = ("provider", "model", "price_source", *BY_RATE.values())
    rows = read_newest(AI_EVENTS.name, columns, restrict_to(team, days))
    sql = Sql(f"select provider, model, {used} from ") + rows
    sql += Sql(" and price_source in (?, ?) group by 1, 2 order by 1, 2", ("BOOK", "MIXED"))
    return Statement(sql.text, sql.params, scan_of(AI_EVENTS.name, days))


def count_unpriced(table: str, team: Scope, first_day: str, last_day: str) -> Statement:
    """The statement that counts calls without a known cost, of days from the first to the last:
    rows (provider, model, reason, calls), or (type, id, reason, calls) of tools."""
    provider, model = CALLED[table]
    days = [(first_day, last_day)]
    shown = Sql(
        f"select coalesce({provider}, ?) as provider, coalesce({model}, ?) as model, "
        "coalesce(unpriced_reason, ?) as reason, count(*) as calls from ",
        (_NONE[table], "(none)", ""),
    )
    columns = (provider, model, "unpriced_reason", "cost_nano")
    rows = read_newest(table, columns, restrict_to(team, days))
    sql = shown + rows + Sql(" and cost_nano is null group by 1, 2, 3")
    return Statement(sql.text, sql.params, scan_of(table, days))
