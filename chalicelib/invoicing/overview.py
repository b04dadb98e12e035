"""What billing knows of subscriptions beside their records: the running invoice, and what it has
counted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from chalicelib.catalog.plan_records import Plan
from chalicelib.catalog.records import Product
from chalicelib.catalog.subscription_records import Subscription
from chalicelib.catalog.subscriptions import SUBSCRIPTIONS
from chalicelib.directory.registry import ELEMENT, PRODUCT
from chalicelib.invoicing.records import ACCOUNT, INVOICE, Invoice, Ledger, State, invoice_of
from chalicelib.invoicing.tariffs import CALLS, Component, TariffTier, tariff_of
from chalicelib.kit.money import to_usd
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.listing import read_many
from chalicelib.resources.store import Store


def find_running_invoices(
    world: World, team: Scope, subscriptions: Sequence[str]
) -> dict[str, Invoice]:
    """The invoice of the running period by subscription; as the last run has left it."""
    drafts: list[str] = []
    for record in read_many(world, team, ACCOUNT, subscriptions).values():
        drafts += Ledger(**record.doc).drafts
    running: dict[str, Invoice] = {}
    for record in read_many(world, team, INVOICE, drafts).values():
        invoice = invoice_of(record)
        if _is_running(invoice, world.now()):
            running[invoice.subscription] = invoice
    return running


def _is_running(invoice: Invoice, now: int) -> bool:
    if invoice.state is not State.DRAFT or invoice.extra:
        return False
    return invoice.opens <= now and (invoice.end is None or now < invoice.end)


def billed_amount(world: World, team: Scope, subscription: str) -> Decimal:
    """What the running period comes to, in its currency; 0 before the first run of it."""
    invoice = find_running_invoices(world, team, [subscription]).get(subscription)
    return to_usd(invoice.total) if invoice else Decimal(0)


def quotas(
    world: World, team: Scope, plans: Mapping[str, Plan | None]
) -> dict[str, dict[str, Any]]:
    """Members `quotas`, `periodCallCountConsumed` and `wentOverSubscriptionQuota` by subscription,
    from the plans of up to 100."""
    invoices = find_running_invoices(world, team, list(plans))
    components = {each: tariff_of(plan).components for each, plan in plans.items()}
    wanted: set[str] = set()
    for several in components.values():
        wanted.update(component.element for component in several)
    elements = read_many(world, team, ELEMENT, wanted)
    return {each: _members(components[each], invoices.get(each), elements) for each in plans}


def _members(
    components: Sequence[Component], invoice: Invoice | None, elements: Mapping[str, Record]
) -> dict[str, Any]:
    used = invoice.quantities if invoice else {}
    rows: list[dict[str, Any]] = []
    went_over = False
    for component in components:
        consumed = Decimal(used.get(component.key, 0))
        if component.key != CALLS:
            rows.append(_quota(component, consumed, elements))
        if component.limit is not None and consumed >= component.limit:
            went_over = True
    return {
        "quotas": rows,
        "periodCallCountConsumed": invoice.calls if invoice else 0,
        "wentOverSubscriptionQuota": went_over,
    }


def _quota(
    component: Component, consumed: Decimal, elements: Mapping[str, Record]
) -> dict[str, Any]:
    element = elements.get(component.element)
    return {
        "elementDefinitionId": component.element,
        "elementDefinitionName": element.name if element else None,
        "elementDefinitionDescription": element.doc.get("description") if element else None,
        "ratingAggregationId": component.id,
        "ratingAggregationName": component.name,
        "ratingAggregationType": component.aggregation,
        "ratingAggregationDistinctValue": component.distinct,
        "totalQuotaConsumed": consumed,
        "tierQuotas": [_tier_quota(tier, consumed) for tier in component.tiers],
    }


def _tier_quota(tier: TariffTier, consumed: Decimal) -> dict[str, Any]:
    within = min(consumed, tier.end or consumed)
    return {
        "tierId": tier.doc.get("id"),
        "tierName": tier.doc.get("name"),
        "lowerTierQuotaLimit": tier.start,
        "tierQuota": None if tier.end is None else tier.end - tier.start,
        "tierQuotaConsumed": max(within - tier.start, Decimal(0)),
        "wentOverTierQuota": tier.end is not None and consumed >= tier.end,
    }


def _gather(store: Store, records: Sequence[Record]) -> Mapping[str, dict[str, Any]]:
    """What the last billing run has counted in the running period."""
    subscriptions = [Subscription.of(record) for record in records]
    wanted = {each.product_id for each in subscriptions}
    products = read_many(store.world, store.scope, PRODUCT, wanted)
    plans: dict[str, Plan | None] = {}
    for each in subscriptions:
        product = products.get(each.product_id)
        plans[each.id] = Product.of(product).plan if product else None
    return quotas(store.world, store.scope, plans)


BILLED_SUBSCRIPTIONS = replace(SUBSCRIPTIONS, gather=_gather)
"""Subscriptions as they are shown: with what the last billing run has counted."""
