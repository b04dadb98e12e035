"""Listing: a page of traces, from totals that the lake sorts and cuts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.kit.pages import PageRequest
from chalicelib.lake.sql import Sql, select_from
from chalicelib.reports.asking import Asker
from chalicelib.reports.service import Coverage
from chalicelib.traces.rows import read_rows
from chalicelib.traces.totals import TRACE_COLUMNS, TraceSelection, ask_traces, count_flat_plan

SORTED_BY = {
    "startTime": "begun",
    "endTime": "ended",
    "traceDuration": "duration_ms",
    "transactionCount": "calls",
    "errorCount": "failures",
    "inputTokenCount": "input_tokens",
    "outputTokenCount": "output_tokens",
    "totalTokenCount": "total_tokens",
    "totalCost": "cost_nano",
    "traceId": "trace_id",
    "id": "trace_id",
    "traceType": "trace_type",
    "traceName": "trace_name",
}
"""The columns of traces, by the members that they can be sorted by."""
_OVERALL = ("count(*)", "sum(calls)", "sum(priced)")
Row = Mapping[str, Any]
"""A trace: TRACE_COLUMNS, its times in UTC epoch ms."""


@dataclass(frozen=True, slots=True)
class TracesFound:
    """The traces of one page, how many there are in all, and how many of the calls in all of them
    have no known cost. `left_out` are calls under a flat plan, by assistant, that stand in none of
    them."""

    rows: Sequence[Row]
    total: int
    coverage: Coverage
    left_out: Mapping[str, int] = field(default_factory=dict)


def find_traces(
    asker: Asker, selection: TraceSelection, order: str, page: PageRequest
) -> TracesFound:
    """A page of the traces of a selection. Raises EngineBusy."""
    shown = [*TRACE_COLUMNS, *(f"{each} over () as overall" for each in _OVERALL)]
    skip = page.number * page.size

    def cut(rows: Sql) -> Sql:
        return select_from(shown, rows) + Sql(f" order by {order} offset {skip} limit {page.size}")

    result = ask_traces(asker, selection, cut)
    found = list(result.rows) if result else []
    overall: Sequence[Any] = (0, 0, 0)
    if found:
        overall = found[0][len(TRACE_COLUMNS) :]
    elif skip:  # past the end no row is there to tell how many there are
        overall = _count(asker, selection)
    total, calls, priced = (int(number or 0) for number in overall)
    rows = read_rows(TRACE_COLUMNS, found)
    left_out = count_flat_plan(asker, selection)
    return TracesFound(rows, total, Coverage(calls - priced, calls), left_out)


def _count(asker: Asker, selection: TraceSelection) -> Sequence[Any]:
    result = ask_traces(asker, selection, lambda rows: select_from(_OVERALL, rows))
    return result.rows[0] if result else (0, 0, 0)
