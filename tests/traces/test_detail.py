"""One trace against a plain look at its calls, on days that are dirty, clean and rolled up."""

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kit.clock import DAY, HOUR, day_of, iso
from chalicelib.kit.ids import event_id
from chalicelib.lake.writer import write
from chalicelib.ports.events import EventRecord
from chalicelib.ports.world import World
from chalicelib.resources.errors import UnknownRecord
from chalicelib.traces import spans, waterfall
from chalicelib.traces.service import read_path, read_trace
from chalicelib.traces.spans import TooManySpans
from tests.lake.samples import NOON, batch
from tests.traces.runs import STATES, Runs, add_up, begun, ended, has_failed
from tests.traces.test_listing import NANO, expect, walk


def split(calls: list[dict[str, Any]], column: str, measure: str) -> list[tuple[str, Any]]:
    amounts: Counter[str] = Counter()
    for row in calls:
        amounts[row.get(column, "unknown")] += row.get(measure, 0)
    known = {row.get(column, "unknown") for row in calls if measure in row}
    ranked = sorted(amounts.items(), key=lambda item: (-item[1], item[0]))
    return [(name, amount if name in known else None) for name, amount in ranked]


@pytest.mark.parametrize("state", STATES)
def test_a_trace_is_what_its_calls_are(world: World, team: str, state: str) -> None:
    runs = Runs(world, team, traces=14)
    runs.write()
    STATES[state](runs)
    listed = {row["traceId"]: row for row in walk(runs)}
    for trace, calls in runs.traces.items():
        found = read_trace(world, runs.team, trace)
        shown = found.body
        assert {name: shown[name] for name in listed[trace]} == listed[trace]
        assert expect(trace, calls).items() <= shown.items()
        assert found.coverage["Calls"] == (shown["unpricedCount"], len(calls))
        costs = [
            (each["name"], None if each["cost"] is None else each["cost"] * NANO)
            for each in shown["costByModel"]
        ]
        assert costs == split(calls, "model", "cost_nano")
        times = [(each["name"], each["duration"]) for each in shown["durationByTaskType"]]
        assert times == split(calls, "task_type", "duration_ms")
        assert shown["retryCount"] == sum(row.get("retry_number", 0) > 0 for row in calls)
        priced = [row["cost_nano"] for row in calls if "cost_nano" in row]
        mean = Decimal(sum(priced)) / NANO / len(priced) if priced else 0
        assert abs(shown["averageCost"] - mean) < Decimal("1e-17")
        assert shown["organizationName"] == next(
            (row["organization"] for row in calls if "organization" in row), None
        )
        assert {span["id"] for span in shown["spans"]} == {row["transaction_id"] for row in calls}
        assert shown["spanCount"] == len(calls)
        by_agent = {each["agent"]: each for each in shown["agentTotals"]}
        for agent, each in by_agent.items():
            own = [row for row in calls if row.get("agent") == agent]
            assert each["transactionCount"] == len(own)
            assert each["totalCost"] * NANO == add_up(own, "cost_nano")
            assert each["unpricedCount"] == sum("cost_nano" not in row for row in own)
            assert each["errorCount"] == sum(map(has_failed, own))
        path = read_path(world, runs.team, trace).body
        assert path["traceDuration"] == ended(calls) - begun(calls)
        assert path["criticalPathDuration"] == sum(
            each["contribution"] for each in path["criticalPath"]
        )


def tell(runs: Runs, table: str, transaction: str, at: int, **columns: Any) -> EventRecord:
    identity = event_id(runs.team, table, transaction)
    body = {"event_id": identity, "version": 1, "deleted": False, "transaction_id": transaction}
    body |= {"requested_at": at, "received_at": at, "trace_id": "run", **columns}
    return EventRecord(runs.team, identity, 1, table, day_of(at), json.dumps(body))


def test_tools_and_agents_stand_in_the_tree(world: World, team: str) -> None:
    runs = Runs(world, team, traces=0)
    at = NOON - NOON % DAY - 1  # the run begins before midnight
    call = {"kind": "COMPLETION", "trace_id": "run", "agent": "coder", "squad_role": "sub"}
    call |= {"parent_transaction_id": "span", "cost_nano": NANO, "duration_ms": 40}
    runs.add(at + 10, call | {"transaction_id": "first"})
    runs.add(at + 60, call | {"transaction_id": "second", "parent_transaction_id": "gone"})
    runs.write()
    agent = {"kind": "AGENT", "name": "run of coder", "agent": "coder", "is_success": True}
    others = [
        tell(runs, "trace_spans", "span", at, responded_at=at + 100, **agent),
        tell(runs, "tool_events", "t", at + 30, tool_id="search", agent="coder", cost_nano=NANO),
    ]
    write(world, batch(*others, first="9"))
    shown = read_trace(world, runs.team, "run").body
    told = [
        (each["id"], each["kind"], each["depth"], each.get("parentId"), each["offset"])
        for each in shown["spans"]
    ]
    assert told == [
        ("span", "AGENT", 0, None, 0),
        ("first", "CALL", 1, "span", 10),
        ("t", "TOOL", 0, None, 30),
        ("second", "CALL", 0, None, 60),
    ]
    assert shown["spans"][3]["parentStatus"] == "MISSING"
    assert "parentStatus" not in shown["spans"][1]
    assert (shown["toolCount"], shown["toolCost"], shown["totalCost"]) == (1, 1, 2)
    (coder,) = shown["agentTotals"]
    assert (coder["totalCost"], coder["roles"], coder["toolCount"]) == (3, ["sub"], 1)


def test_what_a_flat_plan_covers_costs_nothing(world: World, team: str) -> None:
    runs = Runs(world, team, traces=0)
    row = {"transaction_id": "t", "kind": "COMPLETION", "trace_id": "run"}
    runs.add(NOON, row | {"assistant": "ClaudeCode", "cost_nano": NANO})
    runs.write()
    shown = read_trace(world, runs.team, "run").body
    assert (shown["totalCost"], shown["flatPlanCount"], shown["unpricedCount"]) == (0, 1, 0)
    assert shown["spans"][0]["isFlatPlan"]


def test_what_is_unknown_or_too_large_is_told(
    world: World, team: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Runs(world, team, traces=0)
    with pytest.raises(UnknownRecord):
        read_trace(world, runs.team, "run")
    for number in range(4):
        row = {"transaction_id": f"t{number}", "kind": "COMPLETION", "trace_id": "run"}
        runs.add(NOON - number * HOUR, row)
    runs.write()
    with pytest.raises(UnknownRecord):
        read_path(world, runs.team, "another")
    monkeypatch.setattr(waterfall, "MOST_SHOWN", 3)
    shown = read_trace(world, runs.team, "run").body
    assert [each["id"] for each in shown["spans"]] == ["t3", "t2", "t1"]
    assert shown["spanCount"] == shown["transactionCount"] == 4
    monkeypatch.setattr(spans, "MOST_SPANS", 3)
    for read in (read_trace, read_path):
        with pytest.raises(TooManySpans) as raised:
            read(world, runs.team, "run")
        assert [fault.field for fault in raised.value.faults] == ["traceId"]


def test_a_path_names_its_bottlenecks_and_what_can_be_saved(world: World, team: str) -> None:
    runs = Runs(world, team, traces=0)
    for name, parent, start, took in (
        ("root", None, 0, 100),
        ("slow", "root", 50, 350),
        ("beside", "root", 50, 60),
        ("quick", "slow", 450, 50),
        ("late", "quick", 900, 0),
    ):
        row = {"transaction_id": name, "kind": "COMPLETION", "trace_id": "run"}
        row |= {"parent_transaction_id": parent, "duration_ms": took}
        runs.add(NOON + start, row)
    runs.write()
    shown = read_path(world, runs.team, "run").body
    members = [(each["transactionId"], each["contribution"]) for each in shown["criticalPath"]]
    assert members == [("root", 100), ("slow", 300), ("quick", 50), ("late", 0)]
    named = [(each["transactionId"], each["rank"]) for each in shown["bottlenecks"]]
    assert named == [("slow", 1), ("root", 2)]
    flagged = [each["transactionId"] for each in shown["criticalPath"] if each["isBottleneck"]]
    assert flagged == ["root", "slow"]
    savings = shown["optimizationPotential"]
    assert (shown["criticalPathDuration"], savings["minimumDuration"]) == (450, 450)
    assert savings["potentialTimeSavings"] == 450
    assert savings["potentialTimeSavingsPercentage"] == 50
    assert savings["parallelizableTransactions"] == 1
    assert shown["startTime"] == iso(NOON)
