"""What lists of calls tell of traces: how many calls each has."""

from collections.abc import Mapping, Sequence

from chalicelib.events.values import Event
from chalicelib.kit.clock import DAY
from chalicelib.kit.windows import Window
from chalicelib.lake.dimensions import TRACE
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS, count_rows
from chalicelib.reports.planner import Question
from chalicelib.reports.service import ask_rows


def count_calls_of_traces(world: World, team: Scope, events: Sequence[Event]) -> Mapping[str, int]:
    """How many calls each trace of some events has, within a day before and after all of them: to
    look everywhere for each page would cost more than it tells. Raises EngineBusy."""
    traces: set[str] = set()
    instants: list[int] = []
    for event in events:
        if event.row.get("trace_id"):
            traces.add(event.row["trace_id"])
            instants.append(event.row["requested_at"])
    if not traces:
        return {}
    first, last = min(instants) - DAY, max(instants) + DAY
    window = Window(first - first % DAY, last - last % DAY + DAY - 1)
    calls = count_rows(CALLS)
    question = Question((TRACE,), (calls,), filters={TRACE.column: sorted(traces)})
    rows = ask_rows(Asker.of(world, team), window, question)
    return dict(zip(rows.names, rows.amounts(calls), strict=True))
