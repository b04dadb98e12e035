"""Contributions: what Claude Code did for whom, from the days that were read."""

from collections.abc import Sequence
from typing import Any

from chalicelib.assistants.contribution_choices import choose_days
from chalicelib.assistants.contribution_days import read_days
from chalicelib.assistants.contribution_records import Contribution
from chalicelib.assistants.contribution_rows import (
    add_contributions,
    list_actors,
    list_daily,
    present_figures,
)
from chalicelib.assistants.contribution_schemas import ClaudeCodeContributionsQuery
from chalicelib.assistants.contribution_syncing import ask_for_days
from chalicelib.assistants.mapping_records import read_mappings
from chalicelib.assistants.ranges import RangeQuery, check_range
from chalicelib.assistants.readings import CLAUDE_CODE, read_reading
from chalicelib.kit.clock import iso
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import fold
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.lookup import connection_of
from chalicelib.providers.vocabulary import BillingProvider

MOST_DAYS = 400
_FIELDS = ("startDate", "endDate")
Json = dict[str, Any]


def report(world: World, team: Scope, query: ClaudeCodeContributionsQuery) -> Json:
    """The contributions of a range of days. Raises Invalid."""
    first, last = query.days(world.now())
    check_range(first, last, MOST_DAYS, fields=_FIELDS)
    days = read_days(world, team, first, last)
    if query.email:
        wanted = fold(query.email)
        days = [(day, _of_person(rows, wanted)) for day, rows in days]
    logins = {each.email: each.login for each in read_mappings(world, team)}
    rows = list_actors(days, logins)
    reading = read_reading(world.documents, team, CLAUDE_CODE)
    total = add_contributions(row for _, rows in days for row in rows)
    return {
        "contributions": rows,
        "totalContributions": sum(row["count"] for row in rows),
        "startDate": first,
        "endDate": last,
        "granularity": query.granularity,
        "totals": {
            **present_figures(total),
            "activeUsers": sum(1 for row in rows if row["userEmail"]),
        },
        "dailyRows": list_daily(days) if query.granularity == "day" else [],
        "connected": connection_of(world, team, BillingProvider.ANTHROPIC) is not None,
        "lastSyncedAt": iso(reading.synced_at) if reading.synced_at else None,
        "lastSyncStatus": reading.shown_status(world.now()),
        "lastSyncError": reading.error or None,
    }


def ask_for_sync(world: World, team: Scope, query: RangeQuery) -> Json:
    """Have days read in the background. Raises Invalid, NotFound, Busy."""
    first = query.startDate.isoformat() if query.startDate else ""
    last = query.endDate.isoformat() if query.endDate else ""
    days = choose_days(world, team, first, last)
    ask_for_days(world, team, days)
    return {
        "status": "ACCEPTED",
        "message": "the contributions will be read shortly",
        "syncId": new_id(),
        "startDate": days[0],
        "endDate": days[-1],
    }


def _of_person(rows: Sequence[Contribution], email: str) -> Sequence[Contribution]:
    return [row for row in rows if row.email == email]
