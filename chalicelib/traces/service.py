"""Verbs of traces: what each operation answers."""

from chalicelib.kit.http.messages import Request
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS
from chalicelib.reports.service import Answer
from chalicelib.resources.hal import build_page
from chalicelib.traces.listing import SORTED_BY, find_traces
from chalicelib.traces.presenting import show_trace
from chalicelib.traces.queries import TraceQuery, order_by
from chalicelib.traces.traits import read_traits

EMBEDDED_TRACES = "aITraceResourceList"


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
