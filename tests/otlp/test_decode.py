"""Bytes to exports: protobuf and JSON, and what is refused."""

import base64
import json
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from chalicelib.kit.errors import Invalid, TooLarge, Unauthorized
from chalicelib.kit.http.bodies import JSON, PROTOBUF
from chalicelib.otlp.decode import decode, key_of
from chalicelib.otlp.forms import MOST_RECORDS, Signal, UnreadRecord
from tests.otlp.exports import TRACE, as_json, as_protobuf, log, logs, metrics, read, span, traces

ALL = tuple(Signal)


def spans_of(told: dict[str, Any]) -> Any:
    """The first span of a JSON export with one span of these members."""
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [told]}]}]}).encode()
    return decode((Signal.TRACES,), JSON, body).spans[0].scopes[0].records[0]


@pytest.mark.parametrize(
    "trace_id",
    [TRACE, TRACE.upper(), base64.b64encode(bytes.fromhex(TRACE)).decode()],
    ids=["hex", "upper", "base64"],
)
def test_ids_are_hex_and_base64_is_tolerated(trace_id: str) -> None:
    told = spans_of({"traceId": trace_id, "spanId": "9ayhFPcp3uI=", "parentSpanId": "0" * 16})
    assert (told.trace_id, told.span_id, told.parent_id) == (TRACE, "f5aca114f729dee2", "")


@pytest.mark.parametrize("instant", [17, "17", 17.0])
@pytest.mark.parametrize("code", [2, "STATUS_CODE_ERROR"])
def test_numbers_may_be_texts_and_enumerations_names(instant: Any, code: Any) -> None:
    told = spans_of(
        {
            "startTimeUnixNano": instant,
            "status": {"code": code, "message": "no"},
            "kind": "x",
            "new": {},
        }
    )
    assert (told.start, told.end, told.failed, told.message) == (17, 0, True, "no")


def test_snake_case_is_unknown_and_ignored() -> None:
    told = spans_of(
        {"trace_id": TRACE, "start_time_unix_nano": "x", "name": None, "attributes": None}
    )
    assert (told.trace_id, told.start, told.name, told.readings) == ("", 0, "", [])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"1",
        b'"x"',
        b"\xff",
        b'{"resourceSpans": 1}',
        b'{"resourceSpans": [1]}',
        b'{"resourceSpans": [{"resource": []}]}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": {}}]}]}',
        b"[" * 9_999,
        b'{"resourceSpans": NaN}',
        b'{"resourceSpans": 1e400}',
    ],
)
def test_unreadable_json_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        decode((Signal.TRACES,), JSON, body)


@pytest.mark.parametrize(
    "told",
    [
        {"traceId": "xyz"},
        {"traceId": 7},
        {"spanId": "===="},
        {"name": []},
        {"startTimeUnixNano": -1},
        {"startTimeUnixNano": "1e9"},
        {"endTimeUnixNano": 2**64},
        {"endTimeUnixNano": True},
        {"status": 2},
        {"attributes": {}},
        {"events": [{"attributes": 1}]},
    ],
)
def test_a_malformed_record_is_refused_alone(told: dict[str, Any]) -> None:
    assert isinstance(spans_of(told), UnreadRecord)
    good = json.loads(as_json(traces(span(1), span(2))))
    good["resourceSpans"][0]["scopeSpans"][0]["spans"][0] |= told
    result = read((Signal.TRACES,), json.dumps(good).encode(), JSON)
    assert [made.identity for made in result.drafts] == [f"{2:016x}"]
    assert result.rejects.message.startswith("spans[0]: ")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("stringValue", 1),
        ("intValue", "x"),
        ("intValue", 2**63),
        ("intValue", "9" * 5000),
        ("boolValue", "true"),
        ("doubleValue", "x"),
        ("doubleValue", []),
        ("arrayValue", []),
        ("arrayValue", {"values": [1]}),
        ("kvlistValue", {"values": [{"key": 1}]}),
        ("doubleValue", 10**400),
    ],
)
def test_a_malformed_value_matters_to_its_reader_alone(kind: str, value: Any) -> None:
    for key, number in (
        ("a", 1),
        ("gen_ai.response.id", 1),
        ("gen_ai.usage.cache_read.input_tokens", 0),
    ):
        export = json.loads(as_json(traces(span(1))))
        (told,) = export["resourceSpans"][0]["scopeSpans"][0]["spans"]
        told["attributes"].append({"key": key, "value": {kind: value}})
        result = read((Signal.TRACES,), json.dumps(export).encode(), JSON)
        assert len(result.drafts) == number
        assert result.rejects.number == 1 - number


HALF = "cut \ud83d"


@pytest.mark.parametrize("key", ["app.note", "gen_ai.response.id", "gen_ai.input.messages"])
def test_half_a_character_costs_nothing(key: str) -> None:
    half = traces(span(1), span(2, span()["attributes"] | {key: "cut @"}))
    escaped = as_json(half).replace(b"cut @", rb"cut \ud83d")
    raw = as_json(half).replace(b"cut @", HALF.encode("utf-8", "surrogatepass"))
    packed = as_protobuf(half).replace(b"cut @", b"cut \xff")
    for body, media in ((escaped, JSON), (raw, JSON), (packed, PROTOBUF)):
        assert len(read((Signal.TRACES,), body, media).drafts) == 2


@pytest.mark.parametrize("signals", [(Signal.LOGS,), tuple(Signal)])
def test_texts_of_logs_that_are_not_utf_8_are_mended(signals: tuple[Signal, ...]) -> None:
    body = as_protobuf(logs(log({"model": "m", "note": "@@@@"})))
    export = decode(signals, PROTOBUF, body.replace(b"@@@@", b"\xed\xa0\xbd@"))
    assert export.logs[0].scopes[0].records[0].attributes["note"].endswith("@")


def test_what_is_nearly_json_is_read() -> None:
    body = b"\xef\xbb\xbf" + as_json(traces(span(1)))
    assert len(read((Signal.TRACES,), body, JSON).drafts) == 1


@pytest.mark.parametrize("signal", Signal)
@pytest.mark.parametrize(
    "body", [b"\x0a\x05ab", b"\xff\xff\xff", b"\x0a\x02\x0a\x09", b"plain text"]
)
def test_unreadable_protobuf_is_refused(signal: Signal, body: bytes) -> None:
    with pytest.raises(Invalid):
        decode((signal,), PROTOBUF, body)
    with pytest.raises(Invalid):
        decode(ALL, PROTOBUF, body)


@pytest.mark.parametrize("export", [traces(span()), logs(log({"model": "m"})), metrics(3)])
def test_truncated_protobuf_is_refused(export: dict[str, Any]) -> None:
    signal = Signal(next(iter(export)).removeprefix("resource").lower().replace("spans", "traces"))
    body = as_protobuf(export)
    decode((signal,), PROTOBUF, body)
    for cut in (1, 5, len(body) // 2):
        with pytest.raises(Invalid):
            decode((signal,), PROTOBUF, body[:-cut])


def test_a_damaged_attribute_is_mended() -> None:
    body = as_protobuf(traces(span(1, {"gen_ai.system": "openai"})))
    assert body.count(b"openai") == 1
    export = decode((Signal.TRACES,), PROTOBUF, body.replace(b"openai", b"op\xff\xffai"))
    readings = export.spans[0].scopes[0].records[0].readings
    assert [value for _, _, value in readings] == ["op\ufffd\ufffdai"]


@pytest.mark.parametrize("encode", [as_protobuf, as_json])
def test_more_records_than_one_request_may_have_are_refused(encode: Any) -> None:
    media = JSON if encode is as_json else PROTOBUF
    for signal, export in (
        (Signal.TRACES, lambda number: traces(*[span(1, {})] * number)),
        (Signal.LOGS, lambda number: logs(*[log({})] * number)),
        (Signal.METRICS, metrics),
    ):
        decode((signal,), media, encode(export(MOST_RECORDS)))
        with pytest.raises(TooLarge, match="10000"):
            decode((signal,), media, encode(export(MOST_RECORDS + 1)))


def test_a_json_body_may_have_all_signals_at_once() -> None:
    claude = log({"model": "m", "input_tokens": 1})
    body = as_json(traces(span()) | logs(claude) | metrics(2))
    both = read(ALL, body, JSON)
    assert len(both.drafts) == 2
    assert decode(ALL, JSON, body).points == 2
    assert len(read((Signal.LOGS,), body, JSON).drafts) == 1
    assert (
        len(
            read(
                (Signal.TRACES,), body.replace(b'"resourceLogs": [', b'"resourceLogs": [7,'), JSON
            ).drafts
        )
        == 1
    )


@pytest.mark.parametrize(
    ("export", "part"),
    [
        (traces(span()), "spans"),
        (logs(log({"model": "m"}, "x" * 200, traceId=TRACE)), "logs"),
        (logs(log({"model": "m"}, {"a": 1})), "logs"),
        (metrics(2), "metrics"),
    ],
)
def test_a_protobuf_body_tells_its_signal_by_what_is_in_it(
    export: dict[str, Any], part: str
) -> None:
    decoded = decode(ALL, PROTOBUF, as_protobuf(export))
    assert [name for name in ("spans", "logs", "metrics") if getattr(decoded, name)] == [part]


def test_an_empty_export_is_one() -> None:
    for body, media in (
        (b"", PROTOBUF),
        (b"{}", JSON),
        (b'{"resourceSpans": null}', JSON),
        (b"{}", PROTOBUF),
    ):
        export = decode(ALL, media, body)
        assert (list(export.resources()), export.points) == ([], 0)


@pytest.mark.parametrize("encode", [as_protobuf, as_json])
def test_the_key_may_stand_in_a_resource(encode: Any) -> None:
    media = JSON if encode is as_json else PROTOBUF
    told = {"revenium.api_key": "hak_t_secret"}
    for signal, export in (
        (Signal.TRACES, traces(span(), resource=told)),
        (Signal.LOGS, logs(log({}), resource=told)),
        (Signal.METRICS, metrics(1, told)),
    ):
        assert key_of(decode((signal,), media, encode(export))) == "hak_t_secret"
        assert "secret" not in repr(read((signal,), encode(export), media).drafts)


def test_two_keys_in_one_request_are_none() -> None:
    both = logs(log({}), resource={"revenium.api_key": "a"})
    both["resourceLogs"] += logs(log({}), resource={"revenium.api_key": "b"})["resourceLogs"]
    with pytest.raises(Unauthorized):
        key_of(decode((Signal.LOGS,), JSON, as_json(both)))


@pytest.mark.parametrize(
    "stray",
    [
        None,
        7,
        "text",
        [],
        {},
        {"key": None, "value": None},
        {"key": 1, "value": {"stringValue": "x"}},
        {"key": "a", "value": None},
        {"key": "a", "value": {}},
        {"key": "a", "value": "x"},
        {"key": "a", "value": {"stringValue": None}},
        {"key": "a", "value": {"arrayValue": None}},
        {"key": "a", "value": {"arrayValue": {"values": [None, {}, 1]}}},
        {"key": "a", "value": {"kvlistValue": {"values": [None, {"key": "b", "value": None}]}}},
        {"key": "gen_ai.response.id", "value": {"kvlistValue": None}},
        {"key": "gen_ai.response.finish_reasons", "value": {"arrayValue": {"values": [None]}}},
        {"key": "gen_ai.usage.cache_read.input_tokens", "value": {"intValue": None}},
    ],
)
@pytest.mark.parametrize("place", ["span", "resource", "event"])
def test_what_is_no_attribute_is_left_out(stray: Any, place: str) -> None:
    export = json.loads(as_json(traces(span(1, events=[{"name": "e", "attributes": {}}]))))
    group = export["resourceSpans"][0]
    (told,) = group["scopeSpans"][0]["spans"]
    holder = {"span": told, "resource": group["resource"], "event": told["events"][0]}[place]
    holder["attributes"].insert(0, stray)
    told["events"].append(None)
    result = read((Signal.TRACES,), json.dumps(export).encode(), JSON)
    assert (len(result.drafts), result.rejects.number) == (1, 0)
    assert result.drafts[0].row["input_tokens"] == 1000


@pytest.mark.parametrize("stray", [None, {"key": 1}, {"key": "model", "value": None}])
def test_nulls_among_the_attributes_of_a_log_are_left_out(stray: Any) -> None:
    export = json.loads(as_json(logs(log({"model": "m"}))))
    (told,) = export["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    told["attributes"].insert(0, stray)
    export["resourceLogs"].append(None)
    read_log = decode((Signal.LOGS,), JSON, json.dumps(export).encode()).logs[0].scopes[0].records
    assert read_log[0].attributes == {"model": "m"}


def test_empty_values_of_protobuf_are_left_out() -> None:
    message = ExportTraceServiceRequest.FromString(as_protobuf(traces(span(1))))
    told = message.resource_spans[0].scope_spans[0].spans[0]
    told.attributes.add()
    told.attributes.add(key="gen_ai.usage.cache_read.input_tokens")
    told.attributes.add(key="gen_ai.response.finish_reasons").value.array_value.values.add()
    pair = told.attributes.add(key="gen_ai.response.id").value.kvlist_value.values.add()
    pair.key = "a"
    message.resource_spans[0].resource.attributes.add(key="service.name")
    result = read((Signal.TRACES,), message.SerializeToString(), PROTOBUF)
    assert (len(result.drafts), result.rejects.number) == (1, 0)
    assert "cache_read_tokens" not in result.drafts[0].row
