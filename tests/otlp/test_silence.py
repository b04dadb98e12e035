"""Nothing that was used is passed over in silence: whatever attribute tells of it, in whatever
record and in whatever figures, the record is a call, or the answer names it."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from chalicelib.kit.http.bodies import JSON, PROTOBUF
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.metering.rows import usage_of
from chalicelib.otlp.assistants import CALL
from chalicelib.otlp.dialects import COSTS, USAGE_PARTS
from chalicelib.otlp.forms import Signal
from chalicelib.otlp.rejects import DraftBatch
from chalicelib.otlp.rules import COUNTS, Rules
from chalicelib.otlp.targets import COST_VOCABULARY
from chalicelib.otlp.vocabulary import FAMILIES, GENAI
from chalicelib.pricing.rating import rate
from chalicelib.pricing.usage import PRICED, UNPRICED
from tests.otlp.exports import as_json, as_protobuf, log, logs, mapped, read, span, traces
from tests.pricing.pins import little_book

OBJECTS = ("usage_parts", "output_parts", "langfuse_usage")
"""Facts that hold several counts each."""


def usage_keys(rules: Rules) -> list[str]:
    """The attributes of a table that tell of used tokens or of a cost by one number."""
    return sorted(
        key
        for key, rule in rules.items()
        if (rule.slot == COUNTS and rule.member != "duration")
        or rule.member in ("searches", "cost_usd")
        or key in COST_VOCABULARY
    )


COUNT_KEYS = usage_keys(GENAI)
OBJECT_KEYS = sorted(key for key, rule in GENAI.items() if rule.member in OBJECTS)
UNKNOWN_KEYS = [
    *(f"{family}.something.else" for family in FAMILIES),
    *("acme.llm.prompt_tokens", "usage.total_tokens", "acme.model.cost", "llm.total_cost"),
    *("completion.cost", "llm.tokens.prompt", "gen_ai.tokens.input", "gen_ai.token_count.input"),
    *("ai.tokens.total", "tokens.input"),
]
NUMBERS = st.one_of(
    st.integers(1, 10**7),
    st.integers(1, 10**7).map(str),
    st.floats(0.001, 10**6),
    st.sampled_from([-3, "-3", -0.5, math.nan, math.inf, "1.5", "NaN", 10**15, [5], ["5", 1.5]]),
)
"""Values that tell of usage, well or badly."""
WRONG = st.sampled_from(["abc", "five", [], ["x"], {"a": "b"}, True]).filter(bool)
"""Values of other kinds, of an attribute that ought to hold a number."""
AROUND: list[dict[str, Any]] = [
    {},
    {"gen_ai.request.model": "gpt-4o-mini", "gen_ai.provider.name": "openai"},
    *(
        {"gen_ai.operation.name": operation, "gen_ai.provider.name": "openai"} | model
        for operation in ("chat", "embeddings", "invoke_agent", "execute_tool", "acme", "chain")
        for model in ({}, {"gen_ai.request.model": "gpt-4o-mini"})
    ),
    {"ai.operationId": "ai.generateText.doGenerate", "ai.model.id": "gpt-4o-mini"},
    {"langfuse.observation.type": "generation", "langfuse.observation.model.name": "gpt-4o-mini"},
    {"openinference.span.kind": "CHAIN"},
]
ENCODINGS = st.sampled_from([as_json, as_protobuf])


def is_told(result: DraftBatch) -> bool:
    """Whether a record is a call, or something is said of it; of spans that sum up calls, once it
    is known that none has come."""
    is_call = any(draft.table is AI_EVENTS for draft in result.drafts)
    return is_call or bool(result.rejects.message) or bool(result.left)


def never_free(result: DraftBatch) -> None:
    """What tells of usage has a cost, or an unknown one."""
    for draft in result.drafts:
        if draft.table is AI_EVENTS:
            cost = rate(usage_of({"kind": draft.kind, **draft.row}, draft.extras), little_book())
            assert cost.cost != 0 or cost.status is not PRICED, draft.row


def told_in_all_records(attributes: dict[str, Any], encode: Any) -> None:
    """A span without parent or ids, and a log record."""
    for members in ({}, {"traceId": "", "spanId": ""}):
        spans = mapped(traces(span(1, attributes, **members)), encode)
        assert is_told(spans), attributes
        never_free(spans)
    records = mapped(logs(log(attributes, "x"), resource={"service.name": "app"}), encode)
    assert is_told(records), attributes
    never_free(records)


@given(st.sampled_from(COUNT_KEYS + UNKNOWN_KEYS), NUMBERS, st.sampled_from(AROUND), ENCODINGS)
def test_one_number_is_told(key: str, value: Any, around: dict[str, Any], encode: Any) -> None:
    told_in_all_records({**around, key: value}, encode)


@given(st.sampled_from(COUNT_KEYS), WRONG, st.sampled_from(AROUND), ENCODINGS)
def test_what_is_no_number_is_told(
    key: str, value: Any, around: dict[str, Any], encode: Any
) -> None:
    told_in_all_records({**around, key: value}, encode)


@given(
    st.sampled_from(OBJECT_KEYS),
    st.sampled_from(sorted({*USAGE_PARTS, "input_audio"})),
    NUMBERS.filter(lambda value: not isinstance(value, float) or math.isfinite(value)),
    st.sampled_from(AROUND),
    st.booleans(),
)
def test_an_object_of_counts_is_told(
    key: str, member: str, number: Any, around: dict[str, Any], is_text: bool
) -> None:
    import json

    held = {member: number, "output_text": None}
    told_in_all_records({**around, key: json.dumps(held) if is_text else held}, as_json)


@pytest.mark.parametrize("key", [*OBJECT_KEYS, *COSTS, *UNKNOWN_KEYS])
@pytest.mark.parametrize(
    "value", ['{"input": 12, "outp', '{"input": 12, "output": -', '{"total": 0.5', "[12, "]
)
def test_a_text_that_was_cut_is_told(key: str, value: str) -> None:
    for around in AROUND:
        told_in_all_records({**around, key: value}, as_protobuf)


@given(
    st.sampled_from(usage_keys(CALL)),
    NUMBERS | WRONG,
    st.sampled_from(["claude-code", "gemini-cli", "codex_cli_rs", "cursor", "qwen-code"]),
    st.sampled_from(
        ["x.api_request", "x.api_response", "codex.sse_event", "x.api_error", "x.other"]
    ),
    st.sampled_from([{}, {"model": "claude-sonnet-4-5"}]),
    ENCODINGS,
)
def test_records_of_coding_assistants_are_told(
    key: str, value: Any, service: str, event: str, around: dict[str, Any], encode: Any
) -> None:
    record = log({**around, key: value}, event)
    result = mapped(logs(record, resource={"service.name": service}), encode)
    assert is_told(result), (event, key, value)
    never_free(result)


@pytest.mark.parametrize("held", [{"bytesValue": "AAA="}, {"intValue": "x"}, {"doubleValue": "x"}])
@pytest.mark.parametrize("key", [*COUNT_KEYS, *OBJECT_KEYS, *UNKNOWN_KEYS])
def test_a_value_that_is_not_what_it_says_is_told(key: str, held: dict[str, Any]) -> None:
    for export, members in (
        (traces(span(1, {})), ("resourceSpans", "scopeSpans", "spans")),
        (logs(log({}, "x"), resource={}), ("resourceLogs", "scopeLogs", "logRecords")),
    ):
        body = json.loads(as_json(export))
        resources, scopes, records = members
        body[resources][0][scopes][0][records][0]["attributes"] = [{"key": key, "value": held}]
        assert is_told(read(tuple(Signal), json.dumps(body).encode(), JSON))


@pytest.mark.parametrize("held", ['{"prompt_tokens": 5}', {"details": {"totalTokens": 5}}])
def test_counts_in_an_object_of_some_usage_are_told(held: Any) -> None:
    told = {"gen_ai.request.model": "m", "gen_ai.response.usage": held}
    assert mapped(traces(span(1, told))).rejects.unused == 1
    # Without a model nobody can tell whose they are.
    assert mapped(traces(span(1, {"usage": held}))).rejects.unused == 1
    (call,) = mapped(traces(span(1, {"gen_ai.request.model": "m", "usage": held}))).drafts
    assert call.row["total_tokens"] == 5


@pytest.mark.parametrize("held", ['{"cpu": 5, "total": 7}', {"requests": 5}, "5", 5, ["x"]])
def test_an_object_called_usage_may_be_about_anything(held: Any) -> None:
    batch = mapped(traces(span(1, {"usage": held})))
    assert (batch.drafts, batch.rejects.message) == ([], "")


def test_counts_in_other_words_in_it_are_told() -> None:
    assert mapped(traces(span(1, {"usage": {"thought_tokens": 5}}))).rejects.unused == 1
    told = {"gen_ai.request.model": "m", "usage": {"prompt_tokens": 1.5}}
    assert mapped(traces(span(1, told))).rejects.number == 1


def test_bytes_are_told_in_protobuf() -> None:
    request = ExportTraceServiceRequest.FromString(as_protobuf(traces(span(1, {}))))
    target = request.resource_spans[0].scope_spans[0].spans[0].attributes.add(key=COUNT_KEYS[0])
    target.value.bytes_value = b"12"
    assert is_told(read((Signal.TRACES,), request.SerializeToString(), PROTOBUF))
    logged = ExportLogsServiceRequest.FromString(as_protobuf(logs(log({}, "x"), resource={})))
    record = logged.resource_logs[0].scope_logs[0].log_records[0]
    record.attributes.add(key=COUNT_KEYS[0]).value.bytes_value = b"12"
    assert is_told(read((Signal.LOGS,), logged.SerializeToString(), PROTOBUF))


def test_usage_in_the_events_of_a_span_is_told() -> None:
    event = {"name": "gen_ai.client.inference.operation.details", "attributes": {"x": 1}}
    assert not mapped(traces(span(1, {}, events=[event]))).rejects.number
    for told in ({"gen_ai.usage.input_tokens": 5}, {"gen_ai.usage.output_tokens": "x"}):
        result = mapped(traces(span(1, {}, events=[event | {"attributes": told}])))
        assert result.rejects.unused == 1


def test_a_refused_span_is_told_once() -> None:
    result = mapped(
        traces(
            span(1, {"gen_ai.operation.name": "acme", "ai.usage.tokens": 3})
            | {"startTimeUnixNano": 1}
        )
    )
    assert result.rejects.number == 1


@pytest.mark.parametrize("service", ["claude-code", "gemini-cli"])
def test_assistants_whose_spans_and_copies_are_not_counted_say_so(service: str) -> None:
    told = {"service.name": service}
    result = mapped(traces(span(1), resource=told))
    assert result.rejects.number == 0
    assert "send those" in result.rejects.message
    copy, call = log(span()["attributes"], "gen_ai.details"), log(CLAUDE, "x.api_request")
    assert "repeat them" in mapped(logs(copy, resource=told)).rejects.message
    assert mapped(logs(copy, call, resource=told)).rejects.message == ""


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.operation.name": "chat", "gen_ai.usage.cost": 0, "gen_ai.usage.input_tokens": 0},
        {"langfuse.observation.usage_details": "{}", "langfuse.observation.cost_details": "null"},
        {"metadata.usage_object": "None"},
        {"gen_ai.usage.something": "text", "gen_ai.usage.cost.currency": "USD"},
        {"order.total_cost": 5, "cost": 3, "max_model_cost": 3, "http.request.cost": 1},
        {"ai.response.providerMetadata": '{"openai": {"reasoning": "cut'},
        {"cache.token": 999, "s3.list.output.next_token": "12345", "csrf.input_token": "83749"},
        {
            "usage": '{"cpu": 5}',
            "disk.usage": 80,
            "host.usage": "12",
            "openai.usage": '{"tokens": 0}',
            "llm.openai.usage": "{'prompt_tokens': 5}",
        },
    ],
)
def test_what_tells_of_no_usage_is_not_told(attributes: dict[str, Any]) -> None:
    result = mapped(traces(span(1, attributes)))
    assert not result.rejects.message
    assert all(draft.table is not AI_EVENTS for draft in result.drafts)


CLAUDE = {"model": "claude-sonnet-4-5", "input_tokens": 5}
LANGFUSE = {
    "langfuse.observation.type": "generation",
    "langfuse.observation.model.name": "gpt-4o-mini",
}


def call(attributes: dict[str, Any]) -> Any:
    (made,) = mapped(traces(span(1, attributes))).drafts
    assert made.table is AI_EVENTS
    return made


@pytest.mark.parametrize(
    ("attributes", "nano"),
    [
        (LANGFUSE | {"langfuse.observation.cost_details": '{"total": 0.25}'}, 250_000_000),
        (
            LANGFUSE | {"langfuse.observation.cost_details": '{"input": 0.1, "output": 0.2}'},
            300_000_000,
        ),
        ({"gen_ai.operation.name": "chat", "gen_ai.usage.cost": 0.25}, 250_000_000),
        ({"gen_ai.request.model": "m", "gen_ai.cost.total_cost": "0.25"}, 250_000_000),
        (
            {"gen_ai.operation.name": "chat", "gen_ai.usage.cost": 0, "operation.cost": 0.25},
            250_000_000,
        ),
    ],
)
def test_a_cost_alone_is_a_call_of_unknown_cost(attributes: dict[str, Any], nano: int) -> None:
    made = call({"gen_ai.provider.name": "openai", **attributes})
    assert made.row["stated_cost_nano"] == nano
    cost = rate(usage_of({"kind": made.kind, **made.row}, made.extras), little_book())
    assert (cost.cost, cost.status) == (None, UNPRICED)


@pytest.mark.parametrize(
    ("details", "problem"),
    [
        ('{"input": 12.5, "output": 3}', "is no whole number: input"),
        ('{"input": 12, "output": -3}', "must lie between 0 and 1000000000000: output"),
        ('{"input": "abc"}', "is no whole number: input"),
        ('{"input": NaN}', "is no whole number: input"),
    ],
)
def test_bad_counts_in_an_object_refuse_the_record(details: str, problem: str) -> None:
    result = mapped(traces(span(1, LANGFUSE | {"langfuse.observation.usage_details": details})))
    assert (result.drafts, result.rejects.number) == ([], 1)
    assert result.rejects.message.endswith(problem)


def test_reasoning_that_is_larger_than_the_output_is_beside_it() -> None:
    told = {"gen_ai.operation.name": "chat", "gen_ai.usage.reasoning_tokens": 40}
    assert call(told).row["output_tokens"] == 40
    assert call(told | {"gen_ai.usage.output_tokens": 30}).row["output_tokens"] == 70
    assert call(told | {"gen_ai.usage.output_tokens": 50}).row["output_tokens"] == 50


def test_a_broken_value_within_another_one_is_left_out() -> None:
    body = json.loads(as_json(traces(span(1))))
    broken = {"kvlistValue": {"values": [{"key": "a", "value": {"intValue": "x"}}]}}
    message = {"key": "gen_ai.input.messages", "value": broken}
    told = body["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    told["attributes"].append(message)
    told["events"] = [
        {
            "name": "gen_ai.client.inference.operation.details",
            "attributes": [message | {"value": {"intValue": "x"}}],
        }
    ]
    (made,) = read((Signal.TRACES,), json.dumps(body).encode(), JSON).drafts
    assert made.prompts is not None
    assert made.prompts.input == "{}"
