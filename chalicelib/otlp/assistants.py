"""Coding assistants: the log events that Claude Code, Gemini CLI, Codex CLI and Cursor write of
their model calls.

Which attribute becomes what follows the contract's table (notes on ingest); the spellings of Gemini
CLI and Codex CLI are those of their own documentation and source.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from chalicelib.kit.clock import iso, parse_instant
from chalicelib.kit.money import to_nano
from chalicelib.metering.drafts import Draft
from chalicelib.metering.schemas import MOST_USD
from chalicelib.otlp.forms import Log
from chalicelib.otlp.genai import NANOS, UNKNOWN_MODEL, Bounds, names_of
from chalicelib.otlp.rules import (
    Found,
    Rules,
    column,
    count,
    email,
    extra,
    money,
    owner,
    small_extra,
    translated,
    words,
)
from chalicelib.otlp.vocabulary import RESOURCE, REVENIUM, SKILL, STOP_REASONS

_WORD, _ID, _QUERY = (
    re.compile(r"[A-Za-z0-9._-]+"),
    re.compile(r"[A-Za-z0-9_-]+"),
    re.compile(r"[A-Za-z0-9._:-]+"),
)
_MOST_TIMES = 1_000
_TRANSACTION_ID = 512
TIME = "timeUnixNano"
_TIMES = (f"{TIME} less duration_ms", TIME)
"""The fields that decide when a logged call began and ended."""
CALL_NAMES = ("api_request", "api_response", "codex.sse_event")
"""How the names of events end that tell of a model call. Codex CLI tells the tokens of a call with
the last event of its answer, and none with its codex.api_request."""


class Assistant(NamedTuple):
    """The labels of its calls."""

    provider: str
    agent: str


_CLAUDE_CODE = Assistant("ClaudeCode", "claude-code")
_COWORK = Assistant("ClaudeCowork", "claude-cowork")
_GEMINI = Assistant("GeminiCLI", "gemini-cli")
_CURSOR = Assistant("Cursor", "cursor-ide")
_CODEX = Assistant("CodexCLI", "codex-cli")

_BY_SERVICE: Mapping[str, Assistant] = {
    "claude-code": _CLAUDE_CODE,
    "claude-code-desktop": _CLAUDE_CODE,
    "claude-cowork": _COWORK,
    "gemini-cli": _GEMINI,
    "cursor": _CURSOR,
    "cursor-ide": _CURSOR,
    "codex": _CODEX,
    "codex-cli": _CODEX,
    "codex-cli-rs": _CODEX,
    "codex-exec": _CODEX,
    "codex-tui": _CODEX,
    "codex-vscode": _CODEX,
    "codex-app-server": _CODEX,
}
"""By service.name and by what stands before the first dot of an event's name, with - for _."""

CALL = Rules(
    {
        "model": words("model", 255),
        "input_tokens": count("input"),
        "input_token_count": count("input"),
        "output_tokens": count("output"),
        "output_token_count": count("output"),
        "cache_read_tokens": count("cache_read"),
        "cached_token_count": count("cache_read"),
        "cached_content_token_count": count("cache_read"),
        "cache_creation_tokens": count("cache_creation"),
        "reasoning_token_count": count("reasoning"),
        "thoughts_token_count": count("thoughts"),
        "tool_token_count": count("tool_tokens"),
        "cost_usd": money("cost_usd", MOST_USD),
        "cost_multiplier": money("cost_multiplier", _MOST_TIMES),
        "duration_ms": count("duration"),
        "transaction_id": words("transaction_id", 8_192),
        "request_id": words("request_id", 8_192),
        "request.id": words("old_request_id", 8_192),
        "event.timestamp": words("timestamp", 64),
        "session.id": words("session", 255),
        "conversation.id": words("conversation", 255),
        "prompt.id": extra("promptId", 64, _ID),
        "prompt_id": extra("promptId", 64, _ID),
        "prompt_length": small_extra("promptLength"),
        "query_source": extra("querySource", 128, _QUERY),
        "effort": extra("effort", 16, _ID),
        "speed": extra("speed", 16, _ID),
        "agent.name": extra("subagentType", 128, _QUERY),
        "entrypoint": extra("entrypoint", 64, _WORD),
        "user.email": email,
        "user.account_uuid": extra("codingAssistantAccountUuid"),
        "finish_reasons": translated("stop", STOP_REASONS, "END"),
        "auth_type": extra("authType"),
        "auth_mode": extra("authType"),
        "app.version": column("agent_version", 64),
        "billing.kind": extra("billingKind"),
        "cursor.token_fee": extra("cursorTokenFee"),
        "cursor.requests_costs": extra("cursorRequestsCosts"),
        "cursor.is_token_based": extra("cursorIsTokenBased"),
        **SKILL,
        **REVENIUM,
    }
)
"""Of a log record of a model call."""

HOST = Rules(
    {
        **RESOURCE,
        "organization.name": owner("organization"),
        "product.name": owner("product", 224),
        "user.email": email,
        "user.account_uuid": extra("codingAssistantAccountUuid"),
        "service.version": column("agent_version", 64),
        "CLAUDE_CODE_SUBSCRIPTION_TIER": extra("subscriptionTier"),
        "cost_multiplier": money("cost_multiplier", _MOST_TIMES),
    }
)
"""Of a resource with log records. organization.name of a record is the assistant's own id of its
customer."""


def is_assistant(service: str) -> bool:
    """Whether a service is a coding assistant."""
    return _folded(service) in _BY_SERVICE


def assistant_of(service: str, event: str) -> Assistant | None:
    """The assistant that a record comes from: by its service, else by the name of its event."""
    return _BY_SERVICE.get(_folded(service)) or _BY_SERVICE.get(_folded(event.partition(".")[0]))


def _folded(name: str) -> str:
    return name.lower().replace("_", "-")


def tells_of_call(found: Found) -> bool:
    """Whether a record tells of tokens: one event of a call does, and a test of the connection does
    not."""
    facts = found.facts
    return any(facts.get(name) for name in ("input", "output", "cache_read", "cache_creation"))


def assistant_call(assistant: Assistant, log: Log, found: Found, bounds: Bounds) -> Draft:
    """The draft of a completion. Raises Unfit for a time that no clock can mean."""
    facts, row = found.facts, found.row
    ended = instant_of(log, facts)
    started = ended - facts.get("duration", 0)
    bounds.check(ended, ended, (TIME, TIME))
    bounds.check(started, ended, _TIMES)
    session = facts.get("session") or facts.get("conversation") or ""
    identity = _identity(facts, session, ended)
    row |= {
        "transaction_id": identity[:_TRANSACTION_ID],
        "channel": "OTLP",
        "requested_at": started,
        "responded_at": ended,
        "first_token_at": ended,
        "duration_ms": ended - started,
        "provider": assistant.provider,
        "model": facts.get("model") or UNKNOWN_MODEL,
        "operation_type": "CHAT",
        "stop_reason": facts.get("stop", "END"),
        "is_streamed": row.get("is_streamed", False),
    }
    if session:
        row["trace_id"] = session
    _put_tokens(row, facts)
    _put_money(row, found)
    if (service := facts.get("service")) and _WORD.fullmatch(service[:64]):
        found.extras["clientSurface"] = service[:64]
    return Draft("COMPLETION", identity, row, names_of(found, assistant.agent), found.extras)


def instant_of(log: Log, facts: Mapping[str, Any]) -> int:
    """When a record was made. Codex CLI leaves the time out and writes it as an attribute."""
    if log.time:
        return log.time // NANOS
    try:
        return parse_instant(facts["timestamp"])
    except (KeyError, ValueError, OverflowError):
        return log.observed // NANOS


def _identity(facts: Mapping[str, Any], session: str, ended: int) -> str:
    told = facts.get("transaction_id") or facts.get("request_id") or facts.get("old_request_id")
    return (
        str(told)
        if told
        else hashed(
            session,
            ended,
            facts.get("model", ""),
            *(facts.get(name, 0) for name in ("input", "output", "cache_read", "cache_creation")),
        )
    )


def hashed(session: str, instant: int, *parts: str | int) -> str:
    """The id of a call that brings none, as the backfill tools compute it too: 32 hex digits."""
    text = "|".join((session, iso(instant), *map(str, parts)))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _put_tokens(row: dict[str, Any], facts: Mapping[str, Any]) -> None:
    """The token columns. Gemini counts thoughts beside the output and tool results beside the
    input, and bills both; in the ledger reasoning is part of the output. Codex's tool_token_count
    is the sum of all, and is left out."""
    given, made = facts.get("input", 0), facts.get("output", 0)
    reasoning = facts.get("reasoning")
    if "thoughts" in facts:
        reasoning = facts["thoughts"]
        given, made = given + facts.get("tool_tokens", 0), made + reasoning
    row |= {"input_tokens": given, "output_tokens": made, "total_tokens": given + made}
    for name, tokens in (
        ("cache_read_tokens", facts.get("cache_read")),
        ("cache_creation_tokens", facts.get("cache_creation")),
        ("reasoning_tokens", reasoning),
    ):
        if tokens is not None:
            row[name] = tokens


def _put_money(row: dict[str, Any], found: Found) -> None:
    """The cost that the client reports is kept beside ours; it is never taken for it."""
    facts = found.facts
    if "cost_usd" in facts:
        row["stated_cost_nano"] = to_nano(facts["cost_usd"])
    if "cost_multiplier" in facts:
        found.extras["costMultiplier"] = facts["cost_multiplier"]
