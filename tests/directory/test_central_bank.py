"""Exchange rates by themselves: the bank's file, as it is published and as it should never be."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from chalicelib.directory.central_bank import RatesUnreadable, parse_rates, read_rates_due
from chalicelib.directory.exchange import Rate, rates_of, set_rates
from chalicelib.kit.clock import HOUR
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from infra.local.outbound import LocalOutbound
from tests.support.clock import Clock
from tests.support.provider import FakeProvider

PATH = "/stats/eurofxref/eurofxref-daily.xml"
TENANT = Scope("tenant")
FILE = b"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01">
<gesmes:subject>Reference rates</gesmes:subject>
<Cube><Cube time='2026-11-23'>
<Cube currency='USD' rate='1.1000'/><Cube currency='JPY' rate='165.00'/>
<Cube currency='GBP' rate='0.8800'/></Cube></Cube></gesmes:Envelope>"""


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider() as serving:
        yield serving


@pytest.fixture
def reading(local_world: World, provider: FakeProvider, tmp_path: Path) -> World:
    settings = local_world.settings.model_copy(
        update={"exchange_rates_url": f"{provider.url}{PATH}"}
    )
    outbound = LocalOutbound(tmp_path / "outbox", {provider.url})
    return replace(local_world, settings=settings, outbound=outbound)


def test_what_one_of_a_currency_is_in_dollars() -> None:
    day, rates = parse_rates(FILE.decode())
    assert day == "2026-11-23"
    assert rates == {
        "EUR": Decimal("1.1000"),
        "JPY": Decimal("0.00666666666667"),
        "GBP": Decimal("1.25"),
    }


@pytest.mark.parametrize(
    "text",
    ["", "<html>", "<Cube time='2026-11-23'>", FILE.decode().replace("USD", "CHF"),
     FILE.decode().replace("0.8800", "0.0"), FILE.decode().replace("time", "day")],
)  # fmt: skip
def test_what_is_not_the_banks_file(text: str) -> None:
    with pytest.raises(RatesUnreadable):
        parse_rates(text)


def test_rates_are_read_once_a_day(reading: World, provider: FakeProvider, clock: Clock) -> None:
    provider.answer("GET", PATH, FILE)
    assert read_rates_due(reading, TENANT) == 3
    assert read_rates_due(reading, TENANT) == 0
    rate = rates_of(reading, TENANT).on("GBP", "2026-11-24")
    assert rate == Rate(Decimal("1.25"), "2026-11-23", "ECB")
    clock.move(24 * HOUR)
    assert read_rates_due(reading, TENANT) == 3
    assert len(provider.asked) == 2


@pytest.mark.parametrize("status", [500, 302, 404])
def test_a_bank_that_does_not_answer_leaves_what_is_known(
    reading: World, provider: FakeProvider, clock: Clock, status: int
) -> None:
    set_rates(reading, TENANT, [("EUR", Rate(Decimal("1.05"), "2026-11-20", "by hand"))])
    provider.answer("GET", PATH, b"<html>", status=status)
    provider.answer("GET", PATH, FILE)
    assert read_rates_due(reading, TENANT) == 0
    known = rates_of(reading, TENANT).on("EUR", "2026-11-24")
    assert known == Rate(Decimal("1.05"), "2026-11-20", "by hand")
    assert read_rates_due(reading, TENANT) == 0
    clock.move(HOUR)
    assert read_rates_due(reading, TENANT) == 3


def test_nothing_is_read_unless_a_setting_says_so(local_world: World) -> None:
    assert read_rates_due(local_world, TENANT) == 0
