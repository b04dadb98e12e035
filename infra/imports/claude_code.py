"""Claude Code's transcripts (~/.claude/projects/*/*.jsonl): a line a message.

An answer of the model stands there in parts, a line a content block, all with the same message id,
request id and usage, of which only the last one's output is whole; sessions that were resumed and
subagents repeat lines. A request id is one call, and the one that Claude Code's telemetry names
too. Shapes: lines of versions 2.1.12 to 2.1.247 that people published.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from chalicelib.metering.bulk import FileRecord
from chalicelib.otlp.assistants import assistant_of
from chalicelib.pricing.overlap import TokenCounts
from infra.imports.containers import parse
from infra.imports.members import (
    NO_COUNTS,
    Row,
    as_count,
    as_instant,
    as_object,
    as_text,
    as_word,
    is_no_count,
    time_members,
    token_members,
)

_SERVICE = "claude-code"
_OPEN_CALLS = 256
"""Calls whose parts are waited for; parts of a call stand near each other."""
_REMEMBERED = 1_024
"""Lines whose times are remembered: a call begins when what it answers to was written."""
_LONGEST_MS = 600_000
"""A call that seems to take longer waited for a person."""
_STOPS = {
    "end_turn": "END",
    "stop_sequence": "END_SEQUENCE",
    "max_tokens": "TOKEN_LIMIT",
    "model_context_window_exceeded": "TOKEN_LIMIT",
    "tool_use": "TOOL_CALL",
    "refusal": "CONTENT_FILTER",
}
_COUNTS = (
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
)
_LINES = frozenset({"user", "assistant", "system", "progress", "summary", "file-history-snapshot"})
_OTHER = "lines that tell of no call of a model"
_NAMELESS = "answers without a request id and a message id"
_ADVISOR = "calls of other models within a call"
_OPEN = "answers without a stop reason, which may have been longer than was written down (counted)"


def is_transcript(row: Row) -> bool:
    """Whether a line is of a transcript."""
    if row.get("type") == "file-history-snapshot":
        return "snapshot" in row
    if row.get("type") == "queue-operation":
        return {"operation", "sessionId", "timestamp"} <= row.keys()
    is_line = as_text(row.get("type")) in _LINES and ("uuid" in row or "leafUuid" in row)
    return is_line and ("sessionId" in row or "message" in row or "leafUuid" in row)


@dataclass(slots=True)
class _Call:
    """A call, from the parts of it that were read so far. Times in UTC epoch ms."""

    number: int
    line: Row
    began: int | None
    ended: int | None = None
    stop: str = ""
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, line: Row, message: Row, left_out: Counter[str]) -> None:
        """Take in a part: of each count the largest, of all else the last."""
        usage = as_object(message.get("usage"))
        written = as_object(usage.get("cache_creation"))
        for name in (*_COUNTS, *written):
            told = usage[name] if name in usage else written.get(name)
            if is_no_count(told):
                left_out[NO_COUNTS] += 1
            self.counts[name] = max(self.counts[name], as_count(told))
        searches = as_object(usage.get("server_tool_use")).get("web_search_requests")
        self.counts[_SEARCHES] = max(self.counts[_SEARCHES], as_count(searches))
        self.ended = as_instant(line.get("timestamp")) or self.ended
        self.stop = as_text(message.get("stop_reason")) or self.stop
        self.line = line


_SEARCHES = "webSearchRequests"


def read_transcript(records: Iterator[FileRecord], left_out: Counter[str]) -> Iterator[FileRecord]:
    """The calls of a transcript, each once."""
    calls: OrderedDict[str, _Call] = OrderedDict()
    times: OrderedDict[str, int] = OrderedDict()
    for record in records:
        line = parse(record.content)
        began = times.get(as_text(line.get("parentUuid")) or "")
        _remember(times, line)
        message = as_object(line.get("message"))
        identity = _identity(line, message, left_out)
        if not identity:
            continue
        if identity not in calls:
            calls[identity] = _Call(record.number, line, began)
        calls[identity].add(line, message, left_out)
        if len(calls) > _OPEN_CALLS:
            yield _record_of(*calls.popitem(last=False), left_out)
    for identity, call in calls.items():
        yield _record_of(identity, call, left_out)


def _remember(times: OrderedDict[str, int], line: Row) -> None:
    instant, name = as_instant(line.get("timestamp")), as_text(line.get("uuid"))
    if instant is not None and name and line.get("type") != "assistant":
        times[name] = instant
    if len(times) > _REMEMBERED:
        times.popitem(last=False)


def _identity(line: Row, message: Row, left_out: Counter[str]) -> str:
    """The id of the call that a line is a part of; empty when it is of none."""
    usage = message.get("usage")
    model = as_text(message.get("model"))
    if line.get("type") != "assistant" or not isinstance(usage, dict) or model is None:
        left_out[_OTHER] += 1
        return ""
    if model.startswith("<"):
        # <synthetic>: Claude Code itself wrote it.
        left_out[_OTHER] += 1
        return ""
    identity = as_text(line.get("requestId")) or as_text(message.get("id")) or ""
    if not identity:
        left_out[_NAMELESS] += 1
    return identity


def _record_of(identity: str, call: _Call, left_out: Counter[str]) -> FileRecord:
    line, message = call.line, as_object(call.line.get("message"))
    usage = as_object(message.get("usage"))
    iterations = usage.get("iterations")
    if isinstance(iterations, list):
        left_out[_ADVISOR] += sum(_is_advice(one) for one in iterations)
    left_out[_OPEN] += not call.stop
    assistant = assistant_of(_SERVICE, "", ())
    if assistant is None:
        raise LookupError(_SERVICE)
    members: dict[str, Any] = {
        "transactionId": identity,
        "traceId": as_text(line.get("sessionId")),
        "provider": assistant.provider,
        "agent": assistant.agent,
        "agentVersion": as_text(line.get("version")),
        "model": message["model"],
        "stopReason": _STOPS.get(call.stop, "END"),
        "actualServiceTier": as_text(usage.get("service_tier")),
        "speed": as_word(usage.get("speed"), 16),
        "effort": as_word(line.get("effort"), 16),
        "entrypoint": as_word(line.get("entrypoint"), 64),
        "subagentType": as_word(line.get("attributionAgent")),
        **time_members(_start_of(call), call.ended),
        **_token_members(call, assistant.provider, message["model"]),
        "isStreamed": True,
    }
    if call.counts[_SEARCHES]:
        members["attributes"] = {_SEARCHES: call.counts[_SEARCHES]}
    return FileRecord(call.number, members)


def _is_advice(iteration: object) -> bool:
    return as_object(iteration).get("type") not in (None, "message")


def _start_of(call: _Call) -> int | None:
    """When the call began; None when that is not known, or too long ago to be true."""
    began, ended = call.began, call.ended
    if began is None or ended is None or not 0 <= ended - began <= _LONGEST_MS:
        return None
    return began


def _token_members(call: _Call, provider: str, model: str) -> Row:
    counts = call.counts
    tokens = TokenCounts(
        input=counts["input_tokens"],
        output=counts["output_tokens"],
        cache_read=counts["cache_read_input_tokens"],
        cache_written=counts["cache_creation_input_tokens"],
    )
    return {
        **token_members(tokens, provider, model, "claude_code"),
        "cacheCreation5mTokenCount": counts["ephemeral_5m_input_tokens"] or None,
        "cacheCreation1hTokenCount": counts["ephemeral_1h_input_tokens"] or None,
    }
