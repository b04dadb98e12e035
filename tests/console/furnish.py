"""What a team that has worked with Meterlake for a month has beside its calls: limits, budgets,
outcomes of jobs, customers who pay, a bill of a provider, and advice."""

import csv
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from chalicelib.kit.clock import DAY, day_of, now_ms
from tests.support.server import COMMAND, Server

PLATFORM = "/profitstream/v2/api"
_DAYS, _PAGES = 40, 5
_GOOD = (200, 201)
LIMITS = (
    ("Code review, a day", "DAILY", 40, 30, "AGENT", "code-reviewer"),
    ("Contracts, a month", "MONTHLY", 150, 120, "AGENT", "contract-analyst"),
    ("gpt-5, a week", "WEEKLY", 25, 20, "MODEL", "gpt-5"),
)
BILLED = "ANTHROPIC"
"""Whose bill is known; nobody else's is."""
PLANS = (("Kestrel Robotics", "290"), ("Halden Logistics", "90"), ("Zephyr Games", "120"))
"""What customers pay a month; one of them less than it costs."""


def ask(server: Server, method: str, path: str, body: Any = None) -> Any:
    """The answer to a call that must go well."""
    status, answer = server.call(method, PLATFORM + path, server.line["writeKey"], body)
    assert status in _GOOD, answer
    return answer


def rows(server: Server, path: str) -> list[dict[str, Any]]:
    """The rows of the first page of a list."""
    [found] = ask(server, "GET", path)["_embedded"].values()
    return list(found)


def command(data: Path, *words: str | Path) -> None:
    """A command of the terminal that must go well."""
    subprocess.run([COMMAND, *words, "--data", data], check=True, capture_output=True)


def furnish(server: Server, data: Path) -> None:
    """Put all of it there."""
    set_limits(server)
    tell_outcomes(server)
    sell(server)
    command(data, "bill")
    import_a_bill(server, data)
    # Commands took longer than an idle connection is kept.
    server.reconnect()
    look_for_advice(server)


def set_limits(server: Server) -> None:
    """Limits that hold, and a budget that tells."""
    for name, window, limit, warn, dimension, value in LIMITS:
        control = {
            "name": name,
            "metricType": "TOTAL_COST",
            "windowType": window,
            "action": "BLOCK",
            "hardLimit": limit,
            "warnThreshold": warn,
            "filters": [{"dimension": dimension, "operator": "IS", "value": value}],
        }
        ask(server, "POST", "/ai/cost-controls", control)
    budget = {
        "name": "All models, a month",
        "alertType": "CUMULATIVE_USAGE",
        "metricType": "TOTAL_COST",
        "operatorType": "GREATER_THAN_OR_EQUAL_TO",
        "threshold": 500,
        "periodDuration": "MONTHLY",
        "thresholds": [0.5, 0.8, 1],
    }
    ask(server, "POST", "/sources/ai/anomaly", budget)


def tell_outcomes(server: Server) -> None:
    """Outcomes of four jobs in five: most went well, some earned something."""
    pages = (rows(server, f"/jobs?size=100&page={page}") for page in range(_PAGES))
    for number, job in enumerate(job for page in pages for job in page):
        if number % 5 == 0:
            continue
        went_well = number % 7 != 0
        outcome: dict[str, Any] = {"executionStatus": "SUCCESS" if went_well else "FAILED"}
        if went_well and number % 3:
            outcome |= {"outcomeType": "CONVERTED", "outcomeValue": 2 + number % 5}
        ask(server, "POST", f"/jobs/{job['agenticJobId']}/outcome", outcome)


def sell(server: Server) -> None:
    """A plan for each of some customers, since before the calls began."""
    customers = {each["label"]: each["id"] for each in rows(server, "/organizations?size=100")}
    source = ask(server, "POST", "/sources", {"name": "api", "type": "API", "version": "1.0.0"})
    start = datetime.fromtimestamp(now_ms() / 1_000).astimezone() - timedelta(days=_DAYS)
    for name, charge in PLANS:
        plan = {
            "name": f"{name}, flat",
            "type": "SUBSCRIPTION",
            "currency": "USD",
            "period": "MONTH",
            "charge": charge,
            "prePayAllFlatRates": True,
        }
        product = {
            "name": f"Plan of {name}",
            "version": "1.0.0",
            "sourceIds": [source["id"]],
            "plan": plan,
        }
        made = ask(server, "POST", "/products", product)
        subscription = {
            "name": f"{name} Pro",
            "productId": made["id"],
            "organizationId": customers[name],
            "subscriberEmail": f"billing@{name.split()[0].lower()}.example",
            "start": f"{start:%Y-%m-%d}T00:00:00Z",
        }
        ask(server, "POST", "/subscriptions?includeRelatedResources=true", subscription)


def import_a_bill(server: Server, data: Path) -> None:
    """What Anthropic billed, as FOCUS: 5 % off, and of late a tenth more for Opus."""
    team, now = server.line["teamId"], now_ms()
    days = ("--from", day_of(now - 30 * DAY), "--to", day_of(now - DAY))
    ours = data.with_name("focus")
    command(data, "export", "--team", team, *days, "--out", ours)
    dearer = day_of(now - 8 * DAY)
    rows = [bill(row, dearer) for row in read(ours) if row["ProviderName"] == BILLED]
    path = data.with_name("anthropic.csv")
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    command(data, "bills", "import", "--team", team, path)


def read(folder: Path) -> Iterator[dict[str, str]]:
    """The rows of all files."""
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="") as file:
            yield from csv.DictReader(file)


def bill(row: dict[str, str], dearer: str) -> dict[str, str]:
    """A row as the provider has it."""
    more = "opus" in row["ResourceId"] and row["ChargePeriodStart"] >= dearer
    listed = Decimal(row["ListCost"]) * (Decimal("1.1") if more else 1)
    return {**row, "ListCost": str(listed), "BilledCost": str(listed * Decimal("0.95"))}


def look_for_advice(server: Server) -> None:
    """One run over the last 28 full days, and what was done about its first advice."""
    key, now = server.line["writeKey"], now_ms()
    body = {"periodStart": day_of(now - 28 * DAY), "periodEnd": day_of(now)}
    status, run = server.call("POST", "/api/v2/insights/runs", key, body)
    assert status in _GOOD, run
    _, found = server.call("GET", f"/api/v2/insights/runs/{run['runId']}", key)
    feedback = {
        "runId": run["runId"],
        "recommendationId": found["parsedRecommendations"][0]["id"],
        "action": "implemented",
        "confidenceRating": 1,
        "realizedSavings": 12.5,
    }
    status, told = server.call("POST", "/api/v2/insights/feedback", key, feedback)
    assert status in _GOOD, told
