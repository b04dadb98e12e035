"""Verbs of traces: what each operation answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.kit.http.messages import Request
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS
from chalicelib.reports.service import Answer, Coverage, find_renames
from chalicelib.resources.hal import build_page
from chalicelib.traces.critical_path import show_path
from chalicelib.traces.days import find_days
from chalicelib.traces.detail import show_detail
from chalicelib.traces.listing import SORTED_BY, find_traces
from chalicelib.traces.presenting import show_trace
from chalicelib.traces.queries import TraceQuery, order_by
from chalicelib.traces.spans import CALL_COLUMNS, PATH_COLUMNS, read_calls, read_spans, read_tools
from chalicelib.traces.traits import read_traits

EMBEDDED_TRACES = "aITraceResourceList"
_RENAMED = ("organization", "product")


def page_traces(world: World, team: Scope, query: TraceQuery, asked: Request) -> Answer:
    """A page of traces. Raises Invalid, EngineBusy."""
    asker = Asker.of(world, team)
    selection = query.select(world, team)
    order = order_by(query, SORTED_BY, "trace", "trace_id")
    found = find_traces(asker, selection, order, query.request)
    traits = read_traits(asker, found.rows, selection.assistants)
    rows = [show_trace(row, traits[row["trace_id"]]) for row in found.rows]
    body = build_page(asked, query.request, EMBEDDED_TRACES, rows, found.total)
    return Answer(
        body, {CALLS.noun: found.coverage}, sorted(asker.incomplete), left_out=found.left_out
    )


def read_trace(world: World, team: Scope, trace: str) -> Answer:
    """One trace as a whole. Raises UnknownRecord, TooManySpans, EngineBusy."""
    asker = Asker.of(world, team)
    days = find_days(asker, trace)
    calls = read_calls(asker, trace, days, CALL_COLUMNS)
    tools, spans = read_tools(asker, trace, days), read_spans(asker, trace, days)
    renames = find_renames(world, team, _RENAMED)
    body = show_detail(trace, calls, tools, spans, renames)
    return Answer(body, {CALLS.noun: _coverage_of(calls)}, sorted(asker.incomplete))


def read_path(world: World, team: Scope, trace: str) -> Answer:
    """The critical path of a trace. Raises UnknownRecord, TooManySpans, EngineBusy."""
    asker = Asker.of(world, team)
    calls = read_calls(asker, trace, find_days(asker, trace), PATH_COLUMNS)
    body = show_path(trace, calls)
    return Answer(body, {CALLS.noun: _coverage_of(calls)}, sorted(asker.incomplete))


def _coverage_of(calls: Sequence[Mapping[str, Any]]) -> Coverage:
    return Coverage(sum(row["cost_nano"] is None for row in calls), len(calls))
