"""Spans: which become completions, and with what in which column."""

from dataclasses import asdict
from typing import Any

import pytest

from chalicelib.kit.clock import SECOND
from chalicelib.lake.tables import AI_EVENTS, TRACE_SPANS
from chalicelib.metering.drafts import Draft
from chalicelib.metering.rows import usage_of
from chalicelib.pricing.book import book
from chalicelib.pricing.rating import rate
from tests.conftest import NOON
from tests.otlp.exports import NANOS, TRACE, mapped, span, traces

CALL = span()["attributes"]


def draft(
    attributes: dict[str, Any], resource: dict[str, Any] | None = None, **members: Any
) -> Draft:
    """The one draft of a model call with further attributes."""
    (made,) = mapped(traces(span(1, CALL | attributes, **members), resource=resource)).drafts
    return made


def test_a_span_becomes_a_completion_column_by_column() -> None:
    made = draft(
        {
            "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
            "gen_ai.response.id": "chatcmpl-B1",
            "gen_ai.usage.cache_read.input_tokens": 400,
            "gen_ai.usage.reasoning.output_tokens": 20,
            "gen_ai.response.finish_reasons": ["length"],
            "gen_ai.request.temperature": 0.2,
            "gen_ai.request.stream": True,
            "gen_ai.response.time_to_first_chunk": 0.25,
            "openai.response.service_tier": "priority",
            "gen_ai.conversation.id": "conv-1",
            "server.address": "api.openai.com",
        },
        {"deployment.environment.name": "prod", "cloud.region": "us-east-1", "service.name": "app"},
        parentSpanId="00000000000000ff",
    )
    assert (made.kind, made.table, made.identity) == ("COMPLETION", AI_EVENTS, "chatcmpl-B1")
    assert made.row == {
        "transaction_id": f"{1:016x}",
        "channel": "OTLP",
        "requested_at": NOON - SECOND,
        "responded_at": NOON - SECOND + 800,
        "first_token_at": NOON - SECOND + 250,
        "time_to_first_token_ms": 250,
        "duration_ms": 800,
        "provider": "openai",
        "model": "gpt-4o-mini-2024-07-18",
        "operation_type": "CHAT",
        "stop_reason": "TOKEN_LIMIT",
        "is_streamed": True,
        "trace_id": TRACE,
        "parent_transaction_id": "00000000000000ff",
        "input_tokens": 1000,
        "output_tokens": 100,
        "total_tokens": 1100,
        "cache_read_tokens": 400,
        "reasoning_tokens": 20,
        "service_tier": "priority",
        "environment": "prod",
        "region": "us-east-1",
    }
    assert made.extras == {
        "responseId": "chatcmpl-B1",
        "temperature": 0.2,
        "conversationId": "conv-1",
        "serverAddress": "api.openai.com",
    }
    assert made.row.keys() <= AI_EVENTS.columns.keys()


def test_revenium_attributes_say_whom_a_call_belongs_to() -> None:
    made = draft(
        {
            "revenium.organization.name": " AcmeCorp ",
            "revenium.product.name": "chatbot",
            "revenium.agent.name": "planner",
            "revenium.subscriber.id": "u1",
            "revenium.subscriber.email": "Dev@Acme.com",
            "revenium.subscriber.credential.name": "prod",
            "revenium.subscriber.credential.value": "sk-1",
            "revenium.job.id": "job-9",
            "revenium.job.type": "loan",
            "revenium.task.type": "plan",
            "revenium.trace.type": "batch_run",
            "revenium.trace.name": "My trace",
            "revenium.squad.id": "sq1",
            "revenium.ticket.id": "T-1",
            "revenium.retry.number": "1",
            "revenium.model.host": "bedrock",
            "revenium.subscriber.email.source": "git",
        },
        {"deployment.environment": "test"},
    )
    assert asdict(made.names) == {
        "organization": "AcmeCorp",
        "product": "chatbot",
        "agent": "planner",
        "subscriber_id": "u1",
        "subscriber_email": "dev@acme.com",
        "credential_name": "prod",
        "credential_value": "sk-1",
        "job_id": "job-9",
        "job_name": "",
        "job_type": "loan",
        "job_version": "",
        "environment": "test",
    }
    told = {
        name: made.row[name]
        for name in ("task_type", "trace_type", "trace_name", "squad_id", "ticket_id")
    }
    assert list(told.values()) == ["plan", "batch_run", "My trace", "sq1", "T-1"]
    assert (made.row["retry_number"], made.row["model_host"]) == (1, "bedrock")
    assert made.extras["subscriberEmailSource"] == "git"
    assert "sk-1" not in str((made.row, made.extras))


@pytest.mark.parametrize(
    ("key", "limit", "read"),
    [
        ("revenium.trace.name", 256, lambda made: made.row.get("trace_name")),
        ("revenium.trace.type", 128, lambda made: made.row.get("trace_type")),
        ("revenium.task.type", 255, lambda made: made.row.get("task_type")),
        ("revenium.job.id", 256, lambda made: made.names.job_id),
        ("revenium.job.name", 512, lambda made: made.names.job_name),
        ("revenium.job.type", 128, lambda made: made.names.job_type),
        ("revenium.job.version", 64, lambda made: made.names.job_version),
        ("revenium.middleware.source", 255, lambda made: made.row.get("middleware_source")),
        ("revenium.model.host", 50, lambda made: made.row.get("model_host")),
        (
            "revenium.subscriber.email.source",
            20,
            lambda made: made.extras.get("subscriberEmailSource"),
        ),
    ],
)
def test_values_over_their_cap_are_dropped_not_cut(key: str, limit: int, read: Any) -> None:
    assert read(draft({key: "x" * limit})) == "x" * limit
    assert not read(draft({key: "x" * (limit + 1)}))


@pytest.mark.parametrize("key", ["revenium.retry.number", "revenium.trace.type", "revenium.job.id"])
@pytest.mark.parametrize("value", ["no word!", -1.5, ["a"], {"a": 1}])
def test_malformed_values_are_dropped(key: str, value: Any) -> None:
    made = draft({key: value})
    assert not {"retry_number", "trace_type"} & made.row.keys()
    assert made.names.job_id == ""


@pytest.mark.parametrize(
    "keys",
    [
        ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens"),
        (
            "prompt_tokens",
            "completion_tokens",
            "cache_read_input_tokens",
            "cache_creation_input_tokens",
        ),
        ("input_tokens", "output_tokens", "cache_read.input_tokens", "cache_creation.input_tokens"),
        ("input_tokens", "output_tokens", "cache_read.input_tokens", "cache_write.input_tokens"),
    ],
)
@pytest.mark.parametrize("write", [int, float, str])
def test_counts_in_every_spelling_and_type(keys: tuple[str, ...], write: Any) -> None:
    told = {
        f"gen_ai.usage.{key}": write(number)
        for key, number in zip(keys, (100, 20, 30, 5), strict=True)
    }
    base = {
        "gen_ai.operation.name": "chat",
        "gen_ai.system": "openai",
        "gen_ai.request.model": "gpt-4o",
    }
    (made,) = mapped(traces(span(1, base | told))).drafts
    columns = (
        "input_tokens",
        "output_tokens",
        "cache_read_tokens",
        "cache_creation_tokens",
        "total_tokens",
    )
    assert [made.row[name] for name in columns] == [95, 20, 30, 5, 120]
    assert made.row["provider"] == "openai"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"provider": "anthropic", "input": 1000, "read": 600, "created": 100}, 300),
        (
            {
                "provider": "aws.bedrock",
                "model": "anthropic.claude-sonnet-4-5",
                "input": 1000,
                "read": 600,
            },
            400,
        ),
        ({"provider": "anthropic", "input": 600, "read": 600}, 0),
        ({"provider": "anthropic", "input": 10, "read": 600}, 10),
        ({"provider": "anthropic", "input": 10}, 10),
        ({"provider": "openai", "input": 1000, "read": 600, "created": 100}, 900),
    ],
)
def test_cache_tokens_are_taken_out_of_claudes_input_when_they_are_in_it(
    told: dict[str, Any], expected: int
) -> None:
    made = draft(
        {
            "gen_ai.provider.name": told["provider"],
            "gen_ai.response.model": told.get("model", "some-model"),
            "gen_ai.usage.input_tokens": told["input"],
            "gen_ai.usage.cache_read.input_tokens": told.get("read", 0),
            "gen_ai.usage.cache_creation.input_tokens": told.get("created", 0),
        }
    )
    assert made.row["input_tokens"] == expected
    written = 100 if told["provider"] == "openai" else 0
    assert made.row["total_tokens"] == expected + 100 + written
    assert made.row["cache_read_tokens"] == told.get("read", 0)


@pytest.mark.parametrize(
    ("read", "total", "kept", "reason"),
    [
        (0, 9_000, 9_000, "UNCLEAR_TOKENS"),
        (400, 9_000, 9_000, "UNCLEAR_TOKENS"),
        (0, 7, 1_100, None),
    ],
)
def test_tokens_that_only_the_total_says_are_kept_and_not_charged_as_nothing(
    read: int, total: int, kept: int, reason: str | None
) -> None:
    counts = {"input_tokens": 1_000, "output_tokens": 100, "total_tokens": total}
    told = {f"gen_ai.usage.{name}": number for name, number in counts.items()}
    made = draft(told | ({"gen_ai.usage.cache_read.input_tokens": read} if read else {}))
    assert (made.row["input_tokens"], made.row["total_tokens"]) == (1_000, kept)
    assert rate(usage_of(made.row, made.extras), book()).reason == reason


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("chat", "CHAT"),
        ("text_completion", "GENERATE"),
        ("generate_content", "GENERATE"),
        ("embeddings", "EMBED"),
    ],
)
def test_operations_that_are_model_calls(operation: str, expected: str) -> None:
    assert draft({"gen_ai.operation.name": operation}).row["operation_type"] == expected


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        (["stop"], "END"),
        (["STOP"], "END"),
        (["end_turn"], "END"),
        (["length", "stop"], "TOKEN_LIMIT"),
        (["max_tokens"], "TOKEN_LIMIT"),
        (["MAX_TOKENS"], "TOKEN_LIMIT"),
        (["tool_calls"], "END_SEQUENCE"),
        (["tool_use"], "END_SEQUENCE"),
        (["stop_sequence"], "END_SEQUENCE"),
        (["content_filter"], "ERROR"),
        ("stop", "END"),
        ('["length"]', "TOKEN_LIMIT"),
        ([], "END"),
        ([["x"]], "END"),
        (7, "END"),
        (["new"], "END"),
    ],
)
def test_finish_reasons_become_our_words(reasons: Any, expected: str) -> None:
    assert draft({"gen_ai.response.finish_reasons": reasons}).row["stop_reason"] == expected


def test_a_call_of_an_unnamed_provider_is_rated_as_unknown() -> None:
    told = {"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 1}
    (made,) = mapped(traces(span(1, told))).drafts
    assert (made.row["provider"], made.row["model"], made.row["operation_type"]) == (
        "Unknown",
        "m",
        "CHAT",
    )


def test_the_provider_of_the_resource_counts_for_its_spans() -> None:
    told = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "m",
        "gen_ai.usage.input_tokens": 1,
    }
    (made,) = mapped(traces(span(1, told), resource={"gen_ai.system": "groq"})).drafts
    assert made.row["provider"] == "groq"


def test_a_call_without_tokens_counts_only_when_it_failed() -> None:
    nothing = {"gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 0}
    (kept,) = mapped(traces(span(1, CALL | nothing))).drafts
    assert kept.table is TRACE_SPANS
    failed = draft(nothing | {"error.type": "429", "http.response.status_code": 429})
    assert (failed.row["stop_reason"], failed.row["error_reason"], failed.row["error_code"]) == (
        "ERROR",
        "429",
        429,
    )
    status = draft(nothing, status={"code": 2, "message": "the model is overloaded"})
    assert (status.row["stop_reason"], status.row["error_reason"]) == (
        "ERROR",
        "the model is overloaded",
    )
    silent = draft(nothing, status={"code": 2})
    assert silent.row["error_reason"] == "ERROR"
    assert "error_code" not in silent.row


def test_an_end_before_the_start_is_a_duration_of_nothing() -> None:
    made = draft({}, endTimeUnixNano=(NOON - 2 * SECOND) * NANOS)
    assert (made.row["duration_ms"], made.row["responded_at"]) == (0, NOON - SECOND)


def test_a_blank_span_id_gets_a_fresh_one() -> None:
    first, second = (draft({}, spanId="0" * 16) for _ in range(2))
    assert len(first.row["transaction_id"]) == 32
    assert first.identity != second.identity
    assert draft({"gen_ai.response.id": "r"}, spanId="").identity == "r"


def test_bad_records_are_refused_one_by_one() -> None:
    result = mapped(
        traces(
            span(1),
            span(2, CALL | {"gen_ai.usage.input_tokens": -1}),
            span(3, CALL | {"gen_ai.usage.output_tokens": 10**12 + 1}),
            span(4, startTimeUnixNano=0),
            span(5, endTimeUnixNano=(NOON + 2 * 86_400_000) * NANOS),
            span(6, CALL | {"gen_ai.usage.output_tokens": "many"}),
            span(7, {"http.method": "GET"}, startTimeUnixNano=0),
            span(8),
        )
    )
    assert [made.identity for made in result.drafts] == [f"{number:016x}" for number in (1, 8)]
    assert result.rejects.number == 6
    told = result.rejects.message.split("; ")
    assert told[0] == "spans[1]: gen_ai.usage.input_tokens must lie between 0 and 1000000000000"
    assert [text.partition(":")[0] for text in told] == [f"spans[{place}]" for place in range(1, 7)]
    assert "startTimeUnixNano" in told[2]
    assert "endTimeUnixNano" in told[3]


def test_only_the_first_twenty_refusals_are_told() -> None:
    bad = [span(number, CALL | {"gen_ai.usage.input_tokens": -1}) for number in range(1, 31)]
    rejects = mapped(traces(*bad)).rejects
    assert rejects.number == 30
    assert rejects.message.count("must lie") == 20
    assert rejects.message.endswith("and 10 more")


def agentic(*calls: dict[str, Any]) -> list[dict[str, Any]]:
    """A run of an agent within another, with a tool, a database query and calls."""
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.provider.name": "openai"}
    tool = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "search",
        "gen_ai.tool.call.id": "c1",
    }
    return [
        span(
            1,
            agent | {"gen_ai.agent.name": "boss", "gen_ai.agent.id": "a1"},
            name="invoke_agent boss",
        ),
        span(2, agent | {"gen_ai.agent.name": "helper"}, parentSpanId=f"{1:016x}"),
        span(3, tool, parentSpanId=f"{2:016x}", status={"code": 2, "message": "no such index"}),
        span(4, {"db.system": "redis"}, parentSpanId=f"{3:016x}"),
        *calls,
    ]


def test_the_tree_around_calls_is_kept_and_costs_nothing() -> None:
    drafts = mapped(traces(*agentic(span(5, parentSpanId=f"{2:016x}")))).drafts
    rows = [made.row for made in drafts if made.table is TRACE_SPANS]
    assert [row["kind"] for row in rows] == ["AGENT", "AGENT", "TOOL", "OTHER"]
    assert [made.kind for made in drafts] == ["AGENT", "AGENT", "TOOL", "OTHER", "COMPLETION"]
    assert drafts[0].identity == TRACE + f"{1:016x}"
    assert (rows[0]["name"], rows[0]["operation"], rows[0]["is_success"]) == (
        "invoke_agent boss",
        "invoke_agent",
        True,
    )
    assert (rows[2]["tool"], rows[2]["is_success"], rows[2]["error_reason"]) == (
        "search",
        False,
        "no such index",
    )
    assert drafts[2].extras == {"toolCallId": "c1"}
    assert [made.names.agent for made in drafts] == ["boss", "helper", "helper", "helper", "helper"]
    assert all(row.keys() <= TRACE_SPANS.columns.keys() for row in rows)


def test_a_call_takes_the_nearest_agent_above_unless_it_has_one() -> None:
    own = span(5, CALL | {"gen_ai.agent.name": "own"}, parentSpanId=f"{2:016x}")
    said = span(6, CALL | {"revenium.agent.name": "said"}, parentSpanId=f"{2:016x}")
    below_query = span(7, parentSpanId=f"{4:016x}")
    elsewhere = span(8, traceId="f" * 32, parentSpanId=f"{2:016x}")
    orphan = span(9, parentSpanId="00000000000000aa")
    drafts = mapped(traces(*reversed(agentic(own, said, below_query, elsewhere, orphan)))).drafts
    names = {
        made.row["transaction_id"]: made.names.agent for made in drafts if made.table is AI_EVENTS
    }
    assert names == {
        f"{number:016x}": name
        for number, name in ((5, "own"), (6, "said"), (7, "helper"), (8, ""), (9, ""))
    }


def test_a_circle_of_parents_ends() -> None:
    agent = span(
        1,
        {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "a"},
        parentSpanId=f"{2:016x}",
    )
    rest = [span(number, {}, parentSpanId=f"{number % 3 + 2:016x}") for number in (2, 3, 4)]
    drafts = mapped(traces(agent, *rest, span(5, parentSpanId=f"{3:016x}"))).drafts
    assert [made.names.agent for made in drafts if made.kind == "COMPLETION"] == [""]


def test_spans_of_other_traces_and_resources_are_no_business_of_ours() -> None:
    web = span(1, {"http.method": "GET"}, traceId="e" * 32)
    assert [made.kind for made in mapped(traces(web, span(2))).drafts] == ["COMPLETION"]
    assert mapped(traces(web, web)).drafts == []
    two = traces(span(1, {"http.method": "GET"}))
    two["resourceSpans"] += traces(span(2))["resourceSpans"]
    assert [made.kind for made in mapped(two).drafts] == ["COMPLETION"]


def test_a_tool_span_alone_in_its_batch_is_kept() -> None:
    (made,) = mapped(
        traces(span(1, {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "x"}))
    ).drafts
    assert made.kind == "TOOL"


@pytest.mark.parametrize("service", ["claude-code", "gemini-cli", "codex_exec"])
def test_spans_of_coding_assistants_are_not_counted_beside_their_logs(service: str) -> None:
    (made,) = mapped(traces(span(1), resource={"service.name": service})).drafts
    assert made.table is TRACE_SPANS


def test_prompts_are_kept_apart_in_every_way_they_are_written() -> None:
    plain = draft(
        {
            "gen_ai.input.messages": "[1]",
            "gen_ai.output.messages": "[2]",
            "gen_ai.system_instructions": "s",
        }
    )
    assert plain.prompts
    assert plain.prompts[:3] == ("s", "[1]", "[2]")
    structured = draft(
        {"gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]}
    )
    assert structured.prompts
    assert structured.prompts.input == '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]'
    old = draft({"gen_ai.prompt": "p", "gen_ai.completion": "c"})
    assert old.prompts
    assert old.prompts[1:3] == ("p", "c")
    numbered = draft(
        {
            "gen_ai.prompt.1.role": "user",
            "gen_ai.prompt.1.content": "hi",
            "gen_ai.prompt.0.role": "system",
            "gen_ai.prompt.0.content": "be kind",
            "gen_ai.completion.0.content": "hello",
        }
    )
    assert numbered.prompts
    assert (
        numbered.prompts.input
        == '[{"role":"system","content":"be kind"},{"role":"user","content":"hi"}]'
    )
    assert numbered.prompts.output == '[{"content":"hello"}]'
    assert "kind" not in str((numbered.row, numbered.extras))
    assert draft({}).prompts is None


def test_prompts_in_events_are_read_too() -> None:
    events = [
        {"name": "gen_ai.system.message", "attributes": {"content": "be kind"}},
        {"name": "gen_ai.user.message", "attributes": {"content": "hi", "role": "user"}},
        {"name": "gen_ai.choice", "attributes": {"message": {"content": "hello"}}},
        {"name": "exception", "attributes": {"content": "no prompt"}},
    ]
    made = draft({}, events=events)
    assert made.prompts
    assert made.prompts.system == '[{"role":"system","content":"be kind"}]'
    assert made.prompts.input == '[{"role":"user","content":"hi"}]'
    assert made.prompts.output == '[{"role":"assistant","content":"{\\"content\\":\\"hello\\"}"}]'
    details = {
        "name": "gen_ai.client.inference.operation.details",
        "attributes": {"gen_ai.input.messages": "[1]"},
    }
    assert draft({}, events=[details]).prompts.input == "[1]"  # type: ignore[union-attr]


def test_a_tier_that_was_only_asked_for_is_told_to_rating() -> None:
    asked = draft({"openai.request.service_tier": "flex"})
    usage = usage_of(asked.row, asked.extras)
    assert (usage.asked_tier, usage.service_tier) == ("flex", "")
    told = draft({"openai.request.service_tier": "flex", "openai.response.service_tier": "default"})
    assert usage_of(told.row, told.extras).service_tier == "default"


@pytest.mark.parametrize(
    ("service", "provider", "expected"),
    [
        ("copilot-chat", "github", "github-copilot"),
        ("copilot-chat", "anthropic", "anthropic"),
        ("our-market", "github", "github"),
    ],
)
def test_what_copilot_calls_at_github_is_copilots(
    service: str, provider: str, expected: str
) -> None:
    """GitHub's model market has the same name; with a key of one's own Copilot names its vendor."""
    attributes = {**CALL, "gen_ai.provider.name": provider}
    (made,) = mapped(traces(span(1, attributes), resource={"service.name": service})).drafts
    assert made.row["provider"] == expected


@pytest.mark.parametrize(
    "told",
    [
        {"gen_ai.usage.server_tool_use.web_search_requests": 3},
        {"gen_ai.usage.web_search_requests": "3"},
        {"anthropic.usage.server_tool_use.web_search_requests": 3.0},
        {"gen_ai.usage.details.web_search_requests": 3},
        {
            "ai.response.providerMetadata": '{"anthropic":{"usage":{"input_tokens":1000,'
            '"server_tool_use":{"web_search_requests":3}}}}'
        },
    ],
)
def test_web_searches_that_the_client_counts_are_charged(told: dict[str, Any]) -> None:
    claude = {"gen_ai.provider.name": "anthropic", "gen_ai.request.model": "claude-sonnet-4-5"}
    made = draft(claude | told)
    assert made.extras["webSearches"] == 3
    plain = rate(usage_of(draft(claude).row, {}), book())
    cost = rate(usage_of(made.row, made.extras), book())
    assert cost.cost == (plain.cost or 0) + 3 * 10_000_000


@pytest.mark.parametrize("told", [0, -1, "many", 1.5, True])
def test_what_is_no_count_of_searches_is_left_out(told: Any) -> None:
    assert "webSearches" not in draft({"gen_ai.usage.web_search_requests": told}).extras
