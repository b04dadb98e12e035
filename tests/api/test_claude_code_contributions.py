"""What Claude Code did for whom: read from Anthropic day by day, shown per person."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.assistants.contribution_syncing import sync_contributions
from chalicelib.assistants.mapping_records import note_found
from chalicelib.assistants.readings import CLAUDE_CODE, SyncStatus
from chalicelib.assistants.states import free_readings, take
from chalicelib.kit.clock import DAY, HOUR, day_of
from chalicelib.ports.world import World
from tests.assistants.github import allow
from tests.providers.anthropic import KEY, connect
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.provider import Answer, Asked, FakeProvider

PATH = "/profitstream/v2/api/billing/users/claude-code-contributions"
REPORT = "/v1/organizations/usage_report/claude_code"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)


def work(email: str = "", cents: object = "1.5", **more: Any) -> dict[str, Any]:
    actor = {"type": "user_actor", "email_address": email}
    if not email:
        actor = {"type": "api_actor", "api_key_name": "ci"}
    return {
        "actor": actor,
        "customer_type": "api",
        "terminal_type": "vscode",
        "core_metrics": {
            "num_sessions": 2,
            "lines_of_code": {"added": 10, "removed": 3},
            "commits_by_claude_code": 1,
            "pull_requests_by_claude_code": 1,
        },
        "tool_actions": {"edit_tool": {"accepted": 3, "rejected": 1}},
        "model_breakdown": [
            {
                "model": "claude-opus-4-5",
                "tokens": {"input": 5, "output": 7, "cache_read": 11, "cache_creation": 13},
                "estimated_cost": {"currency": "USD", "amount": cents},
            }
        ],
        **more,
    }


class FakeReport:
    """Anthropic's report: the records of each day, in pages of two."""

    def __init__(self, provider: FakeProvider) -> None:
        self.provider = provider
        self.days: dict[str, list[dict[str, Any]]] = {}
        self.broken: dict[str, Answer] = {}
        provider.answer("GET", "/v1/organizations/me", {"id": "org"})
        provider.script("GET", REPORT, self.serve)

    def serve(self, asked: Asked) -> Answer:
        query = dict(asked.query)
        assert asked.headers["x-api-key"] == KEY
        day, page = query["starting_at"], int(query.get("page", 0))
        if day in self.broken:
            return self.broken[day]
        rows = self.days.get(day, [])
        more = len(rows) > 2 * page + 2
        return Answer(
            {
                "data": rows[2 * page : 2 * page + 2],
                "has_more": more,
                "next_page": str(page + 1) if more else None,
            }
        )

    @property
    def asked(self) -> list[str]:
        paths = [each for each in self.provider.asked if each.path == REPORT]
        return [dict(each.query)["starting_at"] for each in paths]


@pytest.fixture
def anthropic() -> Iterator[FakeReport]:
    with FakeProvider() as provider:
        yield FakeReport(provider)


@pytest.fixture
def client(world: World, anthropic: FakeReport, tmp_path: Path) -> Client:
    return Client(allow(world, anthropic.provider, tmp_path))


def read(client: Client, **more: Any) -> SyncStatus | None:
    return sync_contributions(client.world, client.installed.team, **more)


def days_ago(clock: Clock, days: int) -> str:
    return day_of(clock() - days * DAY)


def test_without_a_key_nothing_is_connected(client: Client) -> None:
    shown = client.get(PATH).json
    assert (shown["connected"], shown["contributions"], shown["totalContributions"]) == (
        False,
        [],
        0,
    )
    assert client.post(PATH + "/sync", b"").status == 404
    assert read(client) is None


def test_records_of_one_person_are_added_up(
    client: Client, anthropic: FakeReport, clock: Clock
) -> None:
    yesterday, before = days_ago(clock, 1), days_ago(clock, 2)
    anthropic.days = {
        yesterday: [
            work("Ida@x.example", 186),
            work("ida@x.example", "0.0001", customer_type="subscription", subscription_type="team"),
            work(cents=0.3),
        ],
        before: [work("ida@x.example", "100", tool_actions={}), work("per@x.example", cents=None)],
    }
    connect(client, anthropic.provider)
    asked = client.post(PATH + "/sync", b"")
    assert (asked.status, asked.json["status"]) == (202, "ACCEPTED")
    assert (asked.json["startDate"], asked.json["endDate"]) == (days_ago(clock, 30), yesterday)
    assert read(client) is SyncStatus.SUCCESS
    assert len(set(anthropic.asked)) == 30
    note_found(client.world, client.installed.team, "ida@x.example", "ida")
    shown = client.get(PATH).json
    assert [row["userEmail"] for row in shown["contributions"]] == [
        "ida@x.example",
        None,
        "per@x.example",
    ]
    ida, key, per = shown["contributions"]
    assert (ida["count"], ida["sessions"], ida["activeDays"], ida["linesAdded"]) == (6, 6, 2, 30)
    assert (ida["customerType"], ida["subscriptionType"]) == ("subscription", "team")
    assert (ida["githubLogin"], ida["acceptanceRate"]) == ("ida", 0.75)
    assert ida["toolActions"] == [{"tool": "edit_tool", "accepted": 6, "rejected": 2}]
    assert (key["apiKeyName"], key["estimatedCost"]) == ("ci", 0.003)
    assert per["estimatedCost"] == 0
    assert b'"estimatedCost":2.860001000' in client.get(PATH).body, "cents become exact dollars"
    totals = shown["totals"]
    assert (totals["activeUsers"], totals["cacheCreationTokens"]) == (2, 65)
    assert (shown["totalContributions"], shown["connected"]) == (10, True)
    assert shown["lastSyncStatus"] == "SUCCESS"
    only = client.get(PATH, {"email": "IDA@x.example", "granularity": "day"}).json
    assert [(row["date"], row["count"]) for row in only["dailyRows"]] == [
        (before, 2),
        (yesterday, 4),
    ]
    assert only["totalContributions"] == 6


def test_a_day_is_replaced_as_a_whole(client: Client, anthropic: FakeReport, clock: Clock) -> None:
    yesterday, long_ago = days_ago(clock, 1), days_ago(clock, 20)
    anthropic.days = {yesterday: [work("a@x.example")], long_ago: [work("old@x.example")]}
    connect(client, anthropic.provider)
    assert read(client) is SyncStatus.SUCCESS
    assert read(client) is None, "not again within the hour"
    anthropic.days = {yesterday: [work("b@x.example")]}
    begun = len(anthropic.asked)
    clock.move(7 * HOUR)
    assert read(client) is SyncStatus.SUCCESS
    assert anthropic.asked[begun] == day_of(clock() - 4 * DAY), "the last days are read again"
    found = [row["userEmail"] for row in client.get(PATH).json["contributions"]]
    assert found == ["b@x.example", "old@x.example"]
    anthropic.days = {}
    client.post(PATH + "/sync", b"", {"startDate": yesterday, "endDate": yesterday})
    assert read(client) is SyncStatus.SUCCESS
    assert anthropic.asked[-1] == yesterday
    found = [row["userEmail"] for row in client.get(PATH).json["contributions"]]
    assert found == ["old@x.example"]


@LOCAL
@pytest.mark.parametrize(
    "told",
    [
        Answer(b"<html>"),
        Answer({"error": "no"}, 401),
        Answer({}, 429, {"Retry-After": "3600"}),
        Answer({"data": [], "has_more": True}),
        Answer({"data": [{"actor": {}}], "has_more": False}),
        Answer({"data": [work("a@x.example", "many")], "has_more": False}),
        Answer({"data": [work("a@x.example", core_metrics=[])], "has_more": False}),
        Answer({"data": [work("a@x.example", model_breakdown={})], "has_more": False}),
        Answer({"data": [work("a@x.example", tool_actions={"x": 1})], "has_more": False}),
    ],
    ids=["html", "401", "429", "pages", "nobody", "amount", "metrics", "models", "tools"],
)
def test_what_cannot_be_read_leaves_what_was_known(
    client: Client, anthropic: FakeReport, clock: Clock, told: Answer
) -> None:
    yesterday, before = days_ago(clock, 1), days_ago(clock, 2)
    anthropic.days = {yesterday: [work("a@x.example")], before: [work("a@x.example")]}
    connect(client, anthropic.provider)
    assert read(client) is SyncStatus.SUCCESS
    anthropic.days = {before: [work("b@x.example")]}
    anthropic.broken = {yesterday: told}
    clock.move(7 * HOUR)
    assert read(client) is SyncStatus.PARTIAL
    shown = client.get(PATH, {"granularity": "day"}).json
    assert [(row["date"], row["userEmail"]) for row in shown["dailyRows"]] == [
        (before, "b@x.example"),
        (yesterday, "a@x.example"),
    ]
    assert (shown["lastSyncStatus"], yesterday in shown["lastSyncError"]) == ("PARTIAL", True)
    assert KEY not in client.get(PATH).body.decode()
    anthropic.broken = {}
    clock.move(7 * HOUR)
    assert read(client) is SyncStatus.SUCCESS
    assert client.get(PATH).json["lastSyncError"] is None


@LOCAL
def test_one_reads_at_a_time_and_goes_on(
    client: Client, anthropic: FakeReport, clock: Clock
) -> None:
    connect(client, anthropic.provider)
    team = client.installed.team
    take(client.world, team, CLAUDE_CODE)
    assert client.post(PATH + "/sync", b"").status == 409
    assert read(client) is None
    assert free_readings(client.world) == 1
    assert client.post(PATH + "/sync", b"").status == 202
    assert read(client, until=clock()) is SyncStatus.PARTIAL
    assert anthropic.asked == []
    assert read(client) is SyncStatus.SUCCESS
    assert len(anthropic.asked) == 30


@LOCAL
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"startDate": "2026-11-20", "endDate": "2026-11-19"}, "startDate"),
        ({"startDate": "2024-01-01"}, "startDate"),
        ({"startDate": "yesterday"}, "startDate"),
        ({"endDate": "0001-01-01"}, "endDate"),
        ({"granularity": "week"}, "granularity"),
    ],
)
def test_bad_ranges_name_their_field(client: Client, query: dict[str, str], field: str) -> None:
    answer = client.get(PATH, query)
    assert (answer.status, [each["field"] for each in answer.json["errors"]]) == (400, [field])


@LOCAL
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"startDate": "2026-11-20", "endDate": "2026-11-19"}, "startDate"),
        ({"startDate": "2026-01-01"}, "startDate"),
        ({"endDate": "2027-01-01"}, "endDate"),
    ],
)
def test_what_is_not_read_at_once(
    client: Client, anthropic: FakeReport, query: dict[str, str], field: str
) -> None:
    connect(client, anthropic.provider)
    answer = client.post(PATH + "/sync", b"", query)
    assert (answer.status, [each["field"] for each in answer.json["errors"]][:1]) == (400, [field])
