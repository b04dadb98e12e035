"""Movers: what moved a cost against the window before, as the reports tell it, and why."""

import json
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kit.clock import DAY, SECOND, iso
from chalicelib.ports.world import World
from infra.local.feeder import drain
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client

PATH = "/api/v2/movers"
SPAN = {"startDate": iso(NOON - DAY + 1), "endDate": iso(NOON)}
MINI = Decimal("0.00021")
"""Of one call of tests, USD."""


@pytest.fixture
def client(world: World) -> Client:
    """Ada called twice as often as the day before, Ben moved to a dearer model, and somebody nobody
    knows has called; a call lacks a price."""
    client = Client(world)
    yesterday, number = NOON - DAY - SECOND, iter(range(100))
    for at, agent, members in (
        (yesterday, "ada", {}),
        (NOON - SECOND, "ada", {}),
        (NOON - SECOND, "ada", {}),
        (yesterday, "ben", {}),
        (NOON - SECOND, "ben", {"model": "gpt-4o"}),
        (NOON - SECOND, None, {}),
        (NOON - SECOND, "ada", {"provider": "HOUSE", "model": "nobodys"}),
    ):
        body = completion(next(number), at=at, **members)
        body |= {"agent": agent} if agent else {}
        assert client.post("/meter/v2/ai/completions", body).status == 201
    drain(world)
    return client


def ask(client: Client, **query: Any) -> dict[str, Any]:
    answer = client.get(PATH, {**SPAN, **query})
    assert answer.status == 200, answer.body
    found: dict[str, Any] = json.loads(answer.body, parse_float=Decimal)
    return found


def test_each_mover_says_why(client: Client) -> None:
    found = ask(client, groupBy="agent")
    movers = {each["groupName"]: each for each in found["movers"]}
    assert list(movers) == ["ben", "UNCLASSIFIED", "ada"]
    ada, ben = movers["ada"], movers["ben"]
    assert ada["effects"] == {"volume": MINI, "mix": 0, "size": 0, "price": 0}
    assert (ada["currentCalls"], ada["previousCalls"]) == (2, 1)
    assert (ada["currentUnpricedCalls"], ada["previousUnpricedCalls"]) == (1, 0)
    assert ben["effects"]["mix"] == ben["change"] == ben["currentCost"] - MINI
    assert (found["currentUnpricedCalls"], found["previousUnpricedCalls"]) == (1, 0)
    assert movers["UNCLASSIFIED"]["changePercent"] is None
    assert ada["changePercent"] == 100


@pytest.mark.parametrize("group", ["model", "agent", "product", "customer"])
def test_parts_add_up_to_what_the_reports_say(client: Client, group: str) -> None:
    found = ask(client, groupBy=group)
    report = client.get("/api/v2/analytics/top-movers", {**SPAN, "groupBy": group})
    items = json.loads(report.body, parse_float=Decimal)["_embedded"]["items"]
    reported = {each["groupName"]: each["metrics"][0] for each in items}
    told = {each["groupName"]: each for each in found["movers"]}
    assert told.keys() == reported.keys()
    for name, each in told.items():
        assert each["currentCost"] == reported[name]["currentValue"]
        assert each["previousCost"] == reported[name]["previousValue"]
        assert sum(each["effects"].values()) == each["change"]
        assert each["change"] == each["currentCost"] - each["previousCost"]
    assert sum(each["change"] for each in told.values()) == found["change"]
    assert found["change"] == found["currentCost"] - found["previousCost"]


def test_pages_and_faults(client: Client) -> None:
    first, second = (ask(client, groupBy="agent", size=1, page=page) for page in (0, 1))
    assert first["page"]["totalElements"] == 3
    assert first["movers"][0]["groupName"] == "ben" != second["movers"][0]["groupName"]
    assert ask(client, size=1, page=9)["movers"] == []
    assert client.get(PATH, {"groupBy": "weather"}).status == 400
    assert ask(Client(client.world))["movers"] == []
