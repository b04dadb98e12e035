"""What nobody knows is never shown as 0, and one thing is not called by the word for many."""

from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.console.furnish import PLATFORM
from tests.console.screen import Screen
from tests.console.test_flows import await_unpriced, instant, meter
from tests.support.patience import eventually
from tests.support.server import Server

_ZEROS = """() => [...document.querySelectorAll("data")].filter((one) => {
    const isZero = one.textContent.includes("$") && Number(one.getAttribute("value")) === 0;
    // Before its first call a team has spent nothing, and that is known.
    const told = one.parentElement.innerText, amount = one.innerText.trim();
    const isBefore = one.closest("td[data-title=Before]")
        || told.includes(`before: ${amount}`) || told.includes(`${amount} in the span before`)
        || /before$/.test(one.closest(".tile")?.querySelector("h2").innerText);
    return isZero && !isBefore;
}).map((one) => one.closest("tr, p, .tile").innerText)"""
DARK = {"provider": "HOUSE", "model": "nobody-knows-8b", "agent": "dark", "traceId": "t-dark"}


def job(name: str) -> dict[str, str]:
    return {"agenticJobId": f"{name}-1", "agenticJobType": name}


def tell(server: Server, name: str, **outcome: Any) -> None:
    path = f"{PLATFORM}/jobs/{name}-1/outcome"
    status, answer = server.call("POST", path, server.line["writeKey"], outcome)
    assert status == 200, answer


def await_jobs(server: Server, types: int) -> None:
    """Until reports know what jobs were created and what they cost."""
    path = f"/api/v2/analytics/jobs/roi-summary?startDate={instant(3_600)[:19]}Z"

    def is_known() -> bool:
        _, told = server.call("GET", path, server.line["writeKey"])
        rows = told["byJobType"]
        known = [row for row in rows if row["totalCost"] or row["unpricedCount"]]
        return len(known) == len(rows) == types

    eventually(is_known, 60)


def cells(page: Page, table: str, row: str) -> dict[str, str]:
    """The texts of a row by the heads of their columns."""
    shown = page.get_by_role("table", name=table).get_by_role("row").filter(has_text=row)
    pairs = shown.locator("td").evaluate_all(
        "all => all.map(one => [one.dataset.title, one.innerText.trim()])"
    )
    return dict(pairs)


def test_shares_and_means_of_jobs_without_any_outcome(screen: Screen) -> None:
    server = screen.server
    meter(server, 1, **job("open"))
    meter(server, 2, **job("dark"), **DARK)
    tell(server, "dark", executionStatus="SUCCESS", outcomeType="CONVERTED", outcomeValue=5)
    meter(server, 3, **job("foreign"))
    euro = {"outcomeType": "CONVERTED", "outcomeValue": 5, "outcomeCurrency": "EUR"}
    tell(server, "foreign", executionStatus="SUCCESS", **euro)
    await_jobs(server, types=3)
    page = screen.open("jobs?window=24h")
    table = "ROI by type of job"
    unfinished = cells(page, table, "open")
    shares = ("Succeeded", "Value", "Per outcome", "ROI")
    assert [unfinished[each] for each in shares] == ["–"] * 4
    assert unfinished["Cost"].startswith("$0.0")
    dark = cells(page, table, "dark")
    assert (dark["Succeeded"], dark["Value"]) == ("100%", "$5.00")
    assert [dark[each] for each in ("Cost", "Per outcome", "ROI")] == ["unknown"] * 3
    foreign = cells(page, table, "foreign")
    assert (foreign["Value"], foreign["ROI"]) == ("unknown", "unknown")


def test_shares_of_no_jobs_at_all(screen: Screen) -> None:
    page = screen.open("jobs")
    words = "Succeeded of all jobs: –; converted of those that succeeded: –"
    expect(page.locator(".panel", has_text="Funnel")).to_contain_text(words)


def test_a_team_of_whose_calls_nobody_knows_the_cost(screen: Screen) -> None:
    """Every page on money: no figure of it is 0."""
    server = screen.server
    budget = {
        "name": "All",
        "alertType": "CUMULATIVE_USAGE",
        "metricType": "TOTAL_COST",
        "operatorType": "GREATER_THAN_OR_EQUAL_TO",
        "threshold": 5,
        "periodDuration": "MONTHLY",
    }
    path = f"{PLATFORM}/sources/ai/anomaly"
    assert server.call("POST", path, server.line["writeKey"], budget)[0] in (200, 201)
    meter(server, 1, organizationName="Halden", squadName="s", **job("dark"), **DARK)
    await_unpriced(server)
    await_jobs(server, types=1)
    for route in (
        "explorer?group=MODEL&window=24h",
        "explorer?over=groups&group=AGENT&window=24h",
        "traces?window=24h",
        "trace/t-dark",
        "jobs?window=24h",
        "jobs/dark-1",
        "records?window=24h",
        "budgets",
        "overview?window=24h",
    ):
        page = screen.open(route)
        assert page.evaluate(_ZEROS) == [], route
        expect(page.get_by_text("unknown").first).to_be_visible()
    expect(page.get_by_text("All calls: unknown against")).to_be_visible()
    page = screen.open("customers?window=24h")
    halden = cells(page, "Profit, revenue and cost by customer", "Halden")
    assert [halden[each] for each in ("Cost", "Profit", "Margin, % of revenue")] == ["unknown"] * 3


def test_the_sum_of_a_statement_counts_its_duplicates(screen: Screen) -> None:
    """And a part that adds to the bill has its sign, wherever it stands."""

    def part(kind: str, amount: float, **more: Any) -> dict[str, Any]:
        return {"kind": kind, "amount": amount, "rule": "in words", "calls": None, **more}

    def answer(route: Route) -> None:
        told = route.fetch().json()
        one = {"calls": 1, "crossed": 0, "metered": 0.01, "some": []}
        parts = [part("PRICE", 0.02), part("DUPLICATES", -0.01, doubled={**one, "calls": 6})]
        sums = {"metered": 1, "billed": 1.01, "difference": 0.01, "unexplained": 0, "parts": parts}
        row = {
            **sums,
            "provider": "anthropic",
            "date": "2026-01-02",
            "model": "claude",
            "meteredCalls": 9,
            "unpricedCalls": 0,
            "meteredTokens": 5,
            "billedTokens": 5,
            "billedRequests": 9,
            "settled": True,
            "parts": [part("PRICE", 0.02), part("DUPLICATES", -0.01, doubled=one)],
        }
        told |= {**sums, "meteredCalls": 9, "unpricedCalls": 1, "withinThreshold": True}
        told |= {"providers": [{**sums, "provider": "anthropic"}], "rows": [row]}
        route.fulfill(json=told)

    screen.page.route("**/api/v2/reconciliation?*", answer)
    page = screen.open("bills")
    steps = page.get_by_role("table", name="From metered to billed")
    expect(steps.get_by_role("row").filter(has_text="duplicates")).to_contain_text(
        "in words, 6 calls look so"
    )
    expect(steps.get_by_role("row").filter(has_text="Metered")).to_contain_text(
        "1 of 9 calls without a known price"
    )
    expect(steps.get_by_role("row").filter(has_text="Billed after credits")).to_be_visible()
    because = cells(page, "Metered and billed by day and model", "claude")["Because of"]
    assert "price +$0.02" in because
    assert "duplicates -$0.01, 1 call looks so" in because


def test_what_is_known_to_be_nothing_is_not_unknown(screen: Screen) -> None:
    """A provider whose whole period is billed has nothing metered outside of it, whatever its calls
    cost. And "billed" says which of two amounts it is."""

    def answer(route: Route) -> None:
        row = {"provider": "anthropic", "label": "Anthropic", "metered": 2, "billing": 5}
        row |= {"ratio": 0.4, "unpricedCalls": 3, "comparisonState": "full-window"}
        row |= {"comparisonStartDate": "2026-01-01", "comparisonEndDate": "2026-01-02"}
        told = route.fetch().json()
        told |= {"state": "VALID", "aggregateRatio": 0.4, "hiddenSpend": 3, "byProvider": [row]}
        told |= {"meteredTotalInComparison": 2, "meteredTotalOutsideComparison": 0}
        route.fulfill(json={**told, "aggregateRatioUnavailableReason": None})

    screen.page.route("**/billing/coverage?*", answer)
    page = screen.open("bills")
    facts = page.locator(".panel", has_text="Coverage: how much").locator("dl")
    outside = facts.locator("dt", has_text="Metered where no bill is known")
    expect(outside.locator("xpath=following-sibling::dd[1]")).to_have_text("$0.00")
    expect(facts).to_contain_text("Billed before credits and not metered, taxes and fees too")
    table = page.get_by_role("table", name="Coverage by provider")
    expect(table.get_by_role("columnheader", name="Billed before credits")).to_be_visible()


def test_a_price_by_another_unit_is_previewed_and_kept(screen: Screen) -> None:
    server = screen.server
    model = {"name": "painter", "provider": "HOUSE", "mode": "image_generation"}
    model |= {"inputCostPerToken": 0, "outputCostPerToken": 0}
    status, made = server.call(
        "POST", f"{PLATFORM}/sources/ai/models", server.line["writeKey"], model
    )
    assert status in (200, 201), made
    image = {
        "transactionId": "image-1",
        "provider": "HOUSE",
        "model": "painter",
        "requestTime": instant(60),
        "responseTime": instant(59),
        "requestDuration": 900,
        "actualImageCount": 3,
        "requestedImageCount": 3,
        "operationType": "IMAGE",
    }
    status, told = server.call("POST", "/meter/v2/ai/images", server.line["writeKey"], image)
    assert status == 201, told
    await_unpriced(server)
    page = screen.open("models/own")
    page.get_by_role("button", name="of painter by unit").click()
    expect(page.get_by_text("No price by a unit yet")).to_be_visible()
    page.get_by_label("USD for each image").fill("0.04")
    page.get_by_role("button", name="What would it change?").click()
    told = page.get_by_role("dialog").get_by_role("status")
    expect(told).to_contain_text("1 would cost $0.12 instead of unknown")
    assert screen.complaints() == []
    page.get_by_role("button", name="Keep the price").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="of painter by unit").click()
    kept = page.get_by_role("table", name="Prices by unit")
    expect(kept.get_by_role("row", name="image")).to_contain_text("$0.04")
