"""The quota of a subscription, counted live from the events of the running period."""

from collections.abc import Iterable
from decimal import Decimal

from chalicelib.billing.accounts import Window, account_of
from chalicelib.billing.matching import Caller, Matcher
from chalicelib.billing.overview import running
from chalicelib.billing.tariffs import CALLS, Component, tariff_of
from chalicelib.catalog.listing import everything
from chalicelib.kit.clock import day_of, iso
from chalicelib.lake.tables import AI_EVENTS, API_EVENTS, CUSTOM_EVENTS, TOOL_EVENTS, Table
from chalicelib.metering.registry import PRODUCT, SUBSCRIPTION
from chalicelib.ports.documents import Record
from chalicelib.ports.engine import Parameter, Scan, Statement
from chalicelib.ports.world import World

_OWNERS = ("subscription", "credential_id", "subscriber_id", "organization_id", "product_id", "source_id")


def quota(world: World, team: str, record: Record) -> tuple[int, int]:
    """The largest tier of a subscription's plan that has an end, in units (0 without one), and how many were consumed.

    Calls are counted now; the aggregate of an element is what the last billing run has found. Raises EngineBusy.
    """
    account = account_of(record)
    products = {each.id: each for each in everything(world, team, PRODUCT)}
    plans = {each.id: each.doc["plan"] for each in products.values() if each.doc.get("plan")}
    now = world.now()
    if not account.begin <= now < account.end:
        return 0, 0
    window = account.window_at(now, plans)
    product = window.parts[-1].product
    component = _component(tariff_of(plans[product]).components) if product in plans else None
    if component is None:
        return 0, 0
    limit = int(max((tier.end for tier in component.tiers if tier.end is not None), default=Decimal(0)))
    if component.key != CALLS:
        invoice = running(world, team, [record.id]).get(record.id)
        return limit, int(Decimal(invoice.quantities.get(component.key, 0))) if invoice else 0
    accounts = [account_of(each) for each in everything(world, team, SUBSCRIPTION)]
    matcher = Matcher(accounts, {each.id: each.doc for each in products.values()})
    return limit, sum(
        calls
        for caller, calls in _callers(world, team, window, now)
        if matcher.takes(product, caller) and any(each.id == record.id for each in matcher.of(caller))
    )


def _component(components: Iterable[Component]) -> Component | None:
    """The one that quota is about: calls, else the first that has a limit."""
    there = list(components)
    limited = (each for each in there if any(tier.end is not None for tier in each.tiers))
    return next((each for each in there if each.key == CALLS), None) or next(limited, None)


def _callers(world: World, team: str, window: Window, now: int) -> Iterable[tuple[Caller, int]]:
    """Who made how many calls since the last change of product in a window."""
    start = window.parts[-1].start
    first, last = day_of(start), day_of(now)
    tables = (AI_EVENTS, TOOL_EVENTS, API_EVENTS, CUSTOM_EVENTS)
    sql = " union all ".join(_calls(table) for table in tables)
    params: list[Parameter] = []
    for _ in tables:
        params += [team, first, last, _timestamp(start), _timestamp(now)]
    statement = Statement(sql, params, [Scan(table.name, first, last) for table in tables])
    for *owners, calls in world.engine.run(team, statement).rows:
        yield Caller(*(str(each or "") for each in owners)), int(str(calls))


def _timestamp(instant: int) -> str:
    """2026-01-01 00:00:00.000, as both engines read it."""
    return iso(instant)[:-1].replace("T", " ")


def _calls(table: Table) -> str:
    """The newest version of every event, counted by owners."""
    owners = [name for name in _OWNERS if name in table.columns]
    shown = ", ".join(name if name in owners else f"cast(null as varchar) as {name}" for name in _OWNERS)
    billable = " and coalesce(is_billable, true)" if "is_billable" in table.columns else ""
    extra = ", is_billable" if billable else ""
    newest = "row_number() over (partition by event_id order by version desc)"
    return (  # names of our own tables and columns only
        f"select {shown}, cast(count(*) as bigint) as calls from "  # noqa: S608 - as said
        f"(select {', '.join(owners)}{extra}, deleted, requested_at, {newest} as place from {table.name} "
        "where team = ? and day between ? and ?) "
        f"where place = 1 and not deleted{billable} "
        "and requested_at between cast(? as timestamp) and cast(? as timestamp) "
        f"group by {', '.join(owners)}"
    )
