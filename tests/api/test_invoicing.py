"""Invoices and period charges, as clients ask for them."""

import base64
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.identity.key_service import create_key
from chalicelib.identity.keys import KeyKind
from chalicelib.invoicing.paying import Payment, find_by_number, pay
from chalicelib.kit.clock import DAY, HOUR, iso
from chalicelib.kit.ids import new_id
from chalicelib.kit.money import NANO
from chalicelib.ports.world import World
from tests.catalog.records import Records, check_ids
from tests.invoicing.conftest import new_shop
from tests.invoicing.plans import NEXT, START, TIERS, rated
from tests.support.client import Client
from tests.support.clock import Clock

LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)


class Sold:
    """Two customers of two products: anna's invoice of June is ISSUED over 30, bob's is PAID over
    12; July is open."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.shop = shop = new_shop(world, clock).at(START)
        self.acme = Records(shop.client, "organizations").make(name="Acme")["id"]
        self.products = {
            "anna": shop.product("Rides", charge="30"),
            "bob": shop.product("Trips", charge="2", **rated(shop, "SUM")),
        }
        self.user = Records(shop.client, "users").make(email="bob@example.com", roles=["ROLE_X"])[
            "id"
        ]
        self.anna = shop.subscribe(
            self.products["anna"], "anna@example.com", organizationId=self.acme
        )
        self.bob = shop.subscribe(self.products["bob"], "bob@example.com")
        shop.at(START + HOUR).use(self.bob["provisionedCredentialExternalId"], 1, km=100)
        shop.at(NEXT + 2 * HOUR).bill()
        number = next(row["invoiceNumber"] for row in shop.invoices() if row["totalAmount"] == 12)
        self.paid = find_by_number(world, shop.team, number).id
        pay(world, shop.team, self.paid, Payment(12 * NANO, "r1", "bank"))
        self.number = number

    def send(self, path: str, query: list[tuple[str, Any]] | dict[str, Any] | None = None) -> Any:
        return self.shop.client.get(f"/profitstream/v2/api/{path}", query)

    def found(
        self, query: list[tuple[str, Any]] | dict[str, Any], path: str = "invoices"
    ) -> list[tuple[str, str]]:
        answer = self.send(path, query)
        assert answer.status == 200, answer.body
        rows = answer.json["_embedded"]["invoiceResourceList"]
        return [(row["subscriptionOwner"]["label"].partition("@")[0], row["state"]) for row in rows]


@pytest.fixture
def sold(world: World, clock: Clock) -> Sold:
    return Sold(world, clock)


ANNA, BOB, ANNAS, BOBS = ("anna", "ISSUED"), ("bob", "PAID"), ("anna", "DRAFT"), ("bob", "DRAFT")
ALL = {ANNA, BOB, ANNAS, BOBS}
JUNE = ("2026-06-01T00:00:00.000Z", "2026-06-30T23:59:59.999Z")
BAD = [
    ("startDate", "2026-06-01", "startDate"),
    ("endDate", "yesterday", "endDate"),
    ("startingAmount", "100.0", "startingAmount"),
    ("endingAmount", "-1", "endingAmount"),
    ("endingAmount", str(2**63), "endingAmount"),
    ("states", "OPEN", "states"),
    ("payStates", "PAID,OWED", "payStates"),
    ("size", "0", "size"),
    ("sort", "colour", "sort"),
]


def test_every_filter(sold: Sold) -> None:
    def lists(*pairs: tuple[str, Any]) -> set[tuple[str, str]]:
        found = sold.found(list(pairs))
        assert len(found) == len(set(found))
        return set(found)

    start, end = ("startDate", JUNE[0]), ("endDate", JUNE[1])
    assert lists() == ALL
    assert lists(("invoiceNumber", sold.number)) == {BOB}
    assert lists(("invoiceNumber", "INV-999999")) == set()
    assert lists(start, end) == {ANNA, BOB}
    assert lists(("startDate", "2026-07-01T00:00:00Z"), ("endDate", "2027-01-01T00:00:00Z")) == {
        ANNAS,
        BOBS,
    }
    assert lists(start) == lists(end) == ALL
    assert lists(("userIds", sold.user)) == {BOB, BOBS}
    assert lists(("userIds", new_id())) == set()
    assert lists(("organizationIds", sold.acme)) == {ANNA, ANNAS}
    assert lists(("productIds", sold.products["bob"])) == {BOB, BOBS}
    assert lists(("productIds", sold.products["bob"]), ("productIds", sold.products["anna"])) == ALL
    assert lists(("productIds", ",".join(sold.products.values()))) == ALL
    assert lists(("startingAmount", "12")) == {ANNA, BOB}
    assert (
        lists(("startingAmount", "13"))
        == lists(("startingAmount", "13"), ("endingAmount", "30"))
        == {ANNA}
    )
    assert lists(("endingAmount", "12"), ("startingAmount", "1")) == {BOB}
    assert lists(("payStates", "UNPAID")) == {ANNA}
    assert lists(("payStates", "UNPAID,PAID")) == ALL
    assert (
        lists(("states", "ISSUED"), ("states", "PAID"))
        == lists(("states", "ISSUED, PAID"))
        == {ANNA, BOB}
    )
    assert lists(("states", "DRAFT"), ("organizationIds", sold.acme)) == {ANNAS}
    for name in ("accountId", "accountName", "accountNumber"):
        assert lists((name, "a")) == set()
    blank = (
        "invoiceNumber",
        "startDate",
        "endDate",
        "userIds",
        "organizationIds",
        "productIds",
        "startingAmount",
        "endingAmount",
        "accountId",
        "payStates",
        "states",
    )
    assert lists(*((name, "") for name in blank), ("unheardOf", "1")) == ALL
    assert lists(("userIds", ","), ("states", " ")) == ALL


@LOCAL
def test_what_cannot_be_bound_is_named(sold: Sold) -> None:
    for name, value, field in BAD:
        answer = sold.send("invoices", {name: value})
        assert answer.status == 400, (name, value)
        assert field in answer.body.decode()
    answer = sold.send("invoices", {"startDate": JUNE[1], "endDate": JUNE[0]})
    assert (answer.status, answer.json["message"]) == (400, "startDate is after endDate")
    for name in ("userIds", "organizationIds", "productIds"):
        answer = sold.send("invoices", {name: "no_id"})
        assert (answer.status, answer.json["message"]) == (
            400,
            "Failed to decode hashed Id: [no_id]",
        )


@LOCAL
def test_pages_and_orders(sold: Sold) -> None:
    assert [state for _, state in sold.found({"sort": "state,desc"})] == [
        "PAID",
        "ISSUED",
        "DRAFT",
        "DRAFT",
    ]
    assert sold.found({"sort": "totalAmount,desc", "size": 2}) == [ANNA, BOB]
    answer = sold.send("invoices", {"size": 3, "page": 1}).json
    assert answer["page"] == {
        "size": 3,
        "totalElements": 4,
        "totalPages": 2,
        "number": 1,
        "last": True,
    }
    assert len(answer["_embedded"]["invoiceResourceList"]) == 1


def test_one_invoice_and_those_of_a_user(sold: Sold) -> None:
    records = Records(sold.shop.client, "invoices")
    listed = next(row for row in sold.shop.invoices(states="PAID"))
    assert records.get(listed["id"]) == listed
    assert (listed["label"], listed["invoiceNumber"], listed["currency"]) == (
        sold.number,
        sold.number,
        "USD",
    )
    amounts = [
        listed[name] for name in ("totalAmount", "totalAdjusted", "totalPaidAmount", "totalRefund")
    ]
    assert amounts == [12, 12, 12, 0]
    assert (listed["product"]["label"], listed["team"]["id"]) == ("Trips", sold.shop.team)
    assert listed["subscription"]["id"] == sold.bob["id"]
    assert (listed["finalized"], listed["issued"]) == (iso(NEXT + 2 * HOUR), iso(NEXT + 2 * HOUR))
    draft = next(row for row in sold.shop.invoices(states="DRAFT"))
    assert (draft["invoiceNumber"], draft["finalized"], draft["label"]) == (
        None,
        None,
        "Draft 2026-07-01",
    )
    check_ids(records, "Invoice")
    assert sold.found({}, f"users/{sold.user}/invoices") == [BOB, BOBS]
    assert sold.found({"size": 1, "page": 1}, f"users/{sold.user}/invoices") == [BOBS]
    assert sold.send("users/no_id/invoices").status == 400
    assert sold.send(f"users/{new_id()}/invoices").status == 404


def test_charges(sold: Sold) -> None:
    (june,) = sold.shop.invoices(states="PAID")
    fee, usage = sold.shop.charges(invoiceId=june["id"])
    assert (fee["chargeType"], fee["type"], fee["charge"]) == (
        "SUBSCRIPTION_FLAT_RATE_CHARGE",
        "SUBSCRIPTION",
        2,
    )
    assert (usage["chargeType"], usage["type"]) == (
        "ELEMENT_TRANSACTIONAL_CHARGE",
        "RESOURCE_USAGE",
    )
    assert (usage["charge"], usage["unmodifiedCharge"], usage["callCount"]) == (10, 10, 1)
    assert (usage["aggregatedElementValue"], usage["currency"], usage["settled"]) == (
        100,
        "USD",
        True,
    )
    assert (usage["planElement"]["label"], usage["product"]["label"]) == ("km", "Trips")
    assert (usage["subscription"]["id"], usage["invoice"]["id"]) == (sold.bob["id"], june["id"])
    assert (usage["tier"]["name"], usage["tier"]["unitAmount"], usage["tier"]["upTo"]) == (
        "first",
        0.1,
        100,
    )
    assert usage["id"] == usage["label"] == usage["transactionId"]
    assert usage["settledAt"] == june["finalized"]
    charges = Records(sold.shop.client, "period-charges")
    assert charges.get(usage["id"]) == usage
    check_ids(charges, "PeriodCharge")
    of_bob = sold.send(f"users/{sold.user}/period-charges").json["_embedded"][
        "periodChargeResourceList"
    ]
    assert of_bob == [fee, usage]
    anna = sold.products["anna"]
    other = sold.send(f"users/{sold.user}/period-charges", {"productId": anna}).json
    assert (other["_embedded"]["periodChargeResourceList"], other["hasMore"], other["cursor"]) == (
        [],
        False,
        None,
    )


@LOCAL
def test_bounds_of_charges_are_instants_and_go_in_pairs(sold: Sold) -> None:
    (fee, usage) = sold.shop.charges(invoiceId=sold.shop.invoices(states="PAID")[0]["id"])
    assert fee["created"] == usage["created"]
    for path, first, last in (
        ("period-charges", "startDate", "endDate"),
        (f"users/{sold.user}/period-charges", "start", "end"),
    ):
        within = {first: iso(NEXT), last: iso(NEXT + DAY)}
        rows = sold.send(path, within).json["_embedded"]["periodChargeResourceList"]
        assert usage["id"] in [row["id"] for row in rows]
        rows = sold.send(path, {first: iso(START), last: iso(NEXT)}).json["_embedded"][
            "periodChargeResourceList"
        ]
        assert rows == []
        for query in (
            {first: iso(START)},
            {last: iso(START)},
            {first: "2026-06-01", last: "2026-07-01"},
            {first: iso(NEXT), last: iso(START)},
        ):
            answer = sold.send(path, query)
            assert answer.status == 400, (path, query)
            assert first in answer.body.decode() or last in answer.body.decode()
        blank = sold.send(path, {first: "", last: ""})
        assert blank.json == sold.send(path).json


def walked(sold: Sold, path: str, size: int, between: Any = None, **query: Any) -> list[str]:
    """The ids of all charges, page by page."""
    found: list[str] = []
    while True:
        answer = sold.send(path, {"size": size, **query})
        assert answer.status == 200, answer.body
        page = answer.json
        assert page.keys() == {"_embedded", "cursor", "hasMore"}
        rows = page["_embedded"]["periodChargeResourceList"]
        assert len(rows) == size or not page["hasMore"]
        found += [row["id"] for row in rows]
        if not page["hasMore"]:
            assert page["cursor"] is None
            return found
        query["cursor"] = page["cursor"]
        if between:
            between()


def test_charges_are_walked_through_by_cursor(sold: Sold) -> None:
    shop = sold.shop
    for name in ("carl", "dora", "emil"):
        shop.subscribe(sold.products["anna"], f"{name}@example.com")
    shop.at(NEXT + 70 * DAY).bill()
    everything = walked(sold, "period-charges", 100)
    assert len(everything) == len(set(everything)) > 10
    for size in (1, 3, len(everything) - 1, len(everything)):
        assert walked(sold, "period-charges", size) == everything
    of_user = walked(sold, f"users/{sold.user}/period-charges", 1)
    assert of_user == [each for each in everything if each in of_user]
    assert len(of_user) == 4
    (june,) = shop.invoices(states="PAID")
    assert walked(sold, "period-charges", 1, invoiceId=june["id"]) == of_user[:2]
    assert walked(sold, "period-charges", 3, page="7") == everything


@LOCAL
def test_what_comes_meanwhile_neither_repeats_nor_hides_a_charge(sold: Sold) -> None:
    shop, names = sold.shop, iter(range(100))
    before = walked(sold, "period-charges", 100)

    def meanwhile() -> None:
        shop.at(START)
        shop.subscribe(
            sold.products["anna"], f"new-{next(names)}@example.com", start=iso(START - 20 * DAY)
        )
        shop.at(NEXT + 3 * HOUR).bill()

    found = walked(sold, "period-charges", 1, meanwhile)
    assert len(found) == len(set(found))
    assert [each for each in found if each in before] == before


@LOCAL
@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!",
        "é",
        *(
            base64.urlsafe_b64encode(text).decode()
            for text in (b"5", b"[]", b'["x","y",0]', b'{"a":1}')
        ),
    ],
)
def test_a_cursor_of_nobody_is_refused(sold: Sold, cursor: str) -> None:
    answer = sold.send("period-charges", {"cursor": cursor})
    assert answer.status == 400, answer.body
    assert "cursor" in answer.body.decode()


@LOCAL
def test_the_invoice_of_charges_must_be_an_id(sold: Sold) -> None:
    answer = sold.send("period-charges", {"invoiceId": "no_id"})
    assert (answer.status, answer.json["message"]) == (400, "Failed to decode hashed Id: [no_id]")
    nothing = sold.send("period-charges", {"invoiceId": new_id()}).json
    assert (nothing["_embedded"]["periodChargeResourceList"], nothing["hasMore"]) == ([], False)


def test_another_tenant_sees_nothing_and_reading_needs_its_scope(sold: Sold) -> None:
    shop = sold.shop
    other = Client(shop.world)
    (june,) = shop.invoices(states="PAID")
    charge = shop.charges(invoiceId=june["id"])[0]
    for path, record in (("invoices", june), ("period-charges", charge)):
        records = Records(other, path)
        assert records.send("GET", f"/{record['id']}").status == 404
        (rows,) = records.send("GET", "").json["_embedded"].values()
        assert rows == []
        assert records.send("GET", "", teamId=shop.team).status == 403
        installed = shop.client.installed
        _, key = create_key(shop.world, installed.tenant, installed.team, "k", KeyKind.METERING)
        for each in ("", f"/{record['id']}"):
            assert Records(shop.client, path).send("GET", each, key=key).status == 403
            assert Records(shop.client, path).send("GET", each, key="rev_sk_nobody_x").status == 401
    assert (
        Records(other, "period-charges").send("GET", "", invoiceId=june["id"]).json["hasMore"]
        is False
    )
    assert Records(other, "users").send("GET", f"/{sold.user}/invoices").status == 404


def test_what_a_subscription_has_used_and_owes(world: World, clock: Clock) -> None:
    shop = new_shop(world, clock).at(START)
    calls = [{"name": "free", "unitAmount": "0", "upTo": "3"}, {"name": "over", "unitAmount": "1"}]
    made = shop.subscribe(
        shop.product(tiers=calls, graduated=True, **rated(shop, "SUM", tiers=TIERS))
    )
    records = Records(shop.client, "subscriptions")
    amount = f"/{made['id']}/billed-amount"
    assert records.send("GET", amount).json == {"amountBilled": 0}
    for number in range(4):
        shop.at(START + HOUR + number).use(made["provisionedCredentialExternalId"], number, km=30)
    shop.bill()
    assert records.send("GET", amount).json == {"amountBilled": 1 + 10 + 2}
    assert records.send("GET", f"/{made['id']}/quota-consumed").json == {"limit": 3, "consumed": 4}
    row = records.get(made["id"])
    (quota,) = row["quotas"]
    assert (row["periodCallCountConsumed"], row["wentOverSubscriptionQuota"]) == (4, True)
    named = (
        "elementDefinitionName",
        "ratingAggregationName",
        "ratingAggregationType",
        "totalQuotaConsumed",
    )
    assert [quota[name] for name in named] == ["km", "km SUM", "SUM", 120]
    shown = (
        "tierName",
        "lowerTierQuotaLimit",
        "tierQuota",
        "tierQuotaConsumed",
        "wentOverTierQuota",
    )
    assert [[tier[name] for name in shown] for tier in quota["tierQuotas"]] == [
        ["first", 0, 100, 100, True],
        ["rest", 100, None, 20, False],
    ]
    shop.at(NEXT + HOUR)
    assert records.send("GET", amount).json == {"amountBilled": 0}
    for path in ("billed-amount", "quota-consumed"):
        unknown, other = new_id(), Records(Client(world), "subscriptions")
        assert records.send("GET", f"/{unknown}/{path}").status == 404
        assert records.send("GET", f"/no_id/{path}").status == 400
        assert other.send("GET", f"/{made['id']}/{path}").status == 404


@LOCAL
def test_sums_of_charges_are_the_totals(sold: Sold) -> None:
    for row in sold.shop.invoices():
        charges = sold.shop.charges(invoiceId=row["id"])
        total = sum((Decimal(str(charge["charge"])) for charge in charges), Decimal(0))
        assert total == Decimal(str(row["totalAmount"]))


@pytest.mark.parametrize("word", ["unpaid-totals", "summary"])
def test_a_word_in_place_of_an_id_is_not_found(client: Client, word: str) -> None:
    for place in ("invoices", "products", "organizations"):
        answer = client.get(f"/profitstream/v2/api/{place}/{word}")
        assert (answer.status, answer.json["code"]) == (404, "NOT_FOUND")
