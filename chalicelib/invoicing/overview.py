"""What billing knows of subscriptions beside their records: the running invoice, and what it has
counted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from chalicelib.catalog.subscriptions import SUBSCRIPTIONS
from chalicelib.directory.registry import ELEMENT, PRODUCT
from chalicelib.invoicing.records import ACCOUNT, INVOICE, Invoice, Ledger, State, invoice_of
from chalicelib.invoicing.tariffs import CALLS, Component, tariff_of
from chalicelib.kit.money import to_usd
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World
from chalicelib.resources.store import Store

Doc = Mapping[str, Any]


def running(world: World, team: str, subscriptions: Sequence[str]) -> dict[str, Invoice]:
    """The invoice of the running period by subscription, of up to 100; as the last run has left
    it."""
    ledgers = world.documents.get_many(team, ACCOUNT, subscriptions) if subscriptions else {}
    ids = [each for record in ledgers.values() for each in Ledger(**record.doc).drafts]
    records: dict[str, Record] = {}
    for start in range(0, len(ids), 100):
        records |= world.documents.get_many(team, INVOICE, ids[start : start + 100])
    now, found = world.now(), {}
    for record in records.values():
        invoice = invoice_of(record)
        open_still = invoice.end is None or now < invoice.end
        if (
            invoice.state is State.DRAFT
            and invoice.opens <= now
            and open_still
            and not invoice.extra
        ):
            found[invoice.subscription] = invoice
    return found


def billed_amount(world: World, team: str, subscription: str) -> Decimal:
    """What the running period comes to, in its currency; 0 before the first run of it."""
    invoice = running(world, team, [subscription]).get(subscription)
    return to_usd(invoice.total) if invoice else Decimal(0)


def quotas(world: World, team: str, plans: Mapping[str, Doc]) -> dict[str, dict[str, Any]]:
    """Members `quotas`, `periodCallCountConsumed` and `wentOverSubscriptionQuota` by subscription,
    from the plans of up to 100."""
    invoices = running(world, team, list(plans))
    components = {each: tariff_of(plan).components if plan else () for each, plan in plans.items()}
    wanted = {
        component.element for each in components.values() for component in each if component.element
    }
    elements = world.documents.get_many(team, ELEMENT, sorted(wanted)[:100]) if wanted else {}
    return {
        each: _members(components[each], invoices.get(each), elements) for each in plans
    }  # fmt: skip


def _members(
    components: Sequence[Component], invoice: Invoice | None, elements: Mapping[str, Record]
) -> dict[str, Any]:
    used = invoice.quantities if invoice else {}
    rows = [
        _quota(each, Decimal(used.get(each.key, 0)), elements)
        for each in components
        if each.key != CALLS
    ]
    over = [
        _limit(each) is not None and Decimal(used.get(each.key, 0)) >= (_limit(each) or 0)
        for each in components
    ]
    return {
        "quotas": rows,
        "periodCallCountConsumed": invoice.calls if invoice else 0,
        "wentOverSubscriptionQuota": any(over),
    }


def _limit(component: Component) -> Decimal | None:
    return max((tier.end for tier in component.tiers if tier.end is not None), default=None)


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
        "tierQuotas": [
            {
                "tierId": tier.doc.get("id"),
                "tierName": tier.doc.get("name"),
                "lowerTierQuotaLimit": tier.start,
                "tierQuota": None if tier.end is None else tier.end - tier.start,
                "tierQuotaConsumed": max(
                    min(consumed, tier.end or consumed) - tier.start, Decimal(0)
                ),
                "wentOverTierQuota": tier.end is not None and consumed >= tier.end,
            }
            for tier in component.tiers
        ],
    }


def _gathered(store: Store, records: Sequence[Record]) -> Mapping[str, dict[str, Any]]:
    """What the last billing run has counted in the running period."""
    wanted = sorted({record.doc["productId"] for record in records})
    products = store.world.documents.get_many(store.scope, PRODUCT, wanted) if wanted else {}
    plans = {product: record.doc.get("plan") or {} for product, record in products.items()}
    return quotas(
        store.world,
        store.scope,
        {each.id: plans.get(each.doc["productId"], {}) for each in records},
    )


BILLED_SUBSCRIPTIONS = replace(SUBSCRIPTIONS, gather=_gathered)
"""Subscriptions as they are shown: with what the last billing run has counted."""
