"""Prices in the console: what one would change is shown before it is kept."""

from playwright.sync_api import expect

from tests.console.furnish import PLATFORM
from tests.console.screen import Screen
from tests.console.test_flows import await_calls, await_unpriced, meter


def test_a_price_without_one_of_caches_says_what_it_leaves_unknown(screen: Screen) -> None:
    server = screen.server
    meter(server, 1, provider="HOUSE", model="home-grown-8b")
    meter(server, 2, provider="HOUSE", model="home-grown-8b", cacheReadTokenCount=400)
    await_unpriced(server)
    await_calls(server, 2)
    page = screen.open("models/unpriced?window=24h")
    page.get_by_role("button", name="Set a price").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("without it, calls with tokens from a cache have no known cost")
    page.get_by_label("Input, USD").fill(".")
    page.get_by_label("Output, USD").fill("8")
    page.get_by_role("button", name="What would it change?").click()
    expect(page.locator("input[name=input]:invalid")).to_have_count(1)
    page.get_by_label("Input, USD").fill("2")
    page.get_by_role("button", name="What would it change?").click()
    told = dialog.get_by_role("status")
    expect(told).to_contain_text("1 would cost $0.0028 instead of unknown")
    expect(told).to_contain_text("Still without a known cost: 1 call with")
    page.get_by_label("Input from a cache, USD").fill("0.2")
    page.get_by_role("button", name="What would it change?").click()
    expect(told).to_contain_text("2 would cost")
    expect(told).not_to_contain_text("Still")
    assert screen.complaints() == []


def test_what_a_price_would_change_is_shown_before_it_is_kept(screen: Screen) -> None:
    server = screen.server
    for number in range(3):
        meter(server, number, provider="HOUSE", model="home-grown-8b")
    await_unpriced(server)
    page = screen.open("models/unpriced?window=24h")
    row = page.get_by_role("row", name="home-grown-8b")
    row.get_by_role("button", name="Set a price").click()
    page.get_by_label("Input, USD").fill("0.15")
    page.get_by_label("Output, USD").fill("0.6")
    page.get_by_role("button", name="What would it change?").click()
    told = page.get_by_role("dialog").get_by_role("status")
    body = {
        "name": "home-grown-8b",
        "provider": "HOUSE",
        "mode": "chat",
        "inputCostPerToken": 0.15e-6,
        "outputCostPerToken": 0.6e-6,
    }
    path = f"{PLATFORM}/sources/ai/models/preview"
    status, found = server.call("POST", path, server.line["writeKey"], body)
    assert (status, found["changed"], found["costAfter"]) == (200, 3, 0.00063)
    expect(told).to_contain_text("3 would cost $0.00063 instead of unknown")
    told.get_by_text("Day by day").click()
    expect(told.get_by_role("row")).to_have_count(1 + len(found["days"]))
    assert screen.complaints() == []
    page.get_by_role("button", name="Close").click()
    screen.open("models/own")
    expect(page.get_by_role("row", name="home-grown-8b")).to_have_count(0)
