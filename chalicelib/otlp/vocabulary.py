"""Vocabularies: the attributes of GenAI spans and events, each with its target (targets.py).

The contract's table (notes on ingest), with the newer spellings of OpenTelemetry's GenAI
conventions. One more vocabulary is one more table here and its name in `MODEL_CALL`.
"""

import re

from chalicelib.otlp.cleaning import content, unread_counts
from chalicelib.otlp.dialects import DIALECTS
from chalicelib.otlp.rules import Rule, Rules, Vocabulary, rule_of
from chalicelib.otlp.targets import COST_VOCABULARY, TARGETS, UNREAD, build_rules

SKILL: Vocabulary = {
    "skill.name": "extras.skillName",
    "skill.source": "extras.skillSource",
    "skill.kind": "extras.skillKind",
    "skill.plugin.name": "extras.skillPluginName",
    "plugin.name": "extras.skillPluginName",
    "skill.marketplace.name": "extras.skillMarketplaceName",
    "marketplace.name": "extras.skillMarketplaceName",
    "skill.invocation_trigger": "extras.skillInvocationTrigger",
    "invocation_trigger": "extras.skillInvocationTrigger",
}
"""Skills of coding assistants."""

REVENIUM: Vocabulary = {
    "revenium.organization.name": "names.organization",
    "revenium.product.name": "names.product",
    "revenium.agent.name": "names.agent",
    "revenium.subscriber.id": "names.subscriber_id",
    "revenium.subscriber.email": "names.subscriber_email",
    "revenium.subscriber.email.source": "extras.subscriberEmailSource",
    "revenium.subscriber.credential.name": "names.credential_name",
    "revenium.subscriber.credential.value": "names.credential_value",
    "revenium.subscription.id": "row.subscription",
    "revenium.subscription_tier": "extras.subscriptionTier",
    "revenium.task.type": "row.task_type",
    "revenium.trace.name": "row.trace_name",
    "revenium.trace.type": "row.trace_type",
    "revenium.transaction.name": "row.transaction_name",
    "revenium.job.id": "names.job_id",
    "revenium.job.name": "names.job_name",
    "revenium.job.type": "names.job_type",
    "revenium.job.version": "names.job_version",
    "revenium.squad.id": "row.squad_id",
    "revenium.squad.name": "row.squad_name",
    "revenium.squad.role": "row.squad_role",
    "revenium.ticket.id": "row.ticket_id",
    "revenium.operation.subtype": "row.operation_subtype",
    "revenium.retry.number": "row.retry_number",
    "revenium.request.stream": "row.is_streamed",
    "revenium.middleware.source": "row.middleware_source",
    "revenium.model.host": "row.model_host",
    "revenium.system.fingerprint": "extras.systemFingerprint",
}
"""The contract's own attributes: whom and what a call is for."""

PROVIDER: Vocabulary = {
    "gen_ai.provider.name": "facts.provider",
    "gen_ai.system": "facts.system",
}
"""Whose model was called."""

PLACE: Vocabulary = {
    "deployment.environment.name": "facts.environment",
    "deployment.environment": "facts.old_environment",
    "cloud.region": "row.region",
}
"""Where the caller runs."""

SERVICE: Vocabulary = {"service.name": "facts.service"}

OPENTELEMETRY: Vocabulary = {
    "gen_ai.operation.name": "facts.operation",
    "gen_ai.response.model": "facts.model",
    "gen_ai.request.model": "facts.asked_model",
    "gen_ai.response.id": "facts.response_id",
    "gen_ai.usage.input_tokens": "counts.input",
    "gen_ai.usage.output_tokens": "counts.output",
    "gen_ai.usage.cache_read.input_tokens": "counts.cache_read",
    "gen_ai.usage.cache_creation.input_tokens": "counts.cache_creation",
    "gen_ai.usage.reasoning.output_tokens": "counts.reasoning",
    "gen_ai.response.finish_reasons": "facts.stop",
    "gen_ai.response.time_to_first_chunk": "facts.first_chunk_s",
    "gen_ai.request.stream": "row.is_streamed",
    "gen_ai.request.temperature": "extras.temperature",
    "gen_ai.conversation.id": "extras.conversationId",
    "gen_ai.agent.name": "facts.agent",
    "gen_ai.agent.id": "facts.agent_id",
    "gen_ai.tool.name": "facts.tool",
    "gen_ai.tool.call.id": "extras.toolCallId",
    "openai.response.service_tier": "facts.tier",
    "openai.request.service_tier": "extras.requestedServiceTier",
    "openai.response.system_fingerprint": "extras.systemFingerprint",
    "server.address": "extras.serverAddress",
    "error.type": "facts.error",
    "http.response.status_code": "facts.http_status",
    "gen_ai.system_instructions": "facts.system_text",
    "gen_ai.input.messages": "facts.input_text",
    "gen_ai.output.messages": "facts.output_text",
}
"""OpenTelemetry's conventions for generative AI, as they are now."""

OLDER_SPELLINGS: Vocabulary = {
    "gen_ai.usage.prompt_tokens": "counts.input",
    "gen_ai.usage.completion_tokens": "counts.output",
    "gen_ai.usage.cache_read_tokens": "counts.cache_read",
    "gen_ai.usage.cache_read_input_tokens": "counts.older_cache_read",
    "gen_ai.usage.cache_creation_tokens": "counts.cache_creation",
    "gen_ai.usage.cache_creation_input_tokens": "counts.cache_creation",
    "gen_ai.usage.cache_write.input_tokens": "counts.cache_creation",
    "gen_ai.usage.reasoning_tokens": "counts.reasoning",
    "gen_ai.response.finish_reason": "facts.old_stop",
    "gen_ai.openai.response.service_tier": "facts.old_tier",
    "gen_ai.openai.request.service_tier": "extras.requestedServiceTier",
    "gen_ai.openai.response.system_fingerprint": "extras.systemFingerprint",
    "gen_ai.prompt": "facts.old_input_text",
    "gen_ai.completion": "facts.old_output_text",
}
"""What instrumentations write that follow earlier conventions or nearly follow these."""

RESOURCE = build_rules(PROVIDER, REVENIUM, SERVICE, PLACE)
"""Of a resource: true of all its records that do not say otherwise."""

NUMBERED = re.compile(r"gen_ai\.(prompt|completion)\.(\d{1,6})\.(role|content)")
"""Attributes of older instrumentations: one message is several of them."""
NUMBERED_TEXTS = ("gen_ai.prompt.0.content", "gen_ai.completion.0.content")
"""The first of them, one of which each such span has."""
_NUMBERED_PREFIXES = ("gen_ai.prompt.", "gen_ai.completion.")


FAMILIES = (
    "gen_ai.usage",
    "gen_ai.cost",
    "gen_ai.aggregated_usage",
    "llm.usage",
    "llm.token_count",
    "llm.cost",
    "embedding.token_count",
    "ai.usage",
    "anthropic.usage",
    "langfuse.observation.usage",
    "langfuse.observation.cost",
    "mlflow.llm.cost",
)
"""How the keys begin in which an instrumentation tells of usage and costs, whatever comes then."""
_USAGE = re.compile(
    r"(?=.*(prompt|completion|input|output|total|usage|cache))(?!.*(max|limit|budget|per_))"
    r".*(tokens|token[._-]?(counts?|usage|used))"
    r"([._-](prompt|completion|input|output|total|cached?|count|usage|used))?",
    re.IGNORECASE,
)
"""Keys that tell of used tokens, in words that no vocabulary has."""
_COST = re.compile(
    r"(?!.*(max|limit|budget|per_))"
    r"(.*[._-])?(gen_?ai|llm|ai|tokens?|model|openai|anthropic|completion)[._-](.*[._-])?costs?"
    r"([._-].*)?",
    re.IGNORECASE,
)
"""Keys that tell of the cost of a call, in such words."""
_UNREAD_USAGE = rule_of(UNREAD, TARGETS[UNREAD])
_UNREAD_COUNTS = rule_of(UNREAD, unread_counts)


class CallRules(Rules):
    """The rules of what may be a call of a model: usage that nobody here reads is a fact too."""

    def __missing__(self, key: str) -> Rule:
        is_usage = (
            key.startswith(FAMILIES)
            or ("oken" in key and _USAGE.fullmatch(key))
            or ("cost" in key and _COST.fullmatch(key))
        )
        if is_usage:
            return _UNREAD_USAGE
        # LiteLLM's span of a raw answer (`llm.openai.usage`) repeats what the call above it tells.
        is_answer = key.endswith("usage") and not key.startswith("llm.")
        return _UNREAD_COUNTS if is_answer else super().__missing__(key)


class _GenAiRules(CallRules):
    def __missing__(self, key: str) -> Rule:
        if key.startswith(_NUMBERED_PREFIXES) and NUMBERED.fullmatch(key):
            return rule_of(f"facts.{key}", content)
        return super().__missing__(key)


MODEL_CALL = (
    *DIALECTS,
    COST_VOCABULARY,
    PROVIDER,
    REVENIUM,
    SKILL,
    PLACE,
    OPENTELEMETRY,
    OLDER_SPELLINGS,
)
"""The vocabularies that a call of a model may be described in."""
GENAI = _GenAiRules(build_rules(*MODEL_CALL))
"""Of a span. Only spans have numbered messages."""

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
