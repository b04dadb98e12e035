"""What is asked of the lake about calls of coding assistants."""

from chalicelib.lake.newest import read_newest, restrict_to, scan_of
from chalicelib.lake.sql import Sql
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.engine import Statement
from chalicelib.ports.scope import Scope

_TABLE = AI_EVENTS.name


def sum_costs(team: Scope, first: str, last: str) -> Statement:
    """What calls of assistants cost by list price, of days from the first to the last: rows
    (assistant, calls, nano-USD, calls without a known cost)."""
    days = [(first, last)]
    rows = read_newest(_TABLE, ("assistant", "cost_nano"), restrict_to(team, days))
    sql = Sql(
        "select assistant, count(*) as calls, sum(cost_nano) as cost_nano,"
        " sum(case when cost_nano is null then 1 else 0 end) as unpriced from "
    )
    sql += rows + Sql(" and assistant is not null group by 1 order by 1")
    return Statement(sql.text, sql.params, scan_of(_TABLE, days))


def find_people(team: Scope, first: str, last: str) -> Statement:
    """Who has called with an assistant on which day: rows (day, assistant, address in lower
    case)."""
    days = [(first, last)]
    columns = ("day", "assistant", "subscriber_email")
    rows = read_newest(_TABLE, columns, restrict_to(team, days))
    sql = Sql("select day, assistant, lower(subscriber_email) as person from ") + rows
    sql += Sql(" and assistant is not null and subscriber_email is not null group by 1, 2, 3")
    return Statement(sql.text, sql.params, scan_of(_TABLE, days))
