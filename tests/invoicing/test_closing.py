"""From a draft to a paid invoice: holding, numbers, mail, payments; and drafts that are no more."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.catalog.elements import SYSTEM
from chalicelib.invoicing.paying import Payment, find_by_number
from chalicelib.invoicing.paying import pay as pay_record
from chalicelib.invoicing.records import Invoice
from chalicelib.invoicing.service import LEASE_MS, BillingBusy, Run, bill, bill_due
from chalicelib.kit.clock import DAY, HOUR, MINUTE
from chalicelib.kit.errors import Invalid, NotFound
from chalicelib.kit.money import NANO
from chalicelib.lake.rebuild import rebuild_day
from chalicelib.ports.outbound import Mail, Unreachable
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from infra.local.feeder import drain
from tests.catalog.records import Records
from tests.invoicing.conftest import Shop, new_shop
from tests.invoicing.plans import NEXT, START, THIRD, everything
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.race import race

LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)


@dataclass
class Post:
    """Keeps what is mailed; says `down` that it cannot."""

    down: bool = False
    sent: list[Mail] = field(default_factory=list)

    def mail(self, tenant: str, mail: Mail) -> None:
        if self.down:
            raise Unreachable("the post is closed")
        self.sent.append(mail)


def pay(world: World, team: Scope, number: str, amount: int, reference: str) -> Invoice:
    record = find_by_number(world, team, number)
    return pay_record(world, team, record.id, Payment(amount, reference, "bank"))


def run(shop: Shop, post: Post) -> None:
    outbound: Any = post
    bill(replace(shop.world, outbound=outbound), shop.client.installed.tenant, shop.team)


def states(shop: Shop) -> list[tuple[str, str | None]]:
    return [(row["state"], row["invoiceNumber"]) for row in shop.invoices()]


def hold(shop: Shop, unit: str, count: int) -> None:
    record = shop.world.documents.get(shop.client.installed.tenant, "TEAM", shop.team)
    assert record is not None
    doc = {**record.doc, "invoiceHoldingPeriod": unit, "invoiceHoldingPeriodCount": count}
    shop.world.documents.update(shop.client.installed.tenant, replace(record, doc=doc))


@pytest.mark.parametrize(
    ("unit", "count", "due"),
    [
        ("NONE", 3, NEXT + HOUR),
        ("DAY", 0, NEXT + HOUR),
        ("DAY", 3, NEXT + 3 * DAY),
        ("MONTH", 1, THIRD),
    ],
)
@LOCAL
def test_an_invoice_is_held_for_as_long_as_its_team_says(
    shop: Shop, unit: str, count: int, due: int
) -> None:
    shop.at(START)
    hold(shop, unit, count)
    shop.subscribe(shop.product(charge="30"))
    shop.at(due - 1).bill()
    assert {state for state, _ in states(shop)} == {"DRAFT"}
    shop.at(due).bill()
    assert states(shop)[0] == ("ISSUED", "INV-000001")


@LOCAL
def test_a_period_of_minutes_is_held_a_minute(shop: Shop) -> None:
    shop.at(START)
    shop.subscribe(shop.product(charge="1", period="TEST_MINUTE"))
    shop.at(START + 2 * MINUTE - 1).bill()
    assert [state for state, _ in states(shop)] == ["DRAFT", "DRAFT"]
    shop.at(START + 2 * MINUTE).bill()
    assert [state for state, _ in states(shop)] == ["ISSUED", "DRAFT", "DRAFT"]


@LOCAL
def test_invoice_only_is_closed_at_once_and_takes_no_payment(shop: Shop) -> None:
    shop.at(START)
    shop.subscribe(shop.product(charge="30", members={"paymentSource": "INVOICE_ONLY_NO_PAYMENT"}))
    shop.at(NEXT + 2 * HOUR).bill()
    first = shop.invoices()[0]
    assert (first["state"], first["invoicePayStatus"], first["totalAmount"]) == (
        "CLOSED",
        "INVOICE_ONLY",
        30,
    )
    with pytest.raises(Invalid, match="takes no payments"):
        pay(shop.world, shop.team, "INV-000001", NANO, "r1")


@LOCAL
def test_mail_goes_to_everybody_once_and_again_when_the_post_was_closed(shop: Shop) -> None:
    shop.at(START)
    told = {
        "notifyClientOnInvoice": True,
        "notificationAddressesOnInvoice": ["books@example.com", "anna@example.com"],
    }
    sold = shop.product(charge="30", members=told)
    shop.subscribe(sold, additionalInvoiceRecipients=["cfo@example.com"])
    shop.at(NEXT + 2 * HOUR)
    post = Post(down=True)
    run(shop, post)
    assert states(shop)[0] == ("FINALIZED", "INV-000001")
    post.down = False
    for _ in range(2):
        run(shop, post)
        (mail,) = post.sent
        assert states(shop)[0] == ("ISSUED", "INV-000001")
    assert list(mail.to) == ["anna@example.com", "cfo@example.com", "books@example.com"]
    assert mail.subject == "Invoice INV-000001"
    assert mail.text == "Rides, 2026-06-01 to 2026-06-30: 30.000000000 USD"


@LOCAL
def test_nobody_is_mailed_unless_the_product_says_so(shop: Shop) -> None:
    shop.at(START)
    shop.subscribe(shop.product(charge="30"))
    shop.at(NEXT + 2 * HOUR)
    post = Post()
    run(shop, post)
    assert post.sent == []


@pytest.mark.parametrize(
    ("payments", "state", "status"),
    [
        ([("10", "a")], "PARTIALLY_PAID", "PARTIALLY_PAID"),
        ([("10", "a"), ("20", "b")], "PAID", "PAID"),
        ([("30", "a"), ("30", "a")], "PAID", "PAID"),
        ([("10", "a"), ("10", "a")], "PARTIALLY_PAID", "PARTIALLY_PAID"),
        ([("30.000000001", "a")], "PAID", "OVER_PAID"),
        ([("30", "a"), ("1", "b")], "PAID", "OVER_PAID"),
    ],
)
@LOCAL
def test_payments(shop: Shop, payments: Sequence[tuple[str, str]], state: str, status: str) -> None:
    shop.at(START)
    shop.subscribe(shop.product(charge="30"))
    shop.at(NEXT + 2 * HOUR).bill()
    for amount, reference in payments:
        pay(shop.world, shop.team, "INV-000001", int(Decimal(amount) * NANO), reference)
    paid = sum(
        Decimal(amount) for amount in {reference: amount for amount, reference in payments}.values()
    )
    first = shop.invoices()[0]
    assert (first["state"], first["invoicePayStatus"]) == (state, status)
    assert Decimal(str(first["totalPaidAmount"])) == paid
    shop.bill()
    assert shop.invoices()[0] == first


@LOCAL
def test_what_cannot_be_paid(shop: Shop) -> None:
    shop.at(START)
    shop.subscribe(shop.product(charge="30"))
    shop.bill()
    with pytest.raises(NotFound, match="there is no invoice INV-000001"):
        pay(shop.world, shop.team, "INV-000001", NANO, "a")
    shop.at(NEXT + 2 * HOUR)
    run(shop, Post())
    with pytest.raises(Invalid, match="above 0"):
        pay(shop.world, shop.team, "INV-000001", 0, "a")
    with pytest.raises(NotFound):
        pay(shop.world, Client(shop.world).installed.team, "INV-000001", NANO, "a")


@LOCAL
def test_drafts_whose_period_is_no_more_go_with_their_revenue(shop: Shop) -> None:
    shop.at(START)
    hold(shop, "MONTH", 6)
    sold = shop.product(charge="30")
    shop.subscribe(sold)
    shop.at(THIRD + DAY).bill()
    assert [row["startDate"][:10] for row in shop.invoices()] == [
        "2026-06-01",
        "2026-07-01",
        "2026-08-01",
    ]
    assert len(shop.earned()) == 3
    shop.edit_plan(sold, period="YEAR")
    for _ in range(2):
        shop.bill()
        (only,) = shop.invoices()
        assert (only["startDate"][:10], only["endDate"][:10]) == ("2026-06-01", "2027-06-01")
        assert list(shop.earned()) == [only["id"]]


@LOCAL
def test_a_period_that_is_edited_begins_where_the_last_frozen_one_ended(shop: Shop) -> None:
    shop.at(START)
    sold = shop.product(charge="30")
    shop.subscribe(sold)
    shop.at(NEXT + 2 * HOUR).bill()
    shop.edit_plan(sold, period="YEAR", charge="365")
    shop.at(NEXT + DAY).bill()
    first, second = shop.invoices()
    assert (first["state"], first["totalAmount"]) == ("ISSUED", 30)
    assert (second["startDate"][:10], second["endDate"][:10]) == ("2026-07-01", "2027-06-01")
    assert set(shop.earned()) == {first["id"], second["id"]}


@LOCAL
def test_a_deleted_subscription_leaves_what_was_frozen(shop: Shop) -> None:
    shop.at(START)
    made = shop.subscribe(shop.product(charge="30"))
    shop.at(NEXT + 2 * HOUR).bill()
    assert len(shop.earned()) == 2
    assert Records(shop.client, "subscriptions").delete(made["id"]).status == 200
    for _ in range(2):
        shop.bill()
        (only,) = shop.invoices()
        assert (only["state"], only["totalAmount"]) == ("ISSUED", 30)
        assert shop.earned() == {only["id"]: 30 * NANO}
    pay(shop.world, shop.team, only["invoiceNumber"], 30 * NANO, "a")


def test_of_two_runs_at_once_one_has_the_team(world: World, clock: Clock) -> None:
    shop = new_shop(world, clock).at(START)
    sold = shop.product(**everything(shop))
    keys = [
        shop.subscribe(sold, f"{name}@example.com")["provisionedCredentialExternalId"]
        for name in ("anna", "bob")
    ]
    for number, key in enumerate(keys):
        shop.at(START + HOUR).use(key, number, km=20)
    shop.bill()
    shop.at(NEXT + 2 * HOUR)
    tenant, team = shop.client.installed.tenant, shop.team
    outcomes = race([lambda: bill(world, tenant, team) for _ in range(3)])
    assert all(isinstance(each, Run | BillingBusy) for each in outcomes)
    assert sum(each.finalized for each in outcomes if isinstance(each, Run)) == 2
    told = shop.told()
    assert [row[1] for row in told][:2] in (
        ["INV-000001", "INV-000002"],
        ["INV-000002", "INV-000001"],
    )
    shop.bill()
    assert shop.told() == told


@LOCAL
def test_a_run_that_died_has_its_team_for_twenty_minutes(shop: Shop) -> None:
    from chalicelib.invoicing.service import _begin

    shop.at(START)
    shop.subscribe(shop.product(charge="30"))
    _begin(shop.world, shop.team)
    assert bill_due(shop.world)["interrupted"] == 1
    assert shop.invoices() == []
    shop.at(START + LEASE_MS)
    done = bill_due(shop.world)
    assert (done["teams"], done["interrupted"], done["drafts"]) == (1, 0, 1)


@LOCAL
def test_no_team_is_begun_after_the_time_is_up(shop: Shop) -> None:
    shop.at(START)
    shop.subscribe(shop.product(charge="30"))
    assert bill_due(shop.world, until=START)["teams"] == 0
    assert bill_due(shop.world, until=START + 1)["teams"] == 1


@LOCAL
def test_many_invoices_are_frozen_at_once(shop: Shop) -> None:
    shop.at(START)
    sold = shop.product(charge="30")
    for number in range(25):
        shop.subscribe(sold, f"s{number}@example.com")
    shop.at(NEXT + 2 * HOUR)
    done = bill_due(shop.world)
    assert (done["drafts"], done["finalized"], done["issued"]) == (50, 25, 25)
    numbers = {row["invoiceNumber"] for row in shop.invoices(states="ISSUED", size=100)}
    assert numbers == {f"INV-{number:06d}" for number in range(1, 26)}
    assert sum(shop.earned().values()) == 25 * (30 * NANO + 30 * NANO // 31)


@LOCAL
def test_nothing_is_invoiced_from_a_day_that_misses_events(shop: Shop) -> None:
    shop.at(START)
    made = shop.subscribe(shop.product(**everything(shop)))
    key = made["provisionedCredentialExternalId"]
    shop.use(key, 1, km=20)
    shop.bill()
    shop.at(START + HOUR).use(key, 2, km=20)
    drain(shop.world)
    before = shop.invoices()
    files = list(shop.world.lake.list(shop.team, "custom_events"))
    for file in files:
        shop.world.lake.put(shop.team, file.path, b"")
    shop.at(NEXT + DAY)
    assert bill_due(shop.world)["interrupted"] == 1
    assert shop.invoices() == before
    rebuild_day(shop.world, shop.team, files[0].path.day)
    assert bill_due(shop.world)["finalized"] == 1


@LOCAL
def test_calls_without_a_price_are_counted_beside_what_their_cost_is_charged_by(
    shop: Shop,
) -> None:
    shop.at(START)
    (total,) = (each for each in SYSTEM if each.name == "totalCost")
    rating = {
        "name": "cost plus",
        "aggregationType": "SUM",
        "elementDefinitionId": total.id,
        "graduated": True,
        "tiers": [{"name": "all", "unitAmount": "1.2"}],
    }
    shop.subscribe(shop.product(ratingAggregations=[rating]))
    person = {"subscriber": {"email": "anna@example.com"}}
    for number, model in enumerate(("gpt-4o-mini", "nobody-knows-9", "nobody-knows-9")):
        body = completion(number, shop.clock.now, model=model, **person)
        assert shop.client.post("/meter/v2/ai/completions", body).status == 201
    shop.at(START + HOUR).bill()
    (invoice,) = shop.invoices()
    assert invoice["totalUnpricedCallCount"] == 2
    counts = {row["chargeDescription"]: row["unpricedCallCount"] for row in shop.charges()}
    assert counts["cost plus"] == 2
    assert shop.invoices()[0]["totalAmount"] == pytest.approx(0.00021 * 1.2)
