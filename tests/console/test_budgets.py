"""Limits in the console: what one would have stopped is shown before it is made."""

from playwright.sync_api import expect

from tests.console.furnish import PLATFORM
from tests.console.screen import Screen
from tests.console.test_flows import await_unpriced, meter

TRY = f"{PLATFORM}/ai/cost-controls/dry-run"


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
