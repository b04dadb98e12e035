"""Bills and advice of a team that has none yet: what empty pages say, and how something comes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.console.screen import Screen
from tests.support.provider import FakeProvider
from tests.support.server import Server

ACTIVITY = "/user/daily/activity"
TIER = {"tier": "TEAM", "seats": 5, "perSeatCost": 30}
KEY = "sk-of-the-proxy-4711"


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider() as provider:
        yield provider


@pytest.fixture
def server(
    browser: Browser, tmp_path: Path, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """One that may call the proxy."""
    monkeypatch.setenv("METERLAKE_PRIVATE_ORIGINS", provider.url)
    with Server(tmp_path / "data") as server:
        yield server


def connect(screen: Screen, url: str) -> None:
    """Fill the form in and send it."""
    page = screen.open("bills/connections")
    page.get_by_role("button", name="New connection").click()
    page.get_by_label("Provider", exact=True).select_option("litellm")
    page.get_by_label("Name", exact=True).fill("Our proxy")
    page.get_by_role("textbox", name="Key").fill(KEY)
    page.get_by_role("textbox", name="Address").fill(url)
    page.get_by_role("button", name="Check the key and keep it").click()


def test_empty_pages_say_how_a_bill_comes(screen: Screen) -> None:
    page = screen.open("bills")
    expect(page.get_by_text("No bill of these days is known")).to_be_visible()
    expect(page.get_by_text("meterlake bills import").first).to_be_visible()
    page = screen.open("bills/connections")
    expect(page.get_by_label("Command")).to_contain_text("provider-credentials")
    assert screen.complaints() == []
    screen.open("bills/people")
    expect(page.get_by_text("Nothing was billed in these days")).to_be_visible()
    screen.open("bills/prices")
    expect(page.get_by_text("No price differs")).to_be_visible()


def test_a_provider_is_connected_and_its_key_forgotten(
    screen: Screen, provider: FakeProvider
) -> None:
    provider.answer("GET", ACTIVITY, {"results": [], "metadata": {"has_more": False}})
    connect(screen, provider.url)
    page = screen.page
    row = page.get_by_role("row", name="Our proxy")
    expect(row).to_contain_text("…4711")
    assert KEY not in page.content()
    assert KEY not in page.evaluate("JSON.stringify([sessionStorage, localStorage])")
    row.get_by_role("button", name="Read again").click()
    expect(row.locator(".badge")).to_have_text("success")
    assert screen.complaints() == []


def test_a_key_that_the_provider_refuses_is_told(screen: Screen, provider: FakeProvider) -> None:
    provider.answer("GET", ACTIVITY, {"error": "no such key"}, status=401)
    connect(screen, provider.url)
    expect(screen.page.get_by_role("alert")).to_be_visible()
    assert screen.complaints() == []


def test_a_bill_that_cannot_be_read_says_why(screen: Screen, provider: FakeProvider) -> None:
    provider.answer("GET", ACTIVITY, {"results": [], "metadata": {"has_more": False}})
    provider.answer("GET", ACTIVITY, b"<html>")
    connect(screen, provider.url)
    row = screen.page.get_by_role("row", name="Our proxy")
    row.get_by_role("button", name="Read again").click()
    expect(row.locator(".badge")).to_have_text("failed")
    expect(row.locator(".bad").last).not_to_be_empty()


def test_a_team_without_calls_is_looked_at_and_gets_no_advice(screen: Screen) -> None:
    page = screen.open("advice")
    expect(page.get_by_text("Nobody has looked yet")).to_be_visible()
    assert screen.complaints() == []
    page.get_by_role("button", name="Look now").click()
    expect(page.get_by_text("Nothing to advise")).to_be_visible()
    expect(page.get_by_role("table", name="Runs")).to_contain_text("completed")
    assert screen.complaints() == []


def test_seats_and_pull_requests(screen: Screen) -> None:
    server, team = screen.server, screen.server.line["teamId"]
    path = f"/profitstream/v2/api/coding-assistant/subscriptions/{team}"
    plan = {"provider": "claude-code", "tiers": [TIER]}
    assert server.call("PUT", path, server.line["writeKey"], plan)[0] == 200

    def answer(route: Route) -> None:
        """As of a team that has connected GitHub."""
        told = route.fetch().json()
        told["syncScope"]["connected"] = True
        told["totalPrsMerged"] = 8
        told["costs"]["costPerMergedPr"] = 18.75
        told["members"] = [{"platformLogin": "mona", "prsMerged": 8, "prsMergedWithCodingTool": 3}]
        route.fulfill(body=json.dumps(told), content_type="application/json")

    screen.page.route("**/billing/users/github-prs?*", answer)
    page = screen.open("bills/assistants")
    expect(page.get_by_role("row", name="claude-code")).to_contain_text("$150.00")
    expect(page.get_by_text("$18.75")).to_be_visible()
    expect(page.get_by_role("row", name="mona")).to_contain_text("8")
    assert screen.complaints() == []
