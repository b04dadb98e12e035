"""Targets: every member that an attribute of a record can fill, and how its value is cleaned.

A target is written `slot.member`. Members of `row` are columns; of `names`, whom the record is
charged to; of `extras`, what has no column; `facts` and `counts` are weighed by the mappers
(genai.py, assistant_calls.py, tools.py). Of two attributes that share a target a count's larger and
any other's later one stands; what says the same of different worth has targets of its own.
"""

import re
from collections.abc import Mapping

from chalicelib.metering.schemas import MOST_USD
from chalicelib.metering.vocabulary import IngestSkillSource
from chalicelib.otlp.cleaning import (
    Clean,
    Text,
    amount,
    as_it_is,
    bare_text,
    content,
    count,
    counts_in,
    cut_text,
    email,
    hints_in,
    is_true,
    number,
    small_whole,
    stated_amount,
    stated_whole,
    token_counts_in,
    unread,
    word_of,
)
from chalicelib.otlp.dialects import COSTS, TOKEN_PARTS, USAGE_PARTS
from chalicelib.otlp.rules import Rules, Vocabulary, rule_of

WORD = re.compile(r"[A-Za-z0-9._-]+")
_ID = re.compile(r"[A-Za-z0-9_-]+")
_QUERY = re.compile(r"[A-Za-z0-9._:-]+")
_JOB_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*")
_SKILL_SOURCE = re.compile("|".join(IngestSkillSource))
_LONG_ID, _MOST_TIMES = 8_192, 1_000

STOP_REASONS: Mapping[str, str] = {
    "stop": "END",
    "end_turn": "END",
    "length": "TOKEN_LIMIT",
    "max_tokens": "TOKEN_LIMIT",
    "tool_calls": "END_SEQUENCE",
    "tool_call": "END_SEQUENCE",
    "tool_use": "END_SEQUENCE",
    "tool-calls": "END_SEQUENCE",
    "content-filter": "ERROR",
    "model_length": "TOKEN_LIMIT",
    "max_output_tokens": "TOKEN_LIMIT",
    "model_context_window_exceeded": "TOKEN_LIMIT",
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

_COLUMNS: Mapping[str, Clean] = {
    "row.agent_version": Text(64),
    "row.is_streamed": is_true,
    "row.middleware_source": Text(),
    "row.model_host": Text(50),
    "row.operation": Text(),
    "row.operation_subtype": Text(),
    "row.region": Text(),
    "row.retry_number": small_whole,
    "row.squad_id": Text(),
    "row.squad_name": Text(),
    "row.squad_role": Text(),
    "row.subscription": Text(),
    "row.task_type": Text(),
    "row.ticket_id": Text(256),
    "row.trace_name": Text(256),
    "row.trace_type": Text(128, _ID),
    "row.transaction_name": Text(),
    "row.workflow_id": Text(),
}
_OWNERS: Mapping[str, Clean] = {
    "names.agent": cut_text(),
    "names.credential_name": cut_text(),
    "names.credential_value": cut_text(),
    "names.job_id": Text(256, _JOB_ID),
    "names.job_name": Text(512),
    "names.job_type": Text(128),
    "names.job_version": Text(64),
    "names.organization": cut_text(),
    "names.product": cut_text(224),
    "names.subscriber_email": email,
    "names.subscriber_id": cut_text(),
}
_EXTRAS: Mapping[str, Clean] = {
    "extras.authType": Text(),
    "extras.billingKind": Text(),
    "extras.codingAssistantAccountUuid": Text(),
    "extras.conversationId": Text(),
    "extras.cursorIsTokenBased": Text(),
    "extras.cursorRequestsCosts": Text(),
    "extras.cursorTokenFee": Text(),
    "extras.effort": Text(16, _ID),
    "extras.entrypoint": Text(64, WORD),
    "extras.promptId": Text(64, _ID),
    "extras.promptLength": small_whole,
    "extras.querySource": Text(128, _QUERY),
    "extras.requestedServiceTier": Text(64),
    "extras.serverAddress": Text(),
    "extras.skillInvocationTrigger": Text(),
    "extras.skillKind": Text(),
    "extras.skillMarketplaceName": Text(),
    "extras.skillName": Text(),
    "extras.skillPluginName": Text(),
    "extras.skillSource": Text(shape=_SKILL_SOURCE),
    "extras.speed": Text(16, _ID),
    "extras.subagentType": Text(128, _QUERY),
    "extras.subscriberEmailSource": Text(20),
    "extras.subscriptionTier": Text(),
    "extras.systemFingerprint": Text(),
    "extras.temperature": number,
    "extras.toolCallId": Text(),
}
UNREAD = "facts.unread_usage"
"""Where it is noted that an attribute tells of usage which nobody here reads."""
_FACTS: Mapping[str, Clean] = {
    "facts.agent": Text(),
    "facts.ai_operation": Text(),
    "facts.answer": as_it_is,
    "facts.first_chunk_ms": as_it_is,
    "facts.instrumentation": Text(),
    "facts.bare_usage": token_counts_in(TOKEN_PARTS),
    "facts.langfuse_usage": counts_in(USAGE_PARTS),
    "facts.llm_provider": Text(),
    "facts.mcp_method": Text(),
    "facts.output_parts": counts_in(USAGE_PARTS),
    "facts.request_type": Text(),
    "facts.span_kind": Text(),
    "facts.passed_parts": hints_in(USAGE_PARTS),
    UNREAD: unread,
    "facts.usage_parts": counts_in(USAGE_PARTS),
    "facts.agent_id": Text(),
    "facts.asked_model": bare_text(),
    "facts.call_id": Text(_LONG_ID),
    "facts.conversation": Text(),
    "facts.cost_multiplier": amount(_MOST_TIMES),
    "facts.cost_usd": stated_amount(MOST_USD),
    "facts.attempt": small_whole,
    "facts.environment": Text(),
    "facts.error": Text(),
    "facts.error_text": Text(65_536),
    "facts.first_chunk_s": as_it_is,
    "facts.http_status": as_it_is,
    "facts.input_text": content,
    "facts.model": Text(),
    "facts.old_environment": Text(),
    "facts.old_input_text": content,
    "facts.old_output_text": content,
    "facts.old_request_id": Text(_LONG_ID),
    "facts.old_stop": word_of(STOP_REASONS, "END"),
    "facts.old_tier": Text(64),
    "facts.operation": Text(),
    "facts.output_text": content,
    "facts.provider": Text(),
    "facts.request_id": Text(_LONG_ID),
    "facts.response_id": Text(_LONG_ID),
    "facts.searches": stated_whole,
    "facts.service": Text(),
    "facts.session": Text(),
    "facts.stop": word_of(STOP_REASONS, "END"),
    "facts.success": as_it_is,
    "facts.system": bare_text(),
    "facts.system_text": content,
    "facts.tier": Text(64),
    "facts.timestamp": Text(64),
    "facts.tool": Text(),
    "facts.tool_error": Text(65_536),
    "facts.tool_id": Text(),
    "facts.transaction_id": Text(_LONG_ID),
}
_COUNTS: Mapping[str, Clean] = dict.fromkeys(
    (
        "counts.cache_creation",
        "counts.cache_creation_1h",
        "counts.cache_creation_5m",
        "counts.cache_read",
        "counts.duration",
        "counts.inner_cache_creation",
        "counts.input",
        "counts.older_cache_read",
        "counts.output",
        "counts.passed_cache_read",
        "counts.reasoning",
        "counts.strands_cache_creation",
        "counts.thoughts",
        "counts.tool_tokens",
        "counts.total",
    ),
    count,
)
"""Tokens; the duration in ms."""
COST_FACTS: Mapping[str, str] = {f"cost:{attribute}": attribute for attribute in COSTS}
"""The fact of each cost attribute → the attribute."""
COST_VOCABULARY: Vocabulary = {attribute: f"facts.{fact}" for fact, attribute in COST_FACTS.items()}
_COSTS: Mapping[str, Clean] = dict.fromkeys(COST_VOCABULARY.values(), stated_amount(MOST_USD))
TARGETS: Mapping[str, Clean] = {
    **_COLUMNS,
    **_OWNERS,
    **_EXTRAS,
    **_FACTS,
    **_COUNTS,
    **_COSTS,
}


def build_rules(*vocabularies: Vocabulary) -> Rules:
    """The rules of some vocabularies together; of two that have the same attribute, the later one
    stands. Raises KeyError for a target that does not exist."""
    rules = Rules()
    for vocabulary in vocabularies:
        for attribute, target in vocabulary.items():
            rules[attribute] = rule_of(target, TARGETS[target])
    return rules
