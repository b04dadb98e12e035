"""Calls that have been revised since a rule is counted: which ones, and what they were before."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalicelib.budgets.amounts import made_at
from chalicelib.kit.windows import Window
from chalicelib.lake.newest import restrict_to, scan_of
from chalicelib.lake.sql import Sql, timestamp_text
from chalicelib.lake.vanishing import StatesByTable
from chalicelib.ports.engine import Statement
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS

_AT_ONCE = 100
_MOST_VERSIONS = 10


def find_revised(asker: Asker, window: Window, since: int) -> Sequence[str]:
    """The ids, in order, of the calls of a window from before an instant that have been revised
    since, those that were taken back among them."""
    days = window.days()
    table = CALLS.table.name

    def make_statement(states: StatesByTable) -> Statement | None:
        written = [day for day in days if states[table][day].written]
        if not written:
            return None
        ranges = [(written[0], written[-1])]
        sql = Sql(f"select distinct event_id from {table} where ")  # noqa: S608 - our own name
        sql += restrict_to(asker.team, ranges)
        instant = timestamp_text(since)
        sql += Sql(" and revised_at >= cast(? as timestamp)", (instant,))
        sql += Sql(" and received_at < cast(? as timestamp)", (instant,))
        return Statement(sql.text, sql.params, scan_of(table, ranges))

    found = asker.ask([table], days, make_statement)
    return sorted(str(row[0]) for row in found.rows) if found else []


def read_rows_before(asker: Asker, ids: Sequence[str], since: int) -> Iterator[Mapping[str, Any]]:
    """What calls said just before an instant, by their ids; those of later are left out."""
    events = asker.world.events
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        for identity, newest in events.versions(asker.team, some, _MOST_VERSIONS).items():
            versions = newest
            if len(newest) == _MOST_VERSIONS:
                versions = events.history(asker.team, identity)[::-1]
            rows = (json.loads(version.body) for version in versions)
            before = next((row for row in rows if made_at(row) < since), None)
            if before is not None:
                yield before
