"""LiteLLM's spend logs, a row a call: the table LiteLLM_SpendLogs, `/spend/logs` and its pages.

Columns by litellm/proxy/schema.prisma and SpendLogsPayload (litellm 1.106). `request_id` is the id
of the provider's answer, the same that middlewares send. prompt_tokens holds cached tokens, read
and written, of every provider; `metadata.usage_object` is the usage block of the answer.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from chalicelib.metering.bulk import FileRecord
from chalicelib.pricing.overlap import TokenCounts
from infra.imports.containers import parse
from infra.imports.members import (
    NO_COUNTS,
    Row,
    as_count,
    as_id,
    as_instant,
    as_label,
    as_object,
    as_text,
    audio_columns,
    is_no_count,
    stated_cost,
    time_members,
    token_members,
)

_OPERATIONS = {"embedding": "EMBED", "rerank": "RERANK", "moderation": "MODERATION"}
"""By what the type of a call holds; all else is CHAT."""
_BATCHES = {"retrieve_batch": "BATCH", "aretrieve_batch": "BATCH"}
"""Type of a call → its tier. A batch that is done has the tokens of all its requests, and litellm
charges it as a batch (cost_calculator.py)."""
_KEEPING = ("batch", "file", "fine_tuning")
"""Calls that create, list, read or cancel what a provider keeps use no tokens by themselves: what
is done with it is a call of its own."""
_MEDIA = ("image", "speech", "transcription", "video", "ocr")
_ROUTER = "LITELLM"


def is_spend_log(row: Row) -> bool:
    """Whether a row is of a spend log."""
    return {"request_id", "call_type", "startTime"} <= row.keys() and "spend" in row


def read_spend_logs(records: Iterator[FileRecord], left_out: Counter[str]) -> Iterator[FileRecord]:
    """The calls of a spend log. Media calls, whose size it does not tell, and rows without tokens
    are left out."""
    for record in records:
        row = parse(record.content)
        reason = _why_left_out(row)
        spend = stated_cost(row.get("spend"))
        if reason:
            left_out[f"{reason}, though it states a spend" if spend else reason] += 1
        else:
            columns = {**spend, **_audio_columns(row)}
            yield FileRecord(record.number, _members_of(row), columns, _find_fault(row, left_out))


def _find_fault(row: Row, left_out: Counter[str]) -> str:
    """Why a call cannot be taken: one of its counts is none, and no total says what it was."""
    fault = ""
    for name in _COUNTS:
        if is_no_count(row.get(name)):
            left_out[NO_COUNTS] += 1
            fault = fault or f"{name} is no number from 0 up, and no total tells what it was"
    return "" if as_count(row.get("total_tokens")) else fault


def _why_left_out(row: Row) -> str:
    call = _call_type(row)
    if any(word in call for word in _KEEPING) and call not in _BATCHES:
        return f"calls of {call}, which use no tokens by themselves"
    if any(word in call for word in _MEDIA):
        return f"calls of {call}, whose size a spend log does not tell"
    counts = list(map(row.get, _COUNTS))
    has_tokens = any(map(as_count, counts)) or any(map(is_no_count, counts))
    if not _has_failed(row) and not has_tokens:
        return f"rows of {call or 'no call type'} without tokens"
    return ""


def _tier_of(metadata: Row) -> str | None:
    """The tier that served a call: the one that litellm reckoned its cost by, else what the answer
    says."""
    places = (metadata.get("cost_breakdown"), metadata.get("usage_object"))
    told = (as_text(as_object(place).get("service_tier")) for place in places)
    return next(filter(None, told), None)


_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")


def _call_type(row: Row) -> str:
    """The type of a call; some rows hold the name of litellm's enumeration before it."""
    return as_label(row.get("call_type")).rpartition(".")[2]


def _has_failed(row: Row) -> bool:
    return row.get("status") == "failure"


def _members_of(row: Row) -> Row:
    provider = as_text(row.get("custom_llm_provider")) or _ROUTER
    model = as_text(row.get("model")) or as_text(row.get("model_group")) or ""
    metadata = as_object(row.get("metadata"))
    members: dict[str, Any] = {
        "transactionId": as_id(row.get("request_id")),
        "traceId": as_text(row.get("session_id")),
        "provider": provider,
        "model": model,
        "operationType": _operation_of(_call_type(row)),
        "actualServiceTier": _tier_of(metadata),
        "pricingTier": _BATCHES.get(_call_type(row)),
        "stopReason": "END",
        "middlewareSource": "litellm",
        "credentialAlias": as_text(metadata.get("user_api_key_alias")),
        "subscriberId": as_text(row.get("end_user")) or as_text(row.get("user")),
        **time_members(*(as_instant(row.get(name)) for name in _TIMES)),
        **_token_members(row, metadata, provider, model),
    }
    if searches := _searches(as_object(metadata.get("usage_object"))):
        members["attributes"] = {"webSearchRequests": searches}
    if as_label(row.get("cache_hit")).lower() == "true":
        # LiteLLM answered from its own cache: nobody charges for that.
        members["totalCost"] = 0
    if _has_failed(row):
        error = as_object(metadata.get("error_information"))
        members["stopReason"] = "ERROR"
        members["errorReason"] = as_text(error.get("error_message"))
        members["errorCode"] = as_count(error.get("error_code")) or None
    return members


_TIMES = ("startTime", "endTime", "completionStartTime")


def _operation_of(call: str) -> str:
    for word, operation in _OPERATIONS.items():
        if word in call:
            return operation
    return "CHAT"


def _token_members(row: Row, metadata: Row, provider: str, model: str) -> Row:
    """The tokens; cached ones stand in the usage block of the answer."""
    usage = as_object(metadata.get("usage_object"))
    more = as_object(metadata.get("additional_usage_values"))
    given = as_object(usage.get("prompt_tokens_details"))
    made = as_object(usage.get("completion_tokens_details"))
    written = as_object(given.get("cache_creation_token_details"))
    tokens = TokenCounts(
        input=as_count(row.get("prompt_tokens")),
        output=as_count(row.get("completion_tokens")),
        cache_read=_largest(
            usage.get("cache_read_input_tokens"),
            more.get("cache_read_input_tokens"),
            given.get("cached_tokens"),
        ),
        cache_written=_largest(
            usage.get("cache_creation_input_tokens"),
            more.get("cache_creation_input_tokens"),
            given.get("cache_creation_tokens"),
        ),
        total=as_count(row.get("total_tokens")),
    )
    return {
        **token_members(tokens, provider, model, "litellm"),
        "reasoningTokenCount": as_count(made.get("reasoning_tokens")) or None,
        "cacheCreation5mTokenCount": as_count(written.get("ephemeral_5m_input_tokens")) or None,
        "cacheCreation1hTokenCount": as_count(written.get("ephemeral_1h_input_tokens")) or None,
    }


def _audio_columns(row: Row) -> Row:
    """The tokens of audio, which stand inside both counts."""
    usage = as_object(as_object(row.get("metadata")).get("usage_object"))
    given, made = (as_object(usage.get(f"{name}_tokens_details")) for name in _SIDES)
    return audio_columns(as_count(given.get("audio_tokens")), as_count(made.get("audio_tokens")))


_SIDES = ("prompt", "completion")


def _searches(usage: Row) -> int:
    """Web searches that the provider made for a call."""
    places = (usage.get("server_tool_use"), usage.get("prompt_tokens_details"))
    return _largest(*(as_object(place).get("web_search_requests") for place in places))


def _largest(*counts: object) -> int:
    return max(as_count(value) for value in counts)
