"""Money of which nobody knows anything is null in every chart, and never 0."""

from typing import Any

import pytest

from chalicelib.charts.metrics import METRICS
from chalicelib.kit.clock import DAY, HOUR, SECOND, day_of, iso
from tests.api.test_charts import draw, metric, put_billed, put_charges, shown
from tests.api.test_jobs import report, tool
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.feeding import feed

DARK = {"model": "nobody-knows", "organizationName": "Dark", "agent": "dark"}
LIT = {"organizationName": "Lit", "agent": "lit", "totalCost": 3}
RULES = "/profitstream/v2/api/ai/cost-controls"


def test_every_metric_of_money_declares_what_it_is_made_of() -> None:
    of_money = {key for key, each in METRICS.items() if each.cost or each.amount}
    in_usd = {key for key, each in METRICS.items() if each.unit == "USD"}
    assert in_usd < of_money
    assert of_money - in_usd == {"margin", "budgetShare"}


@pytest.fixture
def life(client: Client, clock: Clock) -> None:
    """Of each kind of money a group of which all is known, and one of which nothing is: calls,
    charges, lines of bills, jobs and their values, and budgets."""
    for number, known in enumerate((LIT, DARK)):
        name = str(known["agent"])
        job = {"agenticJobId": f"{name}-1", "agenticJobType": name}
        body = completion(number, NOON - HOUR, **known, **job)
        assert client.post("/meter/v2/ai/completions", body).status == 201
        only = [{"dimension": "AGENT", "operator": "IS", "value": name}]
        rule = {"name": name, "metricType": "TOTAL_COST", "windowType": "DAILY", "filters": only}
        rule |= {"action": "BLOCK", "hardLimit": 30}
        assert client.post(RULES, rule).status == 200
        currency = "USD" if known is LIT else "EUR"
        earned = {"outcomeType": "CONVERTED", "outcomeValue": 7, "outcomeCurrency": currency}
        report(client, f"{name}-1", **earned)
        nano = 5 * 10**9 if known is LIT else None
        put_billed(client, number, day_of(NOON - DAY), provider=name.upper(), usd_nano=nano)
    put_charges(client, day_of(NOON), {"Lit": 9, "Dark": None})
    clock.move(SECOND)
    feed(client.world)


ASKED: list[tuple[str, str, str, Any]] = [
    ("totalCost", "total", "ORGANIZATION", {"Lit": 3, "Dark": None}),
    ("totalCost", "average", "AGENT", {"lit": 3 / 8, "dark": None}),
    ("totalCost", "percentage", "AGENT", {"lit": 100, "dark": None}),
    ("revenue", "total", "ORGANIZATION", {"Lit": 9, "Dark": None}),
    ("profit", "total", "ORGANIZATION", {"Lit": 6, "Dark": None}),
    ("margin", "average", "ORGANIZATION", {"Lit": 66.66666666666666667, "Dark": None}),
    ("billedCost", "total", "PROVIDER", {"LIT": 5, "DARK": None}),
    ("outcomeValue", "total", "JOB_TYPE", {"lit": 7, "dark": None}),
    ("jobCost", "total", "JOB_TYPE", {"lit": 3, "dark": None}),
    ("costPerJob", "average", "JOB_TYPE", {"lit": 3, "dark": None}),
    ("budgetUsed", "total", "BUDGET", {"lit": 3, "dark": None}),
    ("budgetShare", "maximum", "BUDGET", {"lit": 10, "dark": None}),
]


@pytest.mark.usefixtures("life")
def test_a_group_of_which_nothing_is_known(client: Client) -> None:
    for base, calculation, group_by, wanted in ASKED:
        assert shown(client, base, calculation, groupBy=group_by) == wanted, (base, calculation)
        drawn = draw(client, primaryMetric=metric(base, calculation), groupBy=group_by, limit=1)
        first, *_ = wanted.values()
        assert drawn["series"][0]["data"] == [first, None], base
        over_time = draw(
            client, chartType="line", primaryMetric=metric(base, calculation), groupBy=group_by
        )
        told = {each["name"]: each["data"] for each in over_time["series"]}
        dark = next(name for name in told if name.lower() == "dark")
        assert None in told[dark], base
        adds = METRICS[base].adds and calculation != "percentage"
        assert set(told[dark]) == ({None, 0} if adds or base == "budgetShare" else {None}), base


@pytest.mark.usefixtures("life")
def test_what_is_known_in_part_is_told_with_what_is_missing(client: Client) -> None:
    for base, whole in (("totalCost", 3), ("jobCost", 3), ("budgetUsed", 3), ("profit", 6)):
        drawn = draw(client, primaryMetric=metric(base))
        assert (drawn["total"], drawn["unpricedCount"]) == (whole, 1), base
    for base, whole in (("billedCost", 5), ("outcomeValue", 7)):
        drawn = draw(client, primaryMetric=metric(base))
        assert (drawn["total"], drawn["unratedCount"]) == (whole, 1), base


@pytest.mark.usefixtures("life")
def test_a_mean_over_jobs_is_of_those_whose_cost_is_known(client: Client) -> None:
    for base in ("costPerJob", "costPerCompletedJob", "costPerOutcome"):
        drawn = draw(client, primaryMetric=metric(base, "average"))
        assert (drawn["total"], drawn["unpricedCount"]) == (3, 1), base


@pytest.mark.usefixtures("life")
def test_profit_tells_the_tools_that_it_misses(client: Client) -> None:
    body = tool(7, organizationName="Lit", agent="lit")
    assert client.post("/meter/v2/tool/events", body | {"costUsd": None}).status == 201
    feed(client.world)
    drawn = draw(client, primaryMetric=metric("profit"))
    assert (drawn["total"], drawn["unpricedCount"]) == (6, 2)


def test_costs_of_agents_tools_and_traces_tell_what_is_missing(client: Client) -> None:
    """In what no chart has figures for: a 0 that is unknown has the number of its calls beside."""
    for number, known in enumerate((LIT, DARK)):
        name = str(known["agent"])
        body = completion(number, NOON - HOUR, **known, traceId=name)
        assert client.post("/meter/v2/ai/completions", body).status == 201
    used = tool(1, agent="dark", traceId="dark", timestamp=iso(NOON - HOUR))
    assert client.post("/meter/v2/tool/events", used).status == 201
    feed(client.world)

    def ask(slug: str) -> Any:
        span = {"startDate": iso(NOON - DAY), "endDate": iso(NOON)}
        return client.get(f"/api/v2/analytics/{slug}", span).json

    agents = {row["agentName"]: row for row in ask("iceberg-cost-by-agent")["data"]}
    assert (agents["dark"]["tokenCost"], agents["dark"]["unpricedCount"]) == (0, 2)
    assert (agents["lit"]["tokenCost"], "unpricedCount" in agents["lit"]) == (3, False)
    (pair,) = ask("agent-tool-breakdown")["data"]
    assert (pair["totalCost"], pair["unpricedCount"]) == (0, 1)
    traces = {row["transactionId"]: row for row in ask("trace-cost-distribution")["dataPoints"]}
    assert (traces["dark"]["totalCost"], traces["dark"]["unpricedCount"]) == (0, 2)
    assert (traces["lit"]["totalCost"], "unpricedCount" in traces["lit"]) == (3, False)
