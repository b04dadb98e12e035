"""Days: in which of them a trace stands, so that no others are read."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.kit.clock import DAY, day_of
from chalicelib.kit.days import list_days
from chalicelib.kit.windows import Interval, Window, whole_days_of
from chalicelib.lake.dimensions import TRACE
from chalicelib.lake.extent import find_missing_days, first_kept_day
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS, TOOL_CALLS, count_rows
from chalicelib.reports.planner import Question
from chalicelib.reports.service import ask_rows
from chalicelib.resources.errors import UnknownRecord
from chalicelib.traces.totals import REACH, days_around


@dataclass(frozen=True, slots=True)
class TraceDays:
    """The days, as windows, that calls and tools of a trace stand in."""

    calls: Sequence[Window]
    tools: Sequence[Window]

    @property
    def around(self) -> Sequence[Window]:
        """All of them, and the days before and after: a span may begin or end there."""
        spans = [(each.start - DAY, each.end + DAY) for each in (*self.calls, *self.tools)]
        return whole_days_of(spans)


def find_days(asker: Asker, trace: str) -> TraceDays:
    """The days of a trace: what rollups tell of clean days, and the dirty days that it is found in.
    Raises UnknownRecord, EngineBusy."""
    table = CALLS.table.name
    kept = first_kept_day(asker.world, asker.team, table)
    window = days_around(kept, asker.world.now())
    if window is None:
        raise UnknownRecord("trace", trace)
    calls, tools = count_rows(CALLS), count_rows(TOOL_CALLS)
    question = Question((TRACE,), (calls, tools), Interval.DAY, {TRACE.column: [trace]})
    rows = ask_rows(asker, window, question)
    days: list[list[tuple[int, int]]] = []
    for term in (calls, tools):
        counts = zip(rows.buckets, rows.amounts(term), strict=True)
        days.append([(bucket, bucket) for bucket, number in counts if number])
    if not days[0]:
        raise UnknownRecord("trace", trace)
    begun = min(days[0])[0]
    before = list_days(day_of(max(0, begun - REACH)), day_of(begun))
    find_missing_days(asker.world, asker.team, table, before)  # the trace may have begun there
    return TraceDays(whole_days_of(days[0]), whole_days_of(days[1]))
