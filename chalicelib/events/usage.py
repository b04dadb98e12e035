"""What the catalog tells of usage: the cost of a tenant's AI calls, and the calls of a user."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from chalicelib.catalog.personal import subscribers_of
from chalicelib.events.queries import CALL_COLUMNS, CallSelection, newest_calls, sum_completions
from chalicelib.events.schemas import (
    DerivedSourceMetricQuery,
    DerivedSourceMetricResource,
    ResourceUsageQuery,
    TotalCost,
    UsageQuery,
)
from chalicelib.identity.records import TEAM, Principal
from chalicelib.kit.clock import DAY, day_of, iso, millis
from chalicelib.kit.days import list_days
from chalicelib.kit.errors import Invalid
from chalicelib.kit.http.messages import Request
from chalicelib.kit.money import NANO
from chalicelib.kit.parallel import at_once
from chalicelib.lake.damage import run
from chalicelib.lake.days import find_incomplete_days
from chalicelib.lake.gaps import note_gaps
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.engine import DamagedFiles, Result, Statement, Value
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.checks import check_id
from chalicelib.resources.hal import build_page, parse_sort, self_link, sort_rows
from chalicelib.resources.listing import read_all
from chalicelib.resources.schemas import plain_members

_MOST_DAYS = 366
_TEAMS_AT_ONCE = 250
"""Teams that one statement sums up."""
_FIRST_DAY = "2020-01-01"
"""No call is believed to be older."""
Row = dict[str, Any]


def page_no_usage(query: ResourceUsageQuery, asked: Request) -> Row:
    """A page of nothing: only plans of the metering model RESOURCE would record any."""
    return build_page(asked, query.request, "productResourceUsageResourceList", [], 0)


def total_cost(world: World, principal: Principal, query: UsageQuery) -> TotalCost:
    """What the completions of all teams of a tenant cost, in USD; unpriced ones count for nothing.

    Raises Invalid, EngineBusy.
    """
    today = date.fromisoformat(day_of(world.now()))
    last = query.endDate or max(today, query.startDate or today)
    first = query.startDate or last.replace(day=1)
    if first > last:
        raise Invalid("startDate must not be after endDate", field="startDate")
    teams = [Scope(record.id) for record in read_all(world, principal.tenant, TEAM)]
    nano = 0
    for start in range(0, len(teams), _TEAMS_AT_ONCE):
        some = teams[start : start + _TEAMS_AT_ONCE]
        try:
            nano += _sum_cost(world, some, str(first), str(last))
        except DamagedFiles:  # whose they are is told when each team is asked by itself
            nano += sum(_sum_cost(world, [team], str(first), str(last)) for team in some)
    _note_gaps(world, teams, str(first), str(last))
    return TotalCost(format((Decimal(nano) / NANO).normalize(), "f"))


def _note_gaps(world: World, teams: Sequence[Scope], first: str, last: str) -> None:
    """Note the days on which a team's completions are not all there. The states of a team's days
    are a document a month."""
    days = list_days(max(first, _FIRST_DAY), min(last, day_of(world.now() + DAY)))

    def find(team: Scope) -> list[str]:
        return find_incomplete_days(world, team, (AI_EVENTS.name,), days)

    note_gaps(chain.from_iterable(at_once(find, teams)))


def _sum_cost(world: World, teams: Sequence[Scope], first: str, last: str) -> int:
    """The cost of the completions of some teams, in nano-USD. Raises EngineBusy, and DamagedFiles
    when there are several teams."""
    statement = sum_completions(teams, first, last)
    ask = run if len(teams) == 1 else _ask_plainly
    ((cost,),) = ask(world, teams[0], statement).rows
    return int(str(cost or 0))


def _ask_plainly(world: World, team: Scope, statement: Statement) -> Result:
    return world.engine.run(team, statement)


def page_calls_of(
    world: World, principal: Principal, user: str, query: DerivedSourceMetricQuery, asked: Request
) -> Row:
    """A page of a user's calls, the newest first. Raises Invalid, UndecodableId, UnknownRecord,
    EngineBusy."""
    if query.productId:
        check_id(query.productId, "productId")
    subscribers = sorted(subscribers_of(world, principal, user))
    start, end = _window(query, world.now())
    members = plain_members(DerivedSourceMetricResource)
    order = parse_sort(query.sort, members, "derived source metric")
    calls = CallSelection(start, end, subscribers, query.productId)
    rows = list(_read_calls(world, principal.team, calls))
    _note_gaps(world, [principal.team], day_of(start), day_of(end))
    ordered = sort_rows(rows, order, lambda row, member: row.get(member))
    return build_page(
        asked,
        query.request,
        "derivedSourceMetricResourceList",
        query.request.cut(ordered),
        len(ordered),
    )


def _window(query: DerivedSourceMetricQuery, now: int) -> tuple[int, int]:
    """From when to when (UTC epoch ms): the current month, unless the query says otherwise. Raises
    Invalid."""
    today = datetime.fromtimestamp(now // 1_000, UTC)
    start = millis(query.start or today.replace(day=1, hour=0, minute=0, second=0))
    end = millis(query.end) if query.end else now
    if not 0 <= end - start <= _MOST_DAYS * DAY:
        raise Invalid(f"start must be before end, by {_MOST_DAYS} days at most", field="start")
    return start, end


def _read_calls(world: World, team: Scope, calls: CallSelection) -> Iterator[Row]:
    """The calls of a selection, as they are shown."""
    if not calls.subscribers:
        return
    for row in run(world, team, newest_calls(team, calls)).rows:
        instant = millis(_moment(row))
        if calls.start <= instant <= calls.end:
            yield _show(row, iso(instant))


def _moment(row: Sequence[Value]) -> datetime:
    moment = row[CALL_COLUMNS.index("requested_at")]
    if not isinstance(moment, datetime):
        raise TypeError(f"the engine answered {moment!r} where an instant was asked for")
    return moment


def _show(row: Sequence[Value], moment: str) -> Row:
    call = dict(zip(CALL_COLUMNS, row, strict=True))
    return {
        "id": call["event_id"],
        "label": call["model"],
        "resourceType": "derived_source_metric",
        "created": moment,
        "timestamp": moment,
        "transactionId": call["transaction_id"],
        "product": _refer("product", call["product_id"], call["product"]),
        "credential": _refer("credential", call["credential_id"], call["credential"]),
        "callCount": 1,
    }


def _refer(kind: str, record: Value, label: Value) -> Row | None:
    if not record:
        return None
    path = f"/profitstream/v2/api/{kind}s/{record}"
    return {"id": record, "label": label, "resourceType": kind, "_links": self_link(path)}
