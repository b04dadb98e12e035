"""Charts of a made-up life against a plain reading of it, on both adapters."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from chalicelib.budgets.vocabulary import CostControlWindowType
from chalicelib.kit.clock import DAY, HOUR, iso
from chalicelib.lake.compaction import compact_day
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from tests.charts.life import (
    BEGIN,
    Call,
    Job,
    Shown,
    begin_of,
    fullest,
    make_calls,
    make_jobs,
    percentile_of,
)
from tests.conftest import NOON
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.feeding import feed

GENERATE = "/profitstream/v2/api/reports/chart-builder/generate"
RULES = "/profitstream/v2/api/ai/cost-controls"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
SPANS = [
    ("hour", NOON - 2 * DAY - 17 * 60_000, NOON - HOUR // 3),
    ("day", NOON - 45 * DAY - 5 * HOUR, NOON - 1),
    ("week", NOON - 90 * DAY + 3 * HOUR, NOON - 2),
    ("month", BEGIN + 40 * DAY, NOON),
]
CALLS, JOBS = make_calls(), make_jobs()


@pytest.fixture
def client(world: World) -> Client:
    return Client(world)


@pytest.fixture
def step(request: pytest.FixtureRequest) -> int:
    """Of so many questions one is asked: of a deployment fewer, which is slow under moto."""
    return 11 if request.node.callspec.params["world"] == "aws" else 1


def meter(client: Client) -> None:
    """Some days hold loose files, the others are compacted."""
    for number, call in enumerate(CALLS):
        answer = client.post("/meter/v2/ai/completions", call.body(number))
        assert answer.status == 201, answer.body
    feed(client.world)
    team = Scope(client.installed.team)
    days = sorted({iso(call.at)[:10] for call in CALLS})
    for day in [day for place, day in enumerate(days) if place % 9]:
        compact_day(client.world, team, "ai_events", day)


def draw(client: Client, **members: Any) -> dict[str, Any]:
    told = {"chartType": "column", "mode": "time", "dateRange": "custom", **members}
    answer = client.post(GENERATE, {"configuration": told})
    assert answer.status == 200, answer.body
    return dict(json.loads(answer.body, parse_float=Decimal))


def check(client: Client, shown: Shown, asked: dict[str, Any], grain: str) -> None:
    """A chart over time, and one in all, both with the span before."""
    width = shown.end - shown.start + 1
    before = Shown(
        shown.items, shown.figure, shown.group, shown.most, shown.start - width, shown.start - 1
    )
    asked = {
        **asked,
        "startDate": iso(shown.start),
        "endDate": iso(shown.end),
        "timeGrain": grain,
        "limit": shown.most,
        "comparePrevious": True,
    }
    label, what = shown.label(before), f"{asked}"
    chart = draw(client, **asked)
    told = {each["key"]: each["data"] for each in chart["series"]}
    length = len(shown.buckets(grain))
    assert len(chart["categories"]) == length, what
    for span, mark in ((shown, ""), (before, ":before")):
        for name, data in span.over_time(grain, label).items():
            key = (name or asked["primaryMetric"]["baseMetric"]) + mark
            wanted = (data + [None] * length)[:length]
            assert told.pop(key) == wanted, (what, key)
    nothing = shown.figure([])
    for name, data in told.items():
        assert set(data) <= {nothing, None}, (what, name)  # of the span before alone, or no jobs
    assert chart["total"] == shown.figure(shown.within()), what
    chart = draw(client, **asked | {"mode": "aggregate"})
    now, then = (each["data"] for each in chart["series"])
    categories = chart["categories"] if shown.group else [""]
    for span, data in ((shown, now), (before, then)):
        found = dict(zip(categories, data, strict=True))
        for name, wanted in span.in_all(label).items():
            assert found.pop(name) == wanted, (what, name)
        assert set(found.values()) <= {nothing}, what


def percentiles(column: str, rank: int) -> Callable[[Sequence[Call]], int | None]:
    return lambda calls: percentile_of([getattr(each, column) for each in calls], rank)


def asks(base: str, calculation: str) -> dict[str, Any]:
    return {"primaryMetric": {"baseMetric": base, "calculationType": calculation}}


GROUPS: list[tuple[str | None, Callable[[Call], str] | None]] = [
    (None, None),
    ("AGENT", lambda call: call.agent or "UNCLASSIFIED"),
    ("PROVIDER", lambda call: call.provider.replace("openai", "OPENAI")),
]


def test_percentiles(client: Client, step: int) -> None:
    meter(client)
    metrics = [("duration", "duration", 95), ("timeToFirstToken", "first_token", 50)]
    for number, (span, (group_by, group)) in list(enumerate(product(SPANS, GROUPS)))[1::step]:
        metric, column, rank = metrics[number % 2]
        grain, start, end = span
        shown = Shown(CALLS, percentiles(column, rank), group, 2, start, end)
        check(client, shown, asks(metric, f"p{rank}") | {"groupBy": group_by}, grain)


def chosen(each: Call) -> str:
    return each.agent or "UNCLASSIFIED"


FILTERS: list[tuple[str, str, Any, Callable[[Call], bool]]] = [
    ("AGENT", "IS", "a", lambda call: call.agent == "a"),
    ("AGENT", "IS_NOT", "a", lambda call: call.agent != "a"),
    ("AGENT", "IN", ["a", "Other"], lambda call: call.agent in ("a", "Other")),
    ("AGENT", "CONTAINS", "the", lambda call: "the" in call.agent),
    ("PROVIDER", "STARTS_WITH", "OPEN", lambda call: call.provider.lower() == "openai"),
    ("ORGANIZATION", "ENDS_WITH", "0%", lambda call: call.organization.endswith("0%")),
    ("ORGANIZATION", "ENDS_WITH", "a longer text than that", lambda _: False),
    ("ORGANIZATION", "STARTS_WITH", "Orsini_", lambda call: call.organization == "Orsini_x"),
    ("ORGANIZATION", "CONTAINS", "_", lambda call: "_" in call.organization),
    ("SUBSCRIBER", "IS_NOT", "nobody", lambda _: True),
    ("SUBSCRIBER", "CONTAINS", "e", lambda _: False),
]


@LOCAL
def test_percentiles_of_some_calls(client: Client) -> None:
    meter(client)
    grain, start, end = SPANS[1]
    for dimension, operator, value, keeps in FILTERS:
        told = {"dimension": dimension, "operator": operator}
        told["values" if operator == "IN" else "value"] = value
        calls = [call for call in CALLS if keeps(call)]
        asked = asks("duration", "p90") | {"groupBy": "AGENT", "filters": [told]}
        shown = Shown(calls, percentiles("duration", 90), chosen, 3, start, end)
        check(client, shown, asked, grain)


SUMS: list[tuple[str, Callable[[Sequence[Call]], Any]]] = [
    ("totalCost", lambda calls: Decimal(sum(call.nano for call in calls)) / 10**9),
    ("requestCount", len),
    ("errorCount", lambda calls: sum(call.failed for call in calls)),
]


@LOCAL
def test_sums_by_any_group_grain_and_filter(client: Client) -> None:
    """Of all combinations every eleventh, to the last nano."""
    meter(client)
    organizations = ("ORGANIZATION", lambda call: call.organization or "UNCLASSIFIED")
    every = product(SUMS, [*GROUPS, organizations], FILTERS, SPANS)
    for (metric, figure), (group_by, group), (dimension, operator, value, keeps), span in list(
        every
    )[::11]:
        grain, start, end = span
        told = {"dimension": dimension, "operator": operator}
        told["values" if operator == "IN" else "value"] = value
        calls = [call for call in CALLS if keeps(call)]
        shown = Shown(calls, figure, group, 2, start, end)
        check(
            client, shown, asks(metric, "total") | {"groupBy": group_by, "filters": [told]}, grain
        )


def work(client: Client, clock: Clock) -> None:
    """Jobs are created when their first call comes in, outcomes are reported days later."""
    for number, job in enumerate(JOBS):
        clock.now = job.at
        told = {"agenticJobId": f"job-{number}", "agenticJobType": job.type or None}
        body = CALLS[0].body(number) | {name: each for name, each in told.items() if each}
        assert client.post("/meter/v2/ai/completions", body).status == 201
    clock.now = NOON
    feed(client.world)
    for number, job in enumerate(JOBS):
        if not job.status:
            continue
        body: dict[str, Any] = {"executionStatus": job.status}
        if job.outcome:
            body |= {"outcomeType": job.outcome, "outcomeValue": job.value}
        answer = client.post(f"/profitstream/v2/api/jobs/job-{number}/outcome", body)
        assert answer.status in (200, 201), answer.body


def rate(jobs: Sequence[Job], part: str, of: Sequence[str]) -> Decimal | None:
    whole = sum(job.status in of for job in jobs)
    hits = sum(part in (job.status, job.outcome) for job in jobs)
    if not whole:
        return None
    return (Decimal(100 * hits) / whole).quantize(Decimal("1e-18"))


OF_JOBS: list[tuple[str, str, Callable[[Sequence[Job]], Any]]] = [
    ("jobCount", "total", len),
    ("outcomeCount", "total", lambda jobs: sum(bool(job.status) for job in jobs)),
    ("outcomeValue", "total", lambda jobs: sum(job.value for job in jobs)),
    ("jobSuccessRate", "average", lambda jobs: rate(jobs, "SUCCESS", ["SUCCESS", "FAILED"])),
    ("jobConversionRate", "average", lambda jobs: rate(jobs, "CONVERTED", ["SUCCESS"])),
]
JOB_GROUPS: list[tuple[str | None, Callable[[Job], str] | None]] = [
    (None, None),
    ("JOB_TYPE", lambda job: job.type or "UNCLASSIFIED"),
    ("OUTCOME_TYPE", lambda job: job.outcome or "UNCLASSIFIED"),
    ("EXECUTION_STATUS", lambda job: job.status or "UNCLASSIFIED"),
]


def test_jobs_and_outcomes(client: Client, clock: Clock, step: int) -> None:
    work(client, clock)
    for (metric, calculation, figure), (group_by, group), span in list(
        product(OF_JOBS, JOB_GROUPS, SPANS)
    )[:: 2 * step - 1]:
        grain, start, end = span
        shown = Shown(JOBS, figure, group, 2, start, end)
        check(client, shown, asks(metric, calculation) | {"groupBy": group_by}, grain)
    failed = [{"dimension": "EXECUTION_STATUS", "operator": "IS", "value": "FAILED"}]
    jobs = [job for job in JOBS if job.status == "FAILED"]
    grain, start, end = SPANS[2]
    shown = Shown(jobs, len, None, 2, start, end)
    check(client, shown, asks("jobCount", "total") | {"filters": failed}, grain)


WINDOWS = {
    CostControlWindowType.HOURLY: "hour",
    CostControlWindowType.DAILY: "day",
    CostControlWindowType.WEEKLY: "week",
    CostControlWindowType.MONTHLY: "month",
    CostControlWindowType.QUARTERLY: "quarter",
    CostControlWindowType.YEARLY: "year",
}


def test_budgets(client: Client, step: int) -> None:
    meter(client)
    limits = {kind: Decimal(2 * 5**place) for place, kind in enumerate(WINDOWS)}
    for kind in WINDOWS:
        body = {"name": f"All {kind}", "windowType": kind, "action": "BLOCK"}
        body |= {"metricType": "TOTAL_COST", "hardLimit": int(limits[kind])}
        assert client.post(RULES, body).status == 200
    body |= {"name": "By agent", "windowType": "DAILY", "groupBy": "AGENT", "hardLimit": 3}
    assert client.post(RULES, body).status == 200
    body |= {"name": "Off", "enabled": False}
    assert client.post(RULES, body).status == 200
    for grain, start, end in SPANS[::step]:
        asked = asks("budgetShare", "maximum") | {"groupBy": "BUDGET", "timeGrain": grain}
        asked |= {"startDate": iso(start), "endDate": iso(end)}
        chart = draw(client, **asked)
        told = {each["key"]: each["data"] for each in chart["series"]}
        assert len(told) == len(WINDOWS) + 1
        buckets = Shown([], len, None, 1, start, end).buckets(grain)
        ends = [*(each - 1 for each in buckets[1:]), end]
        for kind, window in WINDOWS.items():
            for at, (bucket, last) in enumerate(zip(buckets, ends, strict=True)):
                times = (max(bucket, start), last)
                wanted = fullest(CALLS, window, limits[kind], times)
                assert abs(told[f"All {kind}"][at] - wanted) < Decimal("1e-6"), (kind, grain, at)
                wanted = fullest(CALLS, "day", Decimal(3), times, "agent")
                assert abs(told["By agent"][at] - wanted) < Decimal("1e-6"), (grain, at)
        whole = draw(client, **asks("budgetShare", "maximum"), **times_of(start, end))
        assert whole["total"] == max(value for data in told.values() for value in data)
        others = draw(client, **asked | {"limit": 1, "mode": "aggregate"})
        assert others["categories"][1] == "Other"
        named = others["categories"][0]
        (data,) = (each["data"] for each in others["series"])
        assert data[0] == max(told.pop(named)) == whole["total"]
        assert data[1] == max(value for each in told.values() for value in each)
        used = draw(client, **asked | asks("budgetUsed", "total"))
        for each in used["series"]:
            wanted_calls = [call for call in CALLS if start <= call.at <= end]
            if each["key"] == "By agent":
                wanted_calls = [call for call in wanted_calls if call.agent]
            for bucket, value in zip(buckets, each["data"], strict=True):
                nano = sum(c.nano for c in wanted_calls if begin_of(c.at, grain) == bucket)
                assert value == Decimal(nano) / 10**9, (each["key"], grain)


def times_of(start: int, end: int) -> dict[str, Any]:
    return {"startDate": iso(start), "endDate": iso(end)}
