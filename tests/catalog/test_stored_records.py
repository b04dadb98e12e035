"""What is stored of products, subscriptions, credentials and settings, read once from a record."""

from decimal import Decimal
from typing import Any

from chalicelib.catalog.records import Product, ProductChange
from chalicelib.catalog.subscription_records import Subscription
from chalicelib.directory.records import Credential, Subscriber
from chalicelib.identity.settings import TeamSettings, TenantSettings
from chalicelib.ports.documents import Record

PLAN: dict[str, Any] = {
    "name": "Gold",
    "type": "SUBSCRIPTION",
    "currency": "EUR",
    "charge": "9.90",
    "period": "MONTH",
    "periodCount": None,
    "trialPeriod": "DAY",
    "trialPeriodCount": 14,
    "tiers": [{"id": "t1", "name": "first", "upTo": "100", "unitAmount": "0.1"}],
    "ratingAggregations": [
        {"name": "tokens", "aggregationType": "SUM", "elementDefinitionId": "e1", "tiers": None}
    ],
    "elements": [
        {"name": "seats", "type": "COUNT", "elementDefinitionId": "e2", "unitAmount": "2"}
    ],
    "setupFees": [{"name": "hello", "type": "ORGANIZATION", "flatAmount": "50"}],
}


def test_a_plan_is_read_with_decimals_and_its_parts_keep_what_is_shown() -> None:
    """Amounts are stored as texts; a count that is absent is one."""
    plan = Product.of(Record("PRODUCT", "p1", {"name": "Gold", "plan": PLAN}, "Gold")).plan
    assert plan is not None
    assert (plan.charge, plan.rhythm) == (Decimal("9.90"), ("MONTH", 1))
    assert (plan.trial_period, plan.trial_period_count) == ("DAY", 14)
    assert plan.tiers[0].up_to == Decimal(100)
    assert plan.tiers[0].flat_amount is None
    assert plan.tiers[0].doc is PLAN["tiers"][0]
    assert (plan.aggregations[0].element_id, plan.aggregations[0].tiers) == ("e1", [])
    assert plan.elements[0].tier.unit_amount == Decimal(2)
    assert plan.fees[0].flat_amount == Decimal(50)


def test_a_product_of_metering_knows_its_name_only() -> None:
    """Everything else is absent, not missing."""
    product = Product.of(Record("PRODUCT", "p1", {"name": "Gold"}, "Gold"))
    assert (product.name, product.plan, list(product.source_ids)) == ("Gold", None, [])


def test_a_subscription_is_read_with_its_products_in_order() -> None:
    """A customer may leave at once unless the subscription says no."""
    doc = {
        "name": "Acme on Gold",
        "productId": "p2",
        "start": 1_000,
        "productChanges": [
            {"at": 1_000, "productId": "p1", "anchor": 1_500},
            {"at": 2_000, "productId": "p2", "anchor": 1_500},
        ],
    }
    subscription = Subscription.of(Record("SUBSCRIPTION", "s1", doc))
    assert subscription.product_changes[1] == ProductChange(2_000, "p2", 1_500)
    assert (subscription.trial_end, subscription.organization_id) == (None, "")
    assert subscription.leaves_at_once
    bound = Record("SUBSCRIPTION", "s1", {**doc, "allowImmediateCancellation": False})
    assert not Subscription.of(bound).leaves_at_once


def test_what_metering_met_by_name_has_neither_mask_nor_owner() -> None:
    """Absent members are empty."""
    credential = Credential.of(Record("CREDENTIAL", "c1", {"name": "key", "subscriberId": None}))
    assert (credential.mask, credential.subscriber_id, credential.digest) == ("", "", "")
    subscriber = Subscriber.of(Record("SUBSCRIBER", "u1", {"externalId": "7", "email": None}))
    assert (subscriber.external_id, subscriber.email) == ("7", "")


def test_settings_have_defaults() -> None:
    """Usage is billed and events are kept for ever, unless somebody says otherwise."""
    defaults = TenantSettings(bills_usage=True, retention_days=None)
    assert TenantSettings.of(None) == defaults
    assert TenantSettings.of(Record("TENANT", "t", {"name": "Acme"})) == defaults
    chosen = Record("TENANT", "t", {"usageBillingEnabled": False, "retentionDays": 30})
    assert TenantSettings.of(chosen) == TenantSettings(bills_usage=False, retention_days=30)
    assert TeamSettings.of(None) == TeamSettings.of(Record("TEAM", "t", {"name": "a"}))
    team = Record("TEAM", "t", {"invoiceHoldingPeriod": "DAY", "invoiceHoldingPeriodCount": 3})
    settings = TeamSettings.of(team)
    assert (settings.holding_period, settings.holding_count) == ("DAY", 3)
    assert not settings.captures_prompts
