"""Payments of invoices: noted once whatever happens, listed, and audited."""

from typing import Any

import pytest

from chalicelib.invoicing import paying
from chalicelib.invoicing.records import INVOICE
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World
from chalicelib.resources.audit import PAYMENT
from tests.api.test_invoicing import Sold
from tests.support.client import Answer, Client
from tests.support.clock import Clock

API = "/profitstream/v2/api"


@pytest.fixture
def sold(world: World, clock: Clock) -> Sold:
    return Sold(world, clock)


def invoices(sold: Sold, state: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = sold.send("invoices", {"states": state}).json["_embedded"][
        "invoiceResourceList"
    ]
    return rows


def pay(sold: Sold, invoice: str, amount: Any, reference: str = "r7") -> Answer:
    body = {"amount": amount, "reference": reference}
    return sold.shop.client.post(f"{API}/invoices/{invoice}/payments", body)


def payments(sold: Sold, invoice: str, **query: str) -> list[dict[str, Any]]:
    answer = sold.send(f"invoices/{invoice}/payments", query)
    assert answer.status == 200, answer.body
    rows: list[dict[str, Any]] = answer.json["_embedded"]["invoicePaymentList"]
    return rows


def entries(sold: Sold) -> list[dict[str, Any]]:
    answer = sold.send("audit-entries", {"action": PAYMENT})
    rows: list[dict[str, Any]] = answer.json["_embedded"]["auditEntryList"]
    return rows


def test_a_part_then_the_rest_is_paid(sold: Sold) -> None:
    [anna] = invoices(sold, "ISSUED")
    assert (anna["totalAmount"], anna["totalOpenAmount"]) == (30, 30)
    part = pay(sold, anna["id"], 29.999999999).json
    assert (part["state"], part["invoicePayStatus"]) == ("PARTIALLY_PAID", "PARTIALLY_PAID")
    assert part["totalOpenAmount"] == 1e-9
    rest = pay(sold, anna["id"], "0.000000001", "r8").json
    assert (rest["state"], rest["totalPaidAmount"], rest["totalOpenAmount"]) == ("PAID", 30, 0)
    assert sold.send(f"invoices/{anna['id']}").json == rest
    listed = payments(sold, anna["id"])
    assert [(row["reference"], row["amount"]) for row in listed] == [
        ("r8", 1e-9),
        ("r7", 29.999999999),
    ]
    assert {row["author"] for row in listed} == {"admin@example.com"}
    assert len(payments(sold, anna["id"], size="1", sort="amount")) == 1


def test_the_same_again_changes_nothing(sold: Sold) -> None:
    [anna] = invoices(sold, "ISSUED")
    before = len(entries(sold))
    first = pay(sold, anna["id"], 10)
    assert pay(sold, anna["id"], 10).json == first.json
    assert len(payments(sold, anna["id"])) == 1
    assert len(entries(sold)) == before + 1
    [facts] = [each["facts"] for each in entries(sold) if each["facts"]["reference"] == "r7"]
    assert facts == {
        "invoice": anna["invoiceNumber"],
        "reference": "r7",
        "amount": "10.000000000 USD",
    }
    other = pay(sold, anna["id"], 11)
    assert other.status == 409, "the reference of another amount is no repetition"
    assert sold.send(f"invoices/{anna['id']}").json == first.json


def test_somebody_who_was_quicker_loses_nothing(
    sold: Sold, monkeypatch: pytest.MonkeyPatch
) -> None:
    [anna] = invoices(sold, "ISSUED")
    world, team = sold.shop.world, sold.shop.team
    get, rivals = world.documents.get, [True]

    def get_late(scope: Any, kind: str, record_id: str) -> Record | None:
        found = get(scope, kind, record_id)
        if kind == INVOICE and rivals and found is not None:
            rivals.clear()
            paying.pay(world, team, record_id, paying.Payment(5 * 10**9, "rival", "bank"))
        return found

    monkeypatch.setattr(world.documents, "get", get_late)
    paying.pay(world, team, anna["id"], paying.Payment(10**9, "late", "bank"))
    assert sorted(row["reference"] for row in payments(sold, anna["id"])) == ["late", "rival"]


def test_what_cannot_be_paid_says_so(sold: Sold, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = invoices(sold, "DRAFT")[0]
    refused = pay(sold, draft["id"], 1)
    assert refused.status == 400
    assert "DRAFT and takes no payments" in refused.json["message"]
    [anna] = invoices(sold, "ISSUED")
    for amount in (0, -1, "1.0000000001", 10**12, "much", None):
        assert pay(sold, anna["id"], amount).status == 400, amount
    torn = pay(sold, anna["id"], 1, "bank\x1b[31m7")
    assert (torn.status, torn.json["errors"][0]["field"]) == (400, "reference")
    both = sold.shop.client.post(f"{API}/invoices/{anna['id']}/payments", {"reference": " "})
    assert {each["field"] for each in both.json["errors"]} == {"amount", "reference"}
    monkeypatch.setattr(paying, "_MOST", 1)
    assert pay(sold, anna["id"], 1, "a").status == 200
    assert pay(sold, anna["id"], 1, "b").status == 400
    assert payments(sold, anna["id"])[0]["reference"] == "a"


def test_another_currency_is_no_payment_of_an_invoice(sold: Sold) -> None:
    [anna] = invoices(sold, "ISSUED")
    path = f"{API}/invoices/{anna['id']}/payments"
    for currency, status in (("EUR", 400), ("euros", 400), ("USD", 200)):
        body = {"amount": 1, "reference": "r7", "currency": currency}
        answer = sold.shop.client.post(path, body)
        assert answer.status == status, answer.body
        if status != 200:
            assert answer.json["errors"][0]["field"] == "currency"
    assert len(payments(sold, anna["id"])) == 1


def test_more_than_is_owed_is_told(sold: Sold) -> None:
    answer = pay(sold, sold.paid, 1).json
    assert (answer["invoicePayStatus"], answer["totalOpenAmount"]) == ("OVER_PAID", -1)


def test_invoices_of_others_are_unknown(sold: Sold) -> None:
    other = Client(sold.shop.world)
    path = f"{API}/invoices/{sold.paid}/payments"
    assert other.get(path).status == 404
    assert other.post(path, {"amount": 1, "reference": "x"}).status == 404
