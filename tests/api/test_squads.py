"""Squads through the wire, on both adapters: renamed ones, both id spaces, what makes no sense."""

from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.kit.clock import DAY, HOUR, MINUTE, iso
from infra.local.feeder import drain
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client

S = "/profitstream/v2/api/squads"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)


def meter(client: Client, number: int, late: int, **members: Any) -> None:
    body = completion(number, NOON - late, **members)
    given = {name: value for name, value in body.items() if value is not None}
    assert client.post("/meter/v2/ai/completions", given).status == 201
    drain(client.world)


@pytest.fixture
def posted(client: Client) -> Client:
    """Three executions of two squads, one of which has no price and a failed call, and one without
    a name."""
    crew = {"squadName": "Research Crew", "agent": "planner", "model": "gpt-4o-mini"}
    meter(client, 1, 5 * HOUR, squadId="a/1", squadRole="root", traceId="t1", **crew)
    meter(client, 2, 4 * HOUR, squadId="a/1", traceId="t1", **{**crew, "agent": "coder"})
    meter(client, 3, 3 * HOUR, squadId="a2", traceId="t2", **crew)
    unknown = {"model": "nobody's", "agent": "x"}
    meter(client, 4, 2 * HOUR, squadId="b", squadName="Ops", **unknown)
    meter(client, 5, 90 * MINUTE, squadId="lone", agent="y", errorReason="timeout")
    return client


def ask(client: Client, path: str = "", **query: Any) -> Any:
    answer = client.get(f"{S}{path}", {"teamId": client.installed.team, **query})
    assert answer.status == 200, answer.body
    return answer.json


def rows(body: Any) -> list[dict[str, Any]]:
    (found,) = body["_embedded"].values()
    return list(found)


def test_groups_and_their_executions(posted: Client) -> None:
    groups = {row["label"]: row for row in rows(ask(posted, "/entities"))}
    assert set(groups) == {"Research Crew", "Ops", "lone"}
    crew = groups["Research Crew"]
    assert (crew["executionCount"], crew["agentCount"], crew["traceCount"]) == (2, 2, 2)
    assert crew["totalCost"] > 0
    assert (groups["Ops"]["totalCost"], groups["Ops"]["unpricedCount"]) == (None, 1)
    for group in groups.values():
        assert (
            len(rows(ask(posted, f"/entities/{group['id']}/executions")))
            == (group["executionCount"])
        )
    assert [row["id"] for row in rows(ask(posted))] == ["lone", "b", "a2", "a/1"]
    failed = rows(ask(posted, status="FAILED"))
    assert [row["id"] for row in failed] == ["lone"]
    assert [row["id"] for row in rows(ask(posted, squadName="research crew"))] == ["a2", "a/1"]


def test_a_renamed_squad_stays_one(posted: Client) -> None:
    before = {row["label"]: row["id"] for row in rows(ask(posted, "/entities"))}
    meter(posted, 6, 30 * MINUTE, squadId="a/1", squadName="Deep Dive", agent="planner")
    meter(posted, 7, 20 * MINUTE, squadId="a3", squadName="deep dive ", agent="planner")
    after = {row["id"]: row for row in rows(ask(posted, "/entities"))}
    assert after.keys() == set(before.values())
    crew = after[before["Research Crew"]]
    assert crew["label"].strip().lower() == "deep dive"
    assert crew["executionCount"] == 3
    hour = {row["id"]: row for row in rows(ask(posted, "/entities", period="HOUR"))}
    assert set(hour) == {crew["id"]}
    assert hour[crew["id"]]["executionCount"] == 1


def test_detail_and_timeline_by_both_ids(posted: Client) -> None:
    path = f"/{quote('a/1', safe='')}"
    detail = ask(posted, path)
    assert (detail["id"], detail["label"], detail["transactionCount"]) == (
        "a/1",
        "Research Crew",
        2,
    )
    assert {agent["label"]: agent["role"] for agent in detail["agents"]} == {
        "planner": "root",
        "coder": None,
    }
    timeline = ask(posted, f"{path}/timeline")
    starts = [event["timestamp"] for event in timeline["events"]]
    assert starts == [NOON - 5 * HOUR, NOON - 4 * HOUR]
    groups = {row["label"]: row["id"] for row in rows(ask(posted, "/entities"))}
    assert ask(posted, f"/{groups['Research Crew']}")["id"] == "a2"
    assert (
        ask(posted, f"/entities/{quote('a/1', safe='')}/executions")["page"]["totalElements"] == 2
    )


def test_nobody_knows_it(posted: Client) -> None:
    for path in ("/nobody", "/nobody/timeline", "/entities/k3G7QA/executions", "/%25%27"):
        answer = posted.get(f"{S}{path}", {"teamId": posted.installed.team})
        assert answer.status == 404, path
    late = posted.get(f"{S}/a2", {"teamId": posted.installed.team, "period": "HOUR"})
    assert late.status == 404


def test_a_team_without_squads(client: Client) -> None:
    assert rows(ask(client)) == []
    assert rows(ask(client, "/entities")) == []


def test_executions_as_csv(posted: Client) -> None:
    answer = posted.get(S, {"teamId": posted.installed.team, "size": 3}, accept="text/csv")
    assert len(answer.body.decode().splitlines()) == 4
    assert 'rel="next"' in answer.headers["Link"]
    assert answer.headers["X-Meterlake-Unpriced-Calls"] == "1/5"


@LOCAL
@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("", {"period": "WEEK"}, "period"),
        ("", {"sort": "nobody"}, "sort"),
        ("", {"startDate": iso(NOON)}, "startDate"),
        ("", {"startDate": iso(NOON), "endDate": iso(NOON - DAY)}, "startDate"),
        ("", {"size": 0}, "size"),
        ("", {"teamId": ""}, "teamId"),
        ("/entities", {"sort": "startTime"}, "sort"),
        ("/entities", {"page": -1}, "page"),
        ("/a", {"period": "x"}, "period"),
        ("/a/timeline", {"teamId": ""}, "teamId"),
    ],
)
def test_bad_questions_are_refused_by_name(
    client: Client, path: str, query: dict[str, Any], field: str
) -> None:
    answer = client.get(f"{S}{path}", {"teamId": client.installed.team, **query})
    assert answer.status == 400
    assert field in answer.json["details"]
