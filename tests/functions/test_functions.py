"""What streams and EventBridge invoke, with the raw events that AWS sends, on the deployed
adapters."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.kit.clock import HOUR, MINUTE
from chalicelib.ports.world import World
from functions.schedules import lake
from functions.streams import budgets as counting
from functions.streams import events
from functions.streams.budgets import ShardUnknown
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock

PATH = "/meter/v2/ai/completions"
DAY = "2026-11-24"


class Context:
    """Of Lambda's context, what the functions use."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


SCHEDULED = {
    "version": "0", "id": "1", "account": "0", "time": "", "region": "", "resources": [],
    "source": "aws.events",
    "detail-type": "Scheduled Event", "detail": {},
}  # fmt: skip


@pytest.fixture
def client(aws_world: World, monkeypatch: pytest.MonkeyPatch) -> Client:
    for module in (events, lake, counting):
        monkeypatch.setattr(module, "world", lambda: aws_world)
    return Client(aws_world)


def streamed(client: Client, event_ids: list[str]) -> dict[str, Any]:
    """A stream's event for the first versions of some events."""
    team = client.installed.team
    return {
        "Records": [
            _record(client.world.events.history(team, event_id)[0]) for event_id in event_ids
        ]
    }


def _record(event: Any) -> dict[str, Any]:
    image = {
        "pk": {"S": f"{event.team}#{event.event_id}"},
        "sk": {"N": str(event.version)},
        "table": {"S": event.table},
        "day": {"S": event.day},
        "body": {"S": event.body},
    }
    change = {
        "Keys": {"pk": image["pk"], "sk": image["sk"]},
        "NewImage": image,
        "SequenceNumber": event.event_id[:8],
    }
    return {
        "eventID": event.event_id,
        "eventName": "INSERT",
        "dynamodb": change,
        "eventSourceARN": "arn",
    }


def costs(client: Client) -> tuple[float, str]:
    query = {"startDate": f"{DAY}T00:00:00Z", "endDate": f"{DAY}T23:59:59.999Z"}
    answer = client.get("/api/v2/analytics/cost-by-model-aggregated", query)
    items = answer.json["_embedded"]["items"]
    return sum(item["metrics"][0]["metricResult"] for item in items), answer.headers[
        "X-Meterlake-Unpriced-Calls"
    ]


def test_a_stream_event_reaches_the_reports_and_upkeep_changes_nothing(
    client: Client, clock: Clock
) -> None:
    ids = [client.post(PATH, completion(number, NOON - HOUR)).json["id"] for number in range(4)]
    assert costs(client) == (0, "0/0")
    for _ in range(2):
        events.write_lake(streamed(client, ids), Context())
    assert costs(client) == (0.00084, "0/4")
    clock.move(HOUR)
    assert lake.compact(SCHEDULED, Context())["compacted"] >= 1
    assert lake.rollup(SCHEDULED, Context())["rolled"] >= 1
    assert costs(client) == (0.00084, "0/4")


def test_a_stream_event_is_counted_once(client: Client, clock: Clock) -> None:
    rule = {"name": "r", "metricType": "TOTAL_COST", "windowType": "DAILY", "action": "BLOCK"}
    assert (
        client.post("/profitstream/v2/api/ai/cost-controls", rule | {"hardLimit": 1}).status == 200
    )
    clock.move(MINUTE)
    ids = [client.post(PATH, completion(number, NOON - HOUR)).json["id"] for number in range(4)]
    ids.sort()
    with pytest.raises(ShardUnknown):
        counting.count_budgets(streamed(client, ids), Context())
    for some in (ids[:3], ids, ids[1:]):
        event = streamed(client, some) | {"shardId": "shard-1"}
        assert counting.count_budgets(event, Context()) == {"state": {}}
    last = {"Records": [], "shardId": "shard-1", "isFinalInvokeForWindow": True}
    assert counting.count_budgets(last, Context()) == {"state": {}}
    polled = client.get(f"/v2/api/ai/enforcement-rules/{client.installed.team}").json
    assert polled["rules"][0]["currentValue"] == 0.00084


def test_a_bad_record_does_not_stop_the_stream(client: Client) -> None:
    good = client.post(PATH, completion(7, NOON - HOUR)).json["id"]
    event = streamed(client, [good])
    bad = json.loads(json.dumps(event["Records"][0]))
    bad["dynamodb"]["NewImage"]["body"]["S"] = "{broken"
    bad["dynamodb"]["NewImage"]["pk"]["S"] += "x"
    event["Records"].append(bad)
    events.write_lake(event, Context())
    assert costs(client) == (0.00021, "0/1")


@pytest.mark.parametrize("handler", [events.handler, lake.compact, lake.rollup])
def test_each_function_is_a_handler_of_raw_events(handler: Callable[..., Any]) -> None:
    """Chalice's wrappers take (event, context), as Lambda calls them."""
    assert type(handler).__name__ == "EventSourceHandler"
