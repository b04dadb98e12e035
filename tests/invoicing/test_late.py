"""Events in any parts and at any time come to the same: in the invoice while it is open, in the
next ones after."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.kit.clock import DAY, HOUR, MINUTE, parse_instant
from chalicelib.ports.lake import LakePath
from chalicelib.ports.world import World
from infra.local.feeder import drain
from tests.catalog.records import Records
from tests.invoicing.conftest import Shop, new_shop
from tests.invoicing.plans import NEXT, START, THIRD, TIERS, everything, rated
from tests.support.bodies import completion
from tests.support.clock import Clock

LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
FEW = settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
NOON = 12 * HOUR
DAYS = st.sampled_from([0, 0, 1, 5, 29])
KM = st.sampled_from([1, 50, "1.0", "0.25", 120, "red"])
EVENTS = st.lists(st.tuples(DAYS, KM, st.integers(0, 3)), min_size=1, max_size=6)
"""Day, value, and in which part it comes."""


def open_shop(world: World, clock: Clock) -> tuple[Shop, str]:
    """A shop with one customer since the first noon, and the customer's key."""
    shop = new_shop(world, clock).at(START + NOON)
    made = shop.subscribe(shop.product(**everything(shop)))
    return shop, made["provisionedCredentialExternalId"]


def use(shop: Shop, key: str, number: int, day: int, km: Any) -> None:
    """Each event has an instant of its own, at which it is also received."""
    shop.at(START + NOON + day * DAY + number * MINUTE).use(key, number, km=km)


def all_at_once(world: World, clock: Clock, events: list[tuple[int, Any, int]]) -> Shop:
    shop, key = open_shop(world, clock)
    for number, (day, km, _) in enumerate(events):
        use(shop, key, number, day, km)
    shop.at(NEXT + NOON + 2 * HOUR).bill()
    return shop


@LOCAL
@FEW
@given(events=EVENTS)
def test_parts_days_and_runs_in_between_change_nothing(
    world: World, clock: Clock, events: list[tuple[int, Any, int]]
) -> None:
    shop, key = open_shop(world, clock)
    for part in (3, 1, 0, 2):
        for number, (day, km, whose) in enumerate(events):
            if whose == part:
                use(shop, key, number, day, km)
        shop.at(NEXT + NOON + part * MINUTE).bill()
    shop.at(NEXT + NOON + 2 * HOUR).bill()
    assert shop.told() == all_at_once(world, clock, events).told()
    for row in shop.invoices(states="ISSUED"):
        assert Decimal(shop.earned()[row["id"]]).scaleb(-9) == Decimal(str(row["totalAmount"]))


@LOCAL
@FEW
@given(events=EVENTS)
def test_what_comes_late_is_asked_for_later_and_once(
    world: World, clock: Clock, events: list[tuple[int, Any, int]]
) -> None:
    shop, key = open_shop(world, clock)
    for part, instant in ((0, NEXT), (1, NEXT + HOUR), (2, NEXT + DAY), (3, NEXT + 2 * DAY)):
        for number, (day, km, whose) in enumerate(events):
            if whose == part:
                use(shop, key, number, day, km)
        shop.at(instant + NOON + 2 * HOUR).bill()
        shop.bill()
    shop.at(THIRD + NOON + 2 * HOUR).bill()
    in_time = all_at_once(world, clock, events)
    in_time.at(THIRD + NOON + 2 * HOUR).bill()
    found, wanted = shop.invoices(), in_time.invoices()
    assert sum(row["totalAmount"] for row in found) == pytest.approx(
        sum(row["totalAmount"] for row in wanted)
    )
    assert exact(shop) == exact(in_time)
    for row in shop.invoices(states="ISSUED"):
        assert Decimal(shop.earned()[row["id"]]).scaleb(-9) == Decimal(str(row["totalAmount"]))


def exact(shop: Shop) -> Decimal:
    return sum((Decimal(str(line["charge"])) for line in shop.charges()), Decimal(0))


@LOCAL
@pytest.mark.parametrize(("after", "asked"), [(-HOUR, 0), (HOUR, 2)])
def test_a_day_that_was_empty_when_its_invoice_froze_is_cut_where_the_invoice_begins(
    shop: Shop, after: int, asked: int
) -> None:
    shop.at(START + NOON)
    made = shop.subscribe(shop.product(**rated(shop, "SUM")))
    shop.at(NEXT + NOON + 2 * HOUR).bill()
    shop.at(START + NOON + after).use(made["provisionedCredentialExternalId"], 1, km=20)
    shop.at(NEXT + NOON + 3 * HOUR).bill()
    assert [row["totalAmount"] for row in shop.invoices()] == [0, asked]


@LOCAL
def test_late_events_are_rated_by_the_plan_that_the_invoice_froze_with(shop: Shop) -> None:
    shop.at(START)
    sold = shop.product(**rated(shop, "SUM"))
    key = shop.subscribe(sold)["provisionedCredentialExternalId"]
    shop.at(NEXT + 2 * HOUR).bill()
    shop.edit_plan(sold, ratingAggregations=[])
    shop.at(START + DAY).use(key, 1, km=20)
    shop.at(NEXT + 3 * HOUR).bill()
    assert [row["totalAmount"] for row in shop.invoices()] == [0, 2]


@LOCAL
def test_what_one_invoice_has_adjusted_of_two_others_is_told_apart(shop: Shop) -> None:
    fourth = parse_instant("2026-09-01T00:00:00Z")
    shop.at(START)
    key = shop.subscribe(shop.product(**rated(shop, "SUM")))["provisionedCredentialExternalId"]
    for instant in (NEXT, THIRD):
        shop.at(instant + 2 * HOUR).bill()
    shop.at(START + DAY).use(key, 1, km=20)
    shop.at(NEXT + DAY).use(key, 2, km=30)
    shop.at(fourth + 2 * HOUR).bill()
    assert [row["totalAmount"] for row in shop.invoices()] == [0, 0, 5, 0]
    shop.at(START + 2 * DAY).use(key, 3, km=10)
    shop.at(fourth + 3 * HOUR).bill()
    assert [row["totalAmount"] for row in shop.invoices()] == [0, 0, 5, 1]


@LOCAL
def test_late_events_of_a_product_without_a_plan_ask_nothing(shop: Shop) -> None:
    shop.at(START)
    sold = Records(shop.client, "products").make(
        name="Bare", version="1.0.0", sourceIds=[shop.source]
    )["id"]
    made = shop.subscribe(sold, expiration="2026-06-11T00:00:00.000Z")
    shop.at(NEXT + 2 * HOUR).bill()
    shop.at(START + DAY).use(made["provisionedCredentialExternalId"], 1, km=20)
    shop.at(NEXT + 3 * HOUR).bill()
    assert [(row["state"], row["totalAmount"]) for row in shop.invoices()] == [("CLOSED", 0)]


class SlowLake:
    """A lake in which something else happens before a file of events is there."""

    def __init__(self, lake: Any, meanwhile: Any) -> None:
        self._lake = lake
        self._meanwhile = meanwhile

    def put(self, team: str, path: LakePath, data: bytes) -> None:
        self._meanwhile()
        self._lake.put(team, path, data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lake, name)


@LOCAL
def test_an_invoice_that_freezes_while_a_writer_is_at_work_loses_nothing(shop: Shop) -> None:
    from chalicelib.invoicing.service import bill

    shop.at(START)
    key = shop.subscribe(shop.product(**rated(shop, "SUM")))["provisionedCredentialExternalId"]
    shop.at(START + HOUR).use(key, 1, km=20)
    shop.at(NEXT + 2 * HOUR)
    world, tenant = shop.world, shop.client.installed.tenant
    slow: Any = SlowLake(world.lake, lambda: bill(world, tenant, shop.team))
    drain(replace(world, lake=slow))
    frozen, _ = shop.invoices()
    assert (frozen["state"], frozen["totalAmount"]) == ("CLOSED", 0)
    for _ in range(2):
        shop.bill()
        assert [row["totalAmount"] for row in shop.invoices()] == [0, 2]


@LOCAL
def test_one_absurd_value_stops_nobody(shop: Shop) -> None:
    shop.at(START)
    plan = rated(shop, "SUM", tiers=[{"name": "all", "unitAmount": "1"}])
    key = shop.subscribe(shop.product(**plan), expiration="2026-06-11T00:00:00.000Z")[
        "provisionedCredentialExternalId"
    ]
    shop.at(START + HOUR).use(key, 1, km="9e29")
    shop.at(NEXT).bill()
    (line,) = shop.charges()
    assert line["charge"] == 9e29


@LOCAL
def test_a_call_that_is_taken_back_is_taken_off_the_next_invoice(shop: Shop) -> None:
    shop.at(START)
    made = shop.subscribe(shop.product(tiers=TIERS))
    shop.at(START + DAY)
    sent: list[str] = []
    for number in range(30):
        body = completion(
            number,
            START + DAY - number * MINUTE,
            subscriber={"credential": {"value": made["provisionedCredentialExternalId"]}},
        )
        answer = shop.client.post("/meter/v2/ai/completions", body)
        assert answer.status == 201, answer.body
        sent.append(answer.json["id"])
    drain(shop.world)
    shop.at(NEXT + 2 * HOUR).bill()
    before = [row["totalAmount"] for row in shop.invoices()]
    assert sum(before) > 0
    path = f"/profitstream/v2/api/sources/metrics/ai/{sent[0]}"
    assert shop.client.send("DELETE", path, b"", None, {}).status == 204
    shop.at(NEXT + 4 * HOUR).bill()
    after = [row["totalAmount"] for row in shop.invoices()]
    assert sum(after) < sum(before)
    assert sorted(after)[0] < 0, "the invoice that froze stays, the next one gives back"
    assert set(before) - {0} <= set(after)
