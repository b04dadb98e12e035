"""Traces as one row each, against a plain look at their calls."""

from typing import Any

import pytest

from chalicelib.kit.clock import DAY, HOUR, millis
from chalicelib.kit.windows import Window
from chalicelib.lake.sql import Sql, select_from
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.traces.totals import TRACE_COLUMNS, TraceSelection, ask_traces, of_type
from tests.lake.samples import NOON
from tests.traces.runs import STATES, Runs, add_up, begun, ended, has_failed

WINDOWS = [None, Window(NOON - 2 * DAY, NOON), Window(NOON - 2 * DAY + 60_000, NOON - DAY)]


def read(runs: Runs, selection: TraceSelection) -> dict[str, dict[str, Any]]:
    asker = Asker.of(runs.world, runs.team)
    result = ask_traces(asker, selection, lambda traces: select_from(TRACE_COLUMNS, traces))
    assert result is not None
    rows = [dict(zip(TRACE_COLUMNS, row, strict=True)) for row in result.rows]
    return {row["trace_id"]: row for row in rows}


def expect(calls: list[dict[str, Any]]) -> dict[str, Any]:
    costs = [row["cost_nano"] for row in calls if "cost_nano" in row]
    unpriced = [row for row in calls if "cost_nano" not in row]
    return {
        "trace_type": calls[0].get("trace_type"),
        "trace_name": calls[0].get("trace_name"),
        "begun": begun(calls),
        "ended": ended(calls),
        "duration_ms": ended(calls) - begun(calls),
        "calls": len(calls),
        "failures": sum(map(has_failed, calls)),
        "priced": len(costs),
        "cost_nano": sum(costs) if costs else None,
        "input_tokens": add_up(calls, "input_tokens"),
        "total_tokens": add_up(calls, "total_tokens"),
        "unpriced_tokens": add_up(unpriced, "total_tokens"),
    }


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("window", WINDOWS)
def test_traces_that_began_in_a_window_are_whole(
    world: World, team: str, state: str, window: Window | None
) -> None:
    runs = Runs(world, team)
    runs.write()
    STATES[state](runs)
    found = read(runs, TraceSelection(window))
    expected: dict[str, dict[str, Any]] = {}
    for trace, calls in runs.traces.items():
        if window is None or window.start <= begun(calls) <= window.end:
            expected[trace] = expect(calls)
    assert found.keys() == expected.keys()
    assert len(expected) > 2
    for trace, row in expected.items():
        told = {name: found[trace][name] for name in row}
        for name in ("begun", "ended"):
            told[name] = millis(told[name])
        for name in ("input_tokens", "total_tokens", "unpriced_tokens"):
            told[name] = told[name] or 0
        assert told == row, trace


def test_traces_are_narrowed_by_their_id_and_by_what_they_are(world: World, team: str) -> None:
    runs = Runs(world, team)
    runs.write()
    kinds = {trace: calls[0].get("trace_type") for trace, calls in runs.traces.items()}
    for asked, kind in (("chat", "chat"), ("unknown", None)):
        found = read(runs, TraceSelection(conditions=[of_type(asked)]))
        assert set(found) == {trace for trace, each in kinds.items() if each == kind}
    one = next(iter(kinds))
    assert set(read(runs, TraceSelection(ids=[one, "nobody's"]))) == {one}


def test_a_trace_is_drawn_together_across_a_week_of_silence(world: World, team: str) -> None:
    runs = Runs(world, team, traces=0)
    for late in (0, 6, 13, 21):
        row = {"transaction_id": f"t{late}", "kind": "COMPLETION", "trace_id": "long"}
        runs.add(NOON - late * DAY, row)
    runs.write()
    assert not read(runs, TraceSelection(Window(NOON - HOUR, NOON))), "it began six days before"
    after = read(runs, TraceSelection(Window(NOON - 13 * DAY, NOON - 12 * DAY)))
    assert after["long"]["calls"] == 2, "of what comes, seven days count"
    assert read(runs, TraceSelection(None))["long"]["calls"] == 4


def test_nothing_is_found_where_nothing_was_written(world: World, team: str) -> None:
    runs = Runs(world, team, traces=0)
    asker = Asker.of(world, runs.team)
    assert ask_traces(asker, TraceSelection(), lambda rows: Sql("select 1 from ") + rows) is None
