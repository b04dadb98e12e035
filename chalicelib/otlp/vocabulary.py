"""The attributes of GenAI spans and events, each with what becomes of it.

The contract's table (notes on ingest), with the newer spellings of OpenTelemetry's GenAI
conventions. Attributes that say the same of different worth have targets of their own, which
`genai.py` weighs; of mere spellings, which share one, a count's larger and any other's later one
stands.
"""

import re

from chalicelib.metering.vocabulary import IngestSkillSource
from chalicelib.otlp.rules import (
    Rule,
    Rules,
    capped,
    column,
    content,
    count,
    email,
    extra,
    fact,
    flag,
    number,
    owner,
    small,
    translated,
    words,
)

LABEL = re.compile(r"[A-Za-z0-9_-]+")
JOB_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*")
SKILL_SOURCE = re.compile("|".join(IngestSkillSource))

STOP_REASONS = {
    "stop": "END",
    "end_turn": "END",
    "length": "TOKEN_LIMIT",
    "max_tokens": "TOKEN_LIMIT",
    "tool_calls": "END_SEQUENCE",
    "tool_call": "END_SEQUENCE",
    "tool_use": "END_SEQUENCE",
    "function_call": "END_SEQUENCE",
    "stop_sequence": "END_SEQUENCE",
    "content_filter": "ERROR",
    "safety": "ERROR",
    "refusal": "ERROR",
    "error": "ERROR",
    "cancelled": "CANCELLED",
    "timeout": "TIMEOUT",
}
"""What the conventions and vendors write, in lower case; anything else is END."""

SKILL = Rules(
    {
        "skill.name": extra("skillName"),
        "skill.source": extra("skillSource", shape=SKILL_SOURCE),
        "skill.kind": extra("skillKind"),
        "skill.plugin.name": extra("skillPluginName"),
        "plugin.name": extra("skillPluginName"),
        "skill.marketplace.name": extra("skillMarketplaceName"),
        "marketplace.name": extra("skillMarketplaceName"),
        "skill.invocation_trigger": extra("skillInvocationTrigger"),
        "invocation_trigger": extra("skillInvocationTrigger"),
    }
)

REVENIUM = Rules(
    {
        "revenium.organization.name": owner("organization"),
        "revenium.product.name": owner("product", 224),
        "revenium.agent.name": owner("agent"),
        "revenium.subscriber.id": owner("subscriber_id"),
        "revenium.subscriber.email": email,
        "revenium.subscriber.email.source": extra("subscriberEmailSource", 20),
        "revenium.subscriber.credential.name": owner("credential_name"),
        "revenium.subscriber.credential.value": owner("credential_value"),
        "revenium.subscription.id": column("subscription"),
        "revenium.subscription_tier": extra("subscriptionTier"),
        "revenium.task.type": column("task_type", 255),
        "revenium.trace.name": column("trace_name", 256),
        "revenium.trace.type": column("trace_type", 128, LABEL),
        "revenium.transaction.name": column("transaction_name"),
        "revenium.job.id": capped("job_id", 256, JOB_ID),
        "revenium.job.name": capped("job_name", 512),
        "revenium.job.type": capped("job_type", 128),
        "revenium.job.version": capped("job_version", 64),
        "revenium.squad.id": column("squad_id"),
        "revenium.squad.name": column("squad_name"),
        "revenium.squad.role": column("squad_role"),
        "revenium.ticket.id": column("ticket_id", 256),
        "revenium.operation.subtype": column("operation_subtype"),
        "revenium.retry.number": small("retry_number"),
        "revenium.request.stream": flag("is_streamed"),
        "revenium.middleware.source": column("middleware_source", 255),
        "revenium.model.host": column("model_host", 50),
        "revenium.system.fingerprint": extra("systemFingerprint"),
    }
)

_PROVIDER = Rules(
    {
        "gen_ai.provider.name": words("provider", 255),
        "gen_ai.system": words("system", 255),
    }
)

RESOURCE = Rules(
    {
        **_PROVIDER,
        **REVENIUM,
        "service.name": words("service"),
        "deployment.environment.name": words("environment", 255),
        "deployment.environment": words("old_environment", 255),
        "cloud.region": column("region"),
    }
)
"""Of a resource: true of all its records that do not say otherwise."""

NUMBERED = re.compile(r"gen_ai\.(prompt|completion)\.(\d{1,6})\.(role|content)")
"""Attributes of older instrumentations: one message is several of them."""


class _GenAiRules(Rules):
    def __missing__(self, key: str) -> Rule:
        numbered = key.startswith(("gen_ai.prompt.", "gen_ai.completion.")) and NUMBERED.fullmatch(
            key
        )
        return content(key) if numbered else super().__missing__(key)


GENAI = _GenAiRules(
    {
        **_PROVIDER,
        **REVENIUM,
        **SKILL,
        "gen_ai.operation.name": words("operation", 255),
        "gen_ai.response.model": words("model", 255),
        "gen_ai.request.model": words("asked_model", 255),
        "gen_ai.response.id": words("response_id", 8_192),
        "gen_ai.usage.input_tokens": count("input"),
        "gen_ai.usage.prompt_tokens": count("input"),
        "gen_ai.usage.output_tokens": count("output"),
        "gen_ai.usage.completion_tokens": count("output"),
        "gen_ai.usage.cache_read_tokens": count("cache_read"),
        "gen_ai.usage.cache_read_input_tokens": count("cache_read"),
        "gen_ai.usage.cache_read.input_tokens": count("cache_read"),
        "gen_ai.usage.cache_creation_tokens": count("cache_creation"),
        "gen_ai.usage.cache_creation_input_tokens": count("cache_creation"),
        "gen_ai.usage.cache_creation.input_tokens": count("cache_creation"),
        "gen_ai.usage.cache_write.input_tokens": count("cache_creation"),
        "gen_ai.usage.reasoning_tokens": count("reasoning"),
        "gen_ai.usage.reasoning.output_tokens": count("reasoning"),
        "gen_ai.response.finish_reasons": translated("stop", STOP_REASONS, "END"),
        "gen_ai.response.finish_reason": translated("old_stop", STOP_REASONS, "END"),
        "gen_ai.response.time_to_first_chunk": fact("first_chunk_s"),
        "gen_ai.request.stream": flag("is_streamed"),
        "gen_ai.request.temperature": number("temperature"),
        "gen_ai.conversation.id": extra("conversationId"),
        "gen_ai.agent.name": words("agent", 255),
        "gen_ai.agent.id": words("agent_id", 255),
        "gen_ai.tool.name": words("tool", 255),
        "gen_ai.tool.call.id": extra("toolCallId"),
        "openai.response.service_tier": words("tier", 64),
        "gen_ai.openai.response.service_tier": words("old_tier", 64),
        "openai.request.service_tier": extra("requestedServiceTier", 64),
        "gen_ai.openai.request.service_tier": extra("requestedServiceTier", 64),
        "openai.response.system_fingerprint": extra("systemFingerprint"),
        "gen_ai.openai.response.system_fingerprint": extra("systemFingerprint"),
        "server.address": extra("serverAddress"),
        "error.type": words("error"),
        "http.response.status_code": fact("http_status"),
        "deployment.environment.name": words("environment", 255),
        "deployment.environment": words("old_environment", 255),
        "cloud.region": column("region"),
        "gen_ai.system_instructions": content("system_text"),
        "gen_ai.input.messages": content("input_text"),
        "gen_ai.output.messages": content("output_text"),
        "gen_ai.prompt": content("old_input_text"),
        "gen_ai.completion": content("old_output_text"),
    }
)
"""Of a span, or of a log record that describes a model call."""

OPERATIONS = {
    "chat": "CHAT",
    "text_completion": "GENERATE",
    "generate_content": "GENERATE",
    "embeddings": "EMBED",
}
"""Operations that are model calls."""
AGENT_OPERATIONS = frozenset(("invoke_agent", "create_agent", "invoke_workflow"))
TOOL_OPERATIONS = frozenset(("execute_tool",))

PROMPT_EVENTS = {
    "gen_ai.content.prompt": "input_text",
    "gen_ai.content.completion": "output_text",
    "gen_ai.system.message": "system_text",
    "gen_ai.user.message": "input_text",
    "gen_ai.assistant.message": "input_text",
    "gen_ai.tool.message": "input_text",
    "gen_ai.choice": "output_text",
}
"""Events of a span that carry its texts, one message each, and the text that they belong to."""
DETAILS = "gen_ai.client.inference.operation.details"
"""The event, of a span or on its own, that carries the attributes of a model call."""
