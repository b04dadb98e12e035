"""The wire of traces that stand out."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from chalicelib.reports.older_schemas import Number
from chalicelib.resources.schemas import HalLinks, Wire, build_page_model
from chalicelib.traces.percentiles import TraceMetric, TracePercentile


class AnomalySeverity(StrEnum):
    """HIGH: above P99; MEDIUM: above P95; LOW: any other."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class AnomalousTrace(Wire):
    """A trace that is above a percentile of all in one metric."""

    id: str
    resourceType: Literal["ai.trace.anomaly"] = "ai.trace.anomaly"
    label: str
    traceId: str
    traceType: str | None = None
    traceName: str | None = None
    startTime: datetime
    metricType: TraceMetric
    metricValue: Number
    percentile: TracePercentile = Field(description="that asked for, or the highest exceeded")
    thresholdValue: Number = Field(description="the value of that percentile")
    deviationPercentage: Number
    severity: AnomalySeverity
    totalCost: Number
    unpricedCount: int = Field(description="calls of the trace whose cost is not known")
    traceDuration: int
    transactionCount: int
    links: HalLinks | None = Field(None, alias="_links")


class AnomalyCount(Wire):
    """How many traces are above a percentile; those above a higher one among them."""

    percentile: TracePercentile
    thresholdValue: Number | None = None
    anomalyCount: int


class AnomalyCounts(Wire):
    """How many traces stand out in one metric."""

    id: str
    resourceType: Literal["ai.trace.anomaly.metrics"] = "ai.trace.anomaly.metrics"
    label: str
    metricType: TraceMetric
    totalTraces: int
    p75Count: int
    p95Count: int
    p99Count: int
    percentiles: list[AnomalyCount] = Field(min_length=3, max_length=3)
    links: HalLinks | None = Field(None, alias="_links")


AnomalyPage = build_page_model("AnomalyPage", "anomalousTraceResourceList", AnomalousTrace)
