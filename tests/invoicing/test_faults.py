"""A run that dies at any write is mended by the next one: same invoices, charges, revenue and
numbers."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.invoicing.records import INVOICE, INVOICE_NUMBERS
from chalicelib.invoicing.service import LEASE_MS, bill
from chalicelib.kit.clock import DAY, HOUR
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World
from infra.local.feeder import drain
from tests.catalog.records import Records
from tests.invoicing.conftest import Shop, new_shop
from tests.invoicing.plans import NEXT, START, THIRD, rated
from tests.support.clock import Clock

WRITES = {"create", "update", "erase", "put", "delete"}
THEN = THIRD + 2 * HOUR


class Writes:
    """Counts the writes to documents and lake and dies behind one of them, which is to die before
    the next one."""

    def __init__(self, fatal: int = -1) -> None:
        self.seen = 0
        self._fatal = fatal

    def over(self, world: World) -> World:
        documents: Any = Guarded(world.documents, self)
        lake: Any = Guarded(world.lake, self)
        return replace(world, documents=documents, lake=lake)

    def run(self, method: Any, *args: Any, **options: Any) -> Any:
        answer = method(*args, **options)
        self.seen += 1
        if self.seen == self._fatal:
            raise OSError("the port did it, and failed to say so")
        return answer


class Guarded:
    """A port whose writes go through the faults."""

    def __init__(self, port: Any, writes: Writes) -> None:
        self._port = port
        self._writes = writes

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        return (
            (lambda *args, **options: self._writes.run(method, *args, **options))
            if name in WRITES
            else method
        )


def shop_with_all_to_do(world: World, clock: Clock) -> Shop:
    """Before a run that must adjust June, freeze July, draft August, forget a customer and take a
    draft back."""
    shop = new_shop(world, clock).at(START)
    fees = [{"name": "Set-up", "type": "ORGANIZATION", "flatAmount": "5"}]
    plan = rated(shop, "SUM", "MAXIMUM")
    sold = shop.product(members={"notifyClientOnInvoice": True}, setupFees=fees, **plan)
    keys = [
        shop.subscribe(sold, f"{name}@example.com")["provisionedCredentialExternalId"]
        for name in ("anna", "bob")
    ]
    gone = shop.subscribe(sold, "gone@example.com")["id"]
    shop.at(START + HOUR).use(keys[0], 1, km=90)
    shop.at(NEXT + 2 * HOUR).bill()
    assert Records(shop.client, "subscriptions").delete(gone).status == 200
    shop.at(START + DAY).use(keys[0], 2, km=20)
    shop.at(NEXT + DAY).use(keys[1], 3, km=150)
    shop.at(THEN)
    drain(world)
    return shop


def run(shop: Shop, world: World) -> None:
    bill(world, shop.client.installed.tenant, shop.team)


def final(shop: Shop) -> tuple[Any, ...]:
    """All that is to be the same; revenue without that of drafts, which grows by the day. Which of
    two invoices of a day has which number is left to their ids."""
    earned, rows = shop.earned(), shop.invoices()
    assert set(earned) <= {row["id"] for row in rows}
    numbers = sorted(row["invoiceNumber"] for row in rows if row["invoiceNumber"])
    told = [(owner, *rest) for owner, _, *rest in shop.told()]
    return (
        numbers,
        told,
        sorted(earned.get(row["id"], 0) for row in rows if row["state"] != "DRAFT"),
    )


def test_a_run_that_dies_anywhere_is_mended_by_the_next_one(
    local_world: World, clock: Clock
) -> None:
    shop, count = shop_with_all_to_do(local_world, clock), Writes()
    run(shop, count.over(local_world))
    wanted = final(shop)
    assert wanted[0] == [f"INV-{number:06d}" for number in range(1, 6)]
    assert count.seen > 15
    for fatal in range(1, count.seen + 1):
        shop = shop_with_all_to_do(local_world, clock)
        with suppress(OSError):
            run(shop, Writes(fatal).over(local_world))
        shop.at(THEN + LEASE_MS)
        run(shop, local_world)
        assert final(shop) == wanted, f"write {fatal}"


def test_a_run_that_finds_nothing_new_writes_only_that_it_ran(
    local_world: World, clock: Clock
) -> None:
    shop = shop_with_all_to_do(local_world, clock)
    run(shop, local_world)
    count = Writes()
    run(shop, count.over(local_world))
    assert count.seen == 2


class NothingFreezes:
    """Documents that refuse to freeze an invoice."""

    def __init__(self, documents: Any) -> None:
        self._documents = documents

    def update(self, scope: str, record: Record, also: Sequence[Record] = ()) -> Record:
        if record.kind == INVOICE and record.doc["number"]:
            raise OSError("the port failed")
        return self._documents.update(scope, record, also)  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._documents, name)


def test_the_number_of_a_draft_that_vanished_is_given_again(
    local_world: World, clock: Clock
) -> None:
    shop = new_shop(local_world, clock).at(START)
    sold = shop.product(charge="30")
    for name in ("anna", "bob"):
        shop.subscribe(sold, f"{name}@example.com")
    shop.at(NEXT + 2 * HOUR)
    refusing: Any = NothingFreezes(local_world.documents)
    with pytest.raises(OSError, match="failed"):
        run(shop, replace(local_world, documents=refusing))
    noted = local_world.documents.get(shop.team, INVOICE_NUMBERS, "numbers")
    assert noted is not None
    (first,) = (each for each, number in noted.doc["given"].items() if number == "INV-000001")
    subscription = Records(shop.client, "invoices").get(first)["subscription"]["id"]
    assert Records(shop.client, "subscriptions").delete(subscription).status == 200
    shop.bill()
    assert [row["invoiceNumber"] for row in shop.invoices()] == ["INV-000002", None]
    for number in ("INV-000001", "INV-000003"):
        shop.at(shop.clock.now + 31 * DAY).bill()
        assert [row["invoiceNumber"] for row in shop.invoices()][-2:] == [number, None]
