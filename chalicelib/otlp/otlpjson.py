"""JSON exports. Our own decoder: protobuf's JSON mapping reads ids as base64, OTLP writes them as
hex."""

import binascii
from base64 import b64decode
from collections.abc import Callable, Container, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from pydantic_core import from_json

from chalicelib.kit.errors import Invalid
from chalicelib.kit.jsontext import mend
from chalicelib.otlp.forms import (
    Attributes,
    Export,
    Log,
    Record,
    Resource,
    Scope,
    Signal,
    Span,
    SpanEvent,
    UnreadRecord,
    check_number,
    is_usage_metric,
    unreadable,
)
from chalicelib.otlp.rules import BROKEN, Reading, read_attribute
from chalicelib.otlp.vocabulary import GENAI

Json = dict[str, Any]
_MEMBERS = {
    Signal.TRACES: "resourceSpans",
    Signal.LOGS: "resourceLogs",
    Signal.METRICS: "resourceMetrics",
}
_FAILED = (2, "STATUS_CODE_ERROR")
_MOST_INTEGER = 2**63 - 1
_MOST_NANOS = 2**64 - 1
_BASE64 = {24: 16, 12: 8}
"""Characters → bytes: what protobuf's own mapping writes."""
_MOST_DIGITS = 20


def from_otlp_json(body: bytes, signals: Container[Signal]) -> Export:
    """An export of some signals; others in the same body are ignored, as unknown members are.

    Raises Invalid when it cannot be read, TooLarge when it has too many records.
    """
    try:
        root = _read(body)
    except ValueError as error:
        raise unreadable(f"the body is no JSON: {error}") from error
    if not isinstance(root, dict):
        raise unreadable("the body is no JSON object")
    asked = {member: root.get(member) for signal, member in _MEMBERS.items() if signal in signals}
    metrics = _metrics(asked)
    spans = _resources(asked, _SPANS, partial(_span, _TextReadings()))
    logs = _resources(asked, _LOGS, _log)
    records = sum(resource.number() for resource in spans)
    check_number(records + sum(resource.number() for resource in logs))
    return metrics._replace(spans=spans, logs=logs)


def _read(body: bytes) -> Any:  # noqa: ANN401 - JSON is any value
    """The JSON of a body; one that is nearly JSON is mended. Raises ValueError."""
    try:
        return from_json(body)
    except ValueError:
        return from_json(mend(body))


class _Members(NamedTuple):
    """The members that hold the resources of a signal, their scopes and the records of these."""

    resources: str
    scopes: str
    records: str


_SPANS = _Members("resourceSpans", "scopeSpans", "spans")
_LOGS = _Members("resourceLogs", "scopeLogs", "logRecords")


def _resources(
    root: Json, members: _Members, read: Callable[[Json], Record]
) -> list[Resource[Record]]:
    resources: list[Resource[Record]] = []
    for group in _objects(root, members.resources):
        scopes: list[Scope[Record]] = []
        for scope in _objects(group, members.scopes):
            name = _text(_object(scope, "scope"), "name")
            scopes.append(Scope(name, _records(scope, members.records, read)))
        resources.append(Resource(_resource_attributes(group), scopes))
    return resources


def _records(
    scope: Json, member: str, read: Callable[[Json], Record]
) -> list[Record | UnreadRecord]:
    """The records of a scope; one that cannot be read costs no other."""
    records: list[Record | UnreadRecord] = []
    for item in _list_of(scope, member):
        try:
            records.append(read(item) if isinstance(item, dict) else UnreadRecord("no object"))
        except Invalid as error:
            records.append(UnreadRecord(error.message))
    return records


def _resource_attributes(group: Json) -> Attributes:
    return _attributes(_list_of(_object(group, "resource"), "attributes"))


class _TextReadings(dict[tuple[str, str], Reading]):
    """What an attribute with a text says, by its key and text: spans repeat most of theirs. For one
    request: what clients send is not kept beyond it."""

    def __missing__(self, pair: tuple[str, str]) -> Reading:
        reading = self[pair] = read_attribute(GENAI, *pair)
        return reading


def _readings(pairs: Iterable[tuple[str, Any]], texts: _TextReadings) -> Iterator[Reading]:
    for pair in pairs:
        if pair[1].__class__ is str:
            yield texts[pair]
        else:
            yield read_attribute(GENAI, *pair)


def _span(texts: _TextReadings, span: Json) -> Span:
    status = _object(span, "status")
    pairs = _pairs(_list_of(span, "attributes"))
    return Span(
        trace_id=_hex(span, "traceId"),
        span_id=_hex(span, "spanId"),
        parent_id=_hex(span, "parentSpanId"),
        name=_text(span, "name"),
        start=_nanos(span, "startTimeUnixNano"),
        end=_nanos(span, "endTimeUnixNano"),
        failed=status.get("code") in _FAILED,
        message=_text(status, "message"),
        readings=list(_readings(pairs, texts)),
        events=list(map(_event, _readable(span, "events"))),
    )


def _event(event: Json) -> SpanEvent:
    return SpanEvent(_text(event, "name"), _sound(_list_of(event, "attributes")))


def _log(log: Json) -> Log:
    return Log(
        time=_nanos(log, "timeUnixNano"),
        observed=_nanos(log, "observedTimeUnixNano"),
        event_name=_text(log, "eventName"),
        body=_body(log),
        trace_id=_hex(log, "traceId"),
        span_id=_hex(log, "spanId"),
        attributes=_attributes(_list_of(log, "attributes")),
    )


def _body(log: Json) -> Any:  # noqa: ANN401 - any value
    """What a record says beside its attributes, which may stand in it."""
    held = _object(log, "body")
    inner = held.get("kvlistValue")
    if isinstance(inner, dict):
        return _attributes(_list_of(inner, "values"))
    return _value(held)


def _metrics(root: Json) -> Export:
    """The resources of metrics, how many points they have, and how many of these tell of usage.
    Raises TooLarge."""
    points = usage_points = 0
    resources: list[Resource[None]] = []
    for group in _objects(root, "resourceMetrics"):
        resources.append(Resource(_resource_attributes(group), []))
        for scope in _objects(group, "scopeMetrics"):
            metrics = _objects(scope, "metrics")
            points += sum(map(_points, metrics))
            usage_points += sum(_points(each) for each in metrics if _is_usage_metric(each))
    check_number(points)
    return Export(metrics=resources, points=points, usage_points=usage_points)


def _is_usage_metric(metric: Json) -> bool:
    name = metric.get("name")
    return isinstance(name, str) and is_usage_metric(name)


def _points(metric: Json) -> int:
    """How many points a metric has, whatever its kind."""
    return sum(len(_objects(data, "dataPoints")) for data in metric.values() if _is_data(data))


def _is_data(data: Any) -> bool:  # noqa: ANN401 - any member of a metric
    return isinstance(data, dict)


def _readable(holder: Json, member: str) -> list[Json]:
    """The objects of a list; what stands among them and is none is left out."""
    return [item for item in _list_of(holder, member) if isinstance(item, dict)]


def _objects(holder: Json, member: str) -> list[Json]:
    """The objects of a list; nulls are left out."""
    items = [item for item in _list_of(holder, member) if item is not None]
    if not all(isinstance(item, dict) for item in items):
        raise unreadable(f"{member} is no list of objects")
    return items


def _list_of(holder: Json, member: str) -> list[Any]:
    value = holder.get(member)
    if value is None:
        return []
    if not isinstance(value, list):
        raise unreadable(f"{member} is no list of objects")
    return value


def _object(holder: Json, member: str) -> Json:
    value = holder.get(member)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise unreadable(f"{member} is no object")
    return value


def _text(holder: Json, member: str) -> str:
    value = holder.get(member)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise unreadable(f"{member} is no text")
    return value


def _nanos(holder: Json, member: str) -> int:
    return _integer(holder.get(member) or 0, member, 0, _MOST_NANOS)


def _integer(value: Any, member: str, least: int, most: int) -> int:  # noqa: ANN401 - any value
    """A 64-bit integer, as a number or, as JSON of protobuf has it, as a text."""
    if value.__class__ is str:
        # Not one that is too long to be one of 64 bits.
        if len(value) <= _MOST_DIGITS and value.removeprefix("-").isdecimal():
            value = int(value)
    elif value.__class__ is float and value.is_integer():
        value = int(value)
    if value.__class__ is not int or not least <= value <= most:
        raise unreadable(f"{member} is no 64-bit integer")
    return int(value)


def _hex(holder: Json, member: str) -> str:
    """An id; all zeros are none."""
    text = _text(holder, member)
    try:
        if text.endswith("=") and len(text) in _BASE64:
            identity = b64decode(text)
        else:
            identity = bytes.fromhex(text)
    except (ValueError, binascii.Error) as error:
        raise unreadable(f"{member} is not hexadecimal") from error
    return identity.hex() if any(identity) else ""


def _attributes(pairs: Iterable[Any]) -> Attributes:
    return {key: value for key, value in _pairs(pairs) if value is not None}


def _sound(pairs: Iterable[Any]) -> Attributes:
    """Those that can be read: what nobody minds one by one."""
    return {key: value for key, value in _attributes(pairs).items() if value is not BROKEN}


def _pairs(pairs: Iterable[Any]) -> list[tuple[str, Any]]:
    """Keys and values; what has no text for a key is left out. Nearly all values are texts: any
    other is read with more care."""
    found: list[tuple[str, Any]] = []
    for pair in pairs:
        if pair.__class__ is not dict or pair.get("key").__class__ is not str:
            continue
        held = pair.get("value")
        text = held.get("stringValue") if held.__class__ is dict else None
        is_text = text.__class__ is str and text != ""
        found.append((pair["key"], text if is_text else _any(held)))
    return found


def _any(held: Any) -> Any:  # noqa: ANN401 - any value
    """A value of any kind; BROKEN for one that is not what it says to be, and for bytes: only
    whoever reads it needs to mind."""
    if held is None:
        return None
    try:
        return _value(held) if held.__class__ is dict and "bytesValue" not in held else BROKEN
    except Invalid:
        return BROKEN


def _value(held: Json) -> Any:  # noqa: ANN401 - any value
    """The value of the first member that is one; unknown members are ignored, bytes are left
    out."""
    for kind, value in held.items():
        if kind in _KINDS and value is not None:
            return _KINDS[kind](value)
    return None


def _plain_text(value: Any) -> str:  # noqa: ANN401
    if not isinstance(value, str):
        raise unreadable("stringValue is no text")
    return value


def _flag(value: Any) -> bool:  # noqa: ANN401
    if not isinstance(value, bool):
        raise unreadable("boolValue is neither true nor false")
    return value


def _real(value: Any) -> float:  # noqa: ANN401
    """A number, or one of the texts that stand for what JSON has no number for."""
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            return float(value)
        except (ValueError, OverflowError) as error:
            raise unreadable("doubleValue is no number") from error
    raise unreadable("doubleValue is no number")


def _whole(value: Any) -> int:  # noqa: ANN401
    return _integer(value, "intValue", -_MOST_INTEGER - 1, _MOST_INTEGER)


def _list(value: Any) -> list[Any]:  # noqa: ANN401
    items = _list_of(_object({"arrayValue": value}, "arrayValue"), "values")
    return [_value(item) if isinstance(item, dict) else None for item in items]


def _map(value: Any) -> Attributes:  # noqa: ANN401
    return _sound(_list_of(_object({"kvlistValue": value}, "kvlistValue"), "values"))


_KINDS: dict[str, Callable[[Any], Any]] = {
    "stringValue": _plain_text,
    "intValue": _whole,
    "boolValue": _flag,
    "doubleValue": _real,
    "arrayValue": _list,
    "kvlistValue": _map,
}
