"""What is asked of the lake about single calls and their cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.kit.clock import day_of
from chalicelib.lake.newest import read_newest, restrict_to, scan_of
from chalicelib.lake.sql import Sql, bind_list
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.engine import Statement
from chalicelib.ports.scope import Scope

CALL_COLUMNS = (
    "event_id transaction_id requested_at model product_id product credential_id credential"
).split()
"""What is told of one call."""
_COMPLETION = "COMPLETION"
_MOST_ROWS = 10_000


def sum_completions(teams: Sequence[Scope], first: str, last: str) -> Statement:
    """A row a team that has any: the team, and the cost (nano-USD) of its completions between two
    days (YYYY-MM-DD), both inclusive; null when no price is known of any."""
    days = [(first, last)]
    partition = Sql("team in ") + bind_list(teams) + Sql(" and day between ? and ?", (first, last))
    rows = read_newest(AI_EVENTS.name, ("team", "cost_nano", "kind"), partition)
    sql = Sql("select team, sum(cost_nano) as cost from ") + rows
    sql += Sql(" and kind = ? group by team", (_COMPLETION,))
    return Statement(sql.text, sql.params, scan_of(AI_EVENTS.name, days), teams=teams[1:])


@dataclass(frozen=True, slots=True)
class CallSelection:
    """The calls of some subscribers from `start` to `end` (UTC epoch ms), both inclusive; of one
    product where that is given."""

    start: int
    end: int
    subscribers: Sequence[str]
    product: str | None


def newest_calls(team: Scope, calls: CallSelection) -> Statement:
    """The newest 10,000 calls of the days that a selection touches: rows of CALL_COLUMNS."""
    days = [(day_of(calls.start), day_of(calls.end))]
    columns = [*CALL_COLUMNS, "subscriber_id"]
    sql = Sql(f"select {', '.join(CALL_COLUMNS)} from ")
    sql += read_newest(AI_EVENTS.name, columns, restrict_to(team, days))
    sql += Sql(" and subscriber_id in ") + bind_list(calls.subscribers)
    if calls.product:
        sql += Sql(" and product_id = ?", (calls.product,))
    sql += Sql(f" order by requested_at desc, event_id limit {_MOST_ROWS}")
    return Statement(sql.text, sql.params, scan_of(AI_EVENTS.name, days))
