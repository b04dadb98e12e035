"""What the catalog tells of usage: the calls of a user."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from chalicelib.catalog.personal import subscribers_of
from chalicelib.events.queries import CALL_COLUMNS, CallSelection, newest_calls
from chalicelib.events.schemas import (
    DerivedSourceMetricQuery,
    DerivedSourceMetricResource,
    ResourceUsageQuery,
)
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import DAY, day_of, iso, millis
from chalicelib.kit.days import list_days
from chalicelib.kit.errors import Invalid
from chalicelib.kit.http.messages import Request
from chalicelib.lake.damage import run
from chalicelib.lake.extent import find_missing_days
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.engine import Value
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.checks import check_id
from chalicelib.resources.hal import build_page, parse_sort, self_link, sort_rows
from chalicelib.resources.schemas import plain_members

_MOST_DAYS = 366
Row = dict[str, Any]


def page_no_usage(query: ResourceUsageQuery, asked: Request) -> Row:
    """A page of nothing: only plans of the metering model RESOURCE would record any."""
    return build_page(asked, query.request, "productResourceUsageResourceList", [], 0)


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
    days = list_days(day_of(start), min(day_of(end), day_of(world.now() + DAY)))
    find_missing_days(world, principal.team, AI_EVENTS.name, days)
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
