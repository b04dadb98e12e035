"""The dashboards of usage and of traces through the wire, on both adapters; questions that make no
sense."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kit.clock import DAY, HOUR, MINUTE, iso
from infra.local.feeder import drain
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client

AI = "/profitstream/v2/api/sources/metrics/ai"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
USAGE = (
    "trace-metrics-by-user",
    "trace-metrics-by-model",
    "trace-metrics-by-organization",
    "trace-user-metrics-over-time",
    "trace-model-metrics-over-time",
    "trace-organization-metrics-over-time",
    "trace-tokens-over-time",
)


@pytest.fixture
def posted(client: Client) -> Client:
    """Calls of some traces, half of them by a coding assistant; one without a price."""
    for number in range(12):
        body = completion(
            number,
            NOON - (number % 4) * HOUR - number * MINUTE,
            agent="claude-code" if number % 2 else "crew",
            organizationName=f"org {number % 2}",
            model="nobody's" if number == 4 else "gpt-4o-mini",
            traceId=f"trace {number % 3}",
            traceType=["draft", "review", None][number % 3],
            subscriber={"id": "s", "email": "a@example.com"} if number % 3 else None,
        )
        given = {name: value for name, value in body.items() if value is not None}
        assert client.post("/meter/v2/ai/completions", given).status == 201
    drain(client.world)
    return client


def ask(client: Client, slug: str, **query: Any) -> Any:
    answer = client.get(f"{AI}/{slug}", {"teamId": client.installed.team, **query})
    assert answer.status == 200, answer.body
    return answer.json


def test_usage_by_whoever_used_it(posted: Client) -> None:
    users = ask(posted, "trace-metrics-by-user")
    assert {row["userEmail"]: row["requestCount"] for row in users} == {
        "a@example.com": 8,
        "UNCLASSIFIED": 4,
    }
    one = ask(posted, "traces/metrics-by-user", agent="claude-code")
    assert sum(row["requestCount"] for row in one) == 6
    organizations = ask(
        posted, "trace-metrics-by-organization", start=iso(NOON - DAY), end=iso(NOON)
    )
    assert sorted(row["organizationName"] for row in organizations) == ["org 0", "org 1"]
    assert all(row["organizationId"] and row["traceCount"] == 3 for row in organizations)
    cost = sum(Decimal(str(row["totalCost"])) for row in users)
    assert cost == sum(Decimal(str(row["totalCost"])) for row in organizations) > 0
    models = {row["model"]: row for row in ask(posted, "trace-metrics-by-model")}
    assert models["nobody's"]["unpricedCount"] == 1
    assert models["gpt-4o-mini"]["percentage"] == 100


def test_usage_over_time(posted: Client) -> None:
    for kind in ("user", "model", "organization"):
        windows = ask(posted, f"trace-{kind}-metrics-over-time", period="TWENTY_FOUR_HOURS")
        counted = 0
        for window in windows:
            assert window["endTimestamp"] - window["startTimestamp"] == HOUR - 1
            for group in window["groups"]:
                told = {each["metricType"]: each["metricResult"] for each in group["metrics"]}
                counted += told["REQUESTS"]
        assert counted == 12
    tokens = ask(posted, "traces/tokens-over-time", period="HOUR")
    assert len(tokens) == 13
    assert sum(each["totalTokenCount"] > 0 for each in tokens) >= 1


def test_what_is_not_known_is_told(posted: Client) -> None:
    answer = posted.get(f"{AI}/trace-metrics-by-user", {"teamId": posted.installed.team})
    assert answer.headers["X-Meterlake-Unpriced-Calls"] == "1/12"
    plain = posted.get(f"{AI}/trace-tokens-over-time", {"teamId": posted.installed.team})
    assert "X-Meterlake-Unpriced-Calls" not in plain.headers


def test_a_team_without_calls_used_nothing(client: Client) -> None:
    for slug in USAGE[:3]:
        assert ask(client, slug) == []
    for slug in USAGE[3:6]:
        assert all(window["groups"] == [] for window in ask(client, slug))
    assert {each["totalTokenCount"] for each in ask(client, USAGE[6])} == {0}


def test_traces_by_type(posted: Client) -> None:
    for word in ("cost", "performance", "efficiency"):
        page = ask(posted, f"{word}-metrics-by-trace-type", period="SEVEN_DAYS")
        (rows,) = page["_embedded"].values()
        assert sorted(row["traceType"] for row in rows) == ["draft", "review", "unknown"]
        assert {row["transactionCount"] for row in rows} == {2}
        assert {row["trend"] for row in rows} == {None}
        assert page["page"]["totalElements"] == 3
        windows = ask(posted, f"{word}-by-trace-type-over-time", traceTypes=["draft", "unknown"])
        names = {group["groupName"] for window in windows for group in window["groups"]}
        assert names == {"draft", "unknown"}
    costs = ask(posted, "cost-metrics-by-trace-type")["_embedded"]
    (rows,) = costs.values()
    assert [row.get("unpricedCount") for row in rows if row["traceType"] == "review"] == [1]
    for row in rows:
        assert sum(each["percentage"] for each in row["modelBreakdown"]) == 100


def test_the_summary_of_traces(posted: Client) -> None:
    whole = ask(posted, "trace-metrics")
    assert (whole["traceCount"], whole["transactionCount"]) == (3, 6)
    assert whole["averageTransactionCount"] == 2
    assert whole == ask(posted, "traces/metrics") | {
        name: whole[name] for name in ("startTimestamp", "endTimestamp")
    }
    one = ask(posted, "trace-metrics", agent="crew", traceTypes=["draft"])
    assert (one["traceCount"], one["transactionCount"]) == (1, 2)


def test_tables_of_types_as_csv(posted: Client) -> None:
    answer = posted.get(
        f"{AI}/cost-metrics-by-trace-type",
        {"teamId": posted.installed.team, "size": 2},
        accept="text/csv",
    )
    assert answer.status == 200
    assert answer.headers["X-Meterlake-Unpriced-Calls"] == "1/6"
    assert answer.headers["X-Meterlake-Flat-Plan-Calls"].endswith("=6")
    assert len(answer.body.decode().splitlines()) == 3
    assert 'rel="next"' in answer.headers["Link"]


def test_a_team_without_traces(client: Client) -> None:
    summary = ask(client, "trace-metrics")
    assert (summary["traceCount"], summary["totalCost"], summary["p95Cost"]) == (0, 0, None)
    assert summary["modelBreakdown"] == []
    for word in ("cost", "performance", "efficiency"):
        assert ask(client, f"{word}-by-trace-type-over-time") == []
        page = ask(client, f"{word}-metrics-by-trace-type")
        assert page["page"]["totalElements"] == 0


TYPES = (
    "trace-metrics",
    "cost-metrics-by-trace-type",
    "performance-by-trace-type-over-time",
)


@LOCAL
@pytest.mark.parametrize("slug", TYPES)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"period": "WEEK"}, "period"),
        ({"startDate": iso(NOON)}, "startDate"),
        ({"startDate": iso(NOON), "endDate": iso(NOON - 1)}, "startDate"),
        ({"traceTypes": ["a"] * 101}, "traceTypes"),
        ({"teamId": ""}, "teamId"),
    ],
)
def test_bad_questions_about_traces(
    client: Client, slug: str, query: dict[str, Any], field: str
) -> None:
    answer = client.get(f"{AI}/{slug}", {"teamId": client.installed.team, **query})
    assert answer.status == 400
    assert field in answer.json["details"]


@LOCAL
@pytest.mark.parametrize(
    ("query", "field"),
    [({"sort": "nobody,asc"}, "sort"), ({"sort": "trend,up"}, "sort"), ({"size": 0}, "size")],
)
def test_bad_pages_of_types(client: Client, query: dict[str, Any], field: str) -> None:
    for word in ("cost", "performance", "efficiency"):
        given = {"teamId": client.installed.team, **query}
        answer = client.get(f"{AI}/{word}-metrics-by-trace-type", given)
        assert answer.status == 400
        assert field in answer.json["details"]


@LOCAL
@pytest.mark.parametrize("slug", USAGE)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"period": "WEEK"}, "period"),
        ({"start": iso(NOON)}, "start"),
        ({"end": iso(NOON)}, "end"),
        ({"endDate": iso(NOON)}, "endDate"),
        ({"start": iso(NOON), "end": iso(NOON - 1)}, "start"),
        ({"startDate": iso(NOON), "endDate": iso(NOON - 1)}, "startDate"),
        ({"start": iso(NOON - 4_000 * DAY), "end": iso(NOON)}, "start"),
        ({"start": "yesterday", "end": iso(NOON)}, "start"),
        ({"agent": "a" * 256}, "agent"),
        ({"teamId": ""}, "teamId"),
    ],
)
def test_bad_questions_are_refused_by_name(
    client: Client, slug: str, query: dict[str, Any], field: str
) -> None:
    given = {"teamId": client.installed.team, **query}
    answer = client.get(f"{AI}/{slug}", given)
    assert answer.status == 400
    assert field in answer.json["details"]
