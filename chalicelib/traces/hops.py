"""Hops: calls that follow from a call of another agent of the same trace, in SQL; only traces with
several agents have any.

A call follows from its parent. In a trace in which no call tells a parent it follows from the one
before it in time (chalicelib/traces/chains.py says the same of the calls of one trace).
"""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.lake.dimensions import TRACE
from chalicelib.lake.sql import Sql, between_instants, join_sql, select_from
from chalicelib.ports.engine import Result
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS, FAILED_CALL, FAILED_CALL_PARAMS, count_events
from chalicelib.reports.planner import Condition, Question
from chalicelib.reports.statements import ask_events
from chalicelib.traces.totals import TraceSelection, whole_days_around

_COLUMNS = (
    "trace_id transaction_id parent_transaction_id channel trace_type agent requested_at "
    "duration_ms cost_nano total_tokens error_reason error_code stop_reason"
).split()
_CARRIED = "trace_id transaction_id parent_transaction_id agent requested_at".split()
_MEASURES = "duration_ms cost_nano total_tokens".split()
CALL_OF_HOP = (*_CARRIED, *_MEASURES, "failed", "source", "linked")
"""The columns of `steps`: a call, the agent of the call that it follows from (null where there is
none), and whether (1 or 0) parents tell that in its trace."""


def ask_hops(asker: Asker, traces: TraceSelection, tail: Sql) -> Result | None:
    """What `tail` selects from `steps`, rows of CALL_OF_HOP: all calls of the traces of a selection
    that have several agents. None where nothing was ever written. Raises EngineBusy."""
    window = whole_days_around(asker.world, asker.team, traces.window)
    if window is None:
        return None
    in_trace = Condition((TRACE.column,), Sql("trace_id is not null"))
    question = Question((), (count_events(CALLS),), assistants=traces.assistants)
    question = replace(question, conditions=(in_trace,))
    return ask_events(asker, [window], question, _COLUMNS, lambda told: _steps(told, traces) + tail)


def _steps(told: Sql, traces: TraceSelection) -> Sql:
    """The beginning of a statement that names the `steps`."""
    parts = (
        Sql("told as ") + told,
        Sql("several as (") + _find_several(traces) + Sql(")"),
        Sql("calls as (select told.* from told join several on told.trace_id = several.trace_id)"),
        Sql(
            "parents as (select trace_id, transaction_id, min(agent) as agent from calls"
            " group by 1, 2)"
        ),
        Sql("joined as (") + _join_parents() + Sql(")"),
        Sql("linked as (") + _look_back() + Sql(")"),
        Sql("steps as (") + _choose() + Sql(")"),
    )
    return Sql("with ") + join_sql(", ", parts) + Sql(" ")


def _find_several(traces: TraceSelection) -> Sql:
    """The traces with several agents that are asked for."""
    rows = select_from(
        (
            "trace_id",
            "min(requested_at) as begun",
            "max(trace_type) as trace_type",
            "min(agent) as first_agent",
            "max(agent) as last_agent",
        ),
        Sql("told group by 1"),
    )
    conditions = [Sql("first_agent < last_agent"), *traces.conditions]
    if traces.window is not None:
        conditions.append(between_instants("begun", traces.window.start, traces.window.end))
    return Sql("select trace_id from (") + rows + Sql(") where ") + join_sql(" and ", conditions)


def _join_parents() -> Sql:
    """Calls with the agents of their parents, and whether they tell one: see `link_calls`."""
    shown = [f"calls.{name}" for name in (*_CARRIED, *_MEASURES)]
    failed = Sql(f"case when {FAILED_CALL} then 1 else 0 end as failed", FAILED_CALL_PARAMS)
    tells = Sql(
        "case when parents.trace_id is not null then 1"
        " when parent_transaction_id <> ? and coalesce(channel, ?) <> ? then 1 else 0 end as tells",
        ("", "", "OTLP"),
    )
    columns = [*map(Sql, shown), failed, tells, Sql("parents.agent as parent_agent")]
    return (
        Sql("select ")
        + join_sql(", ", columns)
        + Sql(
            " from calls left join parents on calls.trace_id = parents.trace_id"
            " and calls.parent_transaction_id = parents.transaction_id"
        )
    )


def _look_back() -> Sql:
    """The same with the agent of the call before, and whether any call of its trace tells a
    parent."""
    return Sql(
        "select *, max(tells) over (partition by trace_id) as linked, lag(agent) over"
        " (partition by trace_id order by requested_at, transaction_id) as agent_before from joined"
    )


def _choose() -> Sql:
    """The same with the agent of the call that each follows from."""
    shown: Sequence[str] = (*_CARRIED, *_MEASURES, "failed", "linked")
    source = "case when linked = 1 then parent_agent else agent_before end as source"
    return Sql(f"select {', '.join(shown)}, {source} from linked")  # noqa: S608 - names of our own
