"""Limits in the console: what one would have stopped is shown before it is made."""

import re
from typing import Any

from playwright.sync_api import Browser, expect

from tests.console.furnish import PLATFORM
from tests.console.screen import Screen
from tests.console.test_flows import await_calls, await_unpriced, meter

TRY = f"{PLATFORM}/ai/cost-controls/dry-run"
CONTROLS = f"{PLATFORM}/ai/cost-controls"


def limit(screen: Screen, **members: Any) -> None:
    """Make a limit on what a day costs."""
    body = {"metricType": "TOTAL_COST", "windowType": "DAILY", "action": "BLOCK", **members}
    status, told = screen.server.call("POST", CONTROLS, screen.server.line["writeKey"], body)
    assert status == 200, told


def test_limits_of_one_name_show_their_own_use(screen: Screen) -> None:
    meter(screen.server, 1)
    meter(screen.server, 2, model="gpt-4o")
    await_calls(screen.server, 2)
    for model, most in (("gpt-4o-mini", 7), ("gpt-4o", 9)):
        own = {"dimension": "MODEL", "operator": "IS", "value": model}
        limit(screen, name="Twins", hardLimit=most, filters=[own])
    page = screen.open("budgets")
    for model, used in (("gpt-4o-mini", "$0.00021"), ("gpt-4o", "$0.0035")):
        row = page.get_by_role("row").filter(has_text=re.compile(f"is {model}\\b(?!-)"))
        expect(row.locator("td").nth(1)).to_contain_text(used)


def test_a_key_that_may_only_read_is_told_so(browser: Browser, screen: Screen) -> None:
    limit(screen, name="All", hardLimit=5)
    limit(screen, name="Each", hardLimit=5, groupBy="AGENT")
    page = screen.page
    asked = {"name": "reader", "kind": "READ"}
    path, own = f"{PLATFORM}/api-keys", screen.server.line["writeKey"]
    key = screen.server.call("POST", path, own, asked)[1]["key"]
    page.evaluate("key => sessionStorage.setItem('meterlake.key', key)", key)
    page.reload()
    page.wait_for_selector("h1")
    screen.open("budgets")
    for name in ("All", "Each"):
        used = page.get_by_role("row", name=name).locator("td").nth(1)
        expect(used).to_have_text("unknown; this key may not see it: it lacks the scope metering")
    page.get_by_role("button", name="New limit").click()
    page.get_by_label("Name", exact=True).fill("Mine")
    page.get_by_label("Limit", exact=True).fill("5")
    page.get_by_role("button", name="Make it").click()
    told = page.get_by_role("alert")
    expect(told).to_contain_text("it lacks the scope write")
    expect(told).to_contain_text("A key with that scope can: `meterlake keys create`.")
    expect(told).not_to_contain_text("admin")


def test_a_limit_is_tried_before_it_is_made(screen: Screen) -> None:
    server = screen.server
    for number in range(5):
        meter(server, number, ago_s=600 - number)
    meter(server, 9, provider="HOUSE", model="home-grown-8b")
    await_unpriced(server)
    page = screen.open("budgets")
    page.get_by_role("button", name="New limit").click()
    page.get_by_label("Limit", exact=True).fill("0.0005")
    page.get_by_label("Name", exact=True).fill("Small")
    page.get_by_label("In", exact=True).select_option("MONTHLY")
    page.get_by_role("button", name="Try it on the last 30 days").click()
    told = page.get_by_role("status")
    body = {
        "name": "Small",
        "metricType": "TOTAL_COST",
        "windowType": "MONTHLY",
        "action": "BLOCK",
        "hardLimit": 0.0005,
    }
    status, found = server.call("POST", TRY, server.line["writeKey"], body)
    assert (status, found["blockedCalls"], found["blockedCost"]) == (200, 3, 0.00063)
    expect(told).to_contain_text("stopped 3 of 6 calls worth $0.00063")
    expect(told.get_by_role("row")).to_have_count(2)
    expect(told).to_contain_text("calls of unknown cost count for nothing")
    assert screen.complaints() == []
    page.get_by_label("Limit", exact=True).fill("5")
    page.get_by_role("button", name="Try it on the last 30 days").click()
    expect(told).to_contain_text("stopped none of 6 calls")
    path = f"{PLATFORM}/ai/cost-controls?teamId={server.line['teamId']}"
    assert server.call("GET", path, server.line["writeKey"])[1]["page"]["totalElements"] == 0


def test_a_limit_by_person_tells_how_many_are_over_it(screen: Screen) -> None:
    for number, person in enumerate(["ann", "bob", "bob"]):
        meter(screen.server, number, subscriber={"email": f"{person}@acme.example"})
    await_calls(screen.server, 3)
    limit(screen, name="Each", hardLimit=0.0003, groupBy="SUBSCRIBER")
    limit(screen, name="Never", hardLimit=5, groupBy="SUBSCRIBER")
    page = screen.open("budgets")
    for name, told in (("Each", "groups over a line: 1"), ("Never", "groups over a line: none")):
        expect(page.get_by_role("row", name=name).locator("td").nth(1)).to_have_text(told)
