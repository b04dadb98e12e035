"""Protobuf exports, through the generated classes of opentelemetry-proto.

The classes are loaded with the first export: they would cost every start of a function that never
sees one.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from chalicelib.otlp.forms import (
    Attributes,
    Export,
    Log,
    Resource,
    Scope,
    Signal,
    Span,
    SpanEvent,
    check_number,
    is_usage_metric,
    unreadable,
)
from chalicelib.otlp.protomend import mend_texts
from chalicelib.otlp.rules import BROKEN, Reading
from chalicelib.otlp.spanwire import AttributeReadings, Message, traces_class

_FAILED = 2
_TRACE_ID, _SPAN_ID = 16, 8
"""Bytes."""
_NO_TRACE, _NO_SPAN = bytes(_TRACE_ID), bytes(_SPAN_ID)


@lru_cache(maxsize=3)
def _request(signal: Signal) -> Message:
    if signal is Signal.TRACES:
        return traces_class()
    if signal is Signal.LOGS:
        from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

        return ExportLogsServiceRequest
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
        ExportMetricsServiceRequest,
    )

    return ExportMetricsServiceRequest


def from_protobuf(signal: Signal, body: bytes) -> Export:
    """An export of one signal. Raises Invalid when it cannot be read, TooLarge when it has too many
    records."""
    # It comes without types.
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        return _READERS[signal](_request(signal).FromString(body))
    except DecodeError:
        pass
    try:
        return _READERS[signal](_request(signal).FromString(mend_texts(signal, body)))
    except DecodeError as error:
        problem = f"the body is no protobuf export of {signal}, or nests more than 45 values"
        raise unreadable(problem) from error


def any_signal(body: bytes) -> Export:
    """An export whose signal nobody tells. The three messages have the same outer shape and
    protobuf skips what it does not know, so what counts is whether the records look like
    records."""
    if not body:
        return Export()
    for signal in Signal:
        message = _parse(signal, body)
        if message is not None and _looks_right(signal, message):
            return from_protobuf(signal, body)
    raise unreadable("the body is no protobuf export, or nests more than 45 values")


def _parse(signal: Signal, body: bytes) -> Message | None:
    """The message; None when the body is none."""
    from google.protobuf.message import DecodeError

    try:
        return _request(signal).FromString(body)
    except DecodeError:
        pass
    try:
        return _request(signal).FromString(mend_texts(signal, body))
    except DecodeError:
        return None


def _looks_right(signal: Signal, message: Message) -> bool:
    if signal is Signal.TRACES:
        spans = [
            span
            for group in message.resource_spans
            for scope in group.scope_spans
            for span in scope.spans
        ]
        return bool(spans) and all(
            len(span.trace_id) == _TRACE_ID
            and len(span.span_id) == _SPAN_ID
            and span.start_time_unix_nano
            for span in spans
        )
    if signal is Signal.LOGS:
        logs = [
            log
            for group in message.resource_logs
            for scope in group.scope_logs
            for log in scope.log_records
        ]
        return bool(logs) and all(log.time_unix_nano or log.observed_time_unix_nano for log in logs)
    return any(scope.metrics for group in message.resource_metrics for scope in group.scope_metrics)


def _traces(message: Message) -> Export:
    groups = message.resource_spans
    check_number(sum(len(scope.spans) for group in groups for scope in group.scope_spans))
    read = AttributeReadings(_any).__getitem__
    return Export(spans=[_span_resource(group, read) for group in groups])


def _span_resource(group: Message, read: Callable[[bytes], Reading]) -> Resource[Span]:
    scopes = []
    for scope in group.scope_spans:
        spans = [_span(span, read) for span in scope.spans]
        scopes.append(Scope(scope.scope.name, spans))
    return Resource(_attributes(group.resource.attributes), scopes)


def _span(span: Message, read: Callable[[bytes], Reading]) -> Span:
    status, events = span.status, span.events
    failed = status.code == _FAILED
    return Span(
        trace_id=_hex(span.trace_id, _NO_TRACE),
        span_id=_hex(span.span_id, _NO_SPAN),
        parent_id=_hex(span.parent_span_id, _NO_SPAN),
        name=span.name,
        start=span.start_time_unix_nano,
        end=span.end_time_unix_nano,
        failed=failed,
        message=status.message if failed else "",
        # Taken out as one list: protobuf hands them out singly at twice the time.
        readings=list(map(read, span.attributes[:])),
        events=list(map(_event, events)) if events else (),
    )


def _event(event: Message) -> SpanEvent:
    return SpanEvent(event.name, _attributes(event.attributes))


def _logs(message: Message) -> Export:
    groups = message.resource_logs
    check_number(sum(len(scope.log_records) for group in groups for scope in group.scope_logs))
    return Export(logs=[_log_resource(group) for group in groups])


def _log_resource(group: Message) -> Resource[Log]:
    scopes = []
    for scope in group.scope_logs:
        records = [_log(log) for log in scope.log_records]
        scopes.append(Scope(scope.scope.name, records))
    return Resource(_attributes(group.resource.attributes), scopes)


def _log(log: Message) -> Log:
    return Log(
        time=log.time_unix_nano,
        observed=log.observed_time_unix_nano,
        event_name=log.event_name,
        body=_body(log.body),
        trace_id=_hex(log.trace_id, _NO_TRACE),
        span_id=_hex(log.span_id, _NO_SPAN),
        attributes=_attributes(log.attributes, _any),
    )


def _metrics(message: Message) -> Export:
    points = usage_points = 0
    resources: list[Resource[None]] = []
    for group in message.resource_metrics:
        resources.append(Resource(_attributes(group.resource.attributes), []))
        for scope in group.scope_metrics:
            points += sum(map(_points, scope.metrics))
            told = [metric for metric in scope.metrics if is_usage_metric(metric.name)]
            usage_points += sum(map(_points, told))
    check_number(points)
    return Export(metrics=resources, points=points, usage_points=usage_points)


def _points(metric: Message) -> int:
    """How many points a metric has."""
    return sum(len(data.data_points) for _, data in metric.ListFields() if _has_points(data))


def _has_points(data: Message) -> bool:
    """Whether a field of a metric is its data, not its name or unit."""
    return hasattr(data, "data_points")


def _hex(identity: bytes, none: bytes) -> str:
    return "" if identity == none else identity.hex()


def _body(held: Message) -> Any:  # noqa: ANN401 - any value
    """What a record says beside its attributes, which may stand in it."""
    if held.HasField("kvlist_value"):
        return _attributes(held.kvlist_value.values, _any)
    return _value(held)


def _attributes(
    pairs: Iterable[Message], read: Callable[[Message], Any] | None = None
) -> Attributes:
    """Nearly all values are texts: asking for the text first spares asking for the kind."""
    read = read or _value
    found: Attributes = {}
    for pair in pairs:
        held = pair.value
        value = held.string_value or read(held)
        if value is not None:
            found[pair.key] = value
    return found


def _any(held: Message) -> Any:  # noqa: ANN401 - any value
    """A value of any kind; BROKEN for bytes, which only whoever reads it needs to mind."""
    return BROKEN if held.WhichOneof("value") == "bytes_value" else _value(held)


def _value(held: Message) -> Any:  # noqa: ANN401 - any value
    kind = held.WhichOneof("value")
    if kind in _SCALARS:
        return getattr(held, kind)
    if kind == "array_value":
        return [_value(item) for item in held.array_value.values]
    return _attributes(held.kvlist_value.values) if kind == "kvlist_value" else None


_SCALARS = frozenset(("string_value", "int_value", "double_value", "bool_value"))
_READERS = {Signal.TRACES: _traces, Signal.LOGS: _logs, Signal.METRICS: _metrics}
