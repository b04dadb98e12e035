"""Merged pull requests over HTTP: by login, period and repository, and what one cost."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.assistants.mapping_records import note_found
from chalicelib.assistants.pull_costs import prorate
from chalicelib.assistants.pull_periods import period_of
from chalicelib.assistants.subscription_records import Subscription, Tier
from chalicelib.assistants.syncing import sync_team
from chalicelib.kit.clock import DAY, HOUR, day_start, iso, parse_instant
from chalicelib.ports.world import World
from infra.local.feeder import drain
from tests.assistants.github import CLAUDE, PATH, TOKEN, FakeGitHub, FakePull, fake_github, reach
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock

LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
PRS = "/profitstream/v2/api/billing/users/github-prs"
VCS = "/profitstream/v2/api/billing/users/vcs-prs"
SCOPE = {
    "source": "github",
    "connected": False,
    "credentialCount": 0,
    "deliveringCredentialCount": 0,
    "filterActive": False,
    "syncedRepositoryCount": None,
    "totalRepositoryCount": None,
    "repositoryBreakdownSupported": True,
    "unsupportedReason": None,
    "lastSyncedAt": None,
}


def pull(number: int, login: str | None, day: str, *messages: str) -> FakePull:
    at = parse_instant(f"{day}T23:59:59.999Z")
    return FakePull(number, login, at, at, list(messages) or ["Fix"])


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with fake_github() as serving:
        serving.repositories = {
            "Acme/API": [
                pull(1, "Ida", "2026-11-22", CLAUDE),
                pull(2, "ida", "2026-11-23", CLAUDE, "x\nCo-authored-by: Codex <c@x>"),
                pull(3, "per", "2026-11-23"),
                pull(4, "per", "2026-10-31"),
                pull(5, None, "2026-11-01"),
            ],
            "acme/web": [pull(1, "ida", "2026-11-23")],
        }
        yield serving


@pytest.fixture
def client(world: World, github: FakeGitHub, tmp_path: Path) -> Client:
    return Client(reach(world, github.provider, tmp_path))


@pytest.fixture
def synced(client: Client) -> Client:
    connect(client)
    return client


def connect(client: Client, **metadata: Any) -> str:
    body = {"integrationType": "GITHUB", "token": TOKEN, "metadata": metadata}
    made = client.post(PATH, body).json["id"]
    assert sync_team(client.world, client.installed.tenant, client.installed.team)["synced"] == 1
    return str(made)


def ask(client: Client, path: str = PRS, **query: Any) -> Any:
    answer = client.get(path, query)
    assert answer.status == 200, answer.body
    return answer.json


def test_without_a_connection_the_scope_says_so(client: Client) -> None:
    shown = ask(client, VCS)
    assert shown["syncScope"] == SCOPE
    assert (shown["members"], shown["summaries"], shown["totalPRs"]) == ([], [], 0)
    assert shown["historyStartDate"] is None


def test_members_of_the_window(synced: Client, clock: Clock) -> None:
    note_found(synced.world, synced.installed.team, "ida@x.example", "IDA")
    shown = ask(synced, VCS, source="github", startDate="2026-11-01", endDate="2026-11-24")
    assert [(row["platformLogin"], row["prsMerged"]) for row in shown["members"]] == [
        ("ida", 3),
        (None, 1),
        ("per", 1),
    ]
    ida, nobody, per = shown["members"]
    assert (ida["mappedEmail"], ida["githubLogin"]) == ("ida@x.example", "ida")
    assert ida["prsMergedByVendor"] == {"ClaudeCode": 2, "CodexCli": 1}
    assert ida["prsMergedWithCodingTool"] == 2
    assert "prsMergedByVendor" not in per
    assert (per["mappedEmail"], nobody["mappedEmail"]) == (None, None)
    assert (shown["totalPrsMerged"], shown["totalPrsMergedWithCodingTool"]) == (5, 2)
    assert shown["totalPrsMergedByVendor"] == {"ClaudeCode": 2, "CodexCli": 1}
    assert (shown["summaries"], shown["totalPRs"]) == (shown["members"], 5)
    scope = shown["syncScope"]
    assert (scope["connected"], scope["deliveringCredentialCount"]) == (True, 1)
    assert (scope["syncedRepositoryCount"], scope["totalRepositoryCount"]) == (2, 2)
    assert scope["lastSyncedAt"] == iso(clock())
    assert shown["historyStartDate"] == "2026-08-26"
    default = ask(synced)
    assert default["totalPrsMerged"] == 6, "the last thirty days, 26 October among them"


@LOCAL
@pytest.mark.parametrize(
    ("granularity", "rows"),
    [
        (
            "day",
            [
                ("2026-11-01", None, 1),
                ("2026-11-22", "Ida", 1),
                ("2026-11-23", "ida", 2),
                ("2026-11-23", "per", 1),
            ],
        ),
        (
            "week",
            [
                ("2026-10-26", None, 1),
                ("2026-11-16", "Ida", 1),
                ("2026-11-23", "ida", 2),
                ("2026-11-23", "per", 1),
            ],
        ),
        ("month", [("2026-11-01", "ida", 3), ("2026-11-01", None, 1), ("2026-11-01", "per", 1)]),
    ],
)
def test_rows_by_period(synced: Client, granularity: str, rows: list[Any]) -> None:
    asked = {"startDate": "2026-11-01", "endDate": "2026-11-24", "granularity": granularity}
    shown = ask(synced, **asked)
    found = [(row["date"], row["platformLogin"], row["prsMerged"]) for row in shown["dailyRows"]]
    assert found == rows
    assert (shown["members"], shown["totalPrsMerged"]) == ([], 5)


@pytest.mark.parametrize(
    ("day", "week"),
    [("2026-11-22", "2026-11-16"), ("2026-11-23", "2026-11-23"), ("2024-12-31", "2024-12-30")],
)
def test_weeks_begin_on_monday(day: str, week: str) -> None:
    assert period_of(day_start(day) + 12 * HOUR, "week") == week


@LOCAL
def test_repositories_of_the_window(synced: Client) -> None:
    shown = ask(synced, groupBy="repository", startDate="2026-11-01")
    assert [(row["repositoryDisplay"], row["prsMerged"]) for row in shown["repositories"]] == [
        ("Acme/API", 4),
        ("acme/web", 1),
    ]
    assert (shown["members"], shown["totalPRs"], shown["groupBy"]) == (None, 5, "repository")
    assert shown["repositories"][0]["repository"] == "acme/api"
    assert client_refuses(synced, groupBy="repository", granularity="day") == ["granularity"]


@LOCAL
def test_gitlab_is_told_to_be_unknown(synced: Client) -> None:
    shown = ask(synced, VCS, source="gitlab")
    assert (shown["totalPrsMerged"], shown["syncScope"]["connected"]) == (0, False)
    assert "GitLab" in shown["syncScope"]["unsupportedReason"]


def client_refuses(client: Client, **query: Any) -> list[str]:
    answer = client.get(PRS, query)
    assert answer.status == 400
    return [each["field"] for each in answer.json["errors"]]


@LOCAL
@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"startDate": "2026-11-25"}, ["startDate"]),
        (
            {"startDate": "2026-10-20", "endDate": "2026-11-24", "granularity": "day"},
            ["startDate"],
        ),
        ({"startDate": "2025-10-20", "granularity": "week"}, ["startDate"]),
        ({"startDate": "2001-01-01"}, ["startDate"]),
        ({"startDate": "soon", "granularity": "hour"}, ["startDate", "granularity"]),
    ],
)
def test_bad_input_names_its_field(
    client: Client, query: dict[str, str], fields: list[str]
) -> None:
    assert client_refuses(client, **query) == fields


@LOCAL
def test_spans_that_just_fit(client: Client) -> None:
    asked = {"startDate": "2026-10-21", "endDate": "2026-11-24", "granularity": "day"}
    assert client.get(PRS, asked).status == 200
    assert client.get(PRS, {"startDate": "2020-01-01"}).status == 200


@LOCAL
def test_what_was_merged_stays_when_the_connection_goes(synced: Client) -> None:
    (made,) = synced.get(PATH).json["_embedded"]["integrationCredentialResourceList"]
    synced.send("DELETE", f"{PATH}/{made['id']}", b"", None, {})
    shown = ask(synced, startDate="2026-11-01")
    assert (shown["totalPrsMerged"], shown["syncScope"]["connected"]) == (5, False)


def subscribe(client: Client, usd: float, seats: int) -> None:
    path = f"/profitstream/v2/api/coding-assistant/subscriptions/{client.installed.team}"
    body = {
        "provider": "claude-code",
        "tiers": [{"tier": "pro", "seats": seats, "perSeatCost": usd}],
    }
    assert client.post(path, body).status == 200


@pytest.mark.parametrize("paid", ["by use", "by seat"])
def test_what_a_merged_pull_request_cost(synced: Client, paid: str, clock: Clock) -> None:
    for number, model in ((1, "gpt-4o-mini"), (2, "nobody's")):
        body = completion(number, clock() - DAY, agent="claude-code", model=model)
        body = {name: value for name, value in body.items() if value is not None}
        assert synced.post("/meter/v2/ai/completions", body).status == 201
    drain(synced.world)
    asked = {"startDate": "2026-11-01", "endDate": "2026-11-30", "includeCosts": True}
    nothing = ask(synced, **asked)["costs"]
    assert (nothing["totalCost"], nothing["costPerMergedPr"]) == (None, None)
    assert (nothing["flatPlanCalls"], nothing["usageCost"]) == (2, None)
    if paid == "by seat":
        subscribe(synced, 10, 3)
        costs = ask(synced, **asked)["costs"]
        assert (costs["seatCost"], costs["totalCost"]) == (30, 30)
        assert (costs["costPerMergedPr"], costs["costPerMergedPrWithCodingTool"]) == (6, 15)
        half = ask(synced, **{**asked, "endDate": "2026-11-15"})["costs"]
        assert half["seatCost"] == 15
        return
    modes = f"/profitstream/v2/api/teams/{synced.installed.team}/settings/coding-assistant-filter"
    body = json.dumps({"apiRateProviders": ["ClaudeCode"]}).encode()
    assert synced.send("PUT", modes, body, None, {}).status == 200
    costs = ask(synced, **asked)["costs"]
    assert (costs["usageCost"], costs["unpricedCalls"], costs["flatPlanCalls"]) == (0.00021, 1, 0)
    assert costs["costPerMergedPr"] == 0.000042
    assert "costs" not in ask(synced)


def test_seats_are_paid_by_the_days_of_a_month() -> None:
    plan = [Subscription("cursor", False, (Tier("pro", 1, 31_000_000_000),), 0, 0)]
    assert prorate(plan, "2026-01-31", "2026-02-28") == 32_000_000_000
    assert prorate(plan, "2026-01-01", "2026-12-31") == 12 * 31_000_000_000
    assert prorate([], "2026-01-01", "2026-01-01") == 0
