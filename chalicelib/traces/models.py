"""Models behind traces: what each had in the traces of a type, or in all of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.lake.dimensions import MODEL, PROVIDER, TRACE, TRACE_TYPE
from chalicelib.lake.sql import Sql, between_instants, join_sql, select_from
from chalicelib.reports.asking import Asker
from chalicelib.reports.breakdown import ModelShare, break_down
from chalicelib.reports.facts import BEGUN, CALLS, TOKENS, count_priced, count_rows, sum_of, text
from chalicelib.reports.planner import Question
from chalicelib.reports.statements import ask_grouped
from chalicelib.traces.totals import TraceSelection, whole_days_around

_TYPE, _COST = text(CALLS, "trace_type"), sum_of(CALLS, "cost_nano")
_COUNTS = (count_rows(CALLS), count_priced(CALLS), _COST, TOKENS)


def break_types_down(
    asker: Asker, selection: TraceSelection
) -> Mapping[str, Sequence[dict[str, Any]]]:
    """The models behind the traces of each type, see `break_down`. Raises EngineBusy."""
    shares = _ask(asker, selection)
    return {kind: break_down(some) for kind, some in shares.items()}


def break_all_down(asker: Asker, selection: TraceSelection) -> Sequence[dict[str, Any]]:
    """The models behind all traces, see `break_down`. Raises EngineBusy."""
    shares: list[ModelShare] = []
    for some in _ask(asker, selection).values():
        shares += some
    return break_down(shares)


def _ask(asker: Asker, selection: TraceSelection) -> Mapping[str, Sequence[ModelShare]]:
    window = whole_days_around(asker.world, asker.team, selection.window)
    if window is None:
        return {}
    question = Question(
        (TRACE, MODEL, PROVIDER),
        (*_COUNTS, _TYPE, BEGUN),
        filters=selection.filters,
        assistants=selection.assistants,
    )
    result = ask_grouped(asker, window, question, lambda rows: _group(rows, selection))
    shares: dict[str, list[ModelShare]] = defaultdict(list)
    for kind, model, provider, *counts in result.rows if result else ():
        calls, priced, cost, tokens = (int(str(each or 0)) for each in counts)
        shares[str(kind or TRACE_TYPE.absent)].append(
            ModelShare(str(model), str(provider), calls, priced, cost_nano=cost, tokens=tokens)
        )
    return shares


def _group(rows: Sql, selection: TraceSelection) -> Sql:
    """By type, model and provider, of the traces that are selected: what is true of a trace is told
    by all of its models together."""
    counts = [term.name for term in _COUNTS]
    whole = [
        "name1 as model",
        "name2 as provider",
        *counts,
        f"max({_TYPE.name}) over (partition by name0) as trace_type",
        f"min({BEGUN.name}) over (partition by name0) as trace_begun",
    ]
    traces = Sql("(") + select_from(whole, rows) + Sql(")")
    conditions = list(selection.conditions)
    if selection.window is not None:
        window = selection.window
        conditions.append(between_instants("trace_begun", window.start, window.end))
    sums = [f"sum({name})" for name in counts]
    grouped = select_from(("trace_type", "model", "provider", *sums), traces)
    if conditions:
        grouped += Sql(" where ") + join_sql(" and ", conditions)
    return grouped + Sql(" group by 1, 2, 3")
