"""A month as a bookkeeper would reckon it: what was sent and billed is added up here in plain
Python, and the statement has to say the same to the nano-dollar, day by day and part by part."""

import csv
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from chalicelib.kit.clock import DAY, day_of
from chalicelib.ports.world import World
from chalicelib.providers.importing import import_focus
from chalicelib.providers.periods import Period
from chalicelib.reconciliation.statement import reconcile
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.feeding import feed

MODEL, UNHEARD = "gpt-4o-mini", "gpt-unheard-of"
OURS, THEIRS = {"input": 150, "output": 600}, {"input": 165, "output": 645}
"""Nano-USD a token."""
DAYS = 30
Counts = dict[str, int]
Told = dict[str, dict[str, int]]
"""Parts in nano-USD, by day."""


class Books:
    """Both sides of a month, and what each part must be."""

    def __init__(self, client: Client, seed: int) -> None:
        self.client, self.random, self.number = client, random.Random(seed), 0
        self.rows: list[dict[str, Any]] = []
        self.parts: Told = defaultdict(lambda: defaultdict(int))
        self.metered: dict[str, int] = defaultdict(int)
        self.billed: dict[str, int] = defaultdict(int)

    def draw(self) -> Counts:
        return {"input": self.random.randrange(1, 5_000), "output": self.random.randrange(1, 900)}

    def meter(self, at: int, counts: Counts, model: str = MODEL) -> None:
        self.number += 1
        if model == MODEL:
            self.metered[day_of(at)] += sum(OURS[kind] * count for kind, count in counts.items())
        tokens = {
            "inputTokenCount": counts["input"],
            "outputTokenCount": counts["output"],
            "totalTokenCount": sum(counts.values()),
        }
        body = completion(self.number, at, model=model, totalCost=None, **tokens)
        assert self.client.post("/meter/v2/ai/completions", body).status == 201

    def bill(self, day: str, nano: int, listed: int | None = None, **more: Any) -> None:
        self.billed[day] += nano
        self.rows.append(
            {
                "ServiceProviderName": "OpenAI",
                "ServiceCategory": "AI and Machine Learning",
                "ChargeCategory": "Usage",
                "BillingCurrency": "USD",
                "ChargePeriodStart": f"{day}T00:00:00Z",
                "BilledCost": usd(nano),
                "ListCost": usd(nano if listed is None else listed),
                **more,
            }
        )

    def bill_tokens(self, day: str, kind: str, count: int, price: int, discount: int = 0) -> None:
        """In two rows of the same, where the count is even: neither may be taken for the other."""
        halves = [count // 2] * 2 if count % 2 == 0 else [count]
        for half in halves:
            listed = half * price
            off = listed * discount // 100
            self.parts[day]["DISCOUNT"] -= off
            told = {"ConsumedQuantity": half, "ConsumedUnit": "tokens", "x_TokenKind": kind}
            self.bill(day, listed - off, listed, x_Model=MODEL, **told)

    def live(self, number: int) -> None:
        """A day of calls: all of it and more is billed, but for what is metered twice."""
        at = NOON - number * DAY
        day, told = day_of(at), self.parts[day_of(at)]
        billed = dict.fromkeys(OURS, 0)
        prices = THEIRS if number % 5 == 0 else OURS
        for call in range(self.random.randrange(3, 9)):
            counts = self.draw()
            self.meter(at + call * 10_000, counts)
            for kind, count in counts.items():
                billed[kind] += count
                told["PRICE"] += count * (prices[kind] - OURS[kind])
            if number % 6 == 1 and call % 2:  # never beside a day with missing calls
                self.meter(at + call * 10_000 + 700, counts)
                told["DUPLICATES"] -= sum(OURS[kind] * count for kind, count in counts.items())
        if number % 6 == 4:
            for kind, count in self.draw().items():
                billed[kind] += count
                told["UNMETERED_USAGE"] += count * prices[kind]
        for kind, count in billed.items():
            self.bill_tokens(day, kind, count, prices[kind], 7 if number % 4 == 0 else 0)
        self.add_others(number, at)

    def add_others(self, number: int, at: int) -> None:
        """Credits, a tax, and calls that nobody has a price of."""
        day, told = day_of(at), self.parts[day_of(at)]
        if number % 7 == 0:
            self.bill(day, -123_457, ChargeCategory="Credit")
            told["CREDITS"] -= 123_457
        if number % 9 == 0:
            self.bill(day, 7_654_321, ChargeCategory="Tax")
            told["FEES"] += 7_654_321
        if number % 8 == 0:
            self.meter(at + 5_000, {"input": 1_001, "output": 13}, UNHEARD)
            for kind, count in (("input", 1_001), ("output", 13)):
                unit = {"ConsumedQuantity": count, "ConsumedUnit": "tokens"}
                self.bill(day, count * 77, x_Model=UNHEARD, x_TokenKind=kind, **unit)
                told["UNPRICED_CALLS"] += count * 77


def usd(nano: int) -> str:
    sign, digits = "-" if nano < 0 else "", f"{abs(nano):010d}"
    return f"{sign}{digits[:-9]}.{digits[-9:]}"


def add_up(client: Client) -> tuple[Told, dict[str, int], dict[str, int]]:
    """Parts, metered and billed by day, as the statement tells them."""
    installed, today = client.installed, day_of(NOON)
    period = Period(day_of(NOON - DAYS * DAY), today)
    statement = reconcile(client.world, installed.tenant, installed.team, period)
    parts: Told = defaultdict(lambda: defaultdict(int))
    metered: dict[str, int] = defaultdict(int)
    billed: dict[str, int] = defaultdict(int)
    for row in statement.rows:
        metered[row.key.day] += row.split.metered
        billed[row.key.day] += row.split.billed
        for kind, nano in row.split.parts.items():
            parts[row.key.day][kind] += nano
    return parts, metered, billed


@pytest.mark.parametrize("world", ["local"], indirect=True)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_month_is_explained_as_a_bookkeeper_would(
    world: World, tmp_path: Path, seed: int
) -> None:
    client = Client(world)
    books = Books(client, seed)
    for number in range(1, DAYS):
        books.live(number)
    feed(world)
    path = tmp_path / "bill.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, sorted({name for row in books.rows for name in row}))
        writer.writeheader()
        writer.writerows(books.rows)
    import_focus(world, client.installed.tenant, client.installed.team, [path])
    parts, metered, billed = add_up(client)
    wanted = {
        day: {kind: nano for kind, nano in told.items() if nano}
        for day, told in books.parts.items()
    }
    assert {day: dict(told) for day, told in parts.items()} == {
        day: told for day, told in wanted.items() if told
    }
    assert (metered, billed) == (books.metered, books.billed)
    for day, nano in billed.items():
        assert metered[day] + sum(parts[day].values()) == nano
