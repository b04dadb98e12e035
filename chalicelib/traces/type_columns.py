"""The tables of traces by their type: what each shows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib.kit.money import to_usd
from chalicelib.traces.statistics import TraceStatistics, show, show_trend

Json = dict[str, Any]
_NANO = -9


@dataclass(frozen=True, slots=True)
class TypeTable:
    """One table by type: what it shows of traces now and of those of the window before, and the
    columns that it can be sorted by beside the type. `by_models`: rows tell the models behind
    them."""

    embedded: str
    show: Callable[[TraceStatistics, TraceStatistics], Json]
    columns: tuple[str, ...]
    is_money: bool = True
    by_models: bool = False

    def show_all(self, traces: TraceStatistics, before: TraceStatistics) -> Json:
        """What it shows of one type, and how many traces, calls and calls of unknown cost."""
        shown = self.show(traces, before)
        shown |= {"traceCount": traces.traces, "transactionCount": traces.calls}
        if self.is_money and traces.calls > traces.priced:
            shown["unpricedCount"] = traces.calls - traces.priced
        return shown


def _show_cost(traces: TraceStatistics, before: TraceStatistics) -> Json:
    """USD; the mean is over traces of which some cost is known, and left out where none is."""
    cost = traces.spread("cost_nano")
    mean = show(cost.mean, _NANO)
    return {
        "totalCost": to_usd(cost.total),
        **({} if mean is None else {"averageCost": mean}),
        "p95Cost": show(cost.p95, _NANO),
        "trend": show_trend(cost.total, before.spread("cost_nano").total),
    }


def _show_performance(traces: TraceStatistics, before: TraceStatistics) -> Json:
    """Milliseconds."""
    took = traces.spread("duration_ms")
    return {
        "averageDuration": show(took.mean),
        "p95Duration": show(took.p95),
        "minimumDuration": took.least,
        "maximumDuration": took.most,
        "trend": show_trend(took.mean, before.spread("duration_ms").mean),
    }


def _show_efficiency(traces: TraceStatistics, before: TraceStatistics) -> Json:
    """Calls a trace, and USD."""
    calls = traces.spread("calls")
    return {
        "averageTransactionCount": show(calls.mean),
        "p95TransactionCount": show(calls.p95),
        "maximumTransactionCount": calls.most,
        "trend": show_trend(calls.mean, before.spread("calls").mean),
        "totalCost": to_usd(traces.spread("cost_nano").total),
    }


COST_TABLE = TypeTable(
    "traceTypeCostMetricResourceList",
    _show_cost,
    ("totalCost", "averageCost", "p95Cost", "trend"),
    by_models=True,
)
PERFORMANCE_TABLE = TypeTable(
    "traceTypePerformanceMetricResourceList",
    _show_performance,
    ("averageDuration", "p95Duration", "minimumDuration", "maximumDuration", "trend"),
    is_money=False,
)
EFFICIENCY_TABLE = TypeTable(
    "traceTypeEfficiencyMetricResourceList",
    _show_efficiency,
    (
        "averageTransactionCount",
        "p95TransactionCount",
        "maximumTransactionCount",
        "trend",
        "totalCost",
    ),
)
