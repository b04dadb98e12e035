"""The wire of the dashboards of traces."""

from typing import Any

from pydantic import Field, RootModel

from chalicelib.reports.older_schemas import Number
from chalicelib.reports.usage_schemas import TraceModelBreakdownRow
from chalicelib.resources.schemas import HalLinks, Wire, build_page_model


class AggregatedTraceMetrics(Wire):
    """All traces of a window: totals, means and 95th percentiles a trace, and the change against
    the window before in percent. USD, ms, calls; times are UTC epoch ms."""

    startTimestamp: int | None = None
    endTimestamp: int | None = None
    traceCount: int
    transactionCount: int
    totalCost: Number
    averageCost: Number | None = None
    p95Cost: Number | None = None
    costTrend: Number | None = None
    totalDuration: int | None = None
    averageDuration: Number | None = None
    p95Duration: Number | None = None
    durationTrend: Number | None = None
    averageTransactionCount: Number | None = None
    p95TransactionCount: Number | None = None
    transactionCountTrend: Number | None = None
    modelBreakdown: list[TraceModelBreakdownRow] | None = None


class _TypeRow(Wire):
    """The traces of one type."""

    traceType: str
    trend: Number | None = None
    traceCount: int | None = None
    transactionCount: int | None = None
    unpricedCount: int | None = None


class TraceTypeCostRow(_TypeRow):
    """What the traces of one type cost (USD): in all, and each."""

    totalCost: Number
    averageCost: Number | None = None
    p95Cost: Number | None = None
    modelBreakdown: list[TraceModelBreakdownRow] | None = None


class TraceTypePerformanceRow(_TypeRow):
    """How long the traces of one type took, ms."""

    averageDuration: Number
    p95Duration: Number | None = None
    minimumDuration: Number | None = None
    maximumDuration: Number | None = None


class TraceTypeEfficiencyRow(_TypeRow):
    """How many calls the traces of one type had."""

    averageTransactionCount: Number
    p95TransactionCount: Number | None = None
    maximumTransactionCount: int | None = None
    totalCost: Number | None = None


class LegacyTraceTypeMetric(Wire):
    """The one figure of a type in a window: USD, ms or calls."""

    traceType: str
    metricType: str
    metricResult: Number
    startTimestamp: int
    endTimestamp: int
    unpricedCount: int | None = None
    links: HalLinks | None = Field(None, alias="_links")


class LegacyTraceTypeMetricGroup(Wire):
    """A type in a window."""

    groupName: str
    metrics: list[LegacyTraceTypeMetric]


class LegacyTraceTypeMetricWindow(Wire):
    """A window of time with the types that occur in it; UTC epoch ms."""

    startTimestamp: int
    endTimestamp: int
    groups: list[LegacyTraceTypeMetricGroup]


class LegacyTraceTypeMetricWindows(RootModel[list[LegacyTraceTypeMetricWindow]]):
    """Windows, the oldest first."""


TraceTypeCostPage: Any = build_page_model(
    "TraceTypeCostPage", "traceTypeCostMetricResourceList", TraceTypeCostRow
)
TraceTypePerformancePage: Any = build_page_model(
    "TraceTypePerformancePage", "traceTypePerformanceMetricResourceList", TraceTypePerformanceRow
)
TraceTypeEfficiencyPage: Any = build_page_model(
    "TraceTypeEfficiencyPage", "traceTypeEfficiencyMetricResourceList", TraceTypeEfficiencyRow
)
