"""Bytes to exports: protobuf and JSON, and what is refused."""

import base64
import json
from typing import Any

import pytest

from chalicelib.kit.errors import Invalid, TooLarge, Unauthorized
from chalicelib.kit.http.bodies import JSON, PROTOBUF
from chalicelib.otlp.decode import decode, key_of
from chalicelib.otlp.forms import MOST_RECORDS, Signal
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
        b'{"resourceSpans": [{"resource": {"attributes": [{"key": 1}]}}]}',
        b'{"resourceSpans": NaN}',
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
        {"attributes": [{"key": "a", "value": 1}]},
        {"events": [{"attributes": 1}]},
        *(
            {"attributes": [{"key": "a", "value": {kind: value}}]}
            for kind, value in (
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
            )
        ),
    ],
)
def test_malformed_members_are_refused(told: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        spans_of(told)


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


def test_a_damaged_attribute_is_refused() -> None:
    body = as_protobuf(traces(span(1, {"gen_ai.system": "openai"})))
    assert body.count(b"openai") == 1
    with pytest.raises(Invalid):
        decode((Signal.TRACES,), PROTOBUF, body.replace(b"openai", b"op\xff\xffai"))


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
