"""Charts of what jobs cost, held to sums by hand and to the report on jobs."""

import json
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kit.clock import DAY, HOUR, SECOND
from tests.api.test_charts import BUILDER, configuration, metric
from tests.api.test_jobs import meter, report, tool
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.feeding import feed

USD = Decimal
IDLE = USD("0.400000003")
"""What tools cost outside of jobs. Their agent's model calls are three times as dear for loans as
for chats, so that loans bear three quarters, rounded half to even: 0.300000002."""
LOANS, CHATS = USD("3.550000002"), USD("1.100000001")


@pytest.fixture
def jobs(client: Client, clock: Clock) -> None:
    """Two loans on two days, one of which fails, and a chat. An attempt of the first loan failed
    and was paid for; one call of the chat costs nobody knows what."""
    loan = {"agenticJobType": "loan", "agent": "a"}
    chat = {"agenticJobType": "chat", "agenticJobId": "chat-1"}
    failed = {"stopReason": "ERROR", "totalCost": 0.5}
    meter(
        client,
        completion(1, agenticJobId="loan-1", totalCost=1, **loan),
        completion(2, agenticJobId="loan-1", **failed, **loan),
        completion(3, agent="a", totalCost=1, **chat),
        completion(4, model="nobody-knows", **chat),
        completion(5, agent="a", totalCost=9),
    )
    for body in (
        tool(1, agenticJobId="loan-1", costUsd=0.25),
        tool(2, agent="a", costUsd=float(IDLE)),
        tool(3, agent="z", costUsd=9),
    ):
        assert client.post("/meter/v2/tool/events", body).status == 201
    feed(client.world)
    report(client, "loan-1", outcomeType="CONVERTED", outcomeValue=10)
    report(client, "chat-1", outcomeType="DEFLECTED")
    clock.move(DAY + HOUR)
    body = completion(6, NOON + DAY, agenticJobId="loan-2", totalCost=1.5, **loan)
    meter(client, body)
    report(client, "loan-2", executionStatus="FAILED")
    clock.move(SECOND)
    feed(client.world)


def draw(client: Client, base: str, calculation: str = "average", **members: Any) -> Any:
    asked = configuration(primaryMetric=metric(base, calculation), **members)
    answer = client.post(f"{BUILDER}/generate", {"configuration": asked})
    assert answer.status == 200, answer.body
    chart = json.loads(answer.body, parse_float=Decimal)
    return chart | {"header": answer.headers["X-Meterlake-Unpriced-Calls"]}


def by_group(chart: Any) -> dict[str, Any]:
    return dict(zip(chart["categories"], chart["series"][0]["data"], strict=True))


@pytest.mark.usefixtures("jobs")
def test_what_jobs_cost(client: Client) -> None:
    by = {"groupBy": "JOB_TYPE"}
    chart = draw(client, "jobCost", "total", **by)
    assert by_group(chart) == {"loan": LOANS, "chat": CHATS}
    assert (chart["total"], chart["header"]) == (LOANS + CHATS, "1/7")
    for base, loan, chat, both in (
        ("costPerJob", LOANS / 2, CHATS, (LOANS + CHATS) / 3),
        ("costPerCompletedJob", LOANS / 2, CHATS, (LOANS + CHATS) / 3),
        ("costPerOutcome", LOANS, CHATS, (LOANS + CHATS) / 2),
    ):
        chart = draw(client, base, **by)
        assert by_group(chart) == {"loan": loan, "chat": chat}
        assert chart["total"] == both.quantize(USD(10) ** -18).normalize()


@pytest.mark.usefixtures("jobs")
def test_parts_of_what_jobs_cost_add_up_to_the_report_on_jobs(client: Client) -> None:
    """By days and by any group, with filters or without: to the last nano."""
    chart = draw(client, "jobCost", "total", groupBy="JOB_TYPE", chartType="line")
    asked = {"startDate": chart["startDate"], "endDate": chart["endDate"]}
    answer = client.get("/api/v2/analytics/jobs/roi-summary", asked)
    told = json.loads(answer.body, parse_float=Decimal)
    costs = {row["jobType"]: row["totalCost"] for row in told["byJobType"]}
    assert costs == {"loan": LOANS, "chat": CHATS}
    assert {each["name"]: sum(each["data"]) for each in chart["series"]} == costs
    assert [len([point for point in each["data"] if point]) for each in chart["series"]] == [2, 1]
    for group in ("EXECUTION_STATUS", "OUTCOME_TYPE", "JOB_ENVIRONMENT"):
        chart = draw(client, "jobCost", "total", groupBy=group)
        assert sum(by_group(chart).values()) == chart["total"] == sum(costs.values())
    only = [{"dimension": "JOB_TYPE", "operator": "IS", "value": "loan"}]
    chart = draw(client, "jobCost", "total", filters=only)
    assert (chart["total"], chart["header"]) == (LOANS, "0/5")
    (row,) = [row for row in told["byJobType"] if row["jobType"] == "loan"]
    for base in ("costPerCompletedJob", "costPerOutcome"):
        assert draw(client, base, filters=only)["total"] == row[base]


def test_without_jobs_nothing_is_a_cost(client: Client) -> None:
    assert draw(client, "jobCost", "total")["total"] == 0
    chart = draw(client, "costPerJob")
    assert (chart["total"], chart["header"]) == (None, "0/0")


def test_a_cost_that_nobody_knows_is_no_zero(client: Client, clock: Clock) -> None:
    dark = {"agenticJobType": "dark", "agenticJobId": "dark-1", "model": "nobody-knows"}
    known = {"agenticJobType": "loan", "agenticJobId": "loan-1", "totalCost": 1}
    meter(client, completion(1, **dark), completion(2, **known))
    for job in ("dark-1", "loan-1"):
        report(client, job, outcomeType="CONVERTED", outcomeValue=10)
    clock.move(SECOND)
    feed(client.world)
    for base in ("jobCost", "costPerJob", "costPerCompletedJob", "costPerOutcome"):
        calculation = "total" if base == "jobCost" else "average"
        chart = draw(client, base, calculation, groupBy="JOB_TYPE")
        assert (by_group(chart), chart["header"]) == ({"loan": 1, "dark": None}, "1/2")
