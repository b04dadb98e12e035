"""Totals: the traces that began in a window, as one row a trace, for any further SQL.

A trace is whole, also when it began before midnight or runs on after the window: calls up to seven
days before and after the window are drawn into it, those farther away are not looked at.
Whole days are read, so that rollups tell all but the days that are dirty.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.kit.windows import Window
from chalicelib.lake.dimensions import AGENT, TRACE, TRACE_TYPE
from chalicelib.lake.extent import first_kept_day
from chalicelib.lake.sql import Sql, between_instants, join_sql
from chalicelib.ports.engine import Result
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import (
    BEGUN,
    CALLS,
    ENDED,
    FAILURES,
    TOKENS,
    UNPRICED_TOKENS,
    count_priced,
    count_rows,
    sum_of,
    text,
)
from chalicelib.reports.planner import Question
from chalicelib.reports.service import count_left_out
from chalicelib.reports.statements import Wrap, ask_grouped

REACH = 7 * DAY
"""How far (ms) around a window calls of its traces are looked for."""
_COLUMNS = {
    "agent": text(CALLS, "agent"),
    "trace_type": text(CALLS, "trace_type"),
    "trace_name": text(CALLS, "trace_name"),
    "begun": BEGUN,
    "calls": count_rows(CALLS),
    "failures": FAILURES,
    "priced": count_priced(CALLS),
    "cost_nano": sum_of(CALLS, "cost_nano"),
    "input_tokens": sum_of(CALLS, "input_tokens"),
    "output_tokens": sum_of(CALLS, "output_tokens"),
    "total_tokens": TOKENS,
    "unpriced_tokens": UNPRICED_TOKENS,
}
_ENDED = f"case when {ENDED.name} < {BEGUN.name} then {BEGUN.name} else {ENDED.name} end"
TRACE_COLUMNS = ("trace_id", *_COLUMNS, "ended", "duration_ms")
"""The columns of a row: `agent`, `trace_type` and `trace_name` are the last in order of those of
its calls, null when none has any; `begun` and `ended` are timestamps, `duration_ms` what lies
between them (never below 0), `failures` the calls that failed, `priced` those of known cost,
`cost_nano` null when no cost is known."""


@dataclass(frozen=True, slots=True)
class TraceSelection:
    """Which traces: those that began in `window` (None: ever), have one of `ids` (none: all may)
    and hold to `conditions` on TRACE_COLUMNS. `assistants` are the coding assistants whose calls
    count, see Question; `agents` those whose calls alone count (none: those of all)."""

    window: Window | None = None
    ids: Sequence[str] = ()
    conditions: Sequence[Sql] = ()
    assistants: Sequence[str] | None = None
    agents: Sequence[str] = ()

    @property
    def filters(self) -> Mapping[str, Sequence[str]]:
        """What narrows the calls, by column."""
        wanted = {TRACE.column: self.ids, AGENT.column: self.agents}
        return {column: list(values) for column, values in wanted.items() if values}

    @property
    def question(self) -> Question:
        """What is asked of the calls."""
        terms = (*_COLUMNS.values(), ENDED)
        return Question((TRACE,), terms, filters=self.filters, assistants=self.assistants)


def of_type(trace_type: str) -> Sql:
    """The condition that traces have a type; `unknown` are those without one."""
    return Sql("coalesce(trace_type, ?) = ?", (str(TRACE_TYPE.absent), trace_type))


def ask_traces(asker: Asker, selection: TraceSelection, wrap: Wrap) -> Result | None:
    """What `wrap` makes of the rows, of TRACE_COLUMNS and in brackets; it names those it selects.
    None where nothing was ever written. Raises EngineBusy."""
    window = whole_days_around(asker.world, asker.team, selection.window)
    if window is None:
        return None
    return ask_grouped(
        asker, window, selection.question, lambda rows: wrap(_traces(rows, selection))
    )


def count_flat_plan(asker: Asker, selection: TraceSelection) -> Mapping[str, int]:
    """The calls under a flat plan, by assistant, in the days that were read. Raises EngineBusy."""
    window = whole_days_around(asker.world, asker.team, selection.window)
    return count_left_out(asker, window, selection.question) if window else {}


def whole_days_around(world: World, team: Scope, window: Window | None) -> Window | None:
    """The days that calls of traces which began in a window may stand in; None when there are
    none. Those that retention has emptied are noted."""
    since = day_of(max(0, window.start - REACH)) if window else ""
    return days_around(first_kept_day(world, team, CALLS.table.name, since), world.now(), window)


def days_around(kept: str | None, now: int, window: Window | None = None) -> Window | None:
    """The same of the days from the first one that is kept."""
    if kept is None:
        return None
    first, last = day_start(kept), now + 2 * DAY  # clocks of clients run ahead by a day
    if window is not None:
        first = max(first, window.start - REACH)
        last = min(last, window.end + REACH)
    first, last = first - first % DAY, last - last % DAY + DAY - 1
    return Window(first, last) if first <= last else None


def _traces(rows: Sql, selection: TraceSelection) -> Sql:
    """Rows of TRACE_COLUMNS, in brackets, from the groups that the builder makes."""
    shown = [f"{term.name} as {name}" for name, term in _COLUMNS.items()]
    shown += [f"{_ENDED} as ended", f"date_diff('millisecond', begun, {_ENDED}) as duration_ms"]
    head = f"(select name0 as trace_id, {', '.join(shown)} from "  # noqa: S608 - names of our own
    traces = Sql(head) + rows + Sql(")")
    conditions = list(selection.conditions)
    if selection.window is not None:
        conditions.append(between_instants("begun", selection.window.start, selection.window.end))
    if not conditions:
        return traces
    narrowed = Sql("(select * from ") + traces + Sql(" where ")
    return narrowed + join_sql(" and ", conditions) + Sql(")")
