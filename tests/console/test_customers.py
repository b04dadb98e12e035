"""Customers in the console: an invoice is paid, once."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from chalicelib.kit.clock import now_ms
from tests.console.furnish import ask, command, rows
from tests.console.screen import Screen
from tests.support.server import Server


def sell(server: Server, data: Path) -> dict[str, Any]:
    """The first invoice of a customer who pays 290 a month in advance."""
    source = ask(server, "POST", "/sources", {"name": "api", "type": "API", "version": "1.0.0"})
    plan = {
        "type": "SUBSCRIPTION",
        "name": "flat",
        "currency": "USD",
        "period": "MONTH",
        "charge": "290.5",
        "prePayAllFlatRates": True,
    }
    sold = {"name": "Plan", "version": "1.0.0", "sourceIds": [source["id"]], "plan": plan}
    product = ask(server, "POST", "/products", sold)
    start = datetime.fromtimestamp(now_ms() / 1_000).astimezone() - timedelta(days=40)
    subscription = {
        "name": "Kestrel Pro",
        "productId": product["id"],
        "subscriberEmail": "billing@kestrel.example",
        "start": f"{start:%Y-%m-%d}T00:00:00Z",
    }
    ask(server, "POST", "/subscriptions?includeRelatedResources=true", subscription)
    command(data, "bill")
    server.reconnect()
    return rows(server, "/invoices?states=ISSUED")[0]


def pay(screen: Screen, amount: str, reference: str) -> None:
    page = screen.page
    page.get_by_role("button", name="A payment came in").click()
    page.get_by_label("Amount, USD").fill(amount)
    page.get_by_label("Reference").fill(reference)
    page.get_by_role("button", name="Note it").click()


def test_an_invoice_is_paid_once(screen: Screen, tmp_path: Path) -> None:
    server = screen.server
    invoice = sell(server, tmp_path / "data")
    page = screen.open(f"customers/invoice%2F{invoice['id']}")
    expect(page.get_by_text("Nothing was paid yet")).to_be_visible()
    pay(screen, "100.25", "SEPA 1")
    table = page.get_by_role("table", name="Payments of the invoice")
    expect(table.get_by_role("row", name="SEPA 1")).to_contain_text("$100.25")
    assert screen.complaints() == []
    pay(screen, "100.25", "SEPA 1")
    expect(page.get_by_role("dialog")).to_have_count(0)
    screen.settle()
    expect(table.get_by_role("row")).to_have_count(2)
    told = ask(server, "GET", f"/invoices/{invoice['id']}")
    assert (told["state"], told["totalOpenAmount"]) == ("PARTIALLY_PAID", 190.25)
    shown = {figure.value for figure in screen.figures()}
    assert {"100.25", "190.25"} <= {value.rstrip("0") for value in shown}
    pay(screen, "1", "SEPA 1")
    expect(page.get_by_role("alert")).to_contain_text("already exists")
    assert screen.complaints() == []
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="A payment came in").click()
    page.get_by_label("Reference").fill("SEPA 2")
    page.get_by_role("button", name="Note it").click()
    expect(page.locator(".facts")).to_contain_text("paid")
    expect(table.get_by_role("row", name="SEPA 2")).to_contain_text("$190.25")
    assert ask(server, "GET", f"/invoices/{invoice['id']}")["state"] == "PAID"
