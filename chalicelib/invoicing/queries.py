"""What billing asks the lake while somebody waits: calls by caller, and the values of an
element."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.invoicing.matching import OWNERS
from chalicelib.kit.clock import day_of
from chalicelib.kit.windows import DayRange
from chalicelib.lake.newest import read_newest, restrict_to, scan_of
from chalicelib.lake.sql import Sql, between_instants, bind_list, join_sql
from chalicelib.lake.tables import AI_EVENTS, API_EVENTS, CUSTOM_EVENTS, TOOL_EVENTS, Table
from chalicelib.ports.engine import Scan, Statement
from chalicelib.ports.scope import Scope

CALL_TABLES = (AI_EVENTS, TOOL_EVENTS, API_EVENTS, CUSTOM_EVENTS)
"""The tables each row of which is a call that plans may count."""
_BILLABLE = "is_billable"
Identities = Mapping[str, Sequence[str]]
"""Ids by the columns of events that hold them."""


@dataclass(frozen=True, slots=True)
class EventSpan:
    """The events of a team from `start` to `end` (UTC epoch ms), both inclusive."""

    team: Scope
    start: int
    end: int

    @property
    def days(self) -> list[DayRange]:
        """The days that they stand on."""
        return [(day_of(self.start), day_of(self.end))]

    def select(self, table: Table, columns: Sequence[str]) -> Sql:
        """Those of one table that are to be billed, in their newest versions."""
        flags = [name for name in (_BILLABLE,) if name in table.columns]
        names = [*columns, *flags, "requested_at"]
        rows = read_newest(table.name, names, restrict_to(self.team, self.days))
        for name in flags:
            rows += Sql(f" and coalesce({name}, true)")
        return rows + Sql(" and ") + between_instants("requested_at", self.start, self.end)


def count_calls(span: EventSpan) -> Statement:
    """Who made how many calls of any kind: rows of the columns OWNERS, then the number."""
    counts: list[Sql] = []
    scans: list[Scan] = []
    for table in CALL_TABLES:
        owners = _owners_in(table)
        head = f"select {_show_owners(owners)}, cast(count(*) as bigint) as calls from "
        rows = span.select(table, owners)
        counts.append(Sql(head) + rows + Sql(f" group by {', '.join(owners)}"))
        scans += scan_of(table.name, span.days)
    sql = join_sql(" union all ", counts)
    return Statement(sql.text, sql.params, scans)


def read_values(
    span: EventSpan, table: Table, column: str, identities: Identities, most: int
) -> Statement:
    """Up to `most` values of a column of the events that name somebody by any of his identities:
    rows of the columns OWNERS, then the value, the event's id, and when it was received."""
    owners = _owners_in(table)
    told = [column, "event_id", "received_at"]
    sql = Sql(f"select {_show_owners(owners)}, {', '.join(told)} from ")
    sql += span.select(table, [*owners, *told])
    given = {name: identities[name] for name in owners if identities.get(name)}
    whose = [Sql(f"{name} in ") + bind_list(ids) for name, ids in given.items()]
    if whose:
        sql += Sql(" and (") + join_sql(" or ", whose) + Sql(")")
    sql += Sql(f" limit {int(most)}")
    return Statement(sql.text, sql.params, scan_of(table.name, span.days))


def _owners_in(table: Table) -> list[str]:
    return [name for name in OWNERS if name in table.columns]


def _show_owners(owners: Sequence[str]) -> str:
    """All of OWNERS; those that a table has not are null."""
    nothing = "cast(null as varchar) as {}"
    return ", ".join(name if name in owners else nothing.format(name) for name in OWNERS)
