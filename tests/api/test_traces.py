"""Traces through the doors, from metered calls to a tree, on both adapters."""

import csv
from io import StringIO
from typing import Any

import pytest

from chalicelib.kit.clock import iso
from infra.local.feeder import drain
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client

T = "/profitstream/v2/api/sources/metrics/ai/traces"
RUN = "run 7/ü?"
"""A trace id that must be encoded in a path."""
ENCODED = "run%207%2F%C3%BC%3F"
CALLS = [
    ("plan", None, "planner", 0, 100),
    ("code", "plan", "coder", 100, 400),
    ("judge", "code", "critic", 500, 50),
    ("again", "judge", "coder", 600, 200),
    ("lost", "nobody", None, 10, 0),
    ("me", "me", "planner", 20, 5),
]


@pytest.fixture
def posted(client: Client) -> Client:
    for name, parent, agent, start, took in CALLS:
        body = completion(
            transactionId=name,
            parentTransactionId=parent,
            agent=agent,
            traceId=RUN,
            traceType="review",
            requestTime=iso(NOON - 5_000 + start),
            responseTime=iso(NOON - 5_000 + start + took),
            requestDuration=took,
        )
        assert client.post("/meter/v2/ai/completions", body).status == 201
    other = completion(transactionId="other", traceId="other", requestTime=iso(NOON - 9_000))
    assert client.post("/meter/v2/ai/completions", other).status == 201
    tool = {"transactionId": "t1", "toolId": "search", "durationMs": 3, "success": True}
    tool |= {"timestamp": iso(NOON - 4_900), "costUsd": 0.25, "traceId": RUN}
    assert client.post("/meter/v2/tool/events", tool).status == 201
    drain(client.world)
    return client


def ask(client: Client, path: str = "", **query: Any) -> Any:
    answer = client.get(f"{T}{path}", {"teamId": client.installed.team, **query})
    assert answer.status == 200, answer.body
    return answer.json


def rows(body: dict[str, Any]) -> list[dict[str, Any]]:
    (listed,) = body["_embedded"].values()
    return list(listed)


def test_traces_are_listed(posted: Client) -> None:
    body = ask(posted)
    assert [row["traceId"] for row in rows(body)] == [RUN, "other"]
    assert rows(body)[0]["_links"]["self"]["href"] == f"{T}/{ENCODED}"
    assert rows(body)[0]["agents"] == ["coder", "critic", "planner"]
    assert ask(posted, size=1)["page"]["totalPages"] == 2
    assert ask(posted, page=9)["page"]["totalElements"] == 2
    (run,) = rows(ask(posted, traceType="review", period="HOUR"))
    assert run["transactionCount"] == len(CALLS)
    answer = posted.get(T, {"teamId": posted.installed.team}, accept="text/csv")
    sheet = list(csv.DictReader(StringIO(answer.body.decode())))
    assert [row["traceId"] for row in sheet] == [RUN, "other"]
    assert sheet[0]["totalCost"]


@pytest.mark.parametrize("path", [f"/{ENCODED}", f"/{ENCODED}/detail"])
def test_a_trace_is_a_tree(posted: Client, path: str) -> None:
    body = ask(posted, path)
    told = {span["id"]: (span["depth"], span.get("parentStatus")) for span in body["spans"]}
    assert told == {
        "plan": (0, None),
        "code": (1, None),
        "judge": (2, None),
        "again": (3, None),
        "lost": (0, "MISSING"),
        "me": (0, "LOOP"),
        "t1": (0, None),
    }
    assert body["toolCost"] == 0.25
    assert body["totalCost"] > 0


@pytest.mark.parametrize("path", [f"/{ENCODED}/critical-path", f"/critical-path/{ENCODED}"])
def test_a_trace_has_a_critical_path(posted: Client, path: str) -> None:
    body = ask(posted, path)
    members = [each["transactionId"] for each in body["criticalPath"]]
    assert members == ["plan", "code", "judge", "again"]
    assert (body["criticalPathDuration"], body["traceDuration"]) == (750, 800)


@pytest.mark.parametrize("path", ["/anomalies", "/anomalous"])
def test_traces_stand_out(posted: Client, path: str) -> None:
    body = ask(posted, path, metricTypes="TRANSACTION_COUNT")
    (found,) = rows(body)
    assert (found["traceId"], found["metricValue"], found["percentile"]) == (RUN, 6, "P99")
    assert found["thresholdValue"] == 5.95
    for counts in ("/anomalies/metrics", "/anomaly-metrics"):
        told = ask(posted, counts, metricType="TRANSACTION_COUNT")
        assert (told["totalTraces"], told["p75Count"], told["p99Count"]) == (2, 1, 1)


@pytest.mark.parametrize(
    "path", ["/agent-interactions", "/agent-interactions/table", "/agent-interactions-table"]
)
def test_agents_call_each_other(posted: Client, path: str) -> None:
    found = {(row["sourceAgent"], row["targetAgent"]): row for row in rows(ask(posted, path))}
    assert set(found) == {("planner", "coder"), ("coder", "critic"), ("critic", "coder")}
    assert found["planner", "coder"]["totalDuration"] == 400
    (one,) = rows(ask(posted, path, agents="planner"))
    assert one["label"] == "planner → coder"


@pytest.mark.parametrize("path", ["/agent-interactions/matrix", "/agent-interaction-matrix"])
def test_agents_stand_in_a_matrix(posted: Client, path: str) -> None:
    body = ask(posted, path, size=2)
    told = [(each["agent"], each["totalInteractions"]) for each in body["agents"]]
    assert told == [("coder", 3), ("critic", 2)]
    assert len(body["interactions"]) == 2
    assert body["metadata"]["totalInteractions"] == 3


@pytest.mark.parametrize("path", ["/circular-patterns", "/patterns/circular"])
def test_agents_go_in_circles(posted: Client, path: str) -> None:
    body = ask(posted, path)
    (found,) = rows(body)
    assert found["pattern"] == "coder → critic → coder"
    assert (found["wastedDuration"], found["traceIds"]) == (250, [RUN])
    assert body["summary"]["severityBreakdown"][found["severity"]] == 1


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("", {"teamId": ""}, 400),
        ("", {"size": 0}, 400),
        ("", {"sort": "nothing"}, 400),
        ("", {"traceDurationMax": 300_001}, 400),
        ("", {"totalCostMin": -1}, 400),
        ("", {"period": "FOREVER"}, 400),
        ("", {"startDate": "yesterday", "endDate": iso(NOON)}, 400),
        ("", {"startDate": iso(NOON)}, 400),
        ("/nobody's", {}, 404),
        ("/nobody's/critical-path", {}, 404),
        ("/%F0%9F%98%80%25", {}, 404),
        ("/anomalies", {"percentile": "P50"}, 400),
        ("/anomalies", {"metricTypes": "NOISE"}, 400),
        ("/anomalies/metrics", {}, 400),
        ("/agent-interactions", {"agents": [f"a{number}" for number in range(101)]}, 400),
        ("/agent-interactions/matrix", {"sort": "interactionCount"}, 400),
        ("/circular-patterns", {"minOccurrences": 0}, 400),
        ("/circular-patterns", {"severity": "AWFUL"}, 400),
    ],
)
def test_bad_input_is_told(posted: Client, path: str, query: dict[str, Any], status: int) -> None:
    answer = posted.get(f"{T}{path}", {"teamId": posted.installed.team, **query})
    assert answer.status == status, answer.body
