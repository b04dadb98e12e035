"""The older reports: the digits of the analytics in their own shapes, period words and units, on
both adapters."""

import itertools
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.directory.registry import ORGANIZATION
from chalicelib.kit.clock import DAY, HOUR, MINUTE, iso
from chalicelib.kit.windows import Interval, Window, floor
from chalicelib.lake.compaction import compact_due
from chalicelib.lake.rolling import roll_due
from chalicelib.reports.older import OLDER_REPORTS
from chalicelib.reports.older_declarations import Aggregation, OlderReport
from chalicelib.reports.periods import Period, bucket_of
from infra.local.feeder import drain
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client

AI = "/profitstream/v2/api/sources/metrics/ai"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
ANALYTICS = {
    "cost-metric-by-provider": "cost-by-provider-aggregated",
    "cost-metric-by-model": "cost-by-model-aggregated",
    "total-cost-by-model": "cost-by-model-aggregated",
    "cost-metric-by-organization": "cost-by-organization-aggregated",
    "cost-metric-by-product": "cost-by-product-aggregated",
    "cost-metric-by-agents": "cost-by-agent-aggregated",
    "call-count-metrics-by-agents": "tasks-completed-by-agent",
    "performance-metrics-by-agents": "task-performance-by-agent",
}
BY_SLUG: Mapping[str, OlderReport] = {each.slug: each for each in OLDER_REPORTS}
LATE = (0, HOUR, 3 * HOUR, 26 * HOUR, 9 * DAY, 40 * DAY)


@pytest.fixture
def posted(client: Client) -> Client:
    """Calls of half a year by some agents, models, providers and customers; one without a price."""
    for number in range(24):
        body = completion(
            number,
            NOON - LATE[number % 6] - number * MINUTE,
            agent=f"agent {number % 3}",
            organizationName=f"org {number % 2}",
            productName="p" if number % 4 else None,
            provider="OPENAI" if number % 5 else "ANTHROPIC",
            model=["gpt-4o-mini", "claude-haiku-4-5", "nobody's"][number % 3],
            requestDuration=100 + number,
            subscriber={"id": "s", "credential": {"name": f"key {number % 2}", "value": "v"}},
        )
        given = {name: value for name, value in body.items() if value is not None}
        assert client.post("/meter/v2/ai/completions", given).status == 201
    drain(client.world)
    return client


def ask(client: Client, slug: str, **query: Any) -> Any:
    answer = client.get(f"{AI}/{slug}", {"teamId": client.installed.team, **query})
    assert answer.status == 200, answer.body
    return answer.json


def sums(windows: Any) -> dict[str, Decimal]:
    """As clients read it: the sum of a group's figures."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for window in windows if isinstance(windows, list) else [windows]:
        for group in window["groups"]:
            (metric,) = group["metrics"]
            found[group["groupName"]] += Decimal(str(metric["metricResult"]))
    return dict(found)


@pytest.mark.parametrize("slug", ANALYTICS)
def test_one_window_has_the_digits_of_the_analytics(posted: Client, slug: str) -> None:
    window = {"startDate": iso(NOON - 60 * DAY), "endDate": iso(NOON)}
    aggregated = posted.get(f"/api/v2/analytics/{ANALYTICS[slug]}", {**window, "size": 100}).json
    expected = {}
    for item in aggregated["_embedded"]["items"]:
        expected[item["groupName"]] = Decimal(str(item["metrics"][0]["metricResult"]))
    body = ask(posted, slug, **window)
    assert sums(body) == expected
    assert len(expected) > 1
    by_measure = {Aggregation.MEAN: "avg", Aggregation.MAXIMUM: "max", Aggregation.MINIMUM: "min"}
    if BY_SLUG[slug].default:
        for group, measure in by_measure.items():
            again = {**window, "size": 100, "metricType": measure}
            aggregated = posted.get(f"/api/v2/analytics/{ANALYTICS[slug]}", again).json
            for item in aggregated["_embedded"]["items"]:
                expected[item["groupName"]] = Decimal(str(item["metrics"][0]["metricResult"]))
            assert sums(ask(posted, slug, **window, group=group)) == expected, group


@LOCAL
@pytest.mark.parametrize("period", Period)
def test_windows_over_time_add_up_to_the_one_window(posted: Client, period: Period) -> None:
    for late in ("before", "after"):
        if late == "after":
            compact_due(posted.world)
            roll_due(posted.world)
        whole = sums(ask(posted, "cost-metric-by-agents", period=period))
        start = period.window(posted.world.now()).start
        buckets = ask(posted, "cost-metrics-by-agents-over-time", period=period)
        assert sums(buckets) == whole, late
        width = bucket_of(Window(start, posted.world.now()))
        assert buckets[0]["startTimestamp"] == floor(start, width)
        for one, following in itertools.pairwise(buckets):
            assert one["endTimestamp"] + 1 == following["startTimestamp"]
        counts = sums(ask(posted, "call-count-metrics-by-agents-over-time", period=period))
        assert counts == sums(ask(posted, "call-count-metrics-by-agents", period=period))


@pytest.mark.parametrize(
    ("period", "width"),
    [
        ("HOUR", 5 * MINUTE),
        ("EIGHT_HOURS", 30 * MINUTE),
        ("TWENTY_FOUR_HOURS", HOUR),
        ("SEVEN_DAYS", 12 * HOUR),
        ("THIRTY_DAYS", DAY),
    ],
)
def test_a_call_stands_in_its_bucket(posted: Client, period: str, width: int) -> None:
    windows = ask(posted, "call-count-metrics-by-agents-over-time", period=period)
    expected: dict[int, int] = defaultdict(int)
    start = Period(period).window(posted.world.now()).start
    for number in range(24):
        at = NOON - LATE[number % 6] - number * MINUTE
        if at >= start:
            expected[at - at % width] += 1
    found: dict[int, Decimal] = {}
    for window in windows:
        assert window["endTimestamp"] - window["startTimestamp"] == width - 1
        if window["groups"]:
            found[window["startTimestamp"]] = sum(sums(window).values(), Decimal(0))
    assert found == expected
    assert expected


def test_providers_tell_the_models_behind_them(posted: Client) -> None:
    body = ask(posted, "cost-metric-by-provider", period="NINETY_DAYS")
    costs = list(sums(body).values())
    assert len(costs) == 2
    assert costs == sorted(costs, reverse=True)
    for group in body["groups"]:
        (metric,) = group["metrics"]
        assert metric["metricType"] == "TOTAL_COST_BY_PROVIDER"
        models = metric["aggregatedModelAIMetrics"]
        behind = sum(Decimal(str(each["metricResult"])) for each in models)
        assert behind == Decimal(str(metric["metricResult"]))
        assert all(100 <= each["timeResult"] < 124 for each in models)
    over_time = ask(posted, "total-cost-by-provider-over-time", period="NINETY_DAYS", group="?")
    assert sums(over_time) == sums(body)


def test_filters_take_names_and_ids(posted: Client) -> None:
    by_name = ask(posted, "cost-metric-by-organization", organizations=["org 1"])
    assert [group["groupName"] for group in by_name["groups"]] == ["org 1"]
    (metric,) = by_name["groups"][0]["metrics"]
    by_id = ask(posted, "cost-metric-by-organization", organizations=[metric["organizationId"]])
    assert sums(by_id) == sums(by_name)
    record = posted.world.documents.get(
        posted.installed.tenant, ORGANIZATION, metric["organizationId"]
    )
    assert record is not None
    assert record.name == "org 1"
    keys = ask(posted, "cost-metrics-by-subscriber-credential", period="NINETY_DAYS")
    named = {
        group["groupName"]: group["metrics"][0]["credentialId"]
        for window in keys
        for group in window["groups"]
    }
    one = ask(
        posted,
        "cost-metrics-by-subscriber-credential",
        period="NINETY_DAYS",
        credentials=[named["key 1"]],
    )
    assert list(sums(one)) == ["key 1"]
    models = ask(posted, "total-cost-by-model", provider="ANTHROPIC", period="NINETY_DAYS")
    assert 0 < len(models["groups"]) < 4


def test_what_is_not_known_is_told(posted: Client) -> None:
    answer = posted.get(f"{AI}/cost-metric-by-model", {"teamId": posted.installed.team})
    told = {group["groupName"]: group["metrics"][0] for group in answer.json["groups"]}
    assert (told["nobody's"]["metricResult"], told["nobody's"]["unpricedCount"]) == (0, 8)
    unpriced, _, total = answer.headers["X-Meterlake-Unpriced-Calls"].partition("/")
    assert (int(unpriced) >= 8, total) == (True, "24")
    assert answer.json["startTimestamp"].endswith("Z")


@LOCAL
def test_values_that_occur(posted: Client) -> None:
    for settled in (False, True):
        if settled:
            compact_due(posted.world)
            roll_due(posted.world)
        assert ask(posted, "unique-agents") == ["agent 0", "agent 1", "agent 2"]
        assert ask(posted, "models") == ["claude-haiku-4-5", "gpt-4o-mini", "nobody's"]
        assert ask(posted, "unique-providers") == ["ANTHROPIC", "OPENAI"]
        assert [key["label"] for key in ask(posted, "unique-keys")] == ["key 0", "key 1"]
        assert ask(posted, "data-connected") == {"isConnected": True}


def test_a_team_without_calls(client: Client) -> None:
    assert ask(client, "data-connected") == {"isConnected": False}
    assert ask(client, "unique-agents") == []
    assert ask(client, "cost-metric-by-agents")["groups"] == []
    assert ask(client, "cost-metrics-by-team-over-time", period="HOUR")[0]["groups"] == []


@LOCAL
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"period": "WEEK"}, "period"),
        ({"group": "SUM"}, "group"),
        ({"startDate": iso(NOON)}, "startDate"),
        ({"startDate": iso(NOON), "endDate": iso(NOON - 1)}, "startDate"),
        ({"agents": ["a"] * 101}, "agents"),
        ({"teamId": ""}, "teamId"),
    ],
)
def test_bad_questions_are_refused_by_name(
    client: Client, query: dict[str, Any], field: str
) -> None:
    given = {"teamId": client.installed.team, **query}
    answer = client.get(f"{AI}/cost-metric-by-agents", given)
    assert answer.status == 400
    assert field in answer.json["details"]
    kind = client.get(f"{AI}/tokens-per-minute-by-provider", {**given, "tokenType": "X"})
    assert kind.status == 400


def test_parts_of_an_hour_and_a_day_have_no_name_in_engines() -> None:
    assert Interval.HALF_DAY.whole is Interval.DAY
    assert [each for each in Interval if each.whole is each] == [
        Interval.HOUR,
        Interval.DAY,
        Interval.MONTH,
    ]
