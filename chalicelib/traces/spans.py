"""Spans: all that is stored of one trace, read from the days that it stands in."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.kit.errors import Invalid, NotFound
from chalicelib.kit.windows import Window
from chalicelib.lake.dimensions import TRACE
from chalicelib.lake.sql import Sql, select_from
from chalicelib.lake.tables import TRACE_SPANS
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS, TOOL_CALLS, FactTable, count_events
from chalicelib.reports.planner import Question
from chalicelib.reports.statements import ask_events
from chalicelib.traces.days import TraceDays
from chalicelib.traces.rows import read_rows

MOST_SPANS = 50_000
"""Of each kind that are read of one trace."""
SPANS = FactTable("span", TRACE_SPANS, noun="Spans")
PATH_COLUMNS = (
    "transaction_id parent_transaction_id requested_at responded_at cost_nano total_tokens "
    "agent task_type model provider transaction_name error_reason error_code stop_reason "
    "trace_type trace_name channel assistant"
).split()
"""What the critical path needs to know of calls."""
CALL_COLUMNS = (
    *PATH_COLUMNS,
    *"kind duration_ms input_tokens output_tokens squad_id squad_name squad_role".split(),
    *"environment middleware_source organization product subscriber_email retry_number".split(),
)
TOOL_COLUMNS = (
    "transaction_id requested_at duration_ms tool_id tool operation agent is_success error_reason "
    "cost_nano"
).split()
SPAN_COLUMNS = (
    "transaction_id parent_transaction_id requested_at responded_at kind name operation agent tool "
    "error_reason is_success"
).split()
Row = Mapping[str, Any]


class TooManySpans(Invalid):
    """A trace is larger than can be shown as a whole (400)."""

    code = "TOO_MANY_SPANS"


def read_calls(
    asker: Asker, trace: str, days: TraceDays, columns: Sequence[str]
) -> list[dict[str, Any]]:
    """The AI calls of a trace, in the order of time; `flat_plan` says of each whether a flat plan
    covers it, which makes its cost 0. Raises TooManySpans, NotFound, EngineBusy."""
    calls = _read(asker, CALLS, trace, days.calls, columns)
    if not calls:
        raise NotFound(f"retention has removed the calls of trace {trace}; sums are left of it")
    billed = find_billed_assistants(asker.world.documents, asker.team)
    for row in calls:
        row["flat_plan"] = row["assistant"] is not None and row["assistant"] not in billed
        if row["flat_plan"]:
            row["cost_nano"] = 0
    return calls


def read_tools(asker: Asker, trace: str, days: TraceDays) -> list[dict[str, Any]]:
    """The tool calls of a trace, in the order of time. Raises TooManySpans, EngineBusy."""
    return _read(asker, TOOL_CALLS, trace, days.tools, TOOL_COLUMNS)


def read_spans(asker: Asker, trace: str, days: TraceDays) -> list[dict[str, Any]]:
    """The spans of a trace that are no calls, in the order of time. Raises TooManySpans,
    EngineBusy."""
    return _read(asker, SPANS, trace, days.around, SPAN_COLUMNS)


def _read(
    asker: Asker, fact: FactTable, trace: str, windows: Sequence[Window], columns: Sequence[str]
) -> list[dict[str, Any]]:
    if not windows:
        return []
    question = Question((), (count_events(fact),), filters={TRACE.column: [trace]})

    def select(events: Sql) -> Sql:
        order = f" order by requested_at, transaction_id limit {MOST_SPANS + 1}"
        return select_from(columns, events) + Sql(order)

    result = ask_events(asker, windows, question, columns, select)
    rows = result.rows if result else ()
    if len(rows) > MOST_SPANS:
        raise TooManySpans(
            f"trace {trace} has more than {MOST_SPANS} spans: list its calls page by page instead, "
            "with the parameter traceId",
            field="traceId",
        )
    return read_rows(columns, rows)
