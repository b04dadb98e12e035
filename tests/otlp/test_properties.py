"""What holds for every export."""

import json
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from chalicelib.kit.errors import MeterlakeError
from chalicelib.kit.http.bodies import JSON, PROTOBUF
from chalicelib.lake.tables import TRACE_SPANS
from chalicelib.otlp import protobuf
from chalicelib.otlp.assistants import CALL
from chalicelib.otlp.cleaning import MOST
from chalicelib.otlp.decode import decode, key_of
from chalicelib.otlp.forms import Signal
from chalicelib.otlp.rules import read_attribute
from chalicelib.otlp.spanwire import AttributeReadings
from chalicelib.otlp.tools import RULES
from chalicelib.otlp.vocabulary import GENAI
from tests.conftest import NOON
from tests.otlp.exports import (
    NANOS,
    as_json,
    as_protobuf,
    fill,
    log,
    logs,
    mapped,
    read,
    span,
    traces,
)

ALL = tuple(Signal)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=40)
SCALAR = st.one_of(
    st.none(),
    TEXT,
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 5_000),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["chat", "embeddings", "invoke_agent", "execute_tool", "openai", "stop", "12", "-1", ""]
    ),
)
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=2)
)


def attributes(*tables: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Attributes of any values under keys of some tables, and under others."""
    known = [
        *sorted({key for table in tables for key in table}),
        "gen_ai.prompt.0.content",
        "gen_ai.prompt.x",
        "other",
    ]
    return st.dictionaries(st.sampled_from(known), VALUE, max_size=12)


INSTANT = st.one_of(st.integers(0, 2**64 - 1), st.integers((NOON - 10**9) * NANOS, NOON * NANOS))
SPANS = st.builds(
    lambda told, made, number, parent, start, end, code, events: span(
        number,
        told | made,
        parentSpanId=f"{parent:016x}",
        startTimeUnixNano=start,
        endTimeUnixNano=end,
        status={"code": code, "message": "m"},
        events=events,
    ),
    st.sampled_from([span()["attributes"], {}]),
    attributes(GENAI),
    st.integers(1, 9),
    st.integers(0, 9),
    INSTANT,
    INSTANT,
    st.sampled_from([0, 2]),
    st.lists(
        st.fixed_dictionaries(
            {"name": st.sampled_from(["gen_ai.choice", "x"]), "attributes": attributes(GENAI)}
        ),
        max_size=2,
    ),
)
LOGS = st.builds(
    lambda told, made, body, time, observed: log(
        told | made, body, timeUnixNano=time, observedTimeUnixNano=observed
    ),
    st.sampled_from([{"model": "m", "input_tokens": 5}, {}]),
    attributes(CALL, RULES, GENAI),
    st.sampled_from(["claude_code.api_request", "tool.call", "codex.sse_event", "x"]) | VALUE,
    INSTANT,
    INSTANT,
)
RESOURCE = st.dictionaries(
    st.sampled_from(
        ["service.name", "gen_ai.system", "organization.name", "user.email", "cost_multiplier", "x"]
    ),
    st.sampled_from(["claude-code", "app"]) | VALUE,
    max_size=4,
)
EXPORTS = st.one_of(
    st.builds(
        lambda spans, resource: traces(*spans, resource=resource),
        st.lists(SPANS, max_size=5),
        RESOURCE,
    ),
    st.builds(
        lambda records, resource, scope: logs(*records, resource=resource, scope=scope),
        st.lists(LOGS, max_size=4),
        RESOURCE,
        st.sampled_from(["test", "tool_metering"]),
    ),
)


def told(result: Any) -> Any:
    return [repr(draft) for draft in result.drafts], result.rejects.message


@given(EXPORTS)
def test_both_encodings_give_the_same_drafts(export: dict[str, Any]) -> None:
    assert told(mapped(export, as_protobuf)) == told(mapped(export, as_json))


@given(
    st.lists(SPANS, max_size=6, unique_by=lambda each: each["spanId"]),
    st.randoms(use_true_random=False),
)
def test_the_order_of_spans_does_not_matter(spans: list[dict[str, Any]], random: Any) -> None:
    before = mapped(traces(*spans))
    random.shuffle(spans)
    after = mapped(traces(*spans))
    assert sorted(map(repr, before.drafts)) == sorted(map(repr, after.drafts))
    assert before.rejects.number == after.rejects.number


def by_protobuf(raw: bytes) -> Any:
    """What an attribute says, read by the generated class alone; None when it is none."""
    try:
        pair = KeyValue.FromString(raw)
    except DecodeError:
        return None
    return read_attribute(GENAI, pair.key, protobuf._value(pair.value))


@st.composite
def raw_attributes(draw: Any) -> bytes:
    """An attribute off the wire: whole, damaged, written twice into one, or in parts."""
    key = draw(st.sampled_from(["gen_ai.usage.input_tokens", "gen_ai.response.id", "a", ""]))
    pair = KeyValue(key=key)
    if draw(st.booleans()):
        fill(pair.value, draw(VALUE | st.integers(0, 2**23)))
    raw = bytearray(pair.SerializeToString())
    if raw and draw(st.booleans()):
        raw[draw(st.integers(0, len(raw) - 1))] = draw(st.integers(0, 255))
    return bytes(raw) + (bytes(raw) if draw(st.integers(0, 9)) == 0 else b"")


@given(st.lists(raw_attributes(), max_size=8))
def test_the_short_way_through_an_attribute_ends_where_the_long_one_does(raws: list[bytes]) -> None:
    readings = AttributeReadings(protobuf._value)
    for raw in raws:
        expected = by_protobuf(raw)
        if expected is None:
            with pytest.raises(DecodeError):
                readings[raw]
        else:
            assert readings[raw] == expected


@given(EXPORTS)
def test_a_repeated_batch_gives_the_same_events(export: dict[str, Any]) -> None:
    first, second = (
        [(made.kind, made.identity, made.row) for made in mapped(export).drafts] for _ in range(2)
    )
    assert first == second


@given(EXPORTS)
def test_drafts_keep_their_promises(export: dict[str, Any]) -> None:
    for made in mapped(export).drafts:
        assert made.identity
        assert made.row.keys() <= made.table.columns.keys()
        assert all(
            0 <= value <= 6 * MOST for name, value in made.row.items() if name.endswith("tokens")
        )
        assert made.row["channel"] == "OTLP"
        assert "kind" in made.row or made.table is not TRACE_SPANS
        json.dumps({"row": made.row, "extras": made.extras}, default=str, allow_nan=False).encode()


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                "resourceSpans resourceLogs resourceMetrics resource attributes scopeSpans "
                "scopeLogs scopeMetrics "
                "scope spans logRecords metrics sum dataPoints key value stringValue intValue "
                "doubleValue arrayValue "
                "kvlistValue values traceId spanId startTimeUnixNano timeUnixNano body name "
                "status code events".split()
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=40,
)


def survives(body: bytes, media: str) -> None:
    for signals in (*((signal,) for signal in Signal), ALL):
        try:
            key_of(decode(signals, media, body))
            read(signals, body, media)
        except MeterlakeError:
            continue


@given(JUNK)
def test_no_json_breaks_us(junk: Any) -> None:
    survives(json.dumps(junk).encode(), JSON)


@given(st.binary(max_size=200))
def test_no_bytes_break_us(junk: bytes) -> None:
    survives(junk, PROTOBUF)
    survives(junk, JSON)


@given(EXPORTS, st.data())
def test_no_damaged_export_breaks_us(export: dict[str, Any], data: Any) -> None:
    body = bytearray(as_protobuf(export))
    for place in data.draw(st.lists(st.integers(0, max(0, len(body) - 1)), max_size=5)):
        if body:
            body[place] = data.draw(st.integers(0, 255))
    survives(bytes(body), PROTOBUF)
