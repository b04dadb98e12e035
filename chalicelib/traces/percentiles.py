"""Percentiles of whole traces: exact, by linear interpolation between the two traces that a
percentile lies between, which the lake picks out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from chalicelib.lake.sql import Sql, select_from
from chalicelib.reports.asking import Asker
from chalicelib.reports.measures import plain
from chalicelib.reports.service import Coverage
from chalicelib.traces.totals import TraceSelection, ask_traces


class TraceMetric(StrEnum):
    """What traces are compared by: their cost (USD), the time from begin to end (ms), how many AI
    calls they have."""

    COST = "COST"
    DURATION = "DURATION"
    TRANSACTION_COUNT = "TRANSACTION_COUNT"


class TracePercentile(StrEnum):
    """The value that so many percent of all traces do not exceed."""

    P75 = "P75"
    P95 = "P95"
    P99 = "P99"

    @property
    def percent(self) -> int:
        """The share, in percent."""
        return int(self.value[1:])


VALUES: Mapping[TraceMetric, str] = {
    TraceMetric.COST: "coalesce(cost_nano, 0)",
    TraceMetric.DURATION: "duration_ms",
    TraceMetric.TRANSACTION_COUNT: "calls",
}
"""The values of a trace, as integers, in SQL."""
DIGITS = {TraceMetric.COST: -9}
"""The power of ten from a value to what the wire shows, where it is not 0."""


def shown_value(metric: TraceMetric, value: int, digits: int = 0) -> Decimal:
    """A value times ten to the power of `digits`, in the unit of the wire."""
    return plain(Decimal(value).scaleb(DIGITS.get(metric, 0) + digits))


@dataclass(frozen=True, slots=True)
class Threshold:
    """A percentile of one metric, in hundredths of the unit of its values."""

    hundredths: int

    @property
    def whole(self) -> int:
        """An integer is above the threshold when it is above this one."""
        return self.hundredths // 100

    def shown(self, metric: TraceMetric) -> Decimal:
        """The threshold in the unit of the wire."""
        return shown_value(metric, self.hundredths, -2)


NOTHING_UNPRICED = Coverage(0, 0)
_OVERALL = {"traces": "count(*)", "all_calls": "sum(calls)", "all_priced": "sum(priced)"}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The percentiles of a population of `traces`; none of an empty one. `coverage`: how many of
    the calls in all of them have no known cost."""

    traces: int
    by_metric: Mapping[TraceMetric, Mapping[TracePercentile, Threshold]]
    coverage: Coverage = NOTHING_UNPRICED


def find_thresholds(asker: Asker, selection: TraceSelection) -> Thresholds:
    """The percentiles of all metrics over the traces of a selection. Raises EngineBusy."""
    result = ask_traces(asker, selection, _pick)
    if not result or not result.rows:
        return Thresholds(0, {})
    number, calls, priced = (int(str(told)) for told in result.rows[0][-len(_OVERALL) :])
    by_metric: dict[TraceMetric, dict[TracePercentile, Threshold]] = {}
    for at, metric in enumerate(TraceMetric):
        values: dict[int, int] = {}
        for row in result.rows:
            values[int(str(row[2 * at + 1])) - 1] = int(str(row[2 * at]))
        by_metric[metric] = {each: _interpolate(values, number, each) for each in TracePercentile}
    return Thresholds(number, by_metric, Coverage(calls - priced, calls))


def _interpolate(values: Mapping[int, int], number: int, percentile: TracePercentile) -> Threshold:
    """A percentile from the values at the places around it, which count from 0."""
    place, rest = divmod((number - 1) * percentile.percent, 100)
    low = values[place]
    high = values[place + 1] if rest else low
    return Threshold(low * 100 + (high - low) * rest)


def _pick(traces: Sql) -> Sql:
    """The traces around all percentiles of all metrics: their values and places, and what is told
    of all traces."""
    shown: list[str] = []
    named: list[str] = []
    for number, value in enumerate(VALUES.values()):
        order = f"row_number() over (order by {value}, trace_id)"
        shown += [f"{value} as value{number}", f"{order} as place{number}"]
        named += [f"value{number}", f"place{number}"]
    shown += [f"{amount} over () as {name}" for name, amount in _OVERALL.items()]
    ranked = select_from(shown, traces)
    conditions = " or ".join(_around(range(len(VALUES))))
    rows = Sql("(") + ranked + Sql(")")
    return select_from([*named, *_OVERALL], rows) + Sql(f" where {conditions}")


def _around(numbers: Sequence[int]) -> Iterator[str]:
    """The conditions that a trace is one of the two around a percentile: 0-based, it stands at the
    whole part of (traces - 1) * share, or behind that."""
    for number in numbers:
        for each in TracePercentile:
            at = f"(traces - 1) * {each.percent}"
            place = f"place{number}"
            yield f"(({place} - 2) * 100 <= {at} and {at} < {place} * 100)"
