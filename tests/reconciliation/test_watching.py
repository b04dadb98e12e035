"""Watching: an unexplained rest is told of once, to whoever wants to hear of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.kit.clock import DAY, HOUR, day_of
from chalicelib.notices.records import DELIVERY
from chalicelib.ports.documents import walk
from chalicelib.ports.world import World
from chalicelib.providers.syncing import sync_due
from chalicelib.reconciliation.watching import watch_due
from tests.conftest import NOON
from tests.providers.anthropic import FakeAnthropic, Use, connect, reach
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.provider import FakeProvider

WEBHOOKS = "/profitstream/v2/api/configurations/webhooks"
SETTLED = day_of(NOON - 4 * DAY)


@pytest.fixture
def client(local_world: World, tmp_path: Path) -> Iterator[Client]:
    with FakeProvider() as provider:
        anthropic = FakeAnthropic(provider)
        anthropic.uses = [
            Use(SETTLED, "1000", tokens=10_000),
            Use(SETTLED, "10.2", model="claude-mystery", tokens=0),
        ]
        client = Client(reach(local_world, provider, tmp_path))
        connect(client, provider)
        yield client


def told(client: Client) -> list[str]:
    return [
        record.doc["text"]
        for record in walk(client.world.documents, client.installed.team, DELIVERY)
    ]


def hook(client: Client, *events: str) -> None:
    body = {"url": "https://hooks.example.com/x", "events": list(events)}
    assert client.post(WEBHOOKS, body).status == 200


def test_a_rest_above_the_threshold_is_told_of_once(client: Client, clock: Clock) -> None:
    hook(client, "reconciliation")
    hook(client, "alert")
    assert watch_due(client.world) == {"watched": 0, "unexplained": 0}
    sync_due(client.world)
    assert watch_due(client.world) == {"watched": 1, "unexplained": 1}
    (text,) = told(client)
    assert text.startswith("0.102 USD of the bill of anthropic")
    assert watch_due(client.world)["watched"] == 0
    clock.move(7 * HOUR)
    sync_due(client.world)
    assert watch_due(client.world) == {"watched": 1, "unexplained": 1}
    assert len(told(client)) == 1


def test_a_rest_below_the_threshold_is_not_told_of(client: Client) -> None:
    hook(client, "reconciliation")
    settings = client.world.settings
    object.__setattr__(settings, "bill_rest_percent", 2)
    sync_due(client.world)
    assert watch_due(client.world) == {"watched": 1, "unexplained": 0}
    assert told(client) == []
