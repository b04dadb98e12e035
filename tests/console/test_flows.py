"""What people do in the console, from the link in the terminal to a price that arrives late."""

import subprocess
from datetime import datetime, timedelta
from typing import Any

from playwright.sync_api import Browser, Route, expect

from chalicelib.kit.clock import now_ms
from tests.console.screen import Screen
from tests.support.patience import eventually
from tests.support.server import COMMAND, Server

PLATFORM = "/profitstream/v2/api"


def instant(seconds_ago: float) -> str:
    at = datetime.fromtimestamp(now_ms() / 1_000 - seconds_ago).astimezone()
    return at.isoformat(timespec="milliseconds")


def meter(
    server: Server, number: int, ago_s: float = 60, took_ms: int = 900, **members: Any
) -> None:
    """One call of a model."""
    call = {
        "transactionId": f"call-{number}",
        "provider": "OPENAI",
        "model": "gpt-4o-mini",
        "requestTime": instant(ago_s),
        "responseTime": instant(ago_s - took_ms / 1_000),
        "requestDuration": took_ms,
        "inputTokenCount": 1_000,
        "outputTokenCount": 100,
        "totalTokenCount": 1_100,
        "isStreamed": False,
        "stopReason": "END",
        **members,
    }
    status, _ = server.call("POST", "/meter/v2/ai/completions", server.line["writeKey"], call)
    assert status == 201


def await_unpriced(server: Server) -> None:
    """Until reports know what was just metered."""
    path = f"/api/v2/analytics/unpriced-calls-by-reason?startDate={instant(3_600)[:19]}Z"
    key = server.line["writeKey"]
    eventually(lambda: bool(server.call("GET", path, key)[1]["_embedded"]["items"]), 60)


def test_the_link_of_the_terminal_signs_in_and_leaves_no_key(screen: Screen) -> None:
    assert "key" not in screen.page.url
    assert screen.page.evaluate("sessionStorage['meterlake.key']") == screen.server.line["writeKey"]
    assert screen.page.evaluate("document.cookie") == ""


def test_a_wrong_key_is_told(browser: Browser, server: Server) -> None:
    page = browser.new_page()
    page.goto(server.line["url"])
    assert page.url.endswith("/console/")
    page.get_by_label("API key").fill("rev_sk_wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("meterlake keys create")
    expect(page.get_by_role("alert").get_by_text("unknown or revoked")).to_have_count(1)
    page.get_by_label("API key").fill(server.line["writeKey"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.close()


def test_the_question_for_a_key_stays_while_one_is_tried(browser: Browser, server: Server) -> None:
    """A part of the console that arrives meanwhile draws everything anew."""
    parts: list[Route] = []
    questions: list[Route] = []
    page = browser.new_page()
    page.route("**/page-*.js", lambda route: parts.append(route))
    page.route("**/resolve-key", lambda route: questions.append(route))
    page.goto(server.line["url"])
    page.get_by_label("API key").fill("rev_sk_wrong")
    page.get_by_role("button", name="Sign in").click()
    for _ in range(600):
        if parts and questions:
            break
        page.wait_for_timeout(50)
    for route in parts:
        route.continue_()
    page.wait_for_timeout(500)
    for route in questions:
        route.continue_()
    expect(page.get_by_role("alert")).to_contain_text("meterlake keys create")
    page.close()


def test_a_browser_that_would_round_is_told(browser: Browser, server: Server) -> None:
    page = browser.new_page()
    page.add_init_script(
        """const parse = JSON.parse;
        JSON.parse = (text, revive) => parse(text, revive && ((key, value) => revive(key, value)));
        """
    )
    page.goto(server.line["console"])
    page.evaluate("location.hash = '#/records'")
    expect(page.get_by_role("alert").first).to_contain_text("needs Chrome 114")
    page.close()


def test_what_is_not_there_has_a_head(screen: Screen) -> None:
    for kind, title in (("trace", "Trace"), ("record", "Call"), ("jobs", "Job")):
        page = screen.open(f"{kind}/nosuch")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{title} nosuch")
        expect(page.get_by_role("alert")).to_be_visible()
        assert screen.complaints() == []


def test_empty_pages_say_what_to_do(screen: Screen) -> None:
    page = screen.open("records")
    expect(page.get_by_text("No call matches")).to_be_visible()
    page = screen.open("budgets")
    expect(page.get_by_text("No limits yet")).to_be_visible()


def test_a_limit_is_made_seen_and_blocks(screen: Screen) -> None:
    server, key = screen.server, screen.server.line["writeKey"]
    page = screen.open("budgets")
    page.get_by_role("button", name="New limit").click()
    page.get_by_label("Name", exact=True).fill("Nothing much")
    page.get_by_label("Limit", exact=True).fill("0.001")
    page.get_by_label("In", exact=True).select_option("DAILY")
    page.get_by_role("button", name="Make it").click()
    row = page.get_by_role("row", name="Nothing much")
    expect(row).to_contain_text("stops calls, a day")
    expect(row).to_contain_text("$0.001")
    call = {"transactionId": "one", "provider": "OPENAI", "model": "gpt-4o", "estimatedCost": 0.002}
    status, answer = server.call("POST", "/v2/api/ai/reservations", key, call)
    assert (status, answer["decision"]) == (200, "BLOCK")


def test_a_price_is_set_and_the_unpriced_calls_get_it(screen: Screen, tmp_path: Any) -> None:
    for number in range(3):
        meter(screen.server, number, provider="HOUSE", model="home-grown-8b")
    await_unpriced(screen.server)
    page = screen.open("models/unpriced?window=24h")
    row = page.get_by_role("row", name="home-grown-8b")
    expect(row.locator("data").first).to_have_text("3")
    row.get_by_role("button", name="Set a price").click()
    expect(page.get_by_label("Provider")).to_have_value("HOUSE")
    page.get_by_label("Input, USD").fill("0.15")
    page.get_by_label("Output, USD").fill("0.6")
    page.get_by_role("button", name="Keep the price").click()
    expect(page.get_by_text("The price is kept")).to_be_visible()
    # The server does it within a minute; a command does it now.
    day = datetime.fromtimestamp(now_ms() / 1_000).astimezone() - timedelta(days=1)
    command = [COMMAND, "re-rate", "--unpriced", "--from", f"{day:%Y-%m-%d}"]
    subprocess.run([*command, "--data", tmp_path / "data"], check=True, capture_output=True)
    expect(page.get_by_text("No model lacks a price")).to_be_visible()
    screen.open("models/own")
    expect(page.get_by_role("row", name="home-grown-8b")).to_contain_text("$0.15")


def test_the_bars_of_a_waterfall_are_the_times_of_the_trace(screen: Screen) -> None:
    spans = 120
    for number in range(spans):
        meter(screen.server, number, ago_s=600 - number, traceId="run-1", agent="walker")
    team, key = screen.server.line["teamId"], screen.server.line["writeKey"]
    path = f"{PLATFORM}/sources/metrics/ai/traces/run-1?teamId={team}"
    page, trace = screen.page, {}
    while trace.get("spanCount") != spans:
        _, trace = screen.server.call("GET", path, key)
    screen.open("trace/run-1")
    whole = trace["traceDuration"]
    rows = page.locator(".waterfall .row")
    assert 20 < rows.count() < 60
    for number in range(10):
        bar = rows.nth(number).locator("rect")
        span = trace["spans"][number]
        start = float(str(bar.get_attribute("x")).rstrip("%"))
        length = float(str(bar.get_attribute("width")).rstrip("%"))
        assert abs(start - span["offset"] / whole * 100) < 0.01
        assert abs(length - max(0.25, span["duration"] / whole * 100)) < 0.01
    page.locator(".waterfall").evaluate("place => place.scrollTo(0, 1e6)")
    expect(page.locator(f".waterfall [aria-rowindex='{spans}']")).to_be_visible()


def test_a_server_that_is_busy_is_asked_again(screen: Screen) -> None:
    busy: list[dict[str, Any]] = [
        {"status": 503, "json": {"message": "the lake is being rewritten: try again"}}
    ]

    def answer(route: Route) -> None:
        route.fulfill(**busy.pop()) if busy else route.continue_()

    screen.page.route("**/sources/metrics/ai?*", answer)
    page = screen.open("records")
    expect(page.get_by_text("No call matches")).to_be_visible()
    assert busy == []


def test_a_chart_is_saved_and_pinned(screen: Screen) -> None:
    page = screen.open("explorer?metric=requestCount&group=PROVIDER")
    page.get_by_role("button", name="Save as a chart").click()
    page.get_by_label("Name", exact=True).fill("Calls by provider")
    page.get_by_label("Show it on the overview").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="Calls by provider")).to_be_visible()
    screen.open("overview")
    expect(page.get_by_role("heading", name="Calls by provider")).to_be_visible()


def test_what_a_metric_cannot_be_grouped_by_is_not_offered(screen: Screen) -> None:
    budget = {"name": "Day", "metricType": "TOTAL_COST", "windowType": "DAILY"}
    budget |= {"action": "BLOCK", "hardLimit": "0.00084"}
    key = screen.server.line["writeKey"]
    assert screen.server.call("POST", f"{PLATFORM}/ai/cost-controls", key, budget)[0] == 200
    meter(screen.server, 1)
    await_calls(screen.server, 1)
    page = screen.open("explorer?over=groups&group=MODEL&f=MODEL:CONTAINS:gpt")
    page.get_by_label("Metric", exact=True).select_option("Duration")
    page.get_by_label("As", exact=True).select_option("p95")
    expect(page.get_by_text("900 ms").first).to_be_visible()
    page.get_by_label("Metric", exact=True).select_option("Used of the limit")
    expect(page.get_by_label("By", exact=True).locator("option")).to_have_text(
        ["(no groups)", "Budget"]
    )
    expect(page.get_by_role("button", name="Model contains gpt")).to_have_count(0)
    page.get_by_label("By", exact=True).select_option("Budget")
    expect(page.get_by_role("row", name="Day 25 %")).to_be_visible()


def await_calls(server: Server, number: int) -> None:
    """Until charts know of so many calls."""
    metric = {"baseMetric": "requestCount", "calculationType": "total"}
    asked = {"chartType": "column", "mode": "aggregate", "dateRange": "24h"}
    path, key = f"{PLATFORM}/reports/chart-builder/generate", server.line["writeKey"]
    asked |= {"primaryMetric": metric}
    eventually(lambda: bool(server.call("POST", path, key, asked)[1]["total"] == number), 60)


def test_the_server_that_went_is_told(screen: Screen) -> None:
    page = screen.open("records")
    screen.server.kill()
    eventually(screen.server.is_silent, 60)
    page.get_by_role("button", name="Read again").click()
    expect(page.get_by_role("alert")).to_contain_text("Is it running")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
