"""Calls of coding assistants: from a log record to the draft of a completion."""

import hashlib
from collections.abc import Mapping
from typing import Any

from chalicelib.kit.clock import iso, parse_instant
from chalicelib.kit.money import to_nano
from chalicelib.metering.drafts import Draft
from chalicelib.metering.weak_ids import is_no_id
from chalicelib.otlp.assistants import CURSOR, Assistant
from chalicelib.otlp.cleaning import real
from chalicelib.otlp.forms import Log
from chalicelib.otlp.genai import (
    NANOS,
    UNKNOWN_MODEL,
    Bounds,
    names_of,
    put_failure,
    put_first_token,
)
from chalicelib.otlp.rules import RecordValues
from chalicelib.otlp.targets import WORD

_TRANSACTION_ID, _SURFACE = 512, 64
TIME = "timeUnixNano"
_TIMES = (f"{TIME} less duration_ms", TIME)
"""The fields that decide when a logged call began and ended."""
_COUNTED = ("input", "output", "cache_read", "cache_creation")
_FIRST_ERROR = 400
"""Of the status codes of HTTP."""


_USED = (
    *_COUNTED,
    *"inner_cache_creation cache_creation_5m cache_creation_1h".split(),
    *"reasoning thoughts tool_tokens cost_usd".split(),
)
"""Facts that tell of what a call used."""


def tells_of_call(values: RecordValues) -> bool:
    """Whether a record tells of tokens or of a cost: one event of a call does, and a test of the
    connection does not."""
    return any(map(values.facts.get, _USED))


def assistant_call(assistant: Assistant, log: Log, values: RecordValues, bounds: Bounds) -> Draft:
    """The draft of a completion. Raises Unfit for a time that no clock can mean."""
    facts, row = values.facts, values.row
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
    put_first_token(row, facts)
    if session:
        row["trace_id"] = session
    _put_tokens(row, facts)
    _put_money(row, values)
    surface = facts.get("service", "")[:_SURFACE]
    if WORD.fullmatch(surface):
        values.extras["clientSurface"] = surface
    return Draft("COMPLETION", identity, row, names_of(values, assistant.agent), values.extras)


def tells_of_failure(name: str, values: RecordValues) -> bool:
    """Whether a record of an error, or of a call that may have failed, tells of a failed call of a
    model."""
    facts = values.facts
    if not facts.get("model"):
        return False
    status = real(facts.get("http_status"))
    is_refused = status is not None and status >= _FIRST_ERROR
    return name.endswith("api_error") or is_refused or bool(facts.get("error_text"))


def failed_call(assistant: Assistant, log: Log, values: RecordValues, bounds: Bounds) -> Draft:
    """The draft of a call that failed: it used no tokens that anybody told of. Raises Unfit for a
    time that no clock can mean."""
    draft = assistant_call(assistant, log, values, bounds)
    facts = values.facts
    put_failure(draft.row, facts, facts.get("error_text", ""))
    if not _told_id(facts):
        # What tells a failed call from a good one that ended in the same instant.
        attempt = facts.get("attempt", 0)
        draft.identity = hash_identity(
            draft.row.get("trace_id", ""),
            draft.row["responded_at"],
            draft.row["model"],
            "failed",
            attempt,
        )
        draft.row["transaction_id"] = draft.identity
    return draft


def instant_of(log: Log, facts: Mapping[str, Any]) -> int:
    """When a record was made (UTC epoch ms). Codex CLI leaves the time out and writes it as an
    attribute."""
    if log.time:
        return log.time // NANOS
    try:
        return parse_instant(facts["timestamp"])
    except (KeyError, ValueError, OverflowError):
        return log.observed // NANOS


def _identity(facts: Mapping[str, Any], session: str, ended: int) -> str:
    """The id that the call brings; without one, a hash of what tells it from others."""
    if told := _told_id(facts):
        return told
    counts = (facts.get(name, 0) for name in _COUNTED)
    return hash_identity(session, ended, facts.get("model", ""), *counts)


def _told_id(facts: Mapping[str, Any]) -> str:
    """The id that the call brings; empty when it brings none that tells it from others."""
    for name in ("transaction_id", "request_id", "old_request_id", "response_id"):
        identity = facts.get(name)
        if identity and not is_no_id(str(identity)):
            return str(identity)
    return ""


def hash_identity(session: str, instant: int, *parts: str | int) -> str:
    """The id of a call that brings none, as the backfill tools compute it too: 32 hex digits.
    `instant` in UTC epoch ms."""
    text = "|".join((session, iso(instant), *map(str, parts)))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _put_tokens(row: dict[str, Any], facts: Mapping[str, Any]) -> None:
    """The token columns. Gemini counts thoughts beside the output and tool results beside the
    input, and bills both; in the ledger reasoning is part of the output. Codex's tool_token_count
    is the sum of all, and is left out unless nothing else is told."""
    given, made = facts.get("input", 0), facts.get("output", 0)
    reasoning = facts.get("reasoning")
    if "thoughts" in facts:
        reasoning = facts["thoughts"]
        given, made = given + facts.get("tool_tokens", 0), made + reasoning
    elif reasoning and made < reasoning:
        # What is larger than the output is beside it.
        made += reasoning
    written = facts.get("cache_creation")
    if "inner_cache_creation" in facts:
        # Codex counts what it writes to the cache within the input, as OpenAI's API does.
        written = facts["inner_cache_creation"]
        given -= min(written, given)
    if row["provider"] == CURSOR.provider and not _is_claude(row["model"]):
        # Cursor counts cached tokens beside the input, whoever the vendor is.
        given += facts.get("cache_read", 0)
    total = given + made + (written or 0 if "inner_cache_creation" in facts else 0)
    total = total or facts.get("tool_tokens", 0)
    row |= {"input_tokens": given, "output_tokens": made, "total_tokens": total}
    parts = {
        "cache_read_tokens": facts.get("cache_read"),
        "cache_creation_tokens": written,
        "cache_creation_5m_tokens": facts.get("cache_creation_5m"),
        "cache_creation_1h_tokens": facts.get("cache_creation_1h"),
        "reasoning_tokens": reasoning,
    }
    for column, tokens in parts.items():
        if tokens is not None:
            row[column] = tokens


def _is_claude(model: str) -> bool:
    return "claude" in model.lower()


def _put_money(row: dict[str, Any], values: RecordValues) -> None:
    """The cost that the client reports is kept beside ours; it is never taken for it, but for
    Cursor's, which is what the vendor itself charges."""
    facts = values.facts
    if "cost_usd" in facts:
        row["stated_cost_nano"] = to_nano(facts["cost_usd"])
        if row["provider"] == CURSOR.provider:
            values.extras["totalCost"] = facts["cost_usd"]
    if "cost_multiplier" in facts:
        values.extras["costMultiplier"] = facts["cost_multiplier"]
