"""Export, day by day: one file a team and day, which a later run replaces. Needs pyarrow: never on
the API path."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chalicelib.export.charges import charges_of
from chalicelib.export.files import FORMATS
from chalicelib.export.focus import ChargeRow, SubAccount, start_of
from chalicelib.identity.records import TEAM, TENANT
from chalicelib.kit.days import list_days
from chalicelib.kit.errors import Invalid, NotFound
from chalicelib.kit.money import to_usd
from chalicelib.lake.damage import check_whole
from chalicelib.lake.limits import first_day
from chalicelib.lake.tables import AI_EVENTS, TOOL_EVENTS
from chalicelib.ports.documents import walk
from chalicelib.ports.lake import LakePath
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

EXPORTS = "exports"
"""Prefix in the lake where exports stand that nobody wants elsewhere; not a table, nothing queries
it."""
MOST_DAYS = 400
Put = Callable[[str, str, bytes | None], None]
"""Takes a day, the ending of a file's name, and its bytes (None: there is nothing to tell, a file
of an earlier run is to go)."""


@dataclass(slots=True)
class ExportSummary:
    """Files and rows that were written; their cost in USD, and the rows whose cost is not known."""

    files: int = 0
    rows: int = 0
    cost: Decimal = Decimal(0)
    unpriced: int = 0

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Count the rows of one file."""
        self.files += 1
        self.rows += len(rows)
        for row in rows:
            if row["cost_nano"] is None:
                self.unpriced += 1
            else:
                self.cost += to_usd(row["cost_nano"])


def days_between(first: str, last: str) -> Sequence[str]:
    """Both days (YYYY-MM-DD) and those between them. Raises Invalid when they are in the wrong
    order, or more than 400, and ValueError for what is no day."""
    if first > last:
        raise Invalid(f"{last} is before {first}", field="to")
    days = list_days(first, last)
    if len(days) > MOST_DAYS:
        raise Invalid(
            f"{len(days)} days are more than {MOST_DAYS}: export them in parts", field="to"
        )
    return days


def find_sub_accounts(world: World, tenant: Scope, team: str = "") -> list[SubAccount]:
    """The teams of a tenant that were not deleted, or the one. Raises NotFound."""
    owner = world.documents.get(tenant, TENANT, tenant)
    if owner is None:
        raise NotFound(f"there is no tenant {tenant}")
    if team:
        record = world.documents.get(tenant, TEAM, team)
        if record is None:
            raise NotFound(f"there is no team {team} of tenant {tenant}")
        return [SubAccount(tenant, owner.name, Scope(team), record.name)]
    return [
        SubAccount(tenant, owner.name, Scope(record.id), record.name)
        for record in walk(world.documents, tenant, TEAM)
    ]


def export(
    world: World, account: SubAccount, kind: str, days: Iterable[str], put: Put | None = None
) -> ExportSummary:
    """Write the charges of days in a format (files.FORMATS); to the lake, unless `put` takes them.
    Raises NotInLake, LakeIncomplete at the first day that misses something, and Invalid for one
    whose events retention has removed: what is left of it are sums that no row could be made
    of."""
    chosen, summary = FORMATS[kind], ExportSummary()
    put = put or _into_lake(world, account.team)
    first = first_day(world.documents, account.team)
    for day in days:
        if day < first:
            raise Invalid(
                f"retention has removed the events of {day}: exports begin on {first}",
                field="from",
            )
        rows = charges_of(world, account.team, day).to_pylist()
        check_whole(world, account.team, (AI_EVENTS.name, TOOL_EVENTS.name), [day])
        if not rows:
            put(day, chosen.ending, None)
            continue
        start = start_of(day)
        put(day, chosen.ending, chosen.write(ChargeRow(account, start, row) for row in rows))
        summary.add(rows)
    return summary


def _into_lake(world: World, team: Scope) -> Put:
    def put(day: str, ending: str, data: bytes | None) -> None:
        path = LakePath(EXPORTS, day, ending)
        if data is None:
            world.lake.delete(team, [path])
        else:
            world.lake.put(team, path, data)

    return put
