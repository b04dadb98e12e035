"""Revenue and margin over charges of a real billing run, as JSON and as CSV."""

import csv
import json
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest

from chalicelib.kit.clock import DAY, HOUR, iso, parse_instant
from tests.catalog.records import Records
from tests.invoicing.conftest import Shop, shop
from tests.support.bodies import completion
from tests.support.client import Client

__all__ = ["shop"]

START, NEXT = parse_instant("2026-06-01T00:00:00Z"), parse_instant("2026-07-01T00:00:00Z")
JUNE = {"startDate": iso(START), "endDate": iso(NEXT - 1)}
CALL = Decimal("0.15006")
"""USD: a million tokens in and a hundred out of gpt-4o-mini."""
BASE = "/api/v2/analytics/"


def figures(shop: Shop, slug: str, **window: str) -> dict[str, Decimal]:
    answer = shop.client.get(BASE + slug, {**JUNE, **window})
    items = json.loads(answer.body, parse_float=Decimal)["_embedded"]["items"]
    return {item["groupName"]: Decimal(item["metrics"][0]["metricResult"]) for item in items}


@pytest.fixture
def billed(shop: Shop) -> Shop:
    """Two customers who pay 30 and 60 USD a month, one of whom causes costs, as does a third who
    pays nothing."""
    shop.at(START)
    for name, product, charge in (("Acme", "Rides", "30"), ("Bell", "Trucks", "60")):
        organization = Records(shop.client, "organizations").make(name=name)["id"]
        shop.subscribe(
            shop.product(product, charge=charge), f"{name}@example.com", organizationId=organization
        )
    calls: list[dict[str, Any]] = [{"organizationName": "Acme", "productName": "Rides"}] * 3
    for number, owner in enumerate([*calls, {"organizationName": "Ghost", "productName": "Air"}]):
        at = START + number * DAY + HOUR
        tokens = {"inputTokenCount": 1_000_000, "totalTokenCount": 1_000_100}
        shop.at(at + HOUR)
        answer = shop.client.post(
            "/meter/v2/ai/completions", completion(number, at=at, **tokens, **owner)
        )
        assert answer.status == 201, answer.body
    shop.at(NEXT + 2 * HOUR).bill()
    return shop


def test_revenue_is_what_was_invoiced_day_by_day(billed: Shop) -> None:
    assert figures(billed, "revenue-per-customer") == {"Bell": 60, "Acme": 30}
    assert figures(billed, "revenue-per-product") == {"Trucks": 60, "Rides": 30}
    third = {"endDate": iso(START + 10 * DAY - 1)}
    assert figures(billed, "revenue-per-customer", **third) == {"Bell": 20, "Acme": 10}
    assert (
        figures(
            billed, "revenue-per-customer", startDate=iso(START - 9 * DAY), endDate=iso(START - 1)
        )
        == {}
    )
    invoiced = sum(
        Decimal(str(row["totalAmount"])) for row in billed.invoices() if row["state"] == "ISSUED"
    )
    assert sum(figures(billed, "revenue-per-customer").values()) == invoiced
    billed.bill()
    assert figures(billed, "revenue-per-customer") == {"Bell": 60, "Acme": 30}, (
        "a run that came again earned twice"
    )


def test_margin_is_what_is_left_of_revenue_after_cost(billed: Shop) -> None:
    share = (30 - 3 * CALL) * 100 / 30
    assert figures(billed, "profit-margin-per-customer") == {"Bell": 100, "Acme": share, "Ghost": 0}
    assert figures(billed, "profit-margin-per-product") == {"Trucks": 100, "Rides": share, "Air": 0}


@pytest.mark.parametrize(
    ("slug", "names"),
    [("customer", ("Ghost", "Acme", "Bell")), ("product", ("Air", "Rides", "Trucks"))],
)
def test_profit_is_told_in_usd_to_the_nano_losses_first(
    billed: Shop, slug: str, names: tuple[str, str, str]
) -> None:
    answer = billed.client.get(f"{BASE}profit-per-{slug}", JUNE)
    assert answer.status == 200, answer.body
    groups = json.loads(answer.body, parse_float=Decimal)["_embedded"]["items"]
    assert tuple(each["groupName"] for each in groups) == names
    margins = figures(billed, f"profit-margin-per-{slug}")
    revenues = figures(billed, f"revenue-per-{slug}")
    for group in groups:
        profit, revenue, cost, margin = (each["metricResult"] for each in group["metrics"])
        assert profit == revenue - cost
        assert margin == margins[group["groupName"]]
        assert revenue == revenues.get(group["groupName"], 0)
    ghost, known, bell = (group["metrics"][0]["metricResult"] for group in groups)
    assert (ghost < 0, known) == (True, 30 - 3 * CALL)
    assert bell == revenues[names[2]]


def test_csv_says_the_same_and_every_charge_has_a_known_amount(billed: Shop) -> None:
    for slug in ("revenue-per-customer", "profit-margin-per-product"):
        answer = billed.client.get(BASE + slug, JUNE, accept="text/csv")
        rows = list(csv.DictReader(StringIO(answer.body.decode())))
        assert {row["group"]: Decimal(row["value"]) for row in rows} == figures(billed, slug)
        unknown, charges = answer.headers["X-Meterlake-Unpriced-Charges"].split("/")
        assert (unknown, int(charges) > 0) == ("0", True)


def test_another_tenant_sees_none_of_it(billed: Shop) -> None:
    stranger = Shop(Client(billed.world), billed.clock, "")
    assert figures(stranger, "revenue-per-customer") == {}
    assert figures(stranger, "profit-margin-per-customer") == {}
