"""Dialects: what released clients write, attribute by attribute, and what is kept of it.

The attributes of a case are those that the named release sets on the span of one call.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.lake.tables import AI_EVENTS, TRACE_SPANS
from chalicelib.otlp.rejects import Leftover
from tests.otlp.exports import log, logs, mapped, span, traces


@dataclass
class Case:
    """A span as a client writes it, and what is kept: operation type, model, input, output, cache
    reads, cache writes, reasoning."""

    kept: tuple[Any, ...]
    attributes: dict[str, Any]
    scope: str = "test"
    row: dict[str, Any] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)


CASES = {
    "mlflow 3.17, embedding: the usage stands in the answer alone": Case(
        ("EMBED", "text-embedding-3-small", 1035, 0, None, None, None),
        {
            "mlflow.spanType": '"EMBEDDING"',
            "mlflow.llm.model": '"text-embedding-3-small"',
            "mlflow.spanOutputs": '{"object": "list", "model": "text-embedding-3-small",'
            ' "usage": {"prompt_tokens": 1035, "total_tokens": 1035}}',
        },
        "mlflow.tracing.provider",
    ),
    "openinference's haystack 0.1, embedding": Case(
        ("EMBED", "text-embedding-3-small", 1014, 0, None, None, None),
        {
            "openinference.span.kind": "EMBEDDING",
            "embedding.model_name": "text-embedding-3-small",
            "output.value": '{"meta": {"model": "text-embedding-3-small",'
            ' "usage": {"prompt_tokens": 1014, "total_tokens": 1014}}}',
        },
        "openinference.instrumentation.haystack",
    ),
    "counts beside an answer stand": Case(
        ("CHAT", "gpt-4o-mini", 7, 1, None, None, None),
        {
            "openinference.span.kind": "LLM",
            "llm.model_name": "gpt-4o-mini",
            "llm.token_count.prompt": 7,
            "llm.token_count.completion": 1,
            "output.value": '{"usage": {"prompt_tokens": 1014, "completion_tokens": 5}}',
        },
        "openinference.instrumentation.openai",
    ),
    "strands 1.62, Claude": Case(
        ("CHAT", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", 407, 101, 600, 0, None),
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "strands-agents",
            "gen_ai.request.model": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "gen_ai.usage.input_tokens": 1007,
            "gen_ai.usage.output_tokens": 101,
            "gen_ai.usage.total_tokens": 1108,
            "gen_ai.usage.cache_read.input_tokens": 600,
            "gen_ai.usage.cache_read_input_tokens": 600,
            "gen_ai.usage.cache_creation.input_tokens": 0,
            "gen_ai.usage.cache_write_input_tokens": 0,
        },
        "strands.telemetry.tracer",
    ),
    "strands 1.62, Claude, which wrote nothing to the cache": Case(
        ("CHAT", "claude-sonnet-4-5", 407, 101, 600, None, None),
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "strands-agents",
            "gen_ai.request.model": "claude-sonnet-4-5",
            "gen_ai.usage.input_tokens": 1007,
            "gen_ai.usage.output_tokens": 101,
            "gen_ai.usage.total_tokens": 1108,
            "gen_ai.usage.cache_read.input_tokens": 600,
            "gen_ai.usage.cache_read_input_tokens": 600,
        },
        "strands.telemetry.tracer",
    ),
    "langfuse 5, OpenAI's usage as it came": Case(
        ("CHAT", "gpt-4o-mini-2024-07-18", 1007, 101, 600, None, None),
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.model.name": "gpt-4o-mini-2024-07-18",
            "langfuse.observation.usage_details": '{"completion_tokens": 101,'
            ' "prompt_tokens": 1007, "total_tokens": 1108,'
            ' "prompt_tokens_details": {"cached_tokens": 600}}',
        },
        "langfuse-sdk",
    ),
    "langfuse 5, LangChain's callback": Case(
        ("CHAT", "gpt-4o-mini-2024-07-18", 1007, 101, 600, None, 20),
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.model.name": "gpt-4o-mini-2024-07-18",
            "langfuse.observation.usage_details": '{"input": 407, "output": 81, "total": 1108,'
            ' "input_cache_read": 600, "output_reasoning": 20}',
        },
        "langfuse-sdk",
    ),
    "langfuse, kinds without a total": Case(
        ("CHAT", "gpt-4o-mini", 1007, 101, 600, None, 20),
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.model.name": "gpt-4o-mini",
            "langfuse.observation.usage_details": '{"input": 407, "output": 81,'
            ' "input_cached_tokens": 600, "output_reasoning_tokens": 20}',
        },
        "langfuse-sdk",
    ),
    "langsmith 0.15": Case(
        ("CHAT", "gpt-4o-mini", 1007, 101, 600, None, 20),
        {
            "langsmith.span.kind": "llm",
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "openai",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.usage.input_tokens": 1007,
            "gen_ai.usage.output_tokens": 101,
            "gen_ai.usage.total_tokens": 1108,
            "langsmith.metadata.usage_metadata": '{"input_tokens": 1007, "output_tokens": 101,'
            ' "total_tokens": 1108, "input_token_details": {"audio": 0, "cache_read": 600},'
            ' "output_token_details": {"reasoning": 20}}',
        },
        "langsmith",
    ),
    "logfire 5.4, openai-agents": Case(
        ("CHAT", "gpt-4o-mini", 1007, 101, 600, None, None),
        {
            "gen_ai.system": "openai",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.response.model": "gpt-4o-mini",
            "gen_ai.usage.input_tokens": 1007,
            "gen_ai.usage.output_tokens": 101,
            "usage": '{"requests": 1, "input_tokens": 1007, "output_tokens": 101,'
            ' "total_tokens": 1108, "input_tokens_details": {"cached_tokens": 600}}',
        },
        "logfire.openai_agents",
    ),
    "openllmetry's google-generativeai 0.62: the total has the thoughts": Case(
        ("GENERATE", "gemini-2.5-flash", 1007, 101, 600, None, None),
        {
            "gen_ai.operation.name": "generate_content",
            "gen_ai.provider.name": "gcp.gen_ai",
            "gen_ai.request.model": "gemini-2.5-flash",
            "gen_ai.usage.input_tokens": 1007,
            "gen_ai.usage.output_tokens": 101,
            "gen_ai.usage.total_tokens": 1128,
            "gen_ai.usage.cache_read.input_tokens": 600,
        },
        "opentelemetry.instrumentation.google_generativeai",
        {"total_tokens": 1128},
    ),
    "mlflow 3.17, writes that live an hour": Case(
        ("CHAT", "claude-sonnet-4-5", 407, 101, 600, 300, None),
        {
            "mlflow.spanType": '"CHAT_MODEL"',
            "mlflow.llm.model": '"claude-sonnet-4-5"',
            "mlflow.llm.provider": '"anthropic"',
            "mlflow.chat.tokenUsage": '{"input_tokens": 1307, "output_tokens": 101,'
            ' "total_tokens": 1408, "cache_read_input_tokens": 600,'
            ' "cache_creation_input_tokens": 300, "cache_creation_input_tokens_above_1hr": 100}',
        },
        "mlflow.tracing.provider",
        {"cache_creation_1h_tokens": 100},
    ),
    "google-adk's LiteLlm under openinference": Case(
        ("CHAT", "openai/gpt-4o-mini", 1007, 101, None, None, None),
        {
            "openinference.span.kind": "LLM",
            "gen_ai.provider.name": "openai",
            "llm.provider": "google",
            "llm.model_name": "openai/gpt-4o-mini",
            "llm.token_count.prompt": 1007,
            "llm.token_count.completion": 101,
        },
        "openinference.instrumentation.google_adk",
        {"provider": "openai"},
    ),
    "litellm 1.8x, asynchronous": Case(
        ("CHAT", "gpt-4o-mini", 1000, 100, None, None, None),
        {
            "gen_ai.operation.name": "acompletion",
            "gen_ai.system": "openai",
            "gen_ai.request.model": "gpt-4o-mini",
            "llm.request.type": "acompletion",
            "llm.is_streaming": "False",
            "gen_ai.usage.input_tokens": 1000,
            "gen_ai.usage.output_tokens": 100,
            "gen_ai.usage.total_tokens": 1100,
            "gen_ai.cost.input_cost": 0.00015,
            "gen_ai.cost.output_cost": 0.00006,
            "gen_ai.cost.total_cost": 0.00021,
        },
        "litellm",
        {"stated_cost_nano": 210_000, "is_streamed": False},
        {"statedCostSource": "gen_ai.cost.total_cost"},
    ),
    "litellm, responses": Case(
        ("CHAT", "gpt-4o-mini", 7, 1, None, None, None),
        {
            "gen_ai.operation.name": "aresponses",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.usage.input_tokens": 7,
            "gen_ai.usage.output_tokens": 1,
        },
    ),
    "litellm, embedding": Case(
        ("EMBED", "text-embedding-3-small", 9, 0, None, None, None),
        {
            "gen_ai.operation.name": "aembedding",
            "gen_ai.request.model": "text-embedding-3-small",
            "gen_ai.usage.input_tokens": 9,
        },
    ),
    "an operation that nobody knows": Case(
        ("UNKNOWN", "m", 9, 2, None, None, None),
        {
            "gen_ai.operation.name": "framework",
            "gen_ai.request.model": "m",
            "gen_ai.usage.input_tokens": 9,
            "gen_ai.usage.output_tokens": 2,
        },
    ),
    "Semantic Kernel": Case(
        ("CHAT", "gpt-4o", 9, 2, None, None, None),
        {
            "gen_ai.operation.name": "chat.completions",
            "gen_ai.system": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.input_tokens": 9,
            "gen_ai.usage.output_tokens": 2,
        },
    ),
    "openinference-instrumentation-openai": Case(
        ("CHAT", "gpt-4o-mini-2024-07-18", 10_000, 100, 9_000, None, 20),
        {
            "openinference.span.kind": "LLM",
            "llm.provider": "openai",
            "llm.system": "openai",
            "llm.model_name": "gpt-4o-mini-2024-07-18",
            "llm.token_count.prompt": 10_000,
            "llm.token_count.completion": 100,
            "llm.token_count.total": 10_100,
            "llm.token_count.prompt_details.cache_read": 9_000,
            "llm.token_count.completion_details.reasoning": 20,
            "llm.cost.total": 0.0009,
        },
        "openinference.instrumentation.openai",
        {"stated_cost_nano": 900_000, "provider": "openai"},
    ),
    "openinference, embedding": Case(
        ("EMBED", "text-embedding-3-small", 8, 0, None, None, None),
        {
            "openinference.span.kind": "EMBEDDING",
            "embedding.model_name": "text-embedding-3-small",
            "llm.token_count.prompt": 8,
            "llm.token_count.total": 8,
        },
    ),
    "openinference-instrumentation-anthropic": Case(
        ("CHAT", "claude-sonnet-4-5", 10, 5, 900, 90, None),
        {
            "openinference.span.kind": "LLM",
            "llm.provider": "anthropic",
            "llm.model_name": "claude-sonnet-4-5",
            "llm.token_count.prompt": 1_000,
            "llm.token_count.completion": 5,
            "llm.token_count.prompt_details.cache_read": 900,
            "llm.token_count.prompt_details.cache_write": 90,
        },
        "openinference.instrumentation.anthropic",
    ),
    "OpenLLMetry 0.30": Case(
        ("CHAT", "gpt-4o", 11, 3, None, None, None),
        {
            "llm.request.type": "chat",
            "gen_ai.system": "OpenAI",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.prompt_tokens": 11,
            "gen_ai.usage.completion_tokens": 3,
            "llm.usage.total_tokens": 14,
            "gen_ai.is_streaming": True,
        },
        row={"is_streamed": True},
    ),
    "OpenLLMetry before gen_ai": Case(
        ("CHAT", "gpt-4o", 11, 3, None, None, 2),
        {
            "llm.request.type": "chat",
            "llm.vendor": "OpenAI",
            "llm.request.model": "gpt-4o",
            "llm.usage.prompt_tokens": 11,
            "llm.usage.completion_tokens": 3,
            "llm.usage.reasoning_tokens": 2,
        },
        row={"provider": "OpenAI"},
    ),
    "AI SDK 4, embedding": Case(
        ("EMBED", "text-embedding-3-small", 1000, 0, None, None, None),
        {
            "operation.name": "ai.embed.doEmbed",
            "ai.operationId": "ai.embed.doEmbed",
            "ai.model.id": "text-embedding-3-small",
            "ai.model.provider": "openai.embedding",
            "ai.usage.tokens": 1000,
        },
        "ai",
        {"provider": "openai.embedding"},
    ),
    "AI SDK 5, Claude with cache": Case(
        ("CHAT", "claude-sonnet-4-5", 3_000, 50, 2_000, 400, None),
        {
            "ai.operationId": "ai.streamText.doStream",
            "ai.model.id": "claude-sonnet-4-5",
            "ai.model.provider": "anthropic.messages",
            "ai.usage.inputTokens": 3_000,
            "ai.usage.outputTokens": 50,
            "ai.usage.cachedInputTokens": 2_000,
            "ai.response.providerMetadata": '{"anthropic":{"cacheCreationInputTokens":400}}',
            "ai.response.msToFirstChunk": 120.4,
            "ai.response.finishReason": "tool-calls",
            "gen_ai.system": "anthropic.messages",
            "gen_ai.request.model": "claude-sonnet-4-5",
            "gen_ai.usage.input_tokens": 3_000,
            "gen_ai.usage.output_tokens": 50,
        },
        "ai",
        {"time_to_first_token_ms": 120, "stop_reason": "END_SEQUENCE"},
    ),
    "AI SDK 6, Claude with cache": Case(
        ("CHAT", "claude-sonnet-4-5", 600, 50, 2_000, 400, None),
        {
            "ai.operationId": "ai.generateText.doGenerate",
            "ai.model.id": "claude-sonnet-4-5",
            "ai.model.provider": "anthropic.messages",
            "ai.usage.inputTokens": 3_000,
            "ai.usage.outputTokens": 50,
            "ai.usage.cachedInputTokens": 2_000,
            "ai.usage.inputTokenDetails.cacheReadTokens": 2_000,
            "ai.usage.inputTokenDetails.cacheWriteTokens": 400,
        },
        "ai",
    ),
    "AI SDK 5, OpenAI with cache": Case(
        ("CHAT", "gpt-5", 3_000, 50, 2_000, None, 30),
        {
            "ai.operationId": "ai.generateText.doGenerate",
            "ai.model.id": "gpt-5",
            "ai.model.provider": "openai.responses",
            "ai.usage.inputTokens": 3_000,
            "ai.usage.outputTokens": 50,
            "ai.usage.cachedInputTokens": 2_000,
            "ai.usage.reasoningTokens": 30,
        },
        "ai",
    ),
    "pydantic-ai 1.0, Claude": Case(
        ("CHAT", "claude-sonnet-4-6", 5, 500, 128_955, 1_253, None),
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "anthropic",
            "gen_ai.request.model": "claude-sonnet-4-6",
            "gen_ai.usage.input_tokens": 130_213,
            "gen_ai.usage.output_tokens": 500,
            "gen_ai.usage.details.cache_read_tokens": 128_955,
            "gen_ai.usage.details.cache_write_tokens": 1_253,
            "gen_ai.usage.details.input_tokens": 5,
            "operation.cost": 0.05,
        },
        "pydantic-ai",
        {"stated_cost_nano": 50_000_000},
    ),
    "Strands 1.10 on Bedrock": Case(
        ("CHAT", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", 60_000, 631, 35_574, 17_787, None),
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "strands-agents",
            "gen_ai.request.model": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "gen_ai.usage.prompt_tokens": 60_000,
            "gen_ai.usage.input_tokens": 60_000,
            "gen_ai.usage.output_tokens": 631,
            "gen_ai.usage.cache_read_input_tokens": 35_574,
            "gen_ai.usage.cache_write_input_tokens": 17_787,
        },
    ),
    "LangSmith 0.4": Case(
        ("CHAT", "gpt-4o", 100, 20, 60, None, 5),
        {
            "langsmith.span.kind": "llm",
            "gen_ai.system": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.input_tokens": 100,
            "gen_ai.usage.output_tokens": 20,
            "gen_ai.usage.total_tokens": 120,
            "gen_ai.usage.input_token_details": '{"cache_read": 60}',
            "gen_ai.usage.output_token_details": '{"reasoning": 5}',
        },
        "langsmith",
    ),
    "OpenLIT 1.3x, Claude": Case(
        ("CHAT", "claude-sonnet-4-5", 900, 20, 600, 50, None),
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "anthropic",
            "gen_ai.request.model": "claude-sonnet-4-5",
            "gen_ai.usage.input_tokens": 900,
            "gen_ai.usage.output_tokens": 20,
            "gen_ai.usage.cache_read_input_tokens": 600,
            "gen_ai.usage.cache_creation_input_tokens": 50,
            "gen_ai.usage.cost": 0.004,
        },
        "openlit.otel.tracing",
        {"stated_cost_nano": 4_000_000},
        {"statedCostSource": "gen_ai.usage.cost"},
    ),
    "Sentry 2.4x": Case(
        ("CHAT", "gpt-4o", 20, 10, 5, None, 8),
        {
            "sentry.op": "gen_ai.responses",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.input_tokens": 20,
            "gen_ai.usage.input_tokens.cached": 5,
            "gen_ai.usage.output_tokens": 10,
            "gen_ai.usage.output_tokens.reasoning": 8,
            "gen_ai.usage.total_tokens": 30,
        },
    ),
    "MLflow 3.4": Case(
        ("CHAT", "gpt-4o", 20, 10, 5, None, None),
        {
            "mlflow.spanType": '"CHAT_MODEL"',
            "mlflow.llm.model": '"gpt-4o"',
            "mlflow.llm.provider": '"openai"',
            "mlflow.chat.tokenUsage": '{"input_tokens": 20, "output_tokens": 10,'
            ' "total_tokens": 30, "cache_read_input_tokens": 5}',
            "mlflow.llm.cost": '{"input_cost": 0.1, "total_cost": 0.3}',
        },
        row={"stated_cost_nano": 300_000_000},
    ),
    "Langfuse 3": Case(
        ("CHAT", "claude-sonnet-4-5", 20, 10, 5, 3, None),
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.model.name": "claude-sonnet-4-5",
            "langfuse.observation.usage_details": '{"input": 20, "output": 10,'
            ' "cache_read_input_tokens": 5, "cache_creation_input_tokens": 3}',
            "langfuse.observation.cost_details": '{"input": 0.1, "total": 0.2}',
        },
        row={"stated_cost_nano": 200_000_000},
    ),
    "Anthropic's own spans": Case(
        ("CHAT", "claude-sonnet-4-5", 100, 10, 600, 300, None),
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "anthropic",
            "gen_ai.request.model": "claude-sonnet-4-5",
            "gen_ai.usage.input_tokens": 1_000,
            "gen_ai.usage.output_tokens": 10,
            "gen_ai.usage.cache_read.input_tokens": 600,
            "gen_ai.usage.cache_write.input_tokens": 300,
            "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 200,
            "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 100,
            "gen_ai.response.finish_reasons": ["max_tokens"],
            "anthropic.response.service_tier": "standard",
        },
        "com.anthropic.sdk.python",
        {
            "cache_creation_5m_tokens": 200,
            "cache_creation_1h_tokens": 100,
            "stop_reason": "TOKEN_LIMIT",
            "service_tier": "standard",
        },
    ),
    "reasoning that the total proves to be beside the output": Case(
        ("GENERATE", "gemini-2.5-pro", 100, 50, None, None, 40),
        {
            "gen_ai.operation.name": "generate_content",
            "gen_ai.request.model": "gemini-2.5-pro",
            "gen_ai.usage.input_tokens": 100,
            "gen_ai.usage.output_tokens": 10,
            "gen_ai.usage.reasoning_tokens": 40,
            "gen_ai.usage.total_tokens": 150,
        },
    ),
}
_COLUMNS = (
    "operation_type model input_tokens output_tokens cache_read_tokens cache_creation_tokens "
    "reasoning_tokens"
).split()


@pytest.mark.parametrize("name", CASES)
def test_a_call_in_every_dialect(name: str) -> None:
    case = CASES[name]
    (made,) = mapped(traces(span(1, case.attributes), scope=case.scope)).drafts
    assert made.table is AI_EVENTS
    assert tuple(made.row.get(column) for column in _COLUMNS) == case.kept
    assert {column: made.row.get(column) for column in case.row} == case.row
    assert {member: made.extras.get(member) for member in case.extras} == case.extras


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"openinference.span.kind": "AGENT", "agent.name": "a"}, "AGENT"),
        ({"openinference.span.kind": "TOOL", "tool.name": "search"}, "TOOL"),
        ({"openinference.span.kind": "CHAIN"}, "OTHER"),
        ({"traceloop.span.kind": "workflow"}, "AGENT"),
        ({"ai.operationId": "ai.toolCall", "ai.toolCall.name": "search"}, "TOOL"),
        (
            {
                "ai.operationId": "ai.generateText",
                "ai.model.id": "gpt-5",
                "ai.usage.inputTokens": 30,
                "ai.usage.outputTokens": 5,
            },
            "AGENT",
        ),
        ({"mcp.method.name": "tools/call", "gen_ai.tool.name": "search"}, "TOOL"),
        ({"mcp.method.name": "tools/list"}, "OTHER"),
    ],
)
def test_what_stands_around_calls(attributes: dict[str, Any], kind: str) -> None:
    (made,) = mapped(traces(span(1, attributes))).drafts
    assert (made.table, made.kind) == (TRACE_SPANS, kind)


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.usage.input_tokens": 5},
        {"acme.llm.prompt_tokens": 5, "acme.llm.model": "m"},
        {"usage.total_tokens": 7},
        {"ai.total.token_count": 7},
    ],
)
def test_usage_that_is_not_understood_is_told(attributes: dict[str, Any]) -> None:
    result = mapped(traces(span(1, {"http.method": "GET"}), span(2, attributes)))
    assert (result.drafts, result.rejects.number, result.rejects.unused) == ([], 1, 1)
    assert result.rejects.message.startswith("spans[1]: it tells of used tokens")
    record = mapped(logs(log(attributes, "x"), resource={"service.name": "app"}))
    assert (record.drafts, record.rejects.unused) == ([], 1)


def test_the_usage_of_a_tool_is_that_of_calls_below_it() -> None:
    told = {"gen_ai.operation.name": "execute_tool", "gen_ai.usage.input_tokens": 5}
    alone = mapped(traces(span(1, told)))
    assert (alone.rejects.number, list(alone.left.values())) == (0, [Leftover(0, is_sum=True)])
    nested = mapped(traces(span(1, told), span(2, parentSpanId=f"{1:016x}")))
    assert (nested.rejects.message, nested.left) == ("", {})


def test_usage_under_an_unknown_operation_without_a_model_is_told_beside_its_span() -> None:
    attributes = {"gen_ai.operation.name": "foo", "gen_ai.usage.input_tokens": 5}
    result = mapped(traces(span(1, attributes)))
    assert [draft.table for draft in result.drafts] == [TRACE_SPANS]
    assert (result.rejects.number, result.rejects.unused) == (1, 1)


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.request.max_tokens": 5},
        {"auth.token": "x"},
        {"tokens_per_second": 3},
        {"input.token.limit": 3},
        {"acme.llm.prompt_tokens": 0},
    ],
)
def test_what_is_no_usage_is_not_told(attributes: dict[str, Any]) -> None:
    assert not mapped(traces(span(1, attributes))).rejects.number


@pytest.mark.parametrize(
    "attributes",
    [{"sentry.op": "http.client"}, {"llm.request.type": "x"}, {"http.method": "GET"}],
)
def test_other_spans_are_none_of_ours(attributes: dict[str, Any]) -> None:
    assert not mapped(traces(span(1, attributes))).drafts
