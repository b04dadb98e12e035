"""Billing runs, from metered events to invoices: once, exactly, and never silently changed."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.catalog.elements import SYSTEM
from chalicelib.catalog.merging import Merge, merge
from chalicelib.directory.registry import SUBSCRIBER
from chalicelib.kit.clock import DAY, HOUR, iso, parse_instant
from infra.local.feeder import drain
from tests.catalog.records import Records
from tests.invoicing.conftest import Shop
from tests.support.bodies import completion

LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
START = parse_instant("2026-06-01T00:00:00Z")
NEXT = parse_instant("2026-07-01T00:00:00Z")


def amounts(shop: Shop) -> list[tuple[str, Decimal]]:
    return sorted((row["chargeType"], Decimal(str(row["charge"]))) for row in shop.charges())


def tiered(shop: Shop, aggregation: str = "SUM", **members: Any) -> dict[str, Any]:
    tiers = [
        {"name": "first", "unitAmount": "0.10", "upTo": "100"},
        {"name": "rest", "unitAmount": "0.05", "flatAmount": "1"},
    ]
    rating = {
        "name": "km",
        "aggregationType": aggregation,
        "elementDefinitionId": shop.element("km"),
        "graduated": True,
        "tiers": tiers,
        **members,
    }
    return {"ratingAggregations": [rating]}


def test_usage_becomes_charges_then_an_invoice_and_a_second_run_changes_nothing(shop: Shop) -> None:
    shop.at(START)
    made = shop.subscribe(
        shop.product(
            charge="30",
            setupFees=[{"name": "Set-up", "type": "SUBSCRIPTION", "flatAmount": "5"}],
            **tiered(shop),
        )
    )
    key = made["provisionedCredentialExternalId"]
    for day in range(3):
        shop.at(START + day * DAY + HOUR).use(key, day, km=50, colour="red")
    shop.bill()
    (draft,) = shop.invoices()
    assert (draft["state"], draft["invoiceNumber"], draft["totalAmount"]) == (
        "DRAFT",
        None,
        5 + 10 + 3.5,
    )
    assert (draft["startDate"], draft["endDate"]) == (
        "2026-06-01T00:00:00.000Z",
        "2026-07-01T00:00:00.000Z",
    )
    billed = Records(shop.client, "subscriptions").send("GET", f"/{made['id']}/billed-amount").json
    assert billed == {"amountBilled": 18.5}

    shop.at(NEXT + 2 * HOUR).bill()
    first, second = shop.invoices()
    assert (first["state"], first["invoiceNumber"], first["totalAmount"]) == (
        "ISSUED",
        "INV-000001",
        48.5,
    )
    assert (first["invoicePayStatus"], first["totalCallCount"]) == ("UNPAID", 3)
    assert (second["state"], second["totalAmount"]) == ("DRAFT", 0)
    assert amounts(shop) == [
        ("ELEMENT_TRANSACTIONAL_CHARGE", Decimal("2.5")),
        ("ELEMENT_TRANSACTIONAL_CHARGE", Decimal(10)),
        ("SETUP_FEE_FLAT_RATE_CHARGE", Decimal(5)),
        ("SUBSCRIPTION_FLAT_RATE_CHARGE", Decimal(30)),
        ("TIER_FLAT_RATE_CHARGE", Decimal(1)),
    ]
    earned = shop.revenue()
    assert sum(value for day, value in earned.items() if day < "2026-07") == Decimal("48.5")
    assert earned["2026-06-01"] == 1 + 5 + 5
    before = (shop.invoices(), shop.charges(), earned)
    shop.bill()
    assert (shop.invoices(), shop.charges(), shop.revenue()) == before


def test_a_late_event_is_a_line_of_the_next_invoice(shop: Shop) -> None:
    shop.at(START)
    key = shop.subscribe(shop.product(**tiered(shop)))["provisionedCredentialExternalId"]
    shop.at(START + HOUR).use(key, 1, km=90)
    shop.at(NEXT + 2 * HOUR).bill()
    (frozen, _) = shop.invoices()
    shop.at(START + DAY).use(key, 2, km=20)
    shop.at(NEXT + 3 * HOUR).bill()
    for _ in range(2):
        now_frozen, draft = shop.invoices()
        assert now_frozen == frozen
        assert draft["totalAmount"] == 1 + 1 + 0.5
        (line,) = shop.charges(invoiceId=draft["id"])
        assert f"invoice {frozen['invoiceNumber']}" in line["chargeDescription"]
        shop.bill()
    shop.at(START + 2 * DAY).use(key, 3, km=10)
    shop.at(NEXT + 40 * DAY).bill()
    first, second, _ = shop.invoices()
    assert first == frozen
    assert (second["state"], second["totalAmount"], second["invoiceNumber"]) == (
        "ISSUED",
        3,
        "INV-000002",
    )


def test_a_late_event_of_a_subscription_that_has_ended_makes_one_more_invoice(shop: Shop) -> None:
    shop.at(START)
    made = shop.subscribe(shop.product(**tiered(shop)), expiration="2026-06-11T00:00:00.000Z")
    key = made["provisionedCredentialExternalId"]
    shop.at(NEXT + 2 * HOUR).bill()
    assert [row["endDate"] for row in shop.invoices()] == ["2026-06-11T00:00:00.000Z"]
    shop.at(START + DAY).use(key, 2, km=20)
    shop.at(NEXT + 3 * HOUR).bill()
    shop.at(NEXT + 4 * HOUR).bill()
    assert [(row["state"], row["totalAmount"]) for row in shop.invoices()] == [
        ("CLOSED", 0),
        ("ISSUED", 2),
    ]
    shop.bill()
    assert len(shop.invoices()) == 2


@LOCAL
def test_a_period_that_is_cut_short_pays_its_share(shop: Shop) -> None:
    shop.at(START)
    shop.subscribe(shop.product(charge="30"), expiration="2026-06-11T00:00:00.000Z")
    shop.at(NEXT + 2 * HOUR).bill()
    (only,) = shop.invoices()
    assert (only["totalAmount"], only["state"]) == (10, "ISSUED")
    assert shop.revenue() == {f"2026-06-{day:02d}": 1 for day in range(1, 11)}


@LOCAL
def test_a_period_that_nobody_may_leave_is_paid_for_as_a_whole(shop: Shop) -> None:
    shop.at(START)
    shop.subscribe(
        shop.product(charge="30"),
        expiration="2026-06-11T00:00:00.000Z",
        allowImmediateCancellation=False,
    )
    shop.at(NEXT + 2 * HOUR).bill()
    assert [row["totalAmount"] for row in shop.invoices()] == [30]
    assert sum(shop.revenue().values()) == 30


@LOCAL
def test_usage_of_a_credential_is_that_of_its_organization(shop: Shop) -> None:
    acme = Records(shop.client, "organizations").make(name="Acme")["id"]
    shop.at(START)
    key = shop.subscribe(shop.product(**tiered(shop)), organizationId=acme)[
        "provisionedCredentialExternalId"
    ]
    body = completion(1, at=START, subscriber={"credential": {"name": "k", "value": key}})
    assert shop.client.post("/meter/v2/ai/completions", body).status == 201
    drain(shop.world)
    answer = shop.client.get(
        "/api/v2/analytics/cost-by-organization-aggregated", {"startDate": "2026-05-30T00:00:00Z"}
    )
    assert [item["groupName"] for item in answer.json["_embedded"]["items"]] == ["Acme"]


@LOCAL
def test_a_change_of_product_prorates_and_rates_each_part_by_its_own_plan(shop: Shop) -> None:
    shop.at(START)
    plans = tiered(shop)
    made = shop.subscribe(shop.product("Small", charge="30", **plans))
    other = shop.product(
        "Big",
        charge="60",
        ratingAggregations=[
            {**plans["ratingAggregations"][0], "tiers": [{"name": "all", "unitAmount": "1"}]}
        ],
    )
    key = made["provisionedCredentialExternalId"]
    shop.at(START + 9 * DAY).use(key, 1, km=10)
    shop.at(START + 10 * DAY)
    answer = Records(shop.client, "subscriptions").send(
        "PATCH", f"/{made['id']}", {"productId": other}
    )
    assert answer.status == 200, answer.body
    shop.at(START + 11 * DAY).use(key, 2, km=10)
    shop.at(NEXT + 2 * HOUR).bill()
    first = shop.invoices()[0]
    assert first["totalAmount"] == 10 + 1 + 40 + 10
    assert first["product"]["label"] == "Big"


@LOCAL
def test_a_trial_is_rated_and_not_billed(shop: Shop) -> None:
    shop.at(START)
    made = shop.subscribe(
        shop.product(charge="30", trialPeriod="DAY", trialPeriodCount=10, **tiered(shop))
    )
    key = made["provisionedCredentialExternalId"]
    shop.at(START + DAY).use(key, 1, km=10)
    shop.at(START + 20 * DAY).use(key, 2, km=10)
    shop.at(START + 41 * DAY).bill()
    first = shop.invoices()[0]
    assert (first["startDate"], first["totalAmount"]) == ("2026-06-11T00:00:00.000Z", 31)
    assert (first["totalCallCount"], first["totalFreeCallCount"]) == (2, 1)
    (trial,) = (row for row in shop.charges() if row["trialInProgress"])
    assert (trial["charge"], trial["unmodifiedCharge"], trial["chargeType"]) == (
        0,
        1,
        "CHARGE_EXEMPT",
    )


@LOCAL
def test_a_setup_fee_falls_due_with_the_first_window_behind_a_trial(shop: Shop) -> None:
    shop.at(START)
    fee = {"name": "Set-up", "type": "SUBSCRIPTION", "flatAmount": "5"}
    terms = {"charge": "30", "trialPeriod": "DAY", "trialPeriodCount": 10, "setupFees": [fee]}
    shop.subscribe(shop.product(**terms))
    shop.at(START + 70 * DAY).bill()
    first, *later = shop.invoices()
    assert (first["startDate"], first["totalAmount"]) == ("2026-06-11T00:00:00.000Z", 35)
    assert [row["totalAmount"] for row in later] == [0]
    (charged,) = (row for row in shop.charges() if row["setupFee"])
    assert (charged["charge"], charged["invoice"]["id"]) == (5, first["id"])
    assert shop.revenue()["2026-06-11"] == 6


@LOCAL
def test_nothing_is_billed_while_the_tenant_does_not_bill_usage(shop: Shop) -> None:
    from dataclasses import replace

    from chalicelib.identity.records import TENANT

    tenant = shop.client.installed.tenant
    record = shop.world.documents.get(tenant, TENANT, tenant)
    assert record is not None
    shop.world.documents.update(
        tenant, replace(record, doc={**record.doc, "usageBillingEnabled": False})
    )
    shop.at(START)
    shop.subscribe(shop.product(charge="30"))
    shop.at(NEXT + DAY).bill()
    assert shop.invoices() == []


@pytest.mark.parametrize(
    ("aggregation", "quantity"),
    [
        ("SUM", "42"),
        ("COUNT", "4"),
        ("MAXIMUM", "20"),
        ("AVERAGE", "10.5"),
        ("UNIQUE", "3"),
        ("DISTINCT", "3"),
        ("LAST_RECEIVED", "2"),
    ],
)
@LOCAL
def test_every_aggregation_rates_its_quantity(shop: Shop, aggregation: str, quantity: str) -> None:
    shop.at(START)
    tiers = [{"name": "all", "unitAmount": "1"}]
    key = shop.subscribe(shop.product(**tiered(shop, aggregation, tiers=tiers)))[
        "provisionedCredentialExternalId"
    ]
    for number, km in enumerate((10, "20", 10.0, 2)):
        shop.at(START + number * HOUR).use(key, number, km=km)
    shop.bill()
    (line,) = shop.charges()
    assert (
        Decimal(str(line["charge"]))
        == Decimal(str(line["aggregatedElementValue"]))
        == Decimal(quantity)
    )


def test_quota_is_live(shop: Shop) -> None:
    shop.at(START)
    made = shop.subscribe(
        shop.product(
            graduated=True,
            tiers=[
                {"name": "free", "unitAmount": "0", "upTo": "3"},
                {"name": "over", "unitAmount": "1"},
            ],
        )
    )
    key = made["provisionedCredentialExternalId"]
    other = shop.subscribe(made["product"]["id"], "bob@example.com")
    for number in range(5):
        shop.at(START + number * HOUR).use(key, number, km=1)
    from infra.local.feeder import drain

    drain(shop.world)
    records = Records(shop.client, "subscriptions")
    assert records.send("GET", f"/{made['id']}/quota-consumed").json == {"limit": 3, "consumed": 5}
    assert records.send("GET", f"/{other['id']}/quota-consumed").json == {"limit": 3, "consumed": 0}
    shop.bill()
    shown = records.get(made["id"])
    assert (shown["periodCallCountConsumed"], shown["wentOverSubscriptionQuota"]) == (5, True)
    assert sorted(row["totalAmount"] for row in shop.invoices()) == [0, 2]
    assert {row["chargeType"] for row in shop.charges()} == {
        "CHARGE_EXEMPT",
        "TIER_CALL_COUNT_TRANSACTIONAL_CHARGE",
    }


def test_the_quota_of_an_element_is_live_too(shop: Shop) -> None:
    shop.at(START)
    made = shop.subscribe(shop.product(**tiered(shop)))
    other = shop.subscribe(made["product"]["id"], "bob@example.com")
    for number, km in enumerate((40.5, "20")):
        shop.at(START + number * HOUR).use(made["provisionedCredentialExternalId"], number, KM=km)
    shop.use(other["provisionedCredentialExternalId"], 9, km=1)
    drain(shop.world)
    records = Records(shop.client, "subscriptions")
    assert records.send("GET", f"/{made['id']}/quota-consumed").json == {
        "limit": 100,
        "consumed": 60,
    }
    assert records.send("GET", f"/{other['id']}/quota-consumed").json == {
        "limit": 100,
        "consumed": 1,
    }


@LOCAL
def test_the_quota_of_a_built_in_element(shop: Shop) -> None:
    shop.at(START)
    tokens = next(each.id for each in SYSTEM if each.name == "totalTokenCount")
    tiers = [
        {"name": "first", "unitAmount": "0", "upTo": "1000000"},
        {"name": "rest", "unitAmount": "0.05"},
    ]
    made = shop.subscribe(
        shop.product(
            ratingAggregations=[
                {
                    "name": "tokens",
                    "aggregationType": "SUM",
                    "elementDefinitionId": tokens,
                    "tiers": tiers,
                }
            ]
        )
    )
    body = completion(1, at=START, subscriber={"email": "anna@example.com"})
    assert shop.client.post("/meter/v2/ai/completions", body).status == 201
    drain(shop.world)
    answer = Records(shop.client, "subscriptions").send("GET", f"/{made['id']}/quota-consumed")
    assert answer.json == {"limit": 1_000_000, "consumed": body["totalTokenCount"]}


def test_usage_of_a_merged_subscriber_is_that_of_its_heir(shop: Shop) -> None:
    shop.at(START)
    made = shop.subscribe(
        shop.product(
            graduated=True,
            tiers=[
                {"name": "free", "unitAmount": "1", "upTo": "3"},
                {"name": "over", "unitAmount": "2"},
            ],
        )
    )
    body = completion(1, at=START, subscriber={"email": "anna.old@example.com"})
    assert shop.client.post("/meter/v2/ai/completions", body).status == 201
    shop.bill()
    assert [row["totalAmount"] for row in shop.invoices()] == [0]
    rows = (
        Records(shop.client, "subscribers").send("GET").json["_embedded"]["subscriberResourceList"]
    )
    old = next(row["id"] for row in rows if row["email"] == "anna.old@example.com")
    key = shop.client.installed
    merge(shop.world, Merge(key.tenant, key.team, SUBSCRIBER, old, made["client"]["id"], "me"))
    shop.bill()
    assert [row["totalAmount"] for row in shop.invoices()] == [1]
    consumed = (
        Records(shop.client, "subscriptions").send("GET", f"/{made['id']}/quota-consumed").json
    )
    assert consumed == {"limit": 3, "consumed": 1}


@LOCAL
def test_a_currency_stays_what_it_is_and_is_converted_at_the_rate_of_the_day(shop: Shop) -> None:
    from chalicelib.directory.exchange import Rate, set_rates

    tenant = shop.client.installed.tenant
    shop.at(START)
    shop.subscribe(shop.product(currency="EUR", charge="30"), expiration="2026-06-11T00:00:00.000Z")
    rates = [Rate(Decimal("1.10"), "2026-06-01", "ecb"), Rate(Decimal("1.20"), "2026-06-06", "ecb")]
    set_rates(shop.world, tenant, [("EUR", rate) for rate in rates])
    shop.at(NEXT).bill()
    (only,) = shop.invoices()
    assert (only["currency"], only["totalAmount"]) == ("EUR", 10)
    assert sum(shop.revenue().values()) == 5 * Decimal("1.10") + 5 * Decimal("1.20")


@LOCAL
def test_an_organization_pays_its_setup_fee_once(shop: Shop) -> None:
    shop.at(START)
    acme = Records(shop.client, "organizations").make(name="Acme")["id"]
    product = shop.product(
        setupFees=[{"name": "On-boarding", "type": "ORGANIZATION", "flatAmount": "7"}]
    )
    for email in ("a@example.com", "b@example.com"):
        shop.subscribe(product, email, organizationId=acme)
    shop.bill()
    shop.bill()
    assert sorted(row["totalAmount"] for row in shop.invoices()) == [0, 7]


def test_what_a_subscription_without_a_customer_earns_stands_in_no_margin(shop: Shop) -> None:
    shop.at(START).subscribe(shop.product(charge="30"))
    shop.at(START + 2 * DAY).bill()
    earned = sum(shop.revenue().values())
    window = {"startDate": iso(START), "endDate": iso(START + 3 * DAY)}
    path = "/api/v2/analytics/profit-margin-per-customer"
    answer = shop.client.get(path, window)
    (group,) = answer.json["_embedded"]["items"]
    assert group["groupName"] == "UNCLASSIFIED"
    assert Decimal(str(group["metrics"][0]["unassignedRevenue"])) == earned > 0
    assert Decimal(answer.headers["X-Meterlake-Unassigned-Revenue"]) == earned
