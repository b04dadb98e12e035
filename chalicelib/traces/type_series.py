"""Trace types over time: what the calls of a bucket cost, how many a trace had in it, and how long
the traces took that began in it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from chalicelib.kit.windows import Bucket, Window
from chalicelib.lake.dimensions import TRACE, TRACE_TYPE
from chalicelib.lake.sql import Sql, join_sql, select_from
from chalicelib.ports.engine import Result
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.builder import bucket_start
from chalicelib.reports.facts import CALLS, count_priced, count_rows, sum_of, text
from chalicelib.reports.metrics import integer
from chalicelib.reports.periods import bucket_of
from chalicelib.reports.planner import Question
from chalicelib.reports.rows import NOTHING, Amounts, Rows
from chalicelib.reports.service import Answer
from chalicelib.reports.statements import ask_grouped
from chalicelib.traces.statistics import TraceStatistics, show
from chalicelib.traces.totals import TraceSelection, ask_traces
from chalicelib.traces.type_queries import TraceTypeQuery
from chalicelib.traces.type_tables import answer_traces

_COST, _TYPE = sum_of(CALLS, "cost_nano"), text(CALLS, "trace_type")
_ROWS, _PRICED = count_rows(CALLS), count_priced(CALLS)
_SUMS = {"cost": _COST.name, "calls": _ROWS.name, "priced": _PRICED.name}
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TypeSeries:
    """One series: what its figures are called, and which sum of a bucket they are, times ten to the
    exponent. `a_trace`: divided by the traces. `by_start`: all of a trace stands in the bucket that
    it begins in."""

    word: str
    total: str
    exponent: int = 0
    a_trace: bool = True
    by_start: bool = False

    @property
    def is_money(self) -> bool:
        """Whether calls without a known price are missing in it."""
        return self.total == "cost"


COST_SERIES = TypeSeries("TOTAL_COST", "cost", -9, a_trace=False)
PERFORMANCE_SERIES = TypeSeries("RESPONSE_TIME", "duration", by_start=True)
EFFICIENCY_SERIES = TypeSeries("TRANSACTION_COUNT", "calls")


def answer_series(world: World, team: Scope, series: TypeSeries, query: TraceTypeQuery) -> Answer:
    """Every window with the types that occur in it, the largest figure first; none at all where no
    type occurs. Raises Invalid, EngineBusy."""
    asker, window = Asker.of(world, team), query.window(world.now())
    selection = query.select(world, team, window)
    ask = _ask_traces if series.by_start else _ask_calls
    by_bucket: dict[int, dict[str, Amounts]] = defaultdict(dict)
    told: list[TraceStatistics] = []
    for group in ask(asker, window, selection):
        by_bucket[group.bucket][group.name] = group.terms
        if series.is_money:
            calls, priced = (integer(group.terms[name]) or 0 for name in ("calls", "priced"))
            told.append(TraceStatistics(calls=calls, priced=priced))
    buckets = list(window.buckets(bucket_of(window))) if by_bucket else []
    windows = [_show_window(series, each, by_bucket.get(each.start, {})) for each in buckets]
    return answer_traces(asker, selection, windows, told)


def _ask_calls(asker: Asker, window: Window, selection: TraceSelection) -> Rows:
    """Sums by bucket and type of the calls of a window."""
    question = Question(
        (TRACE,),
        (_COST, _ROWS, _PRICED, _TYPE),
        interval=bucket_of(window),
        assistants=selection.assistants,
    )

    def group(rows: Sql) -> Sql:
        kind = f"max({_TYPE.name}) over (partition by name0) as trace_type"
        typed = Sql("(") + select_from(("bucket", kind, *_SUMS.values()), rows) + Sql(")")
        sums = [f"sum({column}) as {name}" for name, column in _SUMS.items()]
        return _by_type(sums, typed, selection)

    return _read(ask_grouped(asker, window, question, group))


def _ask_traces(asker: Asker, window: Window, selection: TraceSelection) -> Rows:
    """Sums by type, and by the bucket that a trace begins in."""
    bucket = f"{bucket_start(bucket_of(window), 'begun')} as bucket"

    def group(rows: Sql) -> Sql:
        placed = Sql("(") + select_from((bucket, "trace_type", "duration_ms"), rows) + Sql(")")
        return _by_type(["sum(duration_ms) as duration"], placed, selection)

    return _read(ask_traces(asker, selection, group))


def _by_type(sums: Sequence[str], rows: Sql, selection: TraceSelection) -> Sql:
    kind = Sql("coalesce(trace_type, ?) as kind", (str(TRACE_TYPE.absent),))
    shown = [Sql("bucket"), kind, *map(Sql, sums), Sql("count(*) as traces")]
    sql = Sql("select ") + join_sql(", ", shown) + Sql(" from ") + rows
    if selection.conditions:
        sql += Sql(" where ") + join_sql(" and ", selection.conditions)
    return sql + Sql(" group by 1, 2")


def _read(result: Result | None) -> Rows:
    return Rows(result, 1) if result else NOTHING


def _show_window(series: TypeSeries, bucket: Bucket, groups: Mapping[str, Amounts]) -> Json:
    times = {"startTimestamp": bucket.start, "endTimestamp": bucket.end}
    values: dict[str, Fraction] = {}
    for name, terms in groups.items():
        divisor = (integer(terms["traces"]) or 1) if series.a_trace else 1
        values[name] = Fraction(integer(terms[series.total]) or 0, divisor)
    shown: list[Json] = []
    for name in sorted(values, key=lambda name: (-values[name], name)):
        metric: Json = {"traceType": name, "metricType": f"{series.word}_BY_TRACE_TYPE"}
        metric["metricResult"] = show(values[name], series.exponent)
        unpriced = _count_unpriced(groups[name]) if series.is_money else 0
        if unpriced:
            metric["unpricedCount"] = unpriced
        shown.append({"groupName": name, "metrics": [metric | times]})
    return {**times, "groups": shown}


def _count_unpriced(terms: Amounts) -> int:
    return (integer(terms["calls"]) or 0) - (integer(terms["priced"]) or 0)
