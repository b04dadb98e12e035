"""GET /api/v2/analytics/jobs/roi-summary"""

import json
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kit.clock import DAY, HOUR, iso
from infra.local.feeder import drain
from tests.api.test_jobs import CALL, LOCAL, create, meter, report, tool
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock

PATH = "/api/v2/analytics/jobs/roi-summary"


def summary(client: Client, **query: Any) -> Any:
    answer = client.get(PATH, query)
    assert answer.status == 200, answer.body
    return json.loads(answer.body, parse_float=Decimal) | {
        "unpriced": answer.headers["X-Meterlake-Unpriced-Calls"]
    }


def rows(client: Client, **query: Any) -> dict[str, Any]:
    return {row["jobType"]: row for row in summary(client, **query)["byJobType"]}


def test_jobs_are_summed_up_by_type(client: Client) -> None:
    loan = {"agenticJobType": "loan", "agent": "a"}
    meter(
        client,
        completion(1, agenticJobId="loan-1", **loan),
        completion(2, agenticJobId="loan-1", at=NOON - 30 * DAY, **loan),
        completion(3, agenticJobId="loan-2", stopReason="ERROR", **loan),
        completion(4, agenticJobId="chat-1", agenticJobType="chat", model="no-such-model-9"),
        completion(5),
    )
    for body in (
        tool(1, agenticJobId="loan-1", costUsd=0.25),
        tool(2, agent="a", costUsd=0.01),
        tool(3, agent="z", costUsd=9),
        tool(4, costUsd=9),
    ):
        assert client.post("/meter/v2/tool/events", body).status == 201
    drain(client.world)
    report(client, "loan-1", outcomeType="CONVERTED", outcomeValue=10)
    report(client, "loan-2", executionStatus="FAILED")
    report(client, "chat-1", outcomeType="DEFLECTED", outcomeValue=3, outcomeCurrency="EUR")
    found = summary(client)
    assert [row["jobType"] for row in found["byJobType"]] == ["loan", "chat"]
    row, chat = found["byJobType"]
    cost = 2 * CALL + Decimal("0.26") + failed_cost(client)
    assert (row["totalJobs"], row["completedJobs"], row["successRate"]) == (2, 2, Decimal("0.5"))
    assert (row["totalCost"], row["tokenCost"], row["externalToolCost"]) == (
        cost,
        cost - Decimal("0.26"),
        Decimal("0.26"),
    )
    assert (row["humanCost"], row["modalityCost"], row["totalValue"], row["averageValue"]) == (
        0,
        0,
        10,
        5,
    )
    assert (row["costPerConversion"], row["costPerOutcome"], row["costPerCompletedJob"]) == (
        cost,
        cost,
        cost / 2,
    )
    assert row["roi"] == (10 - cost) * 100 / cost
    assert (
        chat["totalValue"],
        chat["otherCurrencyOutcomes"],
        chat["roi"],
        chat["unpricedCount"],
    ) == (0, 1, 0, 1)
    assert found["summary"]["overallROI"] == row["roi"]
    assert (
        found["summary"]["totalJobs"],
        found["summary"]["totalJobTypes"],
        found["unpriced"],
    ) == (3, 2, "1/6")
    loans = summary(client, jobType="LOAN")
    assert (loans["byJobType"], loans["unpriced"]) == ([row], "0/5")
    assert "jobType=LOAN" in loans["_links"]["self"]["href"]


def failed_cost(client: Client) -> Decimal:
    answer = client.get("/profitstream/v2/api/jobs/loan-2/roi")
    found = json.loads(answer.body, parse_float=Decimal)["totalCost"]
    assert isinstance(found, Decimal)
    return found


@LOCAL
def test_an_unpriced_tool_that_types_share_counts_once(client: Client) -> None:
    meter(
        client,
        *(completion(n, agenticJobId=f"j{n}", agenticJobType=f"t{n}", agent="a") for n in (1, 2)),
    )
    assert client.post("/meter/v2/tool/events", tool(1, agent="a")).status == 201
    drain(client.world)
    found = summary(client)
    assert [row["unpricedCount"] for row in found["byJobType"]] == [1, 1]
    assert (found["summary"]["unpricedCount"], found["unpriced"]) == (1, "1/3")
    assert summary(client, jobType="t1")["unpriced"] == "1/2"


@LOCAL
@pytest.mark.parametrize("most", [200, 1])
def test_jobs_are_asked_for_by_their_ids_while_they_are_few(
    client: Client, clock: Clock, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.jobs.summary._ASKED_BY_ID", most)
    meter(client, completion(9, agenticJobId="old", agenticJobType="t", agent="a"))
    clock.move(3 * DAY)
    at = NOON + 3 * DAY
    meter(
        client,
        *(
            completion(n, agenticJobId=f"j{n}", agenticJobType="t", agent="a", at=at)
            for n in (1, 2)
        ),
    )
    assert (
        client.post(
            "/meter/v2/tool/events",
            tool(1, agenticJobId="old", agent="a", costUsd=9, timestamp=iso(at)),
        ).status
        == 201
    )
    assert (
        client.post(
            "/meter/v2/tool/events", tool(2, agent="a", costUsd=1, timestamp=iso(at))
        ).status
        == 201
    )
    drain(client.world)
    row = rows(client)["t"]
    assert (row["totalJobs"], row["tokenCost"], row["externalToolCost"]) == (2, 2 * CALL, 1)


@LOCAL
def test_the_summary_as_csv(client: Client) -> None:
    create(client, "j1", type="loan")
    answer = client.get(PATH, accept="text/csv")
    head, row = answer.body.decode().splitlines()
    assert (head[:17], row[:7]) == ("jobType,totalJobs", "loan,1,")


@LOCAL
def test_the_window_is_that_of_creation_and_a_day_without_more(
    client: Client, clock: Clock
) -> None:
    create(client, "old", type="t")
    clock.move(2 * DAY)
    create(client, "new", type="t")
    assert rows(client)["t"]["totalJobs"] == 1
    assert rows(client, startDate=iso(NOON), endDate=iso(NOON + 2 * DAY))["t"]["totalJobs"] == 2
    empty = summary(client, startDate=iso(NOON + HOUR), endDate=iso(NOON + 2 * HOUR))
    assert (empty["byJobType"], empty["summary"]["overallROI"], empty["unpriced"]) == ([], 0, "0/0")
    for wrong in ({"startDate": iso(NOON + 3 * DAY)}, {"metricType": "mode"}, {"endDate": "soon"}):
        assert client.get(PATH, wrong).status == 400, wrong


@LOCAL
def test_a_flat_plan_covers_its_calls(client: Client) -> None:
    meter(
        client,
        completion(1, agenticJobId="job-1", agenticJobType="t", agent="Claude Code"),
        completion(2, agenticJobId="job-1"),
    )
    assert rows(client)["t"]["totalCost"] == CALL


@LOCAL
def test_tools_of_people_and_jobs_without_a_type_have_their_places(client: Client) -> None:
    tools = "/profitstream/v2/api/tools"
    assert (
        client.post(tools, {"toolId": "review", "name": "Review", "toolType": "HUMAN"}).status
        == 200
    )
    create(client)
    assert (
        client.post(
            "/meter/v2/tool/events", tool(1, toolId="review", agenticJobId="job-1", costUsd=2)
        ).status
        == 201
    )
    drain(client.world)
    row = rows(client)["UNCLASSIFIED"]
    assert (row["humanCost"], row["externalToolCost"]) == (row["totalCost"], 0)
    assert row["totalJobs"] == 1


@pytest.mark.parametrize("world", ["local"], indirect=True)
def test_teams_do_not_see_each_other(client: Client) -> None:
    other = Client(client.world)
    create(client)
    assert (len(rows(client)), len(rows(other))) == (1, 0)
    assert client.get(PATH, {"teamId": other.installed.team}).status == 403


@LOCAL
def test_a_window_that_no_report_would_read_is_refused(client: Client) -> None:
    create(client)
    answer = client.get(
        PATH, {"startDate": "1970-01-01T00:00:00Z", "endDate": "2099-12-31T00:00:00Z"}
    )
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, "startDate")
