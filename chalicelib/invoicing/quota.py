"""The quota of a subscription, counted live from the events of the running period."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from chalicelib.catalog.elements import SYSTEM
from chalicelib.directory.registry import ELEMENT, PRODUCT, SUBSCRIPTION
from chalicelib.invoicing.accounts import account_of
from chalicelib.invoicing.elements import COLUMNS, COSTS, NANO_USD
from chalicelib.invoicing.matching import OWNERS, Caller, Heirs, Matcher, heirs_of
from chalicelib.invoicing.overview import running
from chalicelib.invoicing.tariffs import CALLS, Component, tariff_of
from chalicelib.invoicing.usage import ONE, Usage, aggregated, quantity_of, text_of
from chalicelib.kit.clock import day_of, iso, millis
from chalicelib.lake.tables import AI_EVENTS, API_EVENTS, CUSTOM_EVENTS, TOOL_EVENTS, Table
from chalicelib.ports.documents import Record, fold
from chalicelib.ports.engine import Parameter, Scan, Statement, Value
from chalicelib.ports.world import World
from chalicelib.resources.listing import read_all

Identities = Mapping[str, Sequence[str]]
"""Ids by the columns of events that hold them."""
_MOST = 20_000
"""Events of one subscription that are read while somebody waits."""


def quota(world: World, tenant: str, team: str, record: Record) -> tuple[int, int]:
    """The largest tier of a subscription's plan that has an end, in units (0 without one), and how
    many were consumed.

    Counted now; of an element with very many events it is what the last billing run has found.
    Raises EngineBusy.
    """
    account = account_of(record)
    products = {each.id: each for each in read_all(world, team, PRODUCT)}
    plans = {each.id: each.doc["plan"] for each in products.values() if each.doc.get("plan")}
    now = world.now()
    if not account.begin <= now < account.end:
        return 0, 0
    window = account.window_at(now, plans)
    product = window.parts[-1].product
    component = _component(tariff_of(plans[product]).components) if product in plans else None
    if component is None:
        return 0, 0
    limit = int(
        max((tier.end for tier in component.tiers if tier.end is not None), default=Decimal(0))
    )
    accounts = [account_of(each) for each in read_all(world, team, SUBSCRIPTION)]
    merged = heirs_of(world, tenant, team)
    matcher = Matcher(accounts, {each.id: each.doc for each in products.values()}, merged)

    def own(caller: Caller) -> bool:
        return matcher.takes(product, caller) and any(
            each.id == record.id for each in matcher.of(caller)
        )

    asked = _Asked(world, team, window.parts[-1].start, now)
    if component.key == CALLS:
        return limit, sum(calls for caller, calls in asked.callers() if own(caller))
    usage = asked.usage(component, _identities(record, merged), own)
    if usage is None:
        invoice = running(world, team, [record.id]).get(record.id)
        return limit, int(Decimal(invoice.quantities.get(component.key, 0))) if invoice else 0
    return limit, int(aggregated(usage, component.aggregation, component.distinct))


def _component(components: Iterable[Component]) -> Component | None:
    """The one that quota is about: calls, else the first that has a limit."""
    there = list(components)
    limited = (each for each in there if any(tier.end is not None for tier in each.tiers))
    return next((each for each in there if each.key == CALLS), None) or next(limited, None)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Asks the lake about the events of a team from `start` to `now` (ms)."""

    world: World
    team: str
    start: int
    now: int

    def callers(self) -> Iterator[tuple[Caller, int]]:
        """Who made how many calls of any kind."""
        tables = (AI_EVENTS, TOOL_EVENTS, API_EVENTS, CUSTOM_EVENTS)
        parts = [self._events(table, _Wanted(count=True)) for table in tables]
        for *owners, calls in self._run(" union all ".join(sql for sql, _ in parts), parts, tables):
            yield Caller(*(str(each or "") for each in owners)), int(str(calls))

    def usage(
        self, component: Component, identities: Identities, own: Callable[[Caller], bool]
    ) -> Usage | None:
        """The usage of an element by one subscription; None when that are too many events to be
        read now."""
        built_in = next((each.name for each in SYSTEM if each.id == component.element), "")
        table, column = (AI_EVENTS, COLUMNS[built_in]) if built_in else (CUSTOM_EVENTS, "payload")
        sql, params = self._events(table, _Wanted(column, identities))
        rows = self._run(f"{sql} limit {_MOST + 1}", [(sql, params)], (table,))
        if len(rows) > _MOST:
            return None
        names = frozenset() if built_in else _names(self.world, self.team, component.element)
        usage = Usage()
        for *owners, value, event_id, received in rows:
            if not own(Caller(*(str(each or "") for each in owners))):
                continue
            mark = (millis(received) if isinstance(received, datetime) else 0, str(event_id))
            if built_in and value is not None:
                quantity = int(str(value)) * (NANO_USD if built_in in COSTS else ONE)
                usage.add(quantity, text_of(quantity, value), *mark)
            for metric in _metrics(value, names) if not built_in else ():
                quantity_or_none = quantity_of(metric)
                usage.add(quantity_or_none, text_of(quantity_or_none, metric), *mark)
        return usage

    def _run(
        self, sql: str, parts: Sequence[tuple[str, list[Parameter]]], tables: Sequence[Table]
    ) -> Sequence[tuple[Value, ...]]:
        params = [each for _, params in parts for each in params]
        scans = [Scan(table.name, day_of(self.start), day_of(self.now)) for table in tables]
        return self.world.engine.run(self.team, Statement(sql, params, scans)).rows

    def _events(self, table: Table, wanted: "_Wanted") -> tuple[str, list[Parameter]]:
        """The newest version of every event, counted by owners or with one of its columns."""
        owners = [name for name in OWNERS if name in table.columns]
        shown = ", ".join(
            name if name in owners else f"cast(null as varchar) as {name}" for name in OWNERS
        )
        flags = [name for name in ("is_billable",) if name in table.columns]
        billable = "".join(f" and coalesce({name}, true)" for name in flags)
        more = [wanted.column, "event_id", "received_at"] if wanted.column else []
        read = ", ".join(dict.fromkeys([*owners, *flags, *more, "deleted", "requested_at"]))
        newest = "row_number() over (partition by event_id order by version desc) as place"
        told = "cast(count(*) as bigint) as calls" if wanted.count else ", ".join(more)
        grouped = f" group by {', '.join(owners)}" if wanted.count else ""
        known = {
            name: values for name, values in wanted.identities.items() if name in owners and values
        }
        whose = " or ".join(
            f"{name} in ({', '.join('?' * len(values))})" for name, values in known.items()
        )
        sql = (  # names of our own tables and columns only
            f"select {shown}, {told} from (select {read}, {newest} from {table.name} "  # noqa: S608 - as said
            f"where team = ? and day between ? and ?) where place = 1 and not deleted{billable} "
            "and requested_at between cast(? as timestamp) and cast(? as timestamp)"
            f"{f' and ({whose})' if whose else ''}{grouped}"
        )
        first, last = day_of(self.start), day_of(self.now)
        params: list[Parameter] = [
            self.team,
            first,
            last,
            _timestamp(self.start),
            _timestamp(self.now),
        ]
        return sql, [*params, *(each for values in known.values() for each in values)]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One column of the events of somebody, by the columns that name them; or the counts of
    everybody."""

    column: str = ""
    identities: Identities = field(default_factory=dict)
    count: bool = False


def _identities(record: Record, merged: Heirs) -> Identities:
    """What an event of a subscription may name it by."""
    doc = record.doc

    def ids(member: str, record_id: str | None) -> list[str]:
        former = [old for old, today in merged.get(member, {}).items() if today == record_id]
        return [record_id, *former] if record_id else []

    named = [record.id, doc.get("subscriptionId"), doc.get("name")]
    return {
        "subscription": [each for each in named if each],
        "credential_id": list(doc.get("credentialIds") or ()),
        "subscriber_id": ids("subscriber", doc.get("subscriberId")),
        "organization_id": ids("organization", doc.get("organizationId")),
    }


def _names(world: World, team: str, element: str) -> frozenset[str]:
    """What payloads may call an element, folded."""
    record = world.documents.get(team, ELEMENT, element)
    return (
        frozenset(fold(name) for name in (*record.unique.values(), record.name))
        if record
        else frozenset()
    )


def _metrics(payload: Value, names: frozenset[str]) -> list[object]:
    found = json.loads(str(payload), parse_float=Decimal) if payload else {}
    return [value for name, value in found.items() if fold(name) in names]


def _timestamp(instant: int) -> str:
    """2026-01-01 00:00:00.000, as both engines read it."""
    return iso(instant)[:-1].replace("T", " ")
