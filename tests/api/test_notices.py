"""Destinations and deliveries over HTTP, on both adapters."""

import json
from typing import Any

import pytest

from chalicelib.identity.key_service import create_key
from chalicelib.identity.keys import KeyKind
from chalicelib.kit.clock import DAY, iso
from chalicelib.kit.ids import new_id
from chalicelib.notices.records import OVERLAP_MS
from chalicelib.notices.service import Destinations, deliver_due, enqueue
from chalicelib.ports.outbound import Unreachable
from chalicelib.ports.world import World
from chalicelib.resources.revisions import walk_history
from tests.notices.house import SLACK, SLACK_URL, WEBHOOKS, House, build_house, notice
from tests.notices.outside import answered
from tests.support.client import Answer
from tests.support.clock import Clock

DELIVERIES = "/profitstream/v2/api/deliveries"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)


@pytest.fixture
def house(world: World) -> House:
    """A house in each world in turn."""
    return build_house(world)


def change(house: House, path: str, **members: Any) -> Answer:
    return house.client.send("PATCH", path, json.dumps(members).encode(), None, {})


def stored_text(house: House) -> str:
    records = house.world.documents.every(house.tenant)
    return "".join(json.dumps(dict(record.doc), default=str) for record in records)


def test_a_slack_channel_is_kept_and_its_url_is_seen_nowhere(house: House) -> None:
    client, path = house.client, f"{SLACK}/{house.slack}"
    changed = change(house, path, channelName="ops", teamName="Acme", name=None)
    assert changed.status == 200
    read = client.get(path).json
    assert (read["name"], read["channelName"], read["teamName"]) == ("ops", "ops", "Acme")
    assert (read["enabled"], read["tenant"]["id"]) == (True, house.tenant)
    (listed,) = client.get(SLACK, {"query": "acm"}).json["_embedded"][
        "slackConfigurationResourceList"
    ]
    assert listed == read
    assert change(house, path, channelName=None).json.get("channelName") is None
    other = "https://hooks.slack.com/services/T1/B1/0ther"
    assert change(house, path, webhookUrl=other).status == 200
    client.post(f"{path}/test", {})
    assert house.outside.calls[-1].url == other
    history = list(walk_history(house.world, house.tenant, "SLACK_CONFIGURATION", house.slack))
    seen = json.dumps([read, history]) + stored_text(house)
    assert "hooks.slack.com" not in seen
    record = house.world.documents.get(house.tenant, "SLACK_CONFIGURATION", house.slack)
    assert record is not None
    assert record.doc["webhookUrl"] not in json.dumps([read, history])
    assert "webhookUrl" not in read
    assert client.send("DELETE", path, b"", None, {}).status == 200
    assert client.get(path).status == 404
    assert client.post(f"{path}/test", {}).status == 404


def test_a_webhook_shows_its_secret_once(house: House, clock: Clock) -> None:
    client, path = house.client, f"{WEBHOOKS}/{house.webhook}"
    read = client.get(path).json
    assert (read["name"], read["url"]) == ("hooks.example.com", "https://hooks.example.com/in")
    assert (read["events"], read["enabled"]) == ([], True)
    rotated = client.post(f"{path}/rotate", {})
    assert rotated.json["previousValidUntil"] == iso(clock.now + OVERLAP_MS)
    secrets = [house.secret, rotated.json["secret"]]
    assert secrets[0] != secrets[1]
    listed = client.get(WEBHOOKS).json["_embedded"]["webhookConfigurationResourceList"]
    assert listed[0]["id"] == house.webhook
    history = list(walk_history(house.world, house.tenant, "WEBHOOK_CONFIGURATION", house.webhook))
    seen = json.dumps([read, listed, history]) + stored_text(house)
    assert not [secret for secret in secrets if secret in seen]
    changed = change(house, path, events=["alert", "alert"], description="d", url=None)
    assert (changed.json["events"], changed.json["description"]) == (["alert"], "d")
    assert changed.json["url"] == read["url"]
    assert change(house, path, description=None).json.get("description") is None


def test_the_former_secret_signs_for_another_day(house: House, clock: Clock) -> None:
    path = f"{WEBHOOKS}/{house.webhook}"

    def signatures() -> list[str]:
        assert house.client.post(f"{path}/test", {}).json["status"] == "DELIVERED"
        return house.outside.calls[-1].headers["webhook-signature"].split(" ")

    assert len(signatures()) == 1
    house.client.post(f"{path}/rotate", {})
    assert len(signatures()) == 2
    clock.move(DAY - 1)
    assert len(signatures()) == 2
    clock.move(1)
    assert len(signatures()) == 1
    for _ in range(4):
        assert house.client.post(f"{path}/rotate", {}).status == 200
    assert len(signatures()) == 5
    assert house.client.post(f"{path}/rotate", {}).status == 409
    clock.move(DAY)
    assert house.client.post(f"{path}/rotate", {}).status == 200
    assert len(signatures()) == 2


@LOCAL
def test_a_test_tells_at_once_how_it_went_and_is_not_repeated(house: House) -> None:
    change(house, f"{WEBHOOKS}/{house.webhook}", enabled=False, events=["alert"])
    good = house.client.post(f"{WEBHOOKS}/{house.webhook}/test", {}).json
    assert (good["status"], good["event"], good["attempts"]) == ("DELIVERED", "test", 1)
    assert (good["log"][0]["status"], good["log"][0]["answer"]) == (200, "ok")
    house.outside.replies = [answered(404, b"no_service"), Unreachable("no answer")]
    bad = house.client.post(f"{SLACK}/{house.slack}/test", {}).json
    assert (bad["status"], bad["reason"]) == ("FAILED", "the receiver answered 404")
    assert bad["log"][0]["answer"] == "no_service"
    silent = house.client.post(f"{SLACK}/{house.slack}/test", {}).json
    assert (silent["status"], silent["log"][0]["status"]) == ("FAILED", None)
    assert deliver_due(house.world)["delivered"] == 0


@LOCAL
@pytest.mark.parametrize(
    ("path", "members", "field"),
    [
        (SLACK, {"name": "a"}, "webhookUrl"),
        (SLACK, {"webhookUrl": SLACK_URL}, "name"),
        (SLACK, {"name": "a", "webhookUrl": "http://hooks.slack.com/x"}, "webhookUrl"),
        (SLACK, {"name": "a", "webhookUrl": "https://127.0.0.1/x"}, "webhookUrl"),
        (SLACK, {"name": "a", "webhookUrl": "https://u:p@x.io/"}, "webhookUrl"),
        (WEBHOOKS, {}, "url"),
        (WEBHOOKS, {"url": "https://[::1]/"}, "url"),
        (WEBHOOKS, {"url": "https://169.254.169.254/latest"}, "url"),
        (WEBHOOKS, {"url": "https://x.io/" + "a" * 2_000}, "url"),
        (WEBHOOKS, {"url": "https://x.io/", "events": ["A b"]}, "events"),
        (WEBHOOKS, {"url": "https://x.io/", "events": ["a"] * 51}, "events"),
        (WEBHOOKS, {"url": "https://x.io/", "tenantId": "!"}, "tenantId"),
    ],
)
def test_what_no_destination_may_be(
    house: House, path: str, members: dict[str, Any], field: str
) -> None:
    answer = house.client.post(path, members)
    assert answer.status == 400, answer.body
    assert any(name.startswith(field) for name in answer.json["details"]), answer.json


@LOCAL
def test_a_key_that_only_reads_changes_nothing(house: House) -> None:
    _, key = create_key(house.world, house.tenant, house.team, "r", KeyKind.READ)
    assert house.client.get(SLACK, x_api_key=key).status == 200
    path = f"{WEBHOOKS}/{house.webhook}"
    for tried in (f"{path}/rotate", f"{path}/test", WEBHOOKS):
        assert house.client.post(tried, {}, x_api_key=key).status == 403
    assert house.outside.calls == []


def rows(house: House, **query: Any) -> list[dict[str, Any]]:
    answer = house.client.get(DELIVERIES, query)
    assert answer.status == 200, answer.body
    return list(answer.json["_embedded"]["deliveryResourceList"])


def test_deliveries_are_listed_looked_at_and_sent_again(house: House, clock: Clock) -> None:
    began = clock.now
    for number in range(3):
        house.outside.replies = [answered(500) for _ in range(number)]
        told = notice(f"k{number}", event=f"alert.e{number}", body={"n": number})
        enqueue(house.world, house.tenant, house.team, told, Destinations([], [house.slack]))
        deliver_due(house.world)
        clock.move(1_000)
    listed = rows(house)
    assert [each["key"] for each in listed] == ["k2", "k1", "k0"]
    assert [each["status"] for each in listed] == ["PENDING", "PENDING", "DELIVERED"]
    assert listed[2]["nextAttemptAt"] is None
    assert [each["key"] for each in rows(house, status="PENDING")] == ["k2", "k1"]
    assert [each["key"] for each in rows(house, event="alert.e1")] == ["k1"]
    assert len(rows(house, destination=f"slack:{house.slack}")) == 3
    assert (len(rows(house, destination="slack")), rows(house, destination="email")) == (3, [])
    span = {"since": iso(began + 1_000), "until": iso(began + 2_000)}
    assert [each["key"] for each in rows(house, **span)] == ["k1"]
    assert [each["key"] for each in rows(house, sort="event")] == ["k0", "k1", "k2"]
    page = house.client.get(DELIVERIES, {"size": 2, "page": 1}).json
    assert (page["page"]["totalElements"], len(page["_embedded"]["deliveryResourceList"])) == (3, 1)
    path = f"{DELIVERIES}/{listed[2]['id']}"
    shown = house.client.get(path).json
    assert (shown["text"], shown["body"], len(shown["log"])) == ("all gone", {"n": 0}, 1)
    replayed = house.client.post(f"{path}/replay", {}).json
    assert (replayed["status"], replayed["attempts"]) == ("PENDING", 1)
    house.outside.replies = []
    deliver_due(house.world)
    again = house.client.get(path).json
    assert (again["status"], again["attempts"], len(again["log"])) == ("DELIVERED", 2, 2)
    assert house.client.get(f"{DELIVERIES}/{new_id()}").status == 404
    assert house.client.post(f"{DELIVERIES}/{new_id()}/replay", {}).status == 404
    assert house.client.get(DELIVERIES, {"since": iso(2), "until": iso(1)}).status == 400
    assert house.client.get(DELIVERIES, {"status": "LOST"}).status == 400
    assert house.client.get(DELIVERIES, {"sort": "text"}).status == 400
