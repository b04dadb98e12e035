"""Whatever a rule counts, its counters say what the lake says: of calls before it and after."""

from typing import Any

import pytest

from chalicelib.budgets.amounts import READS
from chalicelib.budgets.checking import check_rules
from chalicelib.budgets.enforcing import enforce_due
from chalicelib.budgets.vocabulary import CostControlMetricType
from chalicelib.kit.clock import MINUTE, iso
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.feeding import feed

RULES = "/profitstream/v2/api/ai/cost-controls"
MEDIA = {
    "audio": {"durationSeconds": 12.345678, "characterCount": 321, "inputAudioTokenCount": 7},
    "images": {"actualImageCount": 3, "requestedImageCount": 3},
    "video": {"durationSeconds": 8.5, "creditsConsumed": 2.1234567},
}


@pytest.fixture
def client(world: World) -> Client:
    """A client of each world in turn."""
    return Client(world)


def media(number: int, kind: str, at: int) -> dict[str, Any]:
    return {
        "transactionId": f"{kind}-{number}",
        "model": "some-model",
        "provider": "OPENAI",
        "requestTime": iso(at),
        "responseTime": iso(at),
        "requestDuration": 5,
        "agent": "m",
        "totalCost": 0.01,
        **MEDIA[kind],
    }


def meter(client: Client, number: int) -> None:
    """A call of each kind, one that failed, and one whose price nobody knows."""
    at = client.world.now()
    bodies = [
        completion(number, at, agent="a", cacheReadTokenCount=40),
        completion(number + 100, at, agent="b", stopReason="ERROR"),
        completion(number + 200, at, model="nobody-knows"),
    ]
    for body in bodies:
        assert client.post("/meter/v2/ai/completions", body).status == 201
    for kind in MEDIA:
        answer = client.post(f"/meter/v2/ai/{kind}", media(number, kind, at))
        assert answer.status == 201, answer.body
    feed(client.world)


@pytest.mark.parametrize("group_by", [None, "AGENT"])
def test_counters_say_what_the_lake_says(
    client: Client, clock: Clock, group_by: str | None
) -> None:
    meter(client, 1)
    kinds: list[dict[str, Any]] = [{"metricType": metric} for metric in CostControlMetricType]
    kinds.append({"metricType": "TOTAL_COST", "unpricedCalls": "FALLBACK", "fallbackPrice": 1.5})
    for kind in kinds:
        body = {"name": "r", "windowType": "DAILY", "action": "BLOCK", "hardLimit": 10**6}
        assert client.post(RULES, body | kind | {"groupBy": group_by}).status == 200
    clock.move(MINUTE)
    meter(client, 2)
    enforce_due(client.world)
    checked = list(check_rules(client.world, Scope(client.installed.team)))
    assert {each.rule.metric for each in checked} <= READS.keys()
    assert len(checked) == len(kinds)
    assert [each for each in checked if each.differences] == []
