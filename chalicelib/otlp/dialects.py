"""Dialects: the attributes of instrumentations that have words of their own, as data, each table
with its source. The next one is one more table here and its name in `DIALECTS`.

What stands in the tables of vocabulary.py (OpenTelemetry's own words) is not repeated: OpenLIT,
Spring AI, Semantic Kernel, Google's ADK, Traceloop's newer releases and pydantic-ai write most of
what they have to say in those.
"""

from collections.abc import Mapping, Sequence

from chalicelib.otlp.rules import Vocabulary

OPENINFERENCE: Vocabulary = {
    "openinference.span.kind": "facts.span_kind",
    "llm.model_name": "facts.asked_model",
    "llm.request.model_name": "facts.asked_model",
    "llm.response.model_name": "facts.model",
    "embedding.model_name": "facts.asked_model",
    "reranker.model_name": "facts.asked_model",
    "llm.provider": "facts.llm_provider",
    "llm.system": "facts.system",
    "llm.token_count.prompt": "counts.input",
    "llm.token_count.completion": "counts.output",
    "llm.token_count.total": "counts.total",
    "llm.token_count.prompt_details.cache_read": "counts.cache_read",
    "llm.token_count.prompt_details.cache_input": "counts.cache_read",
    "llm.token_count.prompt_details.cache_write": "counts.cache_creation",
    "llm.token_count.completion_details.reasoning": "counts.reasoning",
    "llm.finish_reason": "facts.old_stop",
    "output.value": "facts.answer",
    "agent.name": "facts.agent",
    "tool.name": "facts.tool",
    "session.id": "extras.conversationId",
}
"""openinference-semantic-conventions 0.1: openinference/semconv/trace (SpanAttributes)."""

OPENLLMETRY: Vocabulary = {
    "llm.request.type": "facts.request_type",
    "llm.request.model": "facts.asked_model",
    "llm.response.model": "facts.model",
    "llm.vendor": "facts.system",
    "llm.usage.prompt_tokens": "counts.input",
    "llm.usage.completion_tokens": "counts.output",
    "llm.usage.total_tokens": "counts.total",
    "llm.usage.reasoning_tokens": "counts.reasoning",
    "llm.usage.cache_read_input_tokens": "counts.cache_read",
    "llm.usage.cache_creation_input_tokens": "counts.cache_creation",
    "gen_ai.usage.total_tokens": "counts.total",
    "llm.is_streaming": "row.is_streamed",
    "gen_ai.is_streaming": "row.is_streamed",
    "llm.response.finish_reason": "facts.old_stop",
    "llm.response.stop_reason": "facts.old_stop",
    "gen_ai.response.stop_reason": "facts.old_stop",
    "gen_ai.openai.system_fingerprint": "extras.systemFingerprint",
    "traceloop.span.kind": "facts.span_kind",
}
"""opentelemetry-semantic-conventions-ai 0.4 and 0.5: opentelemetry/semconv_ai (SpanAttributes)."""

AI_SDK: Vocabulary = {
    "ai.operationId": "facts.ai_operation",
    "ai.model.id": "facts.asked_model",
    "ai.model.provider": "facts.system",
    "ai.response.model": "facts.model",
    "ai.response.id": "facts.response_id",
    "ai.response.finishReason": "facts.old_stop",
    "ai.response.msToFirstChunk": "facts.first_chunk_ms",
    "ai.usage.promptTokens": "counts.input",
    "ai.usage.completionTokens": "counts.output",
    "ai.usage.inputTokens": "counts.input",
    "ai.usage.outputTokens": "counts.output",
    "ai.usage.totalTokens": "counts.total",
    "ai.usage.tokens": "counts.input",
    "ai.usage.reasoningTokens": "counts.reasoning",
    "ai.usage.outputTokenDetails.reasoningTokens": "counts.reasoning",
    "ai.usage.cachedInputTokens": "counts.passed_cache_read",
    "ai.usage.inputTokenDetails.cacheReadTokens": "counts.cache_read",
    "ai.usage.inputTokenDetails.cacheWriteTokens": "counts.cache_creation",
    "ai.response.providerMetadata": "facts.passed_parts",
    "ai.toolCall.name": "facts.tool",
    "ai.toolCall.id": "extras.toolCallId",
    "ai.telemetry.functionId": "row.task_type",
}
"""Vercel's AI SDK 4 to 6: packages/ai (telemetry); ai.usage.tokens is that of embeddings, the
details came with version 6. Version 7 writes OpenTelemetry's words."""

LITELLM: Vocabulary = {
    "llm.is_streaming": "row.is_streamed",
    "gen_ai.request.id": "facts.request_id",
    "metadata.usage_object": "facts.usage_parts",
}
"""litellm 1.8x to 1.106: integrations/opentelemetry.py, types/integrations/otel_span_attributes.py.
Cached tokens stand in the object only."""

PYDANTIC_AI: Vocabulary = {
    "gen_ai.usage.details.cache_read_tokens": "counts.cache_read",
    "gen_ai.usage.details.cache_read_input_tokens": "counts.cache_read",
    "gen_ai.usage.details.cached_tokens": "counts.cache_read",
    "gen_ai.usage.details.cached_content_tokens": "counts.cache_read",
    "gen_ai.usage.details.cache_write_tokens": "counts.cache_creation",
    "gen_ai.usage.details.cache_creation_input_tokens": "counts.cache_creation",
    "gen_ai.usage.details.reasoning_tokens": "counts.reasoning",
    "gen_ai.usage.details.thoughts_tokens": "counts.reasoning",
    "gen_ai.client.operation.time_to_first_chunk": "facts.first_chunk_s",
}
"""pydantic-ai 0.2 to 1: usage.py (opentelemetry_attributes), _instrumentation.py."""

STRANDS: Vocabulary = {
    "gen_ai.usage.cache_write_input_tokens": "counts.strands_cache_creation",
    "gen_ai.server.time_to_first_token": "facts.first_chunk_ms",
}
"""strands-agents 1.10 to 1.62: telemetry/tracer.py. It copied the counts of Bedrock's Converse;
since it writes the convention's names of cached tokens too, all tokens of a prompt are its input,
as its total tells."""

LANGSMITH: Vocabulary = {
    "langsmith.span.kind": "facts.span_kind",
    "langsmith.metadata.ls_provider": "facts.system",
    "langsmith.metadata.ls_model_name": "facts.asked_model",
    "langsmith.trace.session_id": "extras.conversationId",
    "gen_ai.usage.input_token_details.cache_read": "counts.cache_read",
    "gen_ai.usage.input_token_details.cache_creation": "counts.cache_creation",
    "gen_ai.usage.output_token_details.reasoning": "counts.reasoning",
    "gen_ai.usage.input_token_details": "facts.usage_parts",
    "gen_ai.usage.output_token_details": "facts.output_parts",
    "langsmith.usage_metadata": "facts.usage_parts",
    "langsmith.metadata.usage_metadata": "facts.usage_parts",
}
"""langsmith 0.4 to 0.15: _internal/otel/_otel_exporter.py, and its guide to OpenTelemetry."""

OPENLIT: Vocabulary = {
    "gen_ai.request.is_stream": "row.is_streamed",
    "gen_ai.server.ttft": "facts.first_chunk_s",
    "gen_ai.usage.input_tokens.cached": "counts.cache_read",
    "gen_ai.usage.completion_tokens_details.reasoning": "counts.reasoning",
    "gen_ai.usage.prompt_tokens_details.cache_read": "counts.cache_read",
    "gen_ai.usage.prompt_tokens_details.cache_write": "counts.cache_creation",
    "gen_ai.client.token.usage": "counts.total",
}
"""openlit 1.3x: semcov/__init__.py."""

SENTRY: Vocabulary = {
    "sentry.op": "facts.span_kind",
    "gen_ai.usage.input_tokens.cached": "counts.cache_read",
    "gen_ai.usage.input_tokens.cache_write": "counts.cache_creation",
    "gen_ai.usage.output_tokens.reasoning": "counts.reasoning",
    "gen_ai.response.streaming": "row.is_streamed",
}
"""Sentry's SDKs 2.4x and 10: "AI agents module" of its developer documentation. Cached tokens are a
subset of the input."""

MLFLOW: Vocabulary = {
    "mlflow.spanType": "facts.span_kind",
    "mlflow.llm.model": "facts.asked_model",
    "mlflow.llm.provider": "facts.system",
    "mlflow.chat.tokenUsage": "facts.usage_parts",
    "mlflow.spanOutputs": "facts.answer",
}
"""mlflow 3.4: tracing/constant.py (SpanAttributeKey, TokenUsageKey)."""

LANGFUSE: Vocabulary = {
    "langfuse.observation.type": "facts.span_kind",
    "langfuse.observation.model.name": "facts.asked_model",
    "langfuse.observation.usage_details": "facts.langfuse_usage",
    "langfuse.session.id": "extras.conversationId",
}
"""langfuse 3: _client/attributes.py."""

LOGFIRE: Vocabulary = {
    "usage": "facts.bare_usage",
}
"""logfire 5.4: integrations/openai_agents.py. Cached tokens stand in the object only."""

ANTHROPIC: Vocabulary = {
    "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": "counts.cache_creation_5m",
    "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": "counts.cache_creation_1h",
    "gen_ai.usage.cache_creation.ephemeral_5m_input_tokens": "counts.cache_creation_5m",
    "gen_ai.usage.cache_creation.ephemeral_1h_input_tokens": "counts.cache_creation_1h",
    "anthropic.response.service_tier": "facts.old_tier",
    "anthropic.message.stop_reason": "facts.old_stop",
    "anthropic.response.stop_reason": "facts.old_stop",
    "anthropic.stop_reason": "facts.old_stop",
}
"""Anthropic's own spans (beta): platform.claude.com/docs/en/api/opentelemetry/spans; anthropic 2.9
(Python): _tracing.py."""

MCP: Vocabulary = {
    "mcp.method.name": "facts.mcp_method",
    "mcp.tool.name": "facts.tool",
    "mcp.session.id": "extras.conversationId",
}
"""OpenTelemetry's conventions for MCP, 1.39: docs/gen-ai/mcp.md."""

SEARCHES: Vocabulary = {
    "gen_ai.usage.server_tool_use.web_search_requests": "facts.searches",
    "gen_ai.usage.web_search_requests": "facts.searches",
    "gen_ai.usage.details.web_search_requests": "facts.searches",
    "anthropic.usage.server_tool_use.web_search_requests": "facts.searches",
    "llm.token_count.prompt_details.web_search_requests": "facts.searches",
}
"""Web searches that the vendor made for a call and charges apart. OpenTelemetry has no word for
them; these are Anthropic's `usage.server_tool_use` as gateways and PromptingTools write it, and
details of the usage as pydantic-ai and OpenInference name theirs. Claude Code tells none."""

COSTS: Sequence[str] = (
    "gen_ai.usage.cost",
    "gen_ai.usage.cost.total",
    "gen_ai.usage.cost_usd",
    "gen_ai.usage.total_cost",
    "gen_ai.cost.total_cost",
    "gen_ai.cost.total",
    "gen_ai.cost.total_tokens",
    "llm.cost.total",
    "llm.usage.cost",
    "operation.cost",
    "mlflow.llm.cost",
    "langfuse.observation.cost_details",
)
"""The whole cost of a call in USD, as its instrumentation reckons: OpenLIT and OpenTelemetry
proposals, Sentry and OpenRouter's broadcast, litellm (cost breakdown), OpenInference, pydantic-ai,
MLflow and Langfuse (both an object with the total, or of all parts). The first one that is there
and not 0 is kept beside ours."""

USAGE_PARTS: Mapping[str, str] = {
    "input_tokens": "input",
    "output_tokens": "output",
    "total_tokens": "total",
    "input": "input",
    "output": "output",
    "total": "total",
    "prompt_tokens": "input",
    "completion_tokens": "output",
    "inputTokens": "input",
    "outputTokens": "output",
    "totalTokens": "total",
    "promptTokens": "input",
    "completionTokens": "output",
    "cache_read_input_tokens": "cache_read",
    "cacheReadInputTokens": "cache_read",
    "cachedPromptTokens": "cache_read",
    "cached_tokens": "cache_read",
    "input_cached_tokens": "cache_read",
    "input_cache_read": "cache_read",
    "cache_read": "cache_read",
    "cache_creation_input_tokens": "cache_creation",
    "cacheCreationInputTokens": "cache_creation",
    "cacheWriteInputTokens": "cache_creation",
    "input_cache_creation": "cache_creation",
    "cache_creation": "cache_creation",
    "ephemeral_5m_input_tokens": "cache_creation_5m",
    "ephemeral_1h_input_tokens": "cache_creation_1h",
    "cache_creation_input_tokens_above_1hr": "cache_creation_1h",
    "reasoning_tokens": "reasoning",
    "reasoningTokens": "reasoning",
    "output_reasoning_tokens": "reasoning",
    "output_reasoning": "reasoning",
    "reasoning": "reasoning",
    "web_search_requests": "searches",
}
"""Of an attribute that holds several counts as an object or as JSON text (MLflow, Langfuse,
LangSmith, the AI SDK's providerMetadata): member → count."""

TOKEN_PARTS = {member: count for member, count in USAGE_PARTS.items() if "token" in member.lower()}
"""Those that can mean nothing else: of an attribute that other instrumentations may use as well."""

DIALECTS = (
    OPENINFERENCE,
    OPENLLMETRY,
    AI_SDK,
    LITELLM,
    PYDANTIC_AI,
    STRANDS,
    LANGSMITH,
    OPENLIT,
    SENTRY,
    MLFLOW,
    LANGFUSE,
    LOGFIRE,
    ANTHROPIC,
    MCP,
    SEARCHES,
)
