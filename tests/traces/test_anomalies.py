"""Traces that stand out, against percentiles in plain Python over whole traces."""

from fractions import Fraction
from math import floor
from typing import Any

import pytest

from chalicelib.kit.http.messages import Request
from chalicelib.ports.world import World
from chalicelib.traces.anomaly_service import page_anomalies, tell_counts
from chalicelib.traces.queries import AnomalyCountQuery, AnomalyQuery
from tests.traces.runs import STATES, Runs, add_up, begun, ended

SHARES = {"P75": 75, "P95": 95, "P99": 99}
UNITS = {"COST": 10**9, "DURATION": 1, "TRANSACTION_COUNT": 1}


def values_of(runs: Runs, metric: str, kind: str | None = None) -> dict[str, int]:
    values: dict[str, int] = {}
    for trace, calls in runs.traces.items():
        if kind is not None and calls[0].get("trace_type", "unknown") != kind:
            continue
        if metric == "COST":
            values[trace] = add_up(calls, "cost_nano")
        elif metric == "DURATION":
            values[trace] = ended(calls) - begun(calls)
        else:
            values[trace] = len(calls)
    return values


def percentile(values: list[int], share: int) -> Fraction:
    ordered = sorted(values)
    at = Fraction((len(ordered) - 1) * share, 100)
    low = ordered[floor(at)]
    high = ordered[min(floor(at) + 1, len(ordered) - 1)]
    return low + (high - low) * (at - floor(at))


def walk(runs: Runs, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number in range(100):
        query = AnomalyQuery.model_validate(
            {"teamId": runs.team, "page": number, "size": 9, **asked}
        )
        request = Request("GET", "/anomalies", {}, (), b"", "id")
        body = page_anomalies(runs.world, runs.team, query, request).body
        rows = body["_embedded"]["anomalousTraceResourceList"]
        found += rows
        if not rows:
            assert body["page"]["totalElements"] == len(found)
            return found
    raise AssertionError("pages without end")


def expect(runs: Runs, metric: str, asked: str | None, kind: str | None) -> list[dict[str, Any]]:
    values = values_of(runs, metric, kind)
    limits = {name: percentile(list(values.values()), share) for name, share in SHARES.items()}
    rows: list[dict[str, Any]] = []
    for trace, value in values.items():
        above = [name for name, limit in limits.items() if value > limit]
        if not above or (asked and asked not in above):
            continue
        name = asked or above[-1]
        severity = {"P99": "HIGH", "P95": "MEDIUM", "P75": "LOW"}[above[-1]]
        limit = limits[name]
        rows.append(
            {
                "id": f"{trace}:{metric}",
                "metricValue": Fraction(value, UNITS[metric]),
                "percentile": name,
                "thresholdValue": limit / UNITS[metric],
                "severity": severity,
                "deviationPercentage": (value - limit) / limit * 100 if limit else 0,
            }
        )
    return rows


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("asked", [None, *SHARES])
def test_anomalies_are_above_the_percentiles_of_all(
    world: World, team: str, state: str, asked: str | None
) -> None:
    runs = Runs(world, team, traces=47)
    runs.write()
    STATES[state](runs)
    expected: list[dict[str, Any]] = []
    for metric in UNITS:
        expected += expect(runs, metric, asked, None)
    expected.sort(key=lambda row: row["id"])
    expected.sort(key=lambda row: row["metricValue"], reverse=True)
    found = walk(runs, percentile=asked)
    assert len(found) == len(expected) > (0 if asked == "P99" else 2)
    for row, wanted in zip(found, expected, strict=True):
        assert row["metricValue"] == wanted["metricValue"]  # equal ones stand by trace
    by_id = {row["id"]: row for row in found}
    for wanted in expected:
        told = by_id[wanted["id"]]
        for name in ("percentile", "severity", "metricValue", "thresholdValue"):
            assert told[name] == wanted[name], (wanted["id"], name)
        assert abs(Fraction(told["deviationPercentage"]) - wanted["deviationPercentage"]) < 1e-9


def test_anomalies_are_narrowed_and_sorted(world: World, team: str) -> None:
    runs = Runs(world, team, traces=47)
    runs.write()
    found = walk(runs, metricTypes=["DURATION"], traceType="chat", sort=["traceId"])
    wanted = expect(runs, "DURATION", None, "chat")
    assert [row["id"] for row in found] == sorted(row["id"] for row in wanted)
    assert found


@pytest.mark.parametrize("metric", UNITS)
def test_counts_agree_with_the_list(world: World, team: str, metric: str) -> None:
    runs = Runs(world, team, traces=47)
    query = AnomalyCountQuery.model_validate({"teamId": team, "metricType": metric})
    empty = tell_counts(world, runs.team, query).body
    assert (empty["totalTraces"], empty["p75Count"]) == (0, 0)
    assert [each["thresholdValue"] for each in empty["percentiles"]] == [None] * 3
    runs.write()
    answer = tell_counts(world, runs.team, query)
    told = answer.body
    assert told["totalTraces"] == len(runs.traces)
    calls = [row for each in runs.traces.values() for row in each]
    unpriced = sum("cost_nano" not in row for row in calls)
    assert answer.coverage["Calls"] == (unpriced, len(calls))
    values = list(values_of(runs, metric).values())
    for (name, share), each in zip(SHARES.items(), told["percentiles"], strict=True):
        limit = percentile(values, share)
        count = len(walk(runs, metricTypes=[metric], percentile=name))
        assert count == sum(value > limit for value in values)
        assert each["percentile"] == name
        assert each["thresholdValue"] == limit / UNITS[metric]
        assert each["anomalyCount"] == told[f"{name.lower()}Count"] == count


def test_equal_traces_have_no_anomalies(world: World, team: str) -> None:
    runs = Runs(world, team, traces=0)
    for number in range(3):
        row = {"transaction_id": f"t{number}", "kind": "COMPLETION", "trace_id": f"run{number}"}
        runs.add(runs.world.now() - number, row)
    runs.write()
    assert walk(runs) == []
