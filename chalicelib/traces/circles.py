"""Circles: the patterns of cycles in the traces of a window, and what they wasted."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from chalicelib.kit.clock import millis
from chalicelib.lake.sql import Sql, select_from
from chalicelib.reports.asking import Asker
from chalicelib.resources.errors import TooMany
from chalicelib.traces.cycles import Pattern, find_cycles
from chalicelib.traces.forest import chain_up, plant
from chalicelib.traces.hops import ask_hops
from chalicelib.traces.totals import TraceSelection

MOST_CALLS = 400_000
"""Calls that are looked at: those of traces whose agents may have called in a circle."""
_SHOWN_TRACES = 10
_PEELS = 3
"""How often hops that close nothing are taken away: chains of up to seven agents vanish."""
_HOPS = "select trace_id, source, agent as target from steps where source <> agent"
_PEEL = """select {0}.trace_id, {0}.source, {0}.target from {0}
join {0} onward on {0}.trace_id = onward.trace_id and {0}.target = onward.source
join {0} before on {0}.trace_id = before.trace_id and {0}.source = before.target"""
_SUSPECTS = "select trace_id from {} union all select trace_id from steps where agent is null"


def _find_circular() -> Sql:
    """The traces that may have cycles. Of a cycle each hop comes from an agent that was called, and
    calls one that calls; other hops are taken away, again and again. Calls of no agent are passed
    over by chains, and stand between hops."""
    parts = [f", hops0 as ({_HOPS} group by 1, 2, 3)"]
    for number in range(_PEELS):
        peel = _PEEL.format(f"hops{number}")
        parts.append(f", hops{number + 1} as ({peel} group by 1, 2, 3)")
    suspects = _SUSPECTS.format(f"hops{_PEELS}")
    parts.append(f", suspects as ({suspects}), circular as (")
    return Sql("".join(parts)) + select_from(["trace_id"], Sql("suspects group by 1) "))


Patterns = frozenset[Pattern]


class CallInCircle(NamedTuple):
    """What is read of a call; `linked` says whether parents are told in its trace."""

    trace_id: str
    transaction_id: str
    parent_transaction_id: str | None
    agent: str | None
    requested_at: datetime
    duration_ms: int | None
    cost_nano: int | None
    total_tokens: int | None
    linked: int


@dataclass
class Circle:
    """One pattern: how often it occurred, from when to when (UTC epoch ms), in which traces, the
    newest first."""

    occurrences: int = 0
    first: int = 0
    last: int = 0
    traces: dict[str, int] = field(default_factory=dict)

    def add(self, trace: str, instant: int) -> None:
        """Count a cycle that was closed at an instant."""
        self.first = min(self.first, instant) if self.occurrences else instant
        self.last = max(self.last, instant)
        self.occurrences += 1
        self.traces[trace] = max(self.traces.get(trace, instant), instant)

    def newest_traces(self) -> list[str]:
        """The last ten traces that it occurred in."""
        order = sorted(self.traces, key=lambda trace: (-self.traces[trace], trace))
        return order[:_SHOWN_TRACES]


@dataclass
class Circles:
    """The circles by pattern. Waste and traces are kept by all the patterns that a call was wasted
    in, or that a trace has, so that those of several patterns count each once."""

    found: dict[Pattern, Circle] = field(default_factory=dict)
    waste: dict[Patterns, Counter[str]] = field(default_factory=dict)
    traces: Counter[Patterns] = field(default_factory=Counter)

    def add(self, calls: Sequence[CallInCircle]) -> None:
        """Count the cycles of one trace, from its calls."""
        ids = [call.transaction_id for call in calls]
        order = sorted(range(len(calls)), key=lambda node: (calls[node].requested_at, ids[node]))
        starts = [0] * len(calls)
        for place, node in enumerate(order):
            starts[node] = place  # all that matters of times is which is the earlier
        if calls[0].linked:
            forest = plant(ids, [call.parent_transaction_id for call in calls], starts)
        else:
            forest = chain_up(ids, starts)
        cycles = find_cycles(forest, [call.agent for call in calls])
        for node, pattern in cycles.closings:
            circle = self.found.setdefault(pattern, Circle())
            circle.add(calls[node].trace_id, millis(calls[node].requested_at))
        for node, patterns in cycles.wasted.items():
            call, sums = calls[node], self.waste.setdefault(patterns, Counter())
            sums["cost_nano"] += call.cost_nano or 0
            sums["total_tokens"] += call.total_tokens or 0
            sums["duration_ms"] += call.duration_ms or 0
            sums["unpriced"] += call.cost_nano is None
        if cycles.closings:
            self.traces[frozenset(pattern for _, pattern in cycles.closings)] += 1

    def wasted(self, patterns: Collection[Pattern]) -> Counter[str]:
        """What some patterns wasted: `cost_nano`, `total_tokens` and `duration_ms`, and how many
        calls in it are `unpriced`."""
        total: Counter[str] = Counter()
        for together, sums in self.waste.items():
            if not together.isdisjoint(patterns):
                total.update(sums)
        return total

    def count_traces(self, patterns: Collection[Pattern]) -> int:
        """How many traces have one of some patterns."""
        return sum(number for each, number in self.traces.items() if not each.isdisjoint(patterns))


def find_circles(asker: Asker, traces: TraceSelection) -> Circles:
    """The circles in the traces of a selection. Raises TooMany, EngineBusy."""
    tail = f" join circular on steps.trace_id = circular.trace_id limit {MOST_CALLS + 1}"
    chosen = select_from((f"steps.{name}" for name in CallInCircle._fields), Sql("steps"))
    asked = _find_circular() + chosen + Sql(tail)
    result = ask_hops(asker, traces, asked)
    rows = result.rows if result else ()
    if len(rows) > MOST_CALLS:
        raise TooMany(
            f"more than {MOST_CALLS} calls stand in traces of several agents: ask for a shorter "
            "period, or one traceType",
            field="period",
        )
    circles = Circles()
    by_trace: dict[str, list[CallInCircle]] = {}
    for row in rows:
        call = CallInCircle(*row)  # type: ignore[arg-type] # the engine's values
        by_trace.setdefault(call.trace_id, []).append(call)
    for calls in by_trace.values():
        circles.add(calls)
    return circles
