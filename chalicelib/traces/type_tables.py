"""Tables of traces by their type, and the summary of all: totals, means and 95th percentiles a
trace, and the change against the window before."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.kit.http.messages import Request
from chalicelib.kit.money import to_usd
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS
from chalicelib.reports.service import Answer, Coverage, count_left_out, window_before
from chalicelib.resources.hal import build_page, parse_sort, sort_rows
from chalicelib.traces.models import break_all_down, break_types_down
from chalicelib.traces.statistics import (
    TraceStatistics,
    show,
    show_trend,
    summarize,
    summarize_types,
)
from chalicelib.traces.totals import TraceSelection, whole_days_around
from chalicelib.traces.type_columns import TypeTable
from chalicelib.traces.type_queries import TraceSummaryQuery, TypePageQuery

Json = dict[str, Any]
_NANO = -9


def page_types(
    world: World, team: Scope, table: TypeTable, query: TypePageQuery, asked: Request
) -> Answer:
    """A page of a table by type. Raises Invalid, EngineBusy."""
    asker = Asker.of(world, team)
    selection = query.select(world, team, query.window(world.now()))
    members = ("traceType", "traceCount", "transactionCount", *table.columns)
    order = parse_sort(query.sort, members, "trace type")
    found = summarize_types(asker, selection)
    before = summarize_types(asker, shift_back(selection))
    models: Mapping[str, Sequence[Json]] = {}
    if table.by_models and found:
        models = break_types_down(asker, selection)
    rows: list[Json] = []
    for kind, traces in sorted(found.items()):
        row = {"traceType": kind, **table.show_all(traces, before.get(kind, TraceStatistics()))}
        rows.append(row | {"modelBreakdown": models[kind]} if kind in models else row)
    ordered = sort_rows(rows, order, lambda row, member: row.get(member))
    page = query.request
    body = build_page(asked, page, table.embedded, page.cut(ordered), len(rows))
    told = list(found.values()) if table.is_money else []
    return answer_traces(asker, selection, body, told)


def summarize_traces(world: World, team: Scope, query: TraceSummaryQuery) -> Answer:
    """The summary of all traces that began in a window; zeros and nulls where there are none.
    Raises Invalid, EngineBusy."""
    asker, window = Asker.of(world, team), query.window(world.now())
    selection = query.select(world, team, window)
    found, before = summarize(asker, selection), summarize(asker, shift_back(selection))
    cost, was = found.spread("cost_nano"), before.spread("cost_nano")
    took, calls = found.spread("duration_ms"), found.spread("calls")
    body: Json = {
        "startTimestamp": window.start,
        "endTimestamp": window.end,
        "traceCount": found.traces,
        "transactionCount": found.calls,
        "totalCost": to_usd(cost.total),
        "averageCost": show(cost.mean, _NANO),
        "p95Cost": show(cost.p95, _NANO),
        "costTrend": show_trend(cost.total, was.total),
        "totalDuration": took.total,
        "averageDuration": show(took.mean),
        "p95Duration": show(took.p95),
        "durationTrend": show_trend(took.mean, before.spread("duration_ms").mean),
        "averageTransactionCount": show(calls.mean),
        "p95TransactionCount": show(calls.p95),
        "transactionCountTrend": show_trend(calls.mean, before.spread("calls").mean),
        "modelBreakdown": break_all_down(asker, selection) if found.traces else [],
    }
    return answer_traces(asker, selection, body, [found])


def shift_back(selection: TraceSelection) -> TraceSelection:
    """The same of the window of equal length just before."""
    window = selection.window
    return replace(selection, window=window_before(window) if window else None)


def answer_traces(
    asker: Asker,
    selection: TraceSelection,
    body: Json | list[Json],
    told: Sequence[TraceStatistics],
) -> Answer:
    """An answer, with what is told beside it; `told` are the traces whose money is in it."""
    window = whole_days_around(asker.world, asker.team, selection.window)
    left_out = count_left_out(asker, window, selection.question) if window else {}
    calls, priced = sum(each.calls for each in told), sum(each.priced for each in told)
    coverage = {CALLS.noun: Coverage(calls - priced, calls)} if told else {}
    return Answer(body, coverage, sorted(asker.incomplete), left_out=left_out)
