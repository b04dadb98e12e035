"""Versions of a metered event: why each came, and what differs, however it was changed."""

import json
from typing import Any

import pytest

from chalicelib.events import versions as module
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import MINUTE, day_of, iso
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.metering.bulk import KINDS, FileRecord, Load, Mode
from chalicelib.metering.joining import join_known
from chalicelib.metering.rerating import Order, rerate
from chalicelib.metering.rows import event_record
from infra.local.feeder import drain
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock

M = "/profitstream/v2/api/sources/metrics"
MODELS = "/profitstream/v2/api/sources/ai/models"
HOUSE = {"provider": "HOUSE", "model": "home-grown"}
TODAY = day_of(NOON)
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)


def meter(client: Client, **members: Any) -> None:
    body = completion(1, **members)
    assert client.post("/meter/v2/ai/completions", body).status == 201
    drain(client.world)


def give_price(client: Client) -> None:
    body = {"name": "home-grown", "provider": "HOUSE", "mode": "chat"}
    prices = {"inputCostPerToken": 0.000001, "outputCostPerToken": 0.000002}
    assert client.post(MODELS, {**body, **prices}).status == 200
    rerate(client.world, client.installed.team, Order(TODAY, TODAY), "test")
    drain(client.world)


def correct(client: Client, mode: Mode = Mode.CORRECT, **members: Any) -> None:
    installed = client.installed
    load = Load(
        world=client.world,
        principal=Principal(installed.tenant, installed.team, "file", frozenset()),
        kind=KINDS["completion"],
        mode=mode,
        tell=lambda *_: None,
    )
    list(load.run([FileRecord(1, json.dumps(completion(1, **members)).encode())]))
    drain(client.world)


def versions(client: Client, identity: str = "chatcmpl-1", **query: str) -> list[dict[str, Any]]:
    answer = client.get(f"{M}/ai/{identity}/versions", query)
    assert answer.status == 200, answer.body
    rows: list[dict[str, Any]] = answer.json["_embedded"]["eventVersionList"]
    return rows


def changes(version: dict[str, Any]) -> dict[str, tuple[str | None, str | None]]:
    return {
        each["field"]: (each["previousValue"], each["currentValue"]) for each in version["changes"]
    }


def test_a_price_that_arrives_is_told_to_the_nano(client: Client, clock: Clock) -> None:
    meter(client, **HOUSE)
    clock.move(MINUTE)
    give_price(client)
    newest, first = versions(client)
    assert (first["cause"], first["version"], first["totalCost"]) == ("METERED", 1, None)
    assert (first["priceStatus"], first["unpricedReason"]) == ("UNPRICED", "NO_PRICE")
    assert first["changes"] == []
    assert (newest["cause"], newest["version"], newest["totalCost"]) == ("RE_RATED", 2, 0.0012)
    assert newest["versionAt"] == iso(clock())
    told = changes(newest)
    assert told["cost_usd"] == (None, "0.001200000")
    assert told["price_status"] == ("UNPRICED", "PRICED")
    assert told["price_version"][1] == newest["priceVersion"]
    assert not {"version", "revised_at"} & told.keys()


def test_a_correction_says_what_it_changed(client: Client) -> None:
    meter(client)
    correct(client, inputTokenCount=2_000, totalTokenCount=2_100, organizationName="Halden")
    newest, _ = versions(client)
    assert (newest["cause"], newest["channel"]) == ("CORRECTED", "REST")
    told = changes(newest)
    assert told["input_tokens"] == ("1000", "2000")
    assert told["organization"] == (None, "Halden")
    assert told["cost_usd"] == ("0.000210000", "0.000360000")


def test_a_stated_cost_is_corrected_not_rated(client: Client) -> None:
    correct(client, Mode.ADD, totalCost=0.5)
    correct(client, totalCost=0.25)
    newest, _ = versions(client)
    assert newest["cause"] == "CORRECTED"
    assert changes(newest)["stated_cost_usd"] == ("0.500000000", "0.250000000")


def test_what_was_taken_back_says_by_whom_and_why(client: Client) -> None:
    meter(client)
    user = client.get("/profitstream/v2/api/users/me").json["id"]
    identity = client.get(f"{M}/ai/chatcmpl-1").json["id"]
    gone = client.send("DELETE", f"{M}/ai/{identity}", b"", {"reason": "a test"}, {})
    assert gone.status == 204
    for each in (identity, "chatcmpl-1"):
        newest, first = versions(client, each)
        assert (newest["cause"], newest["deleted"], first["deleted"]) == ("VOIDED", True, False)
        assert (newest["author"], newest["reason"]) == (user, "a test")
        assert changes(newest) == {"deleted": ("false", "true")}


def test_another_record_of_the_call_enriches_it(client: Client) -> None:
    meter(client)
    team, world = client.installed.team, client.world
    identity = client.get(f"{M}/ai/chatcmpl-1").json["id"]
    row = json.loads(world.events.history(team, identity)[0].body)
    span = {**row, "channel": "OTLP", "cache_read_tokens": 400}
    join_known(world, team, [event_record(team, AI_EVENTS, span)])
    newest, _ = versions(client)
    assert newest["cause"] == "ENRICHED"
    told = changes(newest)
    assert told["cache_read_tokens"] == (None, "400")
    assert told["records"] == (None, "REST, OTLP")


def test_pages_are_the_newest_first(client: Client) -> None:
    meter(client)
    for number in range(3):
        correct(client, agent=f"agent {number}")
    assert [each["version"] for each in versions(client)] == [4, 3, 2, 1]
    assert [each["version"] for each in versions(client, sort="version,asc")] == [1, 2, 3, 4]
    unknown = client.get(f"{M}/ai/chatcmpl-1/versions", {"sort": "nope"})
    assert (unknown.status, unknown.json["errors"][0]["field"]) == (400, "sort")
    (second,) = versions(client, size="1", page="1")
    assert (second["version"], changes(second)) == (3, {"agent": ("agent 0", "agent 1")})


def test_a_cut_list_of_versions_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    meter(client)
    path = f"{M}/ai/chatcmpl-1/versions"
    for number in range(4):
        correct(client, agent=f"agent {number}")
    answer = client.get(path, {"size": "3"})
    told = answer.json["_embedded"]["eventVersionList"]
    assert [each["version"] for each in told] == [5, 4, 3]
    assert changes(told[-1]) == {"agent": ("agent 0", "agent 1")}
    assert answer.json["page"]["totalElements"] == 5
    for query in ({"size": "3", "page": "1"}, {"size": "3", "sort": "version,asc"}):
        refused = client.get(path, query)
        assert (refused.status, "of 5 versions the newest 3" in refused.body.decode()) == (
            400,
            True,
        )


@LOCAL
def test_what_the_ledger_forgot_has_one_version_of_unknown_cause(
    client: Client, clock: Clock
) -> None:
    meter(client)
    correct(client, agent="other")
    identity = client.get(f"{M}/ai/chatcmpl-1").json["id"]
    client.world.events.drop(client.installed.team, [identity])
    clock.move((client.world.settings.event_retention_days + 2) * 24 * 60 * MINUTE)
    (only,) = versions(client, identity)
    assert (only["version"], only["cause"], only["changes"]) == (2, "UNKNOWN", [])


def test_tools_have_versions_too_and_others_see_none(client: Client) -> None:
    body = {"transactionId": "t1", "toolId": "search", "durationMs": 3, "success": True}
    assert client.post("/meter/v2/tool/events", body | {"timestamp": iso(NOON)}).status == 201
    path = f"{M}/tool/events/t1/versions"
    (first,) = client.get(path).json["_embedded"]["eventVersionList"]
    assert first["cause"] == "METERED"
    assert client.get(f"{M}/ai/t1/versions").status == 404
    assert Client(client.world).get(path).status == 404
