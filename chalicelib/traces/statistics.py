"""Statistics: how the costs, durations and calls of traces are spread, by their type or over all.

Percentiles are interpolated linearly between the two traces that stand next to the place: exact,
and the same on every engine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from chalicelib.lake.dimensions import TRACE_TYPE
from chalicelib.lake.sql import Sql, bind_list, select_from
from chalicelib.reports.asking import Asker
from chalicelib.reports.measures import quotient
from chalicelib.traces.totals import TraceSelection, ask_traces

_VALUES = ("cost_nano", "duration_ms", "calls")
_SHARE = 95
_OVERALL = ("count(*)", "sum(calls)", "sum(priced)")


@dataclass(frozen=True, slots=True)
class Spread:
    """One value of some traces: how many of them have it, its sum, its ends, and the two values
    between which the 95th percentile lies. All integers: nano-USD, ms or calls."""

    count: int = 0
    total: int = 0
    least: int | None = None
    most: int | None = None
    below: int | None = None
    above: int | None = None

    @property
    def mean(self) -> Fraction | None:
        """Per trace that has the value."""
        return Fraction(self.total, self.count) if self.count else None

    @property
    def p95(self) -> Fraction | None:
        """The 95th percentile."""
        if self.below is None or self.above is None:
            return None
        beyond = _SHARE * (self.count - 1) % 100
        return self.below + Fraction(beyond * (self.above - self.below), 100)


@dataclass(frozen=True, slots=True)
class TraceStatistics:
    """What some traces have together; `priced` of their `calls` have a known cost."""

    traces: int = 0
    calls: int = 0
    priced: int = 0
    spreads: Mapping[str, Spread] | None = None

    def spread(self, name: str) -> Spread:
        """The spread of cost_nano, duration_ms or calls."""
        return (self.spreads or {}).get(name, Spread())


def of_types(types: Sequence[str]) -> Sequence[Sql]:
    """The condition that traces have one of some types; none: they all may."""
    if not types:
        return ()
    among = bind_list(list(types))
    return (Sql("coalesce(trace_type, ?) in ", (str(TRACE_TYPE.absent),)) + among,)


def summarize(asker: Asker, selection: TraceSelection) -> TraceStatistics:
    """All traces together. Raises EngineBusy."""
    return _ask(asker, selection, Sql("cast(? as varchar)", ("",))).get("", TraceStatistics())


def summarize_types(asker: Asker, selection: TraceSelection) -> Mapping[str, TraceStatistics]:
    """Traces by their type. Raises EngineBusy."""
    return _ask(asker, selection, Sql("coalesce(trace_type, ?)", (str(TRACE_TYPE.absent),)))


def _ask(asker: Asker, selection: TraceSelection, kind: Sql) -> Mapping[str, TraceStatistics]:
    def group(rows: Sql) -> Sql:
        typed = Sql("(select ") + kind + Sql(f" as kind, priced, {', '.join(_VALUES)} from ")
        ranked = [*("kind", "priced"), *_VALUES, *map(_place, _VALUES), *map(_number, _VALUES)]
        placed = Sql("(") + select_from(ranked, typed + rows + Sql(")")) + Sql(")")
        figures: list[str] = []
        for value in _VALUES:
            figures += _figures(value)
        return select_from(("kind", *_OVERALL, *figures), placed) + Sql(" group by kind")

    result = ask_traces(asker, selection, group)
    return {str(row[0]): _read(row[1:]) for row in result.rows} if result else {}


def _place(value: str) -> str:
    """Where a trace stands among those of its type, from 0; those without the value stand last."""
    order = f"row_number() over (partition by kind order by {value} nulls last)"
    return f"{order} - 1 as {value}_place"


def _number(value: str) -> str:
    return f"count({value}) over (partition by kind) as {value}_number"


def _figures(value: str) -> list[str]:
    """What a Spread is read from, in SQL."""
    at, place = f"{value}_place * 100", f"{_SHARE} * ({value}_number - 1)"
    return [
        f"count({value})",
        f"sum({value})",
        f"min({value})",
        f"max({value})",
        f"max(case when {at} <= {place} then {value} end)",
        f"min(case when {at} >= {place} then {value} end)",
    ]


def _read(row: Sequence[Any]) -> TraceStatistics:
    """From the figures of one row."""
    traces, calls, priced = (int(each or 0) for each in row[:3])
    figures = [None if each is None else int(each) for each in row[3:]]
    spreads: dict[str, Spread] = {}
    for number, value in enumerate(_VALUES):
        count, total, *others = figures[6 * number : 6 * number + 6]
        spreads[value] = Spread(count or 0, total or 0, *others)
    return TraceStatistics(traces, calls, priced, spreads)


def show(value: Fraction | None, exponent: int = 0) -> Decimal | None:
    """A figure times ten to the exponent, at 18 decimals; None of none."""
    return None if value is None else quotient(value.numerator, value.denominator, exponent)


def show_trend(now: Fraction | int | None, before: Fraction | int | None) -> Decimal | None:
    """By how many percent a figure changed; None where there was none before."""
    if not before:
        return None
    return show(Fraction(((now or 0) - before) * 100) / Fraction(before))
