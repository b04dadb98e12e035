"""Connections to providers, and reports on what they billed, over HTTP on both adapters."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.kit.clock import HOUR
from chalicelib.ports.engine import Result, Statement
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers import billed
from chalicelib.providers.syncing import sync_due
from tests.providers.anthropic import (
    CREDENTIALS,
    KEY,
    FakeAnthropic,
    Use,
    connect,
    dollars,
    reach,
)
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.provider import FakeProvider

BILLING = "/profitstream/v2/api/billing"
WORKSPACES = "/profitstream/v2/api/workspaces"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
USES = (
    Use("2026-11-22", "123.45", tokens=1_000),
    Use("2026-11-23", "0.0001", tokens=7, kind="cache_read_input_tokens"),
    Use(
        "2026-11-23", "50", model="claude-opus-4-5", tokens=20, kind="output_tokens", key="apikey_2"
    ),
    Use("2026-11-24", "25", workspace=None, key=None, tokens=5),
)


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider() as serving:
        yield serving


@pytest.fixture
def anthropic(provider: FakeProvider) -> FakeAnthropic:
    return FakeAnthropic(provider, USES)


@pytest.fixture
def client(world: World, provider: FakeProvider, tmp_path: Path) -> Client:
    return Client(reach(world, provider, tmp_path))


def put(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.send("PUT", path, json.dumps(body).encode(), None, {})


def fields(answer: Any) -> list[str]:
    return [each["field"] for each in answer.json["errors"]]


def rows(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.json["_embedded"]["objectList"]
    return found


def test_a_key_is_kept_and_seen_nowhere(client: Client, anthropic: FakeAnthropic) -> None:
    made = connect(client, anthropic.provider, label="ignored")
    assert (made["status"], made["keyHint"], made["provider"]) == ("VALID", "1234", "anthropic")
    path = f"{CREDENTIALS}/{made['id']}"
    assert client.get(path).json == made
    assert client.get(CREDENTIALS).json["page"]["totalElements"] == 1
    assert put(client, path, {"description": "all of it"}).json["description"] == "all of it"
    team = client.installed.team
    stored = "".join(json.dumps(dict(each.doc)) for each in client.world.documents.every(team))
    assert KEY not in stored
    assert "very-secret" not in stored + json.dumps(made)
    assert client.send("DELETE", path, b"", None, {}).status == 200
    assert client.get(path).status == 404
    again = connect(client, anthropic.provider)
    assert again["id"] != made["id"]


@LOCAL
def test_what_makes_no_connection(client: Client, anthropic: FakeAnthropic) -> None:
    made = connect(client, anthropic.provider)
    body = {"credentialName": "Other", "provider": "anthropic", "apiKey": KEY}
    twice = client.post(CREDENTIALS, {**body, "baseUrl": anthropic.provider.url})
    assert (twice.status, fields(twice)[0]) == (409, "provider")
    bad = client.post(CREDENTIALS, {"provider": "litellm", "apiKey": "sk-x"})
    assert fields(bad) == ["credentialName", "baseUrl"]
    copilot = {"label": "Old name", "provider": "github_copilot", "apiKey": "ghp"}
    assert fields(client.post(CREDENTIALS, copilot)) == ["account"]
    bedrock = client.post(CREDENTIALS, {**body, "provider": "bedrock"})
    assert "FOCUS" in bedrock.body.decode()
    inside = client.post(CREDENTIALS, {**body, "baseUrl": "http://169.254.169.254/latest"})
    assert (inside.status, inside.json["code"]) == (400, "ADDRESS_REFUSED")
    path = f"{CREDENTIALS}/{made['id']}"
    moved = put(client, path, {"baseUrl": "https://evil.example"})
    assert (moved.status, fields(moved)[0]) == (400, "apiKey")
    other = put(client, path, {"provider": "openai"})
    assert (other.status, fields(other)) == (400, ["provider"])
    assert put(client, path, {"provider": "anthropic", "description": "x"}).status == 200
    anthropic.provider._queues.clear()
    anthropic.provider.answer("GET", "/v1/organizations/me", {}, status=401)
    refused = put(client, path, {"apiKey": "sk-ant-wrong"})
    assert (refused.status, refused.json["code"]) == (422, "CREDENTIAL_REFUSED")
    assert client.get(path).json["keyHint"] == "1234"


def test_what_was_billed_is_told_to_the_last_digit(
    client: Client, anthropic: FakeAnthropic
) -> None:
    anthropic.page_size = 1
    connect(client, anthropic.provider)
    assert sync_due(client.world)["synced"] == 1
    models = client.get(f"{BILLING}/models")
    assert f'"totalCost":{dollars(USES)}' in models.body.decode().replace(" ", "")
    sonnet, opus = rows(models)
    assert (sonnet["model"], sonnet["cost"]) == ("claude-sonnet-4-5", 1.484501)
    assert (sonnet["inputTokens"], sonnet["cacheReadTokens"], sonnet["outputTokens"]) == (
        1005,
        7,
        None,
    )
    assert (sonnet["totalTokens"], sonnet["requestCount"]) == (1012, 3)
    assert (opus["cost"], opus["percentage"], opus["outputTokens"]) == (0.5, 25.1953, 20)
    keys = {row["id"]: row["cost"] for row in rows(client.get(f"{BILLING}/api-keys"))}
    assert keys == {"apikey_1": 1.234501, "apikey_2": 0.5, "(no key)": 0.25}
    daily = rows(client.get(f"{BILLING}/daily"))
    assert [(row["date"], row["cost"]) for row in daily] == [
        ("2026-11-22", 1.2345),
        ("2026-11-23", 0.5),  # claude-opus before claude-sonnet
        ("2026-11-23", 0.000001),
        ("2026-11-24", 0.25),
    ]
    spaces = {row["workspace"]: row["cost"] for row in rows(client.get(f"{BILLING}/workspaces"))}
    assert spaces == {"Support": 1.734501, "Default": 0.25}


def test_lists_are_filtered_and_their_totals_with_them(
    client: Client, anthropic: FakeAnthropic
) -> None:
    connect(client, anthropic.provider)
    sync_due(client.world)
    ask = {"period": "custom", "startDate": "2026-11-23T23:00:00Z", "endDate": "2026-11-23"}
    assert client.get(f"{BILLING}/models", ask).json["totalCost"] == 0.500001
    alone = {"startDate": "2026-11-23", "endDate": "2026-11-23"}  # as the custom period
    assert client.get(f"{BILLING}/models", alone).json["totalCost"] == 0.500001
    beside = {"period": "30d", **alone}  # where the word counts, says the contract
    assert client.get(f"{BILLING}/models", beside).json["totalCost"] == 1.984501
    assert client.get(f"{BILLING}/models", {"minCost": "0.6"}).json["totalCost"] == 1.484501
    assert client.get(f"{BILLING}/models", {"query": "OPUS"}).json["totalCost"] == 0.5
    assert client.get(f"{BILLING}/models", {"apiKey": "nobody"}).json["totalCost"] == 0
    assert client.get(f"{BILLING}/models", {"provider": "openai"}).json["totalCost"] == 0
    page = client.get(f"{BILLING}/daily", {"size": "1", "page": "2", "sort": "cost,desc"}).json
    assert (page["page"]["totalElements"], page["totalCost"]) == (4, 1.984501)
    assert page["_embedded"]["objectList"][0]["cost"] == 0.25
    assert client.get(f"{BILLING}/api-keys", {"apiKey": "apikey_2"}).json["totalCost"] == 0.5
    other = Client(client.world)
    empty = other.get(f"{BILLING}/models").json
    assert (empty["totalCost"], rows_of(empty), empty["lastRefreshDate"]) == (0, [], None)


def rows_of(page: dict[str, Any]) -> list[Any]:
    found: list[Any] = page["_embedded"]["objectList"]
    return found


@LOCAL
def test_what_cannot_be_asked(client: Client) -> None:
    for ask, named in (
        ({"period": "fortnight"}, ["period"]),
        ({"period": "custom"}, ["startDate", "endDate"]),
        ({"period": "custom", "startDate": "2026-03-02", "endDate": "2026-03-01"}, ["startDate"]),
        ({"startDate": "2026-03-02"}, ["endDate"]),
        ({"period": "custom", "startDate": "2020-01-01", "endDate": "2026-03-01"}, ["startDate"]),
        ({"provider": "acme", "minCost": "-1"}, ["provider", "minCost"]),
    ):
        answer = client.get(f"{BILLING}/models", ask)
        assert fields(answer) == named, ask


def test_workspaces_are_discovered_and_named(client: Client, anthropic: FakeAnthropic) -> None:
    connect(client, anthropic.provider)
    sync_due(client.world)
    default, support = rows(client.get(WORKSPACES))
    assert (default["name"], default["workspaceId"]) == ("Default", None)
    assert (support["name"], support["workspaces"][0]["credentialName"]) == ("Support", "Anthropic")
    path = f"{WORKSPACES}/{default['id']}/name"
    named = client.send("PATCH", path, b'{"reveniumName": " support "}', None, {})
    assert named.json["name"] == "support"
    (both,) = rows(client.get(WORKSPACES))
    assert (both["workspaceCount"], both["providers"]) == (2, ["anthropic"])
    (row,) = rows(client.get(f"{BILLING}/workspaces"))
    assert (row["cost"], row["reveniumName"]) == (1.984501, "support")
    sync_due(client.world)
    assert client.send("PATCH", path, b'{"reveniumName": null}', None, {}).json["name"] == "Default"
    assert rows(client.get(WORKSPACES, {"query": "SUPP"}))[0]["name"] == "Support"
    assert rows(client.get(WORKSPACES, {"provider": "openai"})) == []
    assert client.send("PATCH", f"{WORKSPACES}/abc/name", b"{}", None, {}).status in (400, 404)


@LOCAL
def test_a_refresh_is_waited_for_or_done_later(
    client: Client, anthropic: FakeAnthropic, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = connect(client, anthropic.provider)
    team = client.installed.team
    path = f"{BILLING}/refresh"
    assert client.get(path).status == 400
    later = client.get(path, {"teamId": team, "refreshType": "historical"})
    assert (later.status, fields(later)[0]) == (400, "providerCredentialIds")
    ask = {"teamId": team, "refreshType": "historical", "providerCredentialId": made["id"]}
    accepted = client.get(path, {**ask, "days": "60"})
    assert (accepted.status, accepted.json["status"]) == (202, "ACCEPTED")
    assert client.get(path, {**ask, "providerCredentialId": "zzzzz"}).status == 404
    assert client.get(path, {**ask, "days": "91"}).status == 400
    sync_due(client.world)
    shown = client.get(f"{CREDENTIALS}/{made['id']}").json
    assert (shown["firstBilledDay"], shown["lastBilledDay"]) == ("2026-09-26", "2026-11-24")

    def work(_seconds: float) -> None:
        sync_due(client.world)

    monkeypatch.setattr("chalicelib.providers.refreshing.time.sleep", work)
    clock.move(HOUR)
    done = client.post(path, {}, {"teamId": team})
    assert (done.status, done.json["status"], done.json["recordsFetched"]) == (200, "COMPLETED", 2)
    anthropic.uses.clear()
    clock.move(HOUR)
    client.post(path, {}, {"teamId": team})
    daily = rows(client.get(f"{BILLING}/daily"))
    assert [row["date"] for row in daily] == ["2026-11-22", "2026-11-23", "2026-11-23"]


def test_rows_of_equal_cost_have_a_place_whatever_order_the_engine_answers_in(
    client: Client, anthropic: FakeAnthropic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page asks again: engines promise no order of groups, and none is kept for them."""
    connect(client, anthropic.provider)
    sync_due(client.world)
    answered = billed.run

    def shuffled(world: World, team: Scope, statement: Statement) -> Result:
        result = answered(world, team, statement)
        rows = list(result.rows)
        random.shuffle(rows)
        return replace(result, rows=rows)

    monkeypatch.setattr(billed, "run", shuffled)
    for report, member in (("daily", "date"), ("api-keys", "provider"), ("models", "provider")):
        whole = rows(client.get(f"{BILLING}/{report}", {"sort": member}))
        assert len(whole) > 1
        for _ in range(8):
            paged = [
                row
                for page in range(len(whole))
                for row in rows(
                    client.get(
                        f"{BILLING}/{report}", {"sort": member, "size": "1", "page": str(page)}
                    )
                )
            ]
            assert paged == whole
