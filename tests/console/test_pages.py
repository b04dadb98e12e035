"""Every page over the demo's calls: what it shows is what the API told, to the last digit; nothing
that the policy forbids; nothing that axe-core finds; and a picture of each."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.console.furnish import BILLED, rows
from tests.console.screen import Screen
from tests.support.server import Server

PAGES = (
    "start",
    "overview",
    "explorer?group=MODEL&compare=yes",
    "explorer?over=groups&group=AGENT&metric=duration&calculation=average",
    "explorer?group=MODEL&metric=duration&calculation=p95",
    "explorer?group=JOB_TYPE&metric=outcomeValue",
    "explorer?over=groups&group=BUDGET&metric=budgetShare&calculation=maximum",
    "records?sort=totalCost,desc",
    "record/{call}",
    "traces?sort=totalCost,desc",
    "traces/agents",
    "trace/{trace}",
    "jobs",
    "jobs/{job}",
    "customers",
    "customers/subscriptions",
    "customers/invoices",
    "customers/invoice%2F{invoice}",
    "budgets",
    "budgets/alerts",
    "budgets/events",
    "budgets/deliveries",
    "bills",
    "bills?provider={billed}",
    "bills/connections",
    "bills/prices",
    "bills/people",
    "bills/assistants",
    "advice",
    "models",
    "models/own",
    "models/catalogue?query=gpt-4o",
    "settings",
    "settings/people",
    "settings/channels",
    "settings/assistants",
    "settings/prompts",
    "settings/audit",
    "reference?search=cost-controls",
)
WIDTHS = (1280, 390)


@pytest.fixture(scope="module")
def places(demo: Server) -> dict[str, str]:
    """The ids that pages are opened by."""
    team, costliest = demo.line["teamId"], "size=1&sort=totalCost,desc"

    def first(path: str) -> dict[str, str]:
        return rows(demo, f"{path}&teamId={team}")[0]

    return {
        "call": first(f"/sources/metrics/ai/completions?{costliest}")["id"],
        "trace": first(f"/sources/metrics/ai/traces?{costliest}")["traceId"],
        "job": first("/jobs?size=1&search=pull-request")["agenticJobId"],
        "invoice": first("/invoices?size=1")["id"],
        "billed": BILLED.lower(),
    }


@pytest.fixture(scope="module", params=WIDTHS)
def screen(browser: Browser, demo: Server, request: Any) -> Iterator[Screen]:
    with Screen(browser, demo, width=request.param) as screen:
        yield screen


@pytest.fixture(scope="module")
def dark(browser: Browser, demo: Server) -> Iterator[Screen]:
    """A tab in the dark, of somebody who wants to see all digits."""
    with Screen(browser, demo, colours="dark", digits="all") as screen:
        yield screen


def name_of(page: str) -> str:
    return re.sub(r"\W+", "-", page).strip("-")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_is_whole(screen: Screen, places: dict[str, str], page: str) -> None:
    screen.open(page.format(**places))
    screen.photograph(name_of(page))
    assert screen.page.locator(".failed").all_inner_texts() == []
    assert screen.page.locator("h1").inner_text()
    overflow = screen.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0, "the page is wider than the screen"
    assert screen.complaints() == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_figure_is_one_of_the_api(dark: Screen, places: dict[str, str], page: str) -> None:
    dark.open(page.format(**places))
    dark.photograph(name_of(page))
    assert dark.complaints() == []
    told = dark.told()
    for shown in dark.figures():
        assert shown.value in told, f"no answer holds {shown}"
        digits = re.sub(r"[^\d.-]", "", shown.text)
        value = Decimal(shown.value) * (100 if "%" in shown.text and is_share(shown) else 1)
        assert Decimal(digits) == value or is_a_duration(shown.text), shown


def is_share(shown: Any) -> bool:
    """Fractions are shown with the sign right behind the number, percents with a space before."""
    return not shown.text.endswith(" %")


def is_a_duration(text: str) -> bool:
    """Durations are told in words; all their digits stand in the title."""
    return bool(re.search(r"\d (ms|s|min|h)\b", text))


def test_the_overview_shows_figures(dark: Screen) -> None:
    dark.open("overview")
    assert len(dark.figures()) > 40
    assert dark.page.locator(".drawing rect").count() > 60


def test_the_statement_leaves_as_csv(dark: Screen) -> None:
    page = dark.open("bills")
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    text = saved.value.path().read_text()
    assert text.startswith("provider,date,model,metered_calls")
    assert len(text.splitlines()) > 50


def test_a_ratio_that_nobody_knows_is_not_zero(dark: Screen) -> None:
    page = dark.open("bills")
    row = page.get_by_role("table", name="Coverage by provider").get_by_role("row", name="Openai")
    expect(row).to_contain_text("not known")


def test_an_advice_is_opened_and_dismissed_with_a_reason(dark: Screen) -> None:
    page = dark.open("advice")
    second = page.locator(".advice").nth(1)
    second.locator("summary").first.click()
    figure = second.locator(".opened details").first
    figure.locator("summary").click()
    value = figure.locator("summary data").get_attribute("value")
    figure.get_by_role("button", name="Ask it").click()
    expect(figure.get_by_label("Answer with")).to_contain_text(str(value))
    assert dark.complaints() == []
    second.get_by_role("button", name="Dismiss").click()
    page.get_by_label("Reason").fill("That customer is worth it")
    assert dark.complaints() == []
    page.get_by_role("button", name="Dismiss it").click()
    told = page.get_by_role("table", name="Feedback")
    expect(told).to_contain_text("That customer is worth it")


def test_movers_say_why_and_the_forecast_has_a_band(dark: Screen, demo: Server) -> None:
    page = dark.open("overview?window=7d&moved=customer")
    table = page.get_by_role("table", name="What moved the cost, and why")
    values = table.locator("tbody tr").first.locator("data")
    shown = values.evaluate_all("all => all.map(one => one.getAttribute('value'))")
    before, now, change = map(Decimal, shown[:3])
    assert change == now - before
    listed = table.locator("tbody tr").first.locator("li:not(.warn) data")
    effects = listed.evaluate_all("all => all.map(one => one.getAttribute('value'))")
    assert sum(map(Decimal, effects)) == change
    demo.reconnect()
    told = demo.call("GET", "/api/v2/forecast", demo.line["writeKey"])[1]
    assert told["lowUsd"] <= told["forecastUsd"] <= told["highUsd"]
    panel = page.locator(".panel", has_text="Spend of the running month")
    expect(panel.locator("svg[role=img]")).to_be_visible()
    expect(panel).to_contain_text(told["month"])


def test_profits_are_those_of_the_report_losses_first(dark: Screen, demo: Server) -> None:
    page = dark.open("customers?window=30d")
    table = page.get_by_role("table", name="Profit, revenue and cost by customer")
    values = table.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => row.querySelectorAll('data')[2].getAttribute('value'))"
    )
    profits = list(map(Decimal, values))
    assert profits == sorted(profits)
    assert profits[0] < 0 < profits[-1]
