"""What the catalog tells of usage: the cost of a tenant's AI calls, and the calls of a user."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from pydantic import Field, RootModel

from chalicelib.catalog.personal import UserPageQuery, subscribers_of
from chalicelib.catalog.subscription_schemas import Number
from chalicelib.identity.records import TEAM, Principal
from chalicelib.kit.clock import DAY, day_of, iso, millis
from chalicelib.kit.errors import Invalid
from chalicelib.kit.http.messages import Request
from chalicelib.kit.money import NANO
from chalicelib.lake.newest import read_newest, restrict_to, scan_of
from chalicelib.lake.sql import Sql, bind_list
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.engine import Statement
from chalicelib.ports.world import World
from chalicelib.resources.errors import check_id
from chalicelib.resources.hal import build_page, parse_sort, self_link, sort_rows
from chalicelib.resources.listing import read_all
from chalicelib.resources.schemas import (
    Currency,
    HalLinks,
    PageQuery,
    ResourceReference,
    Wire,
    build_page_model,
    plain_members,
)

_COLUMNS = (
    "event_id, transaction_id, requested_at, model, product_id, product, credential_id, credential"
).split(", ")
_MOST_ROWS, _MOST_DAYS = 10_000, 366
_COMPLETION = "COMPLETION"


class TotalCost(RootModel[str]):
    """USD, as a bare text."""


class UsageQuery(Wire):
    """The days to add up, both inclusive; the current month when they are absent."""

    startDate: date | None = None
    endDate: date | None = None


class DerivedSourceMetricQuery(UserPageQuery):
    """Which calls of a user; without instants, those of the current month."""

    start: datetime | None = None
    end: datetime | None = None


class DerivedSourceMetricResource(Wire):
    """One call that is charged to a user."""

    id: str
    label: str | None = None
    resourceType: str = "derived_source_metric"
    created: datetime
    transactionId: str | None = None
    source: ResourceReference | None = None
    product: ResourceReference | None = None
    subscription: ResourceReference | None = None
    credential: ResourceReference | None = None
    user: ResourceReference | None = None
    charge: Number | None = None
    currency: Currency | None = None
    callCount: int | None = 1
    timestamp: datetime | None = None
    links: HalLinks | None = Field(None, alias="_links")


DerivedSourceMetricResourcePage = build_page_model(
    "DerivedSourceMetricResourcePage",
    "derivedSourceMetricResourceList",
    DerivedSourceMetricResource,
)


class ProductResourceUsage(Wire):
    """Recorded use of a resource that was provisioned; none is, so far."""

    id: str
    resourceType: str = "product_resource_usage"
    product: ResourceReference | None = None
    source: ResourceReference | None = None
    subscription: ResourceReference | None = None
    usage: Number = Decimal(0)
    startDate: datetime
    endDate: datetime | None = None
    links: HalLinks | None = Field(None, alias="_links")


ProductResourceUsagePage = build_page_model(
    "ProductResourceUsagePage", "productResourceUsageResourceList", ProductResourceUsage
)


class ResourceUsageQuery(PageQuery):
    """Which use."""

    startDate: datetime | None = None
    endDate: datetime | None = None


def no_resource_usage(query: ResourceUsageQuery, asked: Request) -> dict[str, Any]:
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
    nano = 0
    for team in [record.id for record in read_all(world, principal.tenant, TEAM)]:
        ((cost,),) = world.engine.run(team, completions_cost(team, str(first), str(last))).rows
        nano += int(str(cost or 0))
    return TotalCost(format((Decimal(nano) / NANO).normalize(), "f"))


def completions_cost(team: str, first: str, last: str) -> Statement:
    """The cost of a team's completions of some days, both inclusive."""
    days = [(first, last)]
    rows = read_newest(AI_EVENTS.name, ("cost_nano", "kind"), restrict_to(team, days))
    sql = Sql("select sum(cost_nano) as cost from ") + rows + Sql(" and kind = ?", (_COMPLETION,))
    return Statement(sql.text, sql.params, scan_of(AI_EVENTS.name, days))


@dataclass(frozen=True, slots=True)
class _Calls:
    """The calls of some subscribers from `start` to `end`, epoch ms, both inclusive."""

    start: int
    end: int
    subscribers: Sequence[str]
    product: str | None


def calls_of(team: str, calls: "_Calls") -> Statement:
    """The newest 10,000 of them."""
    days = [(day_of(calls.start), day_of(calls.end))]
    columns = [*_COLUMNS, "subscriber_id"]
    sql = Sql(f"select {', '.join(_COLUMNS)} from ")  # noqa: S608 - names of our own
    sql += read_newest(AI_EVENTS.name, columns, restrict_to(team, days))
    sql += Sql(" and subscriber_id in ") + bind_list(calls.subscribers)
    if calls.product:
        sql += Sql(" and product_id = ?", (calls.product,))
    sql += Sql(f" order by requested_at desc, event_id limit {_MOST_ROWS}")
    return Statement(sql.text, sql.params, scan_of(AI_EVENTS.name, days))


def derived_metrics(
    world: World, principal: Principal, user: str, query: DerivedSourceMetricQuery, asked: Request
) -> dict[str, Any]:
    """A page of a user's calls, the newest first. Raises Invalid, UndecodableId, UnknownRecord,
    EngineBusy."""
    if query.productId:
        check_id(query.productId, "productId")
    subscribers = sorted(subscribers_of(world, principal, user))
    now = datetime.fromtimestamp(world.now() // 1_000, UTC)
    start = millis(query.start or now.replace(day=1, hour=0, minute=0, second=0))
    end = millis(query.end) if query.end else world.now()
    if not 0 <= end - start <= _MOST_DAYS * DAY:
        raise Invalid(f"start must be before end, by {_MOST_DAYS} days at most", field="start")
    order = parse_sort(
        query.sort, plain_members(DerivedSourceMetricResource), "derived source metric"
    )
    calls = _Calls(start, end, subscribers, query.productId)
    rows = (
        world.engine.run(principal.team, calls_of(principal.team, calls)).rows
        if subscribers
        else ()
    )
    found = sort_rows(_rows(rows, calls), order, lambda row, member: row.get(member))
    return build_page(
        asked,
        query.request,
        "derivedSourceMetricResourceList",
        query.request.cut(found),
        len(found),
    )


def _rows(rows: Sequence[tuple[Any, ...]], calls: _Calls) -> Iterator[dict[str, Any]]:
    for event, transaction, at, model, product_id, product, credential_id, credential in rows:
        instant = millis(at)
        if not calls.start <= instant <= calls.end:
            continue
        moment = iso(instant)
        yield {
            "id": event,
            "label": model,
            "resourceType": "derived_source_metric",
            "created": moment,
            "timestamp": moment,
            "transactionId": transaction,
            "product": _reference("product", product_id, product),
            "credential": _reference("credential", credential_id, credential),
            "callCount": 1,
        }


def _reference(kind: str, record: str | None, label: str | None) -> dict[str, Any] | None:
    if not record:
        return None
    path = f"/profitstream/v2/api/{kind}s/{record}"
    return {"id": record, "label": label, "resourceType": kind, "_links": self_link(path)}
