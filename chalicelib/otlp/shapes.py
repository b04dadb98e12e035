"""What OTLP exports look like in JSON, for the contract's document alone: otlpjson.py reads them
itself, faster."""

from pydantic import BaseModel, ConfigDict

Number = int | str
"""A 64-bit integer: JSON numbers end at 53 bits, so exporters write texts."""


class Shape(BaseModel):
    """Unknown members are ignored."""

    model_config = ConfigDict(defer_build=True)


class OtlpArray(Shape):
    """Several values."""

    values: list["OtlpAnyValue"] | None = None


class OtlpKvList(Shape):
    """Named values."""

    values: list["OtlpKeyValue"] | None = None


class OtlpAnyValue(Shape):
    """Exactly one member is set."""

    stringValue: str | None = None
    boolValue: bool | None = None
    intValue: Number | None = None
    doubleValue: float | None = None
    bytesValue: str | None = None
    arrayValue: OtlpArray | None = None
    kvlistValue: OtlpKvList | None = None


class OtlpKeyValue(Shape):
    """One attribute."""

    key: str
    value: OtlpAnyValue | None = None


class OtlpResource(Shape):
    """What sent the signals."""

    attributes: list[OtlpKeyValue] | None = None


class OtlpScope(Shape):
    """The instrumentation that made them."""

    name: str | None = None
    version: str | None = None
    attributes: list[OtlpKeyValue] | None = None


class OtlpStatus(Shape):
    """How a span ended."""

    code: Number | None = None
    message: str | None = None


class OtlpSpanEvent(Shape):
    """Something that happened within a span."""

    name: str | None = None
    timeUnixNano: Number | None = None
    attributes: list[OtlpKeyValue] | None = None


class OtlpSpan(Shape):
    """One span; ids are hex."""

    traceId: str | None = None
    spanId: str | None = None
    parentSpanId: str | None = None
    name: str | None = None
    kind: Number | None = None
    startTimeUnixNano: Number | None = None
    endTimeUnixNano: Number | None = None
    attributes: list[OtlpKeyValue] | None = None
    status: OtlpStatus | None = None
    events: list[OtlpSpanEvent] | None = None


class OtlpScopeSpans(Shape):
    """Spans of one scope."""

    scope: OtlpScope | None = None
    spans: list[OtlpSpan] | None = None


class OtlpResourceSpans(Shape):
    """Spans of one resource."""

    resource: OtlpResource | None = None
    scopeSpans: list[OtlpScopeSpans] | None = None


class OtlpTracesRequest(Shape):
    """An export of spans."""

    resourceSpans: list[OtlpResourceSpans] | None = None


class OtlpLogRecord(Shape):
    """One log record or event."""

    timeUnixNano: Number | None = None
    observedTimeUnixNano: Number | None = None
    severityNumber: Number | None = None
    severityText: str | None = None
    eventName: str | None = None
    body: OtlpAnyValue | None = None
    attributes: list[OtlpKeyValue] | None = None
    traceId: str | None = None
    spanId: str | None = None
    flags: int | None = None


class OtlpScopeLogs(Shape):
    """Log records of one scope."""

    scope: OtlpScope | None = None
    logRecords: list[OtlpLogRecord] | None = None


class OtlpResourceLogs(Shape):
    """Log records of one resource."""

    resource: OtlpResource | None = None
    scopeLogs: list[OtlpScopeLogs] | None = None


class OtlpLogsRequest(Shape):
    """An export of log records."""

    resourceLogs: list[OtlpResourceLogs] | None = None


class OtlpNumberDataPoint(Shape):
    """One point of a metric."""

    attributes: list[OtlpKeyValue] | None = None
    startTimeUnixNano: Number | None = None
    timeUnixNano: Number | None = None
    asInt: Number | None = None
    asDouble: float | None = None
    count: Number | None = None
    sum: float | None = None


class OtlpPoints(Shape):
    """The points of a gauge, a sum or a histogram."""

    dataPoints: list[OtlpNumberDataPoint] | None = None
    aggregationTemporality: Number | None = None
    isMonotonic: bool | None = None


class OtlpMetric(Shape):
    """One metric."""

    name: str | None = None
    unit: str | None = None
    description: str | None = None
    gauge: OtlpPoints | None = None
    sum: OtlpPoints | None = None
    histogram: OtlpPoints | None = None


class OtlpScopeMetrics(Shape):
    """Metrics of one scope."""

    scope: OtlpScope | None = None
    metrics: list[OtlpMetric] | None = None


class OtlpResourceMetrics(Shape):
    """Metrics of one resource."""

    resource: OtlpResource | None = None
    scopeMetrics: list[OtlpScopeMetrics] | None = None


class OtlpMetricsRequest(Shape):
    """An export of metrics."""

    resourceMetrics: list[OtlpResourceMetrics] | None = None


class OtlpRequest(OtlpTracesRequest, OtlpLogsRequest, OtlpMetricsRequest):
    """An export of any of them."""
