"""Interactions: which agents call which, how often and at what cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.lake.sql import Sql, bind_list
from chalicelib.reports.asking import Asker
from chalicelib.resources.errors import TooMany
from chalicelib.traces.hops import ask_hops
from chalicelib.traces.rows import read_rows
from chalicelib.traces.totals import TraceSelection

MOST_PAIRS = 20_000
"""Pairs of agents and agents in one answer."""
_PAIR, _OUT, _IN, _ALL = range(4)
"""The roles in which an interaction counts: as one of its pair, for its source, for its target, and
among all."""
_FIGURES = {
    "outgoing": f"sum(case when role = {_OUT} then 1 else 0 end)",
    "count": f"sum(case when role <> {_OUT} then 1 else 0 end)",
    "traces": "count(distinct trace_id)",
    "priced": f"sum(case when role <> {_OUT} and cost_nano is not null then 1 else 0 end)",
    "timed": f"sum(case when role <> {_OUT} and duration_ms is not null then 1 else 0 end)",
    "cost_nano": f"sum(case when role <> {_OUT} then cost_nano end)",
    "total_tokens": f"sum(case when role <> {_OUT} then total_tokens end)",
    "duration_ms": f"sum(case when role <> {_OUT} then duration_ms end)",
    "failures": f"sum(case when role <> {_OUT} then failed else 0 end)",
    "last": "max(requested_at)",
}
"""Of an agent, all but `outgoing` are those of the calls that others made to it; `traces` are those
that it takes part in either way."""
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Interactions:
    """Pairs of agents (`source`, `target`), agents (`source`) and all interactions together, each
    with _FIGURES."""

    pairs: Sequence[Row] = ()
    agents: Sequence[Row] = ()
    total: Row = field(default_factory=lambda: dict.fromkeys(_FIGURES, 0))


def find_interactions(asker: Asker, traces: TraceSelection, agents: Sequence[str]) -> Interactions:
    """The interactions in the traces of a selection that have one of some agents at either end
    (none: all). Raises TooMany, EngineBusy."""
    result = ask_hops(asker, traces, _sum_up(agents))
    names = ("kind", "source", "target", *_FIGURES)
    by_kind: dict[int, list[Row]] = {_PAIR: [], _IN: [], _ALL: []}
    for row in read_rows(names, result.rows) if result else ():
        for name in _FIGURES:
            row[name] = int(row[name] or 0)
        by_kind[row["kind"]].append(row)
    if len(by_kind[_PAIR]) + len(by_kind[_IN]) > MOST_PAIRS:
        raise TooMany(
            f"more than {MOST_PAIRS} agents and pairs of agents: ask for a shorter period, one "
            "traceType or some agents",
            field="agents",
        )
    if not by_kind[_ALL]:
        return Interactions()
    return Interactions(by_kind[_PAIR], by_kind[_IN], by_kind[_ALL][0])


def _sum_up(agents: Sequence[str]) -> Sql:
    """Figures by pair, by agent and of all: every hop counts in each of its roles."""
    roles = " union all ".join(f"select {role} as role" for role in (_PAIR, _OUT, _IN, _ALL))
    kind = f"case role when {_OUT} then {_IN} else role end"
    source = f"case role when {_PAIR} then source when {_OUT} then source when {_IN} then agent end"
    shown = [f"{kind} as kind", f"{source} as one", f"case role when {_PAIR} then agent end as two"]
    shown += [f"{amount} as {name}_told" for name, amount in _FIGURES.items()]
    hops = Sql("(select * from steps where source <> agent")
    if agents:
        among = bind_list(agents)
        hops += Sql(" and (source in ") + among + Sql(" or agent in ") + among + Sql(")")
    head = f"select {', '.join(shown)} from "  # noqa: S608 - names of our own
    tail = f" cross join ({roles}) group by 1, 2, 3 limit {MOST_PAIRS + 2}"
    return Sql(head) + hops + Sql(")") + Sql(tail)
