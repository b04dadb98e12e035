"""A model call: from what the attributes of a span or of a log record say to the draft of a
completion."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import uuid4

from chalicelib.directory.names import Names
from chalicelib.metering.drafts import Draft, Prompts
from chalicelib.otlp.cleaning import Unfit, real
from chalicelib.otlp.forms import Span
from chalicelib.otlp.rules import RecordValues
from chalicelib.otlp.usage import fresh_input, total
from chalicelib.otlp.vocabulary import OPERATIONS

NANOS = 1_000_000
"""In a millisecond."""
UNKNOWN_PROVIDER, UNKNOWN_MODEL = "Unknown", "unknown"
_TRANSACTION_ID, _REASON = 512, 255
_ERROR_CODES = range(400, 1_000)
_TEXTS = frozenset("system_text input_text output_text old_input_text old_output_text".split())
"""Facts that are texts of a call."""


class Bounds(NamedTuple):
    """The first and the last instant that a clock can mean, epoch milliseconds."""

    first: int
    last: int

    def check(self, started: int, ended: int, fields: tuple[str, str]) -> None:
        """Raises Unfit for an instant outside. An end before the start does not matter."""
        if not self.first <= started <= self.last:
            raise Unfit("lies before 2020 or more than a day in the future", fields[0])
        if ended > self.last:
            raise Unfit("lies more than a day in the future", fields[1])


def is_model_call(facts: Mapping[str, Any], failed: bool) -> bool:
    """Whether it is a call of a model that used tokens, or failed.

    Without an operation it must also name a model: only old instrumentations leave the operation
    out.
    """
    operation = facts.get("operation")
    if operation is not None:
        return operation in OPERATIONS and (failed or uses_tokens(facts))
    return ("model" in facts or "asked_model" in facts) and uses_tokens(facts)


def uses_tokens(facts: Mapping[str, Any]) -> bool:
    """Whether any count is positive."""
    get = facts.get
    return bool(
        get("input")
        or get("output")
        or get("cache_read")
        or get("cache_creation")
        or get("reasoning")
    )


def completion(values: RecordValues, span: Span, failed: bool, agent: str = "") -> Draft:
    """The draft of a model call; `agent` is who it was made for when it does not say."""
    facts, extras = values.facts, values.extras
    get = facts.get
    started, ended = span.start // NANOS, span.end // NANOS
    if ended < started:
        ended = started
    span_id = span.span_id or uuid4().hex
    row: dict[str, Any] = {
        "transaction_id": span_id,
        "channel": "OTLP",
        "requested_at": started,
        "responded_at": ended,
        "first_token_at": ended,
        "duration_ms": ended - started,
        "provider": get("provider") or get("system") or UNKNOWN_PROVIDER,
        "model": get("model") or get("asked_model") or UNKNOWN_MODEL,
        "operation_type": OPERATIONS.get(get("operation", ""), "CHAT"),
        "stop_reason": get("stop") or get("old_stop", "END"),
        "is_streamed": False,
        **values.row,
    }
    if span.trace_id:
        row["trace_id"] = span.trace_id
    if span.parent_id:
        row["parent_transaction_id"] = span.parent_id
    _put_tokens(row, facts)
    if failed:
        _fail(row, facts, span.message)
    if "first_chunk_s" in facts:
        _put_first_token(row, facts["first_chunk_s"])
    if tier := get("tier") or get("old_tier"):
        row["service_tier"] = tier
    identity = get("response_id")
    if identity:
        extras["responseId"] = identity[:_TRANSACTION_ID]
    if "agent_id" in facts:
        extras["agentId"] = facts["agent_id"]
    names = names_of(values, agent)
    if names.environment:
        row["environment"] = names.environment
    return Draft(
        kind="COMPLETION",
        identity=identity or span_id,
        row=row,
        names=names,
        extras=extras,
        prompts=prompts_of(facts),
    )


def _put_tokens(row: dict[str, Any], facts: dict[str, Any]) -> None:
    get = facts.get
    given, made = get("input", 0), get("output", 0)
    read, written = get("cache_read"), get("cache_creation")
    if read or written:
        given = fresh_input(given, read or 0, written or 0, row["provider"], row["model"])
    row["input_tokens"], row["output_tokens"], row["total_tokens"] = given, made, total(given, made)
    if read is not None:
        row["cache_read_tokens"] = read
    if written is not None:
        row["cache_creation_tokens"] = written
    if "reasoning" in facts:
        row["reasoning_tokens"] = facts["reasoning"]


def names_of(values: RecordValues, agent: str = "") -> Names:
    """Whom it is charged to. The agent is the one it names, then the one given, then its agent's
    id."""
    names, facts = values.names, values.facts
    if not names.get("agent"):
        names["agent"] = facts.get("agent") or agent or facts.get("agent_id", "")
    names["environment"] = facts.get("environment") or facts.get("old_environment", "")
    return Names(**names)


def prompts_of(facts: dict[str, Any]) -> Prompts | None:
    """The texts of a call."""
    if facts.keys().isdisjoint(_TEXTS):
        return None
    get = facts.get
    system = get("system_text")
    given = get("input_text") or get("old_input_text")
    answered = get("output_text") or get("old_output_text")
    if not (system or given or answered):
        return None
    return Prompts(system, given, answered)


def reason_of(facts: Mapping[str, Any], message: str) -> str:
    """Why something failed: the kind of error, else the message of its status."""
    return (facts.get("error") or message)[:_REASON] or "ERROR"


def _fail(row: dict[str, Any], facts: Mapping[str, Any], message: str) -> None:
    row["stop_reason"] = "ERROR"
    row["error_reason"] = reason_of(facts, message)
    for code in (facts.get("http_status"), facts.get("error")):
        number = real(code)
        if number is not None and number in _ERROR_CODES:
            row["error_code"] = int(number)
            return


def _put_first_token(row: dict[str, Any], seconds: Any) -> None:  # noqa: ANN401 - any value
    """When the first token came, so many seconds after the start; one that came after the end is
    none."""
    number = real(seconds)
    if number is not None and 0 <= number * 1_000 <= row["duration_ms"]:
        row["time_to_first_token_ms"] = waited = round(number * 1_000)
        row["first_token_at"] = row["requested_at"] + waited
