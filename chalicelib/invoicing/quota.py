"""The quota of a subscription, counted live from the events of the running period."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from chalicelib.catalog.elements import SYSTEM
from chalicelib.catalog.records import Product
from chalicelib.catalog.subscription_records import Subscription
from chalicelib.directory.registry import ELEMENT, PRODUCT, SUBSCRIPTION
from chalicelib.invoicing.accounts import Account, plans_of
from chalicelib.invoicing.elements import COLUMNS, COSTS, NANO_USD
from chalicelib.invoicing.matching import Caller, Heirs, Matcher, heirs_of
from chalicelib.invoicing.overview import find_running_invoices
from chalicelib.invoicing.queries import EventSpan, Identities, count_calls, read_values
from chalicelib.invoicing.tariffs import CALLS, Component, tariff_of
from chalicelib.invoicing.usage import ONE, ElementUsage, aggregate, quantity_of, text_of
from chalicelib.kit.clock import millis
from chalicelib.lake.damage import run
from chalicelib.lake.tables import AI_EVENTS, CUSTOM_EVENTS
from chalicelib.ports.documents import Record, fold
from chalicelib.ports.engine import Statement, Value
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.listing import read_all

_MOST = 20_000
"""Events of one subscription that are read while somebody waits."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What a plan includes in a period (0 without a limit), and what was consumed; in units."""

    limit: int
    consumed: int


_NO_QUOTA = Quota(0, 0)


def count_quota(world: World, tenant: Scope, team: Scope, record: Record) -> Quota:
    """The largest tier of a subscription's plan that has an end, and how much was consumed.

    Counted now; of an element with very many events it is what the last billing run has found.
    Raises EngineBusy.
    """
    account = Account.of(Subscription.of(record))
    now = world.now()
    products = {each.id: Product.of(each) for each in read_all(world, team, PRODUCT)}
    plans = plans_of(products)
    if not account.begin <= now < account.end:
        return _NO_QUOTA
    part = account.window_at(now, plans).parts[-1]
    component = _limited_component(tariff_of(plans.get(part.product)).components)
    if component is None:
        return _NO_QUOTA
    heirs = heirs_of(world, tenant, team)
    subscriptions = [Subscription.of(each) for each in read_all(world, team, SUBSCRIPTION)]
    matcher = Matcher([Account.of(each) for each in subscriptions], products, heirs)
    counter = _Counter(world, EventSpan(team, part.start, now), account, matcher, part.product)
    limit = int(component.limit or 0)
    if component.key == CALLS:
        return Quota(limit, counter.count_calls())
    usage = counter.measure(component, _identities(account, heirs))
    if usage is None:
        return Quota(limit, _last_counted(world, team, account, component))
    return Quota(limit, int(aggregate(usage, component.aggregation, component.distinct)))


def _limited_component(components: Iterable[Component]) -> Component | None:
    """The one that quota is about: calls, else the first that has a limit."""
    there = list(components)
    for component in there:
        if component.key == CALLS:
            return component
    for component in there:
        if component.limit is not None:
            return component
    return None


def _last_counted(world: World, team: Scope, account: Account, component: Component) -> int:
    """What the last billing run has counted in the running period."""
    invoice = find_running_invoices(world, team, [account.id]).get(account.id)
    if invoice is None:
        return 0
    return int(Decimal(invoice.quantities.get(component.key, 0)))


@dataclass(frozen=True, slots=True)
class _Counter:
    """Counts what one subscription has used of a product, in some events."""

    world: World
    span: EventSpan
    account: Account
    matcher: Matcher
    product: str

    def count_calls(self) -> int:
        """How many calls of any kind it made."""
        calls = 0
        for *owners, count in self._run(count_calls(self.span)):
            if self._owns(owners):
                calls += int(str(count))
        return calls

    def measure(self, component: Component, identities: Identities) -> ElementUsage | None:
        """Its usage of an element; None when that are too many events to be read now."""
        built_in = next((each.name for each in SYSTEM if each.id == component.element), None)
        table, column = CUSTOM_EVENTS, "payload"
        if built_in:
            table, column = AI_EVENTS, COLUMNS[built_in]
        rows = self._run(read_values(self.span, table, column, identities, _MOST + 1))
        if len(rows) > _MOST:
            return None
        names = frozenset[str]()
        if not built_in:
            names = _names(self.world, self.span.team, component.element)
        usage = ElementUsage()
        for *owners, value, event_id, received in rows:
            if not self._owns(owners):
                continue
            mark = (millis(received) if isinstance(received, datetime) else 0, str(event_id))
            if built_in:
                _add_number(usage, built_in, value, mark)
            else:
                _add_metrics(usage, names, value, mark)
        return usage

    def _run(self, statement: Statement) -> Sequence[tuple[Value, ...]]:
        return run(self.world, self.span.team, statement).rows

    def _owns(self, owners: Sequence[Value]) -> bool:
        """Whether the usage of a caller, by the columns OWNERS, is its own."""
        caller = Caller(*(str(each or "") for each in owners))
        if not self.matcher.takes(self.product, caller):
            return False
        return any(each.id == self.account.id for each in self.matcher.of(caller))


def _add_number(usage: ElementUsage, built_in: str, value: Value, mark: tuple[int, str]) -> None:
    """Count an event by its column of a built-in element."""
    if value is None:
        return
    quantity = int(str(value)) * (NANO_USD if built_in in COSTS else ONE)
    usage.add(quantity, text_of(quantity, value), *mark)


def _add_metrics(
    usage: ElementUsage, names: Collection[str], payload: Value, mark: tuple[int, str]
) -> None:
    """Count an event by the values that its payload (JSON text) has under the names of an
    element, folded."""
    values: Mapping[str, object] = {}
    if payload:
        values = json.loads(str(payload), parse_float=Decimal)
    for name, value in values.items():
        if fold(name) in names:
            quantity = quantity_of(value)
            usage.add(quantity, text_of(quantity, value), *mark)


def _identities(account: Account, heirs: Heirs) -> Identities:
    """What an event of a subscription may name it by, as ids by the columns of events."""
    subscription = account.subscription

    def ids(member: str, record_id: str) -> list[str]:
        """The id of a record, and those of records that were merged into it."""
        if not record_id:
            return []
        former = [old for old, today in heirs.get(member, {}).items() if today == record_id]
        return [record_id, *former]

    names = [subscription.id, subscription.number, subscription.name]
    return {
        "subscription": [name for name in names if name],
        "credential_id": list(subscription.credential_ids),
        "subscriber_id": ids("subscriber", subscription.subscriber_id),
        "organization_id": ids("organization", subscription.organization_id),
    }


def _names(world: World, team: Scope, element: str) -> frozenset[str]:
    """What payloads may call an element, folded."""
    record = world.documents.get(team, ELEMENT, element)
    if record is None:
        return frozenset()
    return frozenset(fold(name) for name in (*record.unique.values(), record.name))
