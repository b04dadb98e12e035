"""Exports, written down once and encoded in protobuf and in JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from chalicelib.kit.clock import DAY, SECOND, parse_instant
from chalicelib.kit.http.bodies import JSON, PROTOBUF
from chalicelib.otlp.decode import decode
from chalicelib.otlp.forms import Signal
from chalicelib.otlp.genai import Bounds
from chalicelib.otlp.logs import log_drafts
from chalicelib.otlp.rejects import DraftBatch
from chalicelib.otlp.spans import span_drafts
from tests.conftest import NOON

BOUNDS = Bounds(parse_instant("2020-01-01T00:00:00Z"), NOON + DAY)
NANOS = 1_000_000
TRACE = "56cfec60e55b2d46f13741ec46501ff1"
Json = dict[str, Any]


def span(number: int = 1, attributes: Mapping[str, Any] | None = None, **members: Any) -> Json:
    """A span of 800 ms, a second before noon; without attributes a believable model call."""
    calls: Json = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 100,
    }
    return {
        "traceId": TRACE,
        "spanId": f"{number:016x}",
        "parentSpanId": "",
        "name": "chat gpt-4o-mini",
        "startTimeUnixNano": (NOON - SECOND) * NANOS,
        "endTimeUnixNano": (NOON - SECOND + 800) * NANOS,
        "attributes": calls if attributes is None else dict(attributes),
        "status": {},
        "events": [],
    } | members


def log(
    attributes: Mapping[str, Any], body: Any = "claude_code.api_request", **members: Any
) -> Json:
    """A log record of noon."""
    return {"timeUnixNano": NOON * NANOS, "body": body, "attributes": dict(attributes)} | members


def traces(*spans: Json, resource: Mapping[str, Any] | None = None, scope: str = "test") -> Json:
    """An export of spans of one resource."""
    scopes = [{"scope": {"name": scope}, "spans": list(spans)}]
    return {"resourceSpans": [{"resource": dict(resource or {}), "scopeSpans": scopes}]}


def logs(*records: Json, resource: Mapping[str, Any] | None = None, scope: str = "test") -> Json:
    """An export of log records of one resource, Claude Code unless said."""
    told = {"service.name": "claude-code"} if resource is None else dict(resource)
    scopes = [{"scope": {"name": scope}, "logRecords": list(records)}]
    return {"resourceLogs": [{"resource": told, "scopeLogs": scopes}]}


def metrics(points: int, resource: Mapping[str, Any] | None = None) -> Json:
    """An export of one metric."""
    data = [{"asInt": str(number), "timeUnixNano": str(NOON * NANOS)} for number in range(points)]
    scopes = [
        {"scope": {"name": "test"}, "metrics": [{"name": "tokens", "sum": {"dataPoints": data}}]}
    ]
    return {"resourceMetrics": [{"resource": dict(resource or {}), "scopeMetrics": scopes}]}


def as_json(export: Json) -> bytes:
    """As OTLP/JSON: ids in hex, 64-bit integers as texts, attributes as a list."""
    return json.dumps(_json(export)).encode()


def _json(export: Any) -> Any:
    if isinstance(export, list):
        return [_json(item) for item in export]
    if not isinstance(export, dict):
        return export
    written = {
        name: _json(value)
        for name, value in export.items()
        if name not in ("attributes", "resource", "body")
    }
    for name in ("timeUnixNano", "startTimeUnixNano", "endTimeUnixNano", "observedTimeUnixNano"):
        if name in written:
            written[name] = str(written[name])
    if "attributes" in export:
        written["attributes"] = _pairs(export["attributes"])
    if "resource" in export:
        written["resource"] = {"attributes": _pairs(export["resource"])}
    if "body" in export:
        written["body"] = _value(export["body"])
    return written


def _pairs(attributes: Mapping[str, Any]) -> list[Json]:
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _value(value: Any) -> Json:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case str():
            return {"stringValue": value}
        case list():
            return {"arrayValue": {"values": [_value(item) for item in value]}}
        case dict():
            return {"kvlistValue": {"values": _pairs(value)}}
    return {}


def as_protobuf(export: Json) -> bytes:
    """As OTLP/protobuf, by the generated classes."""
    if "resourceSpans" in export:
        data = _traces(export).SerializeToString()
    elif "resourceLogs" in export:
        data = _logs(export).SerializeToString()
    else:
        data = _metrics(export).SerializeToString()
    return bytes(data)


def _traces(export: Json) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    for resource in export["resourceSpans"]:
        group = request.resource_spans.add()
        _put(group.resource.attributes, resource["resource"])
        for scope in resource["scopeSpans"]:
            spans = group.scope_spans.add()
            spans.scope.name = scope["scope"]["name"]
            for each in scope["spans"]:
                _put_span(spans.spans.add(), each)
    return request


def _logs(export: Json) -> ExportLogsServiceRequest:
    request = ExportLogsServiceRequest()
    for resource in export["resourceLogs"]:
        group = request.resource_logs.add()
        _put(group.resource.attributes, resource["resource"])
        for scope in resource["scopeLogs"]:
            records = group.scope_logs.add()
            records.scope.name = scope["scope"]["name"]
            for each in scope["logRecords"]:
                _put_log(records.log_records.add(), each)
    return request


def _metrics(export: Json) -> ExportMetricsServiceRequest:
    request = ExportMetricsServiceRequest()
    for resource in export["resourceMetrics"]:
        group = request.resource_metrics.add()
        _put(group.resource.attributes, resource["resource"])
        for metric in resource["scopeMetrics"][0]["metrics"]:
            target = group.scope_metrics.add().metrics.add(name=metric["name"])
            for point in metric["sum"]["dataPoints"]:
                target.sum.data_points.add(as_int=int(point["asInt"]))
    return request


def _put_span(target: Any, told: Json) -> None:
    target.trace_id, target.span_id = bytes.fromhex(told["traceId"]), bytes.fromhex(told["spanId"])
    target.parent_span_id, target.name = bytes.fromhex(told["parentSpanId"]), told["name"]
    target.start_time_unix_nano, target.end_time_unix_nano = (
        told["startTimeUnixNano"],
        told["endTimeUnixNano"],
    )
    _put(target.attributes, told["attributes"])
    if told["status"]:
        target.status.code, target.status.message = (
            told["status"]["code"],
            told["status"].get("message", ""),
        )
    for event in told["events"]:
        _put(target.events.add(name=event["name"]).attributes, event["attributes"])


def _put_log(target: Any, told: Json) -> None:
    target.time_unix_nano = told.get("timeUnixNano", 0)
    target.observed_time_unix_nano = told.get("observedTimeUnixNano", 0)
    target.event_name = told.get("eventName", "")
    target.trace_id, target.span_id = (
        bytes.fromhex(told.get("traceId", "")),
        bytes.fromhex(told.get("spanId", "")),
    )
    fill(target.body, told["body"])
    _put(target.attributes, told["attributes"])


def _put(target: Any, attributes: Mapping[str, Any]) -> None:
    for key, value in attributes.items():
        fill(target.add(key=key).value, value)


def fill(target: AnyValue, value: Any) -> None:
    match value:
        case bool():
            target.bool_value = value
        case int():
            target.int_value = value
        case float():
            target.double_value = value
        case str():
            target.string_value = value
        case list():
            target.array_value.SetInParent()
            for item in value:
                fill(target.array_value.values.add(), item)
        case dict():
            target.kvlist_value.SetInParent()
            _put(target.kvlist_value.values, value)


def mapped(export: Json, encode: Any = as_protobuf) -> DraftBatch:
    """What becomes of an export of traces or logs."""
    signal = Signal.TRACES if "resourceSpans" in export else Signal.LOGS
    return read((signal,), encode(export), JSON if encode is as_json else PROTOBUF)


def read(signals: Sequence[Signal], body: bytes, media: str) -> DraftBatch:
    """What becomes of a body."""
    export = decode(signals, media, body)
    spans, records = span_drafts(export.spans, BOUNDS), log_drafts(export.logs, BOUNDS)
    for left in spans.left.values():
        if not left.is_sum:
            spans.rejects.add_leftover(left)
    rejects = spans.rejects if spans.rejects.message else records.rejects
    return DraftBatch(spans.drafts + records.drafts, rejects, left=spans.left)
