"""The dashboards of traces against a plain look at their calls, whatever state the lake is in."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from chalicelib.kit.clock import DAY, iso
from chalicelib.kit.http.messages import Request
from chalicelib.kit.windows import Window, floor
from chalicelib.ports.world import World
from chalicelib.reports.periods import bucket_of
from chalicelib.reports.service import Answer
from chalicelib.traces import type_queries
from chalicelib.traces.statistics import Spread
from chalicelib.traces.type_columns import (
    COST_TABLE,
    EFFICIENCY_TABLE,
    PERFORMANCE_TABLE,
    TypeTable,
)
from chalicelib.traces.type_queries import TraceSummaryQuery, TraceTypeQuery
from chalicelib.traces.type_series import (
    COST_SERIES,
    EFFICIENCY_SERIES,
    PERFORMANCE_SERIES,
    answer_series,
)
from chalicelib.traces.type_tables import page_types, summarize_traces
from tests.lake.samples import NOON
from tests.traces.runs import STATES, Runs, add_up, begun, ended

Call = dict[str, Any]
WINDOWS = [
    Window(NOON - 2 * DAY, NOON + DAY),
    Window(NOON - 30 * DAY, NOON + DAY),
    Window(NOON - DAY, NOON - DAY + 30 * 60_000),
    Window(NOON - 3 * DAY, NOON - 2 * DAY),
]
KINDS: list[list[str]] = [[], ["chat"], ["unknown", "batch"], ["none's"]]
REQUEST = Request("GET", "/types", {}, (), b"", "request")


@pytest.fixture(params=STATES)
def runs(request: pytest.FixtureRequest, world: World, team: str) -> Runs:
    runs = Runs(replace(world, now=lambda: NOON + DAY), team)
    runs.write()
    STATES[request.param](runs)
    return runs


def kind_of(calls: Sequence[Call]) -> str:
    return str(calls[0].get("trace_type", "unknown"))


def select(runs: Runs, window: Window, kinds: Sequence[str]) -> dict[str, list[list[Call]]]:
    """The traces that began in a window, by their type."""
    found: dict[str, list[list[Call]]] = defaultdict(list)
    for calls in runs.traces.values():
        if window.start <= begun(calls) <= window.end and (not kinds or kind_of(calls) in kinds):
            found[kind_of(calls)].append(calls)
    return found


def asked(window: Window, **more: Any) -> dict[str, Any]:
    return {
        "teamId": "t",
        "startDate": iso(window.start),
        "endDate": iso(window.end),
        "size": 100,
        **more,
    }


def costs(traces: Sequence[list[Call]]) -> list[Fraction]:
    """USD of the traces whose cost is known."""
    found: list[Fraction] = []
    for calls in traces:
        known = [row["cost_nano"] for row in calls if "cost_nano" in row]
        if known:
            found.append(Fraction(sum(known), 10**9))
    return found


def times(traces: Sequence[list[Call]]) -> list[Fraction]:
    return [Fraction(ended(calls) - begun(calls)) for calls in traces]


def sizes(traces: Sequence[list[Call]]) -> list[Fraction]:
    return [Fraction(len(calls)) for calls in traces]


def mean(values: Sequence[Fraction]) -> Fraction | None:
    return sum(values, Fraction(0)) / len(values) if values else None


def p95(values: Sequence[Fraction]) -> Fraction | None:
    if not values:
        return None
    ordered, place = sorted(values), Fraction(95 * (len(values) - 1), 100)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def change(now: Fraction | None, before: Fraction | None) -> Fraction | None:
    return ((now or Fraction(0)) - before) * 100 / before if before else None


def near(value: Any, exact: Fraction | None) -> bool:
    if value is None or exact is None:
        return value is exact
    return abs(Fraction(value) - exact) <= Fraction(1, 10**15)


def window_before(window: Window) -> Window:
    width = window.end - window.start
    return Window(window.start - width - 1, window.start - 1)


def unpriced(traces: Sequence[list[Call]]) -> int:
    return sum("cost_nano" not in row for calls in traces for row in calls)


def table(runs: Runs, of: TypeTable, query: Any, window: Window, **more: Any) -> Answer:
    given = query.model_validate(asked(window, **more))
    return page_types(runs.world, runs.team, of, given, REQUEST)


def check_models(shown: Sequence[dict[str, Any]], traces: Sequence[list[Call]]) -> None:
    models: dict[str, list[Call]] = defaultdict(list)
    for calls in traces:
        for row in calls:
            models[row.get("model", "UNCLASSIFIED")].append(row)
    total = sum(add_up(rows, "cost_nano") for rows in models.values())
    assert {each["model"] for each in shown} == set(models)
    for each in shown:
        rows = models[each["model"]]
        assert each["totalCost"] == Fraction(add_up(rows, "cost_nano"), 10**9)
        assert each["requestCount"] == len(rows)
        assert each["totalTokenCount"] == add_up(rows, "total_tokens")
        share = Fraction(add_up(rows, "cost_nano") * 100, total) if total else Fraction(0)
        assert near(each["percentage"], share)
        assert each["provider"] == rows[0].get("provider")


@pytest.mark.parametrize("kinds", KINDS)
@pytest.mark.parametrize("window", WINDOWS)
def test_tables(runs: Runs, window: Window, kinds: list[str]) -> None:
    traces, before = select(runs, window, kinds), select(runs, window_before(window), kinds)
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for of, query in (
        (COST_TABLE, type_queries.TraceTypeCostQuery),
        (PERFORMANCE_TABLE, type_queries.TraceTypePerformanceQuery),
        (EFFICIENCY_TABLE, type_queries.TraceTypeEfficiencyQuery),
    ):
        answer = table(runs, of, query, window, traceTypes=kinds)
        rows = answer.body["_embedded"][of.embedded]
        assert {row["traceType"] for row in rows} == set(traces)
        for row in rows:
            some, was = traces[row["traceType"]], before.get(row["traceType"], [])
            assert row["traceCount"] == len(some)
            assert row["transactionCount"] == sum(sizes(some))
            if of is COST_TABLE:
                check_costs(row, some, was)
            elif of is PERFORMANCE_TABLE:
                check_times(row, some, was)
            else:
                check_sizes(row, some, was)
            found[row["traceType"]] |= row
        if of is not PERFORMANCE_TABLE and rows:
            everything = [calls for some in traces.values() for calls in some]
            assert answer.coverage["Calls"] == (unpriced(everything), sum(sizes(everything)))
    assert found.keys() == traces.keys()


def check_costs(row: dict[str, Any], some: list[list[Call]], was: list[list[Call]]) -> None:
    total, earlier = sum(costs(some), Fraction(0)), sum(costs(was), Fraction(0))
    assert row["totalCost"] == total
    assert near(row.get("averageCost"), mean(costs(some)))
    assert near(row["p95Cost"], p95(costs(some)))
    assert near(row["trend"], change(total, earlier))
    assert row.get("unpricedCount", 0) == unpriced(some)
    check_models(row["modelBreakdown"], some)


def check_times(row: dict[str, Any], some: list[list[Call]], was: list[list[Call]]) -> None:
    assert near(row["averageDuration"], mean(times(some)))
    assert near(row["p95Duration"], p95(times(some)))
    assert row["minimumDuration"] == min(times(some))
    assert row["maximumDuration"] == max(times(some))
    assert near(row["trend"], change(mean(times(some)), mean(times(was))))


def check_sizes(row: dict[str, Any], some: list[list[Call]], was: list[list[Call]]) -> None:
    assert near(row["averageTransactionCount"], mean(sizes(some)))
    assert near(row["p95TransactionCount"], p95(sizes(some)))
    assert row["maximumTransactionCount"] == max(sizes(some))
    assert near(row["trend"], change(mean(sizes(some)), mean(sizes(was))))
    assert row["totalCost"] == sum(costs(some))


@pytest.mark.parametrize("agent", [None, "planner", "Ä%_'"])
@pytest.mark.parametrize("kinds", KINDS)
@pytest.mark.parametrize("window", WINDOWS)
def test_summary(runs: Runs, window: Window, kinds: list[str], agent: str | None) -> None:
    def look(window: Window) -> list[list[Call]]:
        found: list[list[Call]] = []
        for calls in runs.traces.values():
            some = [row for row in calls if agent is None or row.get("agent") == agent]
            if not some or (kinds and kind_of(some) not in kinds):
                continue
            if window.start <= begun(some) <= window.end:
                found.append(some)
        return found

    query = TraceSummaryQuery.model_validate(asked(window, traceTypes=kinds, agent=agent))
    body = summarize_traces(runs.world, runs.team, query).body
    traces, before = look(window), look(window_before(window))
    total, earlier = sum(costs(traces), Fraction(0)), sum(costs(before), Fraction(0))
    assert (body["startTimestamp"], body["endTimestamp"]) == (window.start, window.end)
    assert body["traceCount"] == len(traces)
    assert body["transactionCount"] == sum(sizes(traces))
    assert body["totalCost"] == total
    assert body["totalDuration"] == sum(times(traces))
    expected = {
        "averageCost": mean(costs(traces)),
        "p95Cost": p95(costs(traces)),
        "costTrend": change(total, earlier),
        "averageDuration": mean(times(traces)),
        "p95Duration": p95(times(traces)),
        "durationTrend": change(mean(times(traces)), mean(times(before))),
        "averageTransactionCount": mean(sizes(traces)),
        "p95TransactionCount": p95(sizes(traces)),
        "transactionCountTrend": change(mean(sizes(traces)), mean(sizes(before))),
    }
    for name, exact in expected.items():
        assert near(body[name], exact), name
    check_models(body["modelBreakdown"], traces)


def figures(windows: Sequence[dict[str, Any]]) -> dict[tuple[int, str], Any]:
    found: dict[tuple[int, str], Any] = {}
    for window in windows:
        for group in window["groups"]:
            (metric,) = group["metrics"]
            assert metric["traceType"] == group["groupName"]
            found[window["startTimestamp"], group["groupName"]] = metric["metricResult"]
    return found


@pytest.mark.parametrize("kinds", KINDS)
@pytest.mark.parametrize("window", WINDOWS)
def test_series(runs: Runs, window: Window, kinds: list[str]) -> None:
    width = bucket_of(window)
    calls: dict[tuple[int, str], list[Call]] = defaultdict(list)
    starts: dict[tuple[int, str], list[list[Call]]] = defaultdict(list)
    for trace in runs.traces.values():
        if kinds and kind_of(trace) not in kinds:
            continue
        for row in trace:
            if window.start <= row["requested_at"] <= window.end:
                calls[floor(row["requested_at"], width), kind_of(trace)].append(row)
        if window.start <= begun(trace) <= window.end:
            starts[floor(begun(trace), width), kind_of(trace)].append(trace)

    def cost(rows: list[Call]) -> Fraction:
        return Fraction(add_up(rows, "cost_nano"), 10**9)

    def size(rows: list[Call]) -> Fraction:
        return Fraction(len(rows), len({row["trace_id"] for row in rows}))

    query = TraceTypeQuery.model_validate(asked(window, traceTypes=kinds))
    for series, figure in ((COST_SERIES, cost), (EFFICIENCY_SERIES, size)):
        answer = answer_series(runs.world, runs.team, series, query)
        check(answer, window, {place: figure(rows) for place, rows in calls.items()})
    answer = answer_series(runs.world, runs.team, PERFORMANCE_SERIES, query)
    check(answer, window, {place: mean(times(some)) for place, some in starts.items()})


def check(answer: Answer, window: Window, expected: dict[tuple[int, str], Fraction | None]) -> None:
    found = figures(answer.body)
    assert found.keys() == expected.keys()
    assert all(near(found[place], exact) for place, exact in expected.items())
    buckets = [bucket.start for bucket in window.buckets(bucket_of(window))]
    assert [each["startTimestamp"] for each in answer.body] == (buckets if expected else [])


def test_pages_and_orders(runs: Runs) -> None:
    window = Window(NOON - 30 * DAY, NOON + DAY)

    def kinds(**more: Any) -> list[str]:
        answer = table(runs, COST_TABLE, type_queries.TraceTypeCostQuery, window, **more)
        return [row["traceType"] for row in answer.body["_embedded"][COST_TABLE.embedded]]

    traces = select(runs, window, [])
    dearest = sorted(traces, key=lambda kind: (-sum(costs(traces[kind])), kind))
    assert kinds() == dearest
    assert kinds(sort=["totalCost,asc"]) == dearest[::-1]
    assert kinds(sort=["traceType,desc"]) == sorted(traces, reverse=True)
    assert kinds(page=1, size=2) == dearest[2:]
    assert kinds(page=9, size=2) == []


def test_the_place_of_a_percentile_lies_between_two_traces() -> None:
    values = [Fraction(each) for each in (1, 2, 4, 8, 100)]
    spread = Spread(5, 115, 1, 100, below=8, above=100)
    assert spread.p95 == p95(values) == Fraction(8) + Fraction(92 * 8, 10)
    assert Spread(1, 7, 7, 7, below=7, above=7).p95 == 7
    assert Spread().p95 is None


@pytest.mark.parametrize("number", [1, 2, 21])
def test_a_percentile_that_falls_on_a_trace(world: World, team: str, number: int) -> None:
    runs = Runs(replace(world, now=lambda: NOON + DAY), team, traces=0)
    for each in range(number):
        call = {"kind": "COMPLETION", "transaction_id": f"t{each}", "trace_id": f"r{each}"}
        runs.add(NOON + each, {**call, "duration_ms": each * each, "cost_nano": each + 1})
    runs.write()
    query = TraceSummaryQuery.model_validate(asked(Window(NOON - DAY, NOON + DAY)))
    body = summarize_traces(runs.world, runs.team, query).body
    assert near(body["p95Duration"], p95([Fraction(each * each) for each in range(number)]))
    assert near(body["p95Cost"], p95([Fraction(each + 1, 10**9) for each in range(number)]))
