"""The list of traces against a plain look at their calls: every order, filter and page."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kit.clock import DAY, iso
from chalicelib.kit.errors import Invalid
from chalicelib.kit.http.messages import Request
from chalicelib.ports.world import World
from chalicelib.traces.listing import SORTED_BY
from chalicelib.traces.queries import TraceQuery
from chalicelib.traces.service import page_traces
from tests.lake.samples import NOON
from tests.traces.runs import STATES, Runs, add_up, begun, ended, has_failed

NANO = 10**9


def page(runs: Runs, **asked: Any) -> dict[str, Any]:
    query = TraceQuery.model_validate({"teamId": runs.team, **asked})
    request = Request("GET", "/traces", {}, (), b"", "id")
    return page_traces(runs.world, runs.team, query, request).body  # type: ignore[no-any-return]


def walk(runs: Runs, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    number = 0
    while True:
        body = page(runs, page=number, size=7, **asked)
        found += body["_embedded"]["aITraceResourceList"]
        number += 1
        if not body["_embedded"]["aITraceResourceList"]:
            assert body["page"]["totalElements"] == len(found)
            return found


def expect(trace: str, calls: list[dict[str, Any]]) -> dict[str, Any]:
    failures = sum(map(has_failed, calls))
    costs: Counter[Any] = Counter()
    uses: Counter[Any] = Counter()
    for row in calls:
        if "model" in row:
            costs[row["model"]] += row.get("cost_nano", 0)
            uses[row["model"]] += 1
    model = min(uses, key=lambda name: (-costs[name], -uses[name], name), default=None)
    agents = sorted({row["agent"] for row in calls if "agent" in row})
    return {
        "traceId": trace,
        "label": calls[0].get("trace_name", trace),
        "traceType": calls[0].get("trace_type"),
        "traceName": calls[0].get("trace_name"),
        "startTime": iso(begun(calls)),
        "endTime": iso(ended(calls)),
        "traceDuration": ended(calls) - begun(calls),
        "transactionCount": len(calls),
        "errorCount": failures,
        "unpricedCount": sum("cost_nano" not in row for row in calls),
        "totalCost": Decimal(add_up(calls, "cost_nano")) / NANO,
        "totalTokenCount": add_up(calls, "total_tokens"),
        "inputTokenCount": add_up(calls, "input_tokens"),
        "outputTokenCount": add_up(calls, "output_tokens"),
        "model": model,
        "provider": {"gpt": "OPENAI", "opus": "ANTHROPIC", None: None}[model],
        "models": sorted(uses),
        "agents": agents,
        "agentCount": len(agents),
        "environment": "prod" if any("environment" in row for row in calls) else None,
        "source": "sdk",
        "status": "SUCCESS" if not failures else "FAILED" if failures == len(calls) else "PARTIAL",
    }


@pytest.mark.parametrize("state", STATES)
def test_traces_are_what_a_plain_look_finds(world: World, team: str, state: str) -> None:
    runs = Runs(world, team)
    runs.write()
    STATES[state](runs)
    expected = [expect(trace, calls) for trace, calls in runs.traces.items()]
    expected.sort(key=lambda row: row["traceId"])
    expected.sort(key=lambda row: row["startTime"], reverse=True)
    found = walk(runs)
    assert [{name: row[name] for name in expected[0]} for row in found] == expected


FILTERS: list[tuple[dict[str, Any], Callable[[dict[str, Any]], bool]]] = [
    ({"traceType": "chat"}, lambda row: row["traceType"] == "chat"),
    ({"traceType": "unknown"}, lambda row: row["traceType"] is None),
    ({"traceName": "name of run003"}, lambda row: row["traceName"] == "name of run003"),
    ({"traceId": "run007"}, lambda row: row["traceId"] == "run007"),
    ({"traceId": "%'"}, lambda row: False),
    ({"totalCostMin": "2.000000007"}, lambda row: row["totalCost"] >= Decimal("2.000000007")),
    ({"totalCostMax": "0"}, lambda row: row["totalCost"] == 0),
    ({"traceDurationMin": 40}, lambda row: row["traceDuration"] >= 40),
    (
        {"traceDurationMin": 40, "traceDurationMax": 5_000},
        lambda row: 40 <= row["traceDuration"] <= 5_000,
    ),
    (
        {"startDate": iso(NOON - 2 * DAY), "endDate": iso(NOON - DAY)},
        lambda row: iso(NOON - 2 * DAY) <= row["startTime"] <= iso(NOON - DAY),
    ),
    ({"period": "TWENTY_FOUR_HOURS"}, lambda row: row["startTime"] >= iso(NOON - DAY)),
]


def test_filters_hold_for_whole_traces(world: World, team: str) -> None:
    runs = Runs(world, team)
    runs.write()
    rows = [expect(trace, calls) for trace, calls in runs.traces.items()]
    for asked, holds in FILTERS:
        if "period" in asked:
            rows = [row for row in rows if row["startTime"] <= iso(world.now())]
        wanted = {row["traceId"] for row in rows if holds(row)}
        assert {row["traceId"] for row in walk(runs, **asked)} == wanted, asked


@pytest.mark.parametrize("member", SORTED_BY)
@pytest.mark.parametrize("direction", ["asc", "DESC"])
def test_traces_are_sorted(world: World, team: str, member: str, direction: str) -> None:
    runs = Runs(world, team, traces=12)
    runs.write()
    found = walk(runs, sort=[f"{member},{direction}"])
    values: list[Any] = []
    for row in found:
        priced = row["transactionCount"] > row["unpricedCount"]
        values.append(row[member] if member != "totalCost" or priced else None)
    told = [value for value in values if value is not None]
    if not member.endswith("TokenCount"):  # of tokens, none at all is shown as 0
        assert values[: len(told)] == told
        assert told == sorted(told, reverse=direction == "DESC")
    assert len(found) == len(runs.traces)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"sort": ["nothing"]}, "sort"),
        ({"sort": ["totalCost,up"]}, "sort"),
        ({"totalCostMin": 2, "totalCostMax": 1}, "totalCostMin"),
        ({"traceDurationMin": 2, "traceDurationMax": 1}, "traceDurationMin"),
        ({"startDate": iso(NOON)}, "startDate"),
        ({"startDate": iso(NOON), "endDate": iso(NOON - 1)}, "startDate"),
    ],
)
def test_what_makes_no_sense_is_refused(
    world: World, team: str, asked: dict[str, Any], field: str
) -> None:
    runs = Runs(world, team, traces=1)
    runs.write()
    with pytest.raises(Invalid) as raised:
        page(runs, **asked)
    assert field in [fault.field for fault in raised.value.faults]


def test_calls_under_a_flat_plan_are_left_out_and_told(world: World, team: str) -> None:
    runs = Runs(world, team, traces=0)
    for number, assistant in enumerate(("ClaudeCode", None)):
        row = {"transaction_id": f"t{number}", "kind": "COMPLETION", "trace_id": f"run{number}"}
        runs.add(NOON - number, row | {"assistant": assistant, "cost_nano": 5})
    runs.write()
    query = TraceQuery.model_validate({"teamId": team})
    found = page_traces(world, runs.team, query, Request("GET", "/traces", {}, (), b"", "id"))
    (shown,) = found.body["_embedded"]["aITraceResourceList"]
    assert shown["traceId"] == "run1"
    assert found.coverage["Calls"] == (0, 1)
