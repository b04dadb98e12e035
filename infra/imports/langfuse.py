"""Langfuse's observations: exports to a blob store (snake case), of the API and of the screen
(camel case), as JSON or CSV.

Fields: Langfuse's reference of exported fields, and the Observation of its API. Kinds of usage are
free names that exclude each other (docs, "usage types"): input, output, input_cached_tokens,
cache_read_input_tokens, output_reasoning_tokens and the like; `total` is their sum. A row names no
provider: metadata of its instrumentation may.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

from chalicelib.metering.bulk import FileRecord
from chalicelib.pricing.overlap import TokenCounts
from infra.imports.containers import parse
from infra.imports.members import (
    NO_COUNTS,
    NO_HOST,
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

_TYPES = frozenset(
    "SPAN GENERATION EVENT AGENT TOOL CHAIN RETRIEVER EVALUATOR EMBEDDING GUARDRAIL".split()
)
_PROVIDERS = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "ls_provider")
_USAGE = ("usageDetails", "usage_details", "usage")
_FLAT = {
    "input": ("promptTokens", "prompt_tokens", "inputUsage", "input_usage"),
    "output": ("completionTokens", "completion_tokens", "outputUsage", "output_usage"),
    "total": ("totalTokens", "total_tokens", "totalUsage", "total_usage"),
}
"""Members of the observation itself, of older versions."""
_TOKENS = frozenset({"", "TOKENS"})
_KINDS = (
    ("total", "total"),
    ("search", "searches"),
    ("reasoning", "reasoning"),
    ("creation", "written"),
    ("write", "written"),
    ("cache", "read"),
    ("input", "input"),
    ("prompt", "input"),
    ("output", "output"),
    ("completion", "output"),
)
"""What a kind of usage is counted under, by what its name holds; the first that fits."""

_PARTS = (
    ("written", "5m", "5m"),
    ("written", "1h", "1h"),
    ("input", "audio", "heard"),
    ("output", "audio", "spoken"),
)
"""What of it is counted apart too: what it is a part of, a word in the name of its kind, and what
it is counted under."""


def is_observation(row: Row) -> bool:
    """Whether a row is an observation."""
    has_trace = "trace_id" in row or "traceId" in row
    has_time = "start_time" in row or "startTime" in row
    return as_text(row.get("type")) in _TYPES and "id" in row and has_trace and has_time


def is_trace(row: Row) -> bool:
    """Whether a row is a trace, which sums observations up."""
    has_session = "session_id" in row or "sessionId" in row
    return {"id", "timestamp", "name", "bookmarked", "public"} <= row.keys() and has_session


def read_observations(
    records: Iterator[FileRecord], left_out: Counter[str]
) -> Iterator[FileRecord]:
    """The observations that are calls of models: those that name a model and used tokens."""
    for record in records:
        row = parse(record.content)
        usage, unit = _usage_of(row)
        if unit not in _TOKENS:
            left_out[f"observations that count {unit}, not tokens"] += 1
            continue
        counts = _counts(usage, left_out)
        if _model_of(row) and (counts.total() or row.get("level") == "ERROR"):
            heard, spoken = counts["heard"], counts["spoken"]
            columns = {**stated_cost(_cost_of(row)), **audio_columns(heard, spoken)}
            yield FileRecord(record.number, _members_of(row, counts), columns)
        else:
            left_out["observations without a model and tokens (spans, events, tools)"] += 1


def _model_of(row: Row) -> str:
    return as_text(_first(row, "provided_model_name", "providedModelName", "model")) or ""


def _first(row: Row, *names: str) -> object:
    """The first of some members that holds anything."""
    for name in names:
        value = row.get(name)
        if value not in (None, ""):
            return value
    return None


def _cost_of(row: Row) -> object:
    """The cost (USD) that Langfuse reckoned."""
    told = (
        _first(row, "total_cost", "totalCost", "calculatedTotalCost"),
        as_object(_first(row, "costDetails", "cost_details")).get("total"),
        as_object(row.get("usage")).get("totalCost"),
    )
    return next((cost for cost in told if cost is not None), None)


def _usage_of(row: Row) -> tuple[Row, str]:
    """The usage by kind, and its unit: the first of the places that holds any."""
    for name in _USAGE:
        usage = as_object(row.get(name))
        if any(as_count(tokens) for kind, tokens in usage.items() if not _is_cost(kind)):
            return usage, as_label(usage.get("unit")).upper()
    usage = {kind: _first(row, *names) for kind, names in _FLAT.items()}
    unit = as_label(row.get("unit")) or as_label(as_object(row.get("usage")).get("unit"))
    return usage, unit.upper()


def _is_cost(kind: str) -> bool:
    """Whether what stands beside the usage is no usage: inputCost, total_cost and the like."""
    return kind.lower().endswith("cost")


def _counts(usage: Row, left_out: Counter[str]) -> Counter[str]:
    """Tokens by input, output, read, written, reasoning and total; heard and spoken ones too,
    which are inside input and output."""
    counts: Counter[str] = Counter()
    for kind, told in usage.items():
        tokens = as_count(told)
        if kind == "unit" or _is_cost(kind):
            continue
        if is_no_count(told):
            left_out[NO_COUNTS] += 1
        if not tokens:
            continue
        name = _name_of(kind)
        counts[name] += tokens
        if name == _UNKNOWN:
            left_out[f"units of {kind!r}, which nobody here knows"] += tokens
        for whole, word, part in _PARTS:
            if name == whole and word in kind.lower():
                counts[part] += tokens
    return counts


_UNKNOWN = "unknown"


def _name_of(kind: str) -> str:
    """What a kind of usage is counted under."""
    return next((name for part, name in _KINDS if part in kind.lower()), _UNKNOWN)


def _members_of(row: Row, counts: Counter[str]) -> Row:
    model, provider = _model_of(row), _provider_of(row)
    times = (
        as_instant(_first(row, f"{name}_time", f"{camel}Time"))
        for name, camel in (("start", "start"), ("end", "end"), ("completion_start", _FIRST))
    )
    members: dict[str, Any] = {
        "transactionId": as_id(row.get("id")),
        "traceId": as_id(_first(row, "trace_id", "traceId")),
        "traceName": as_text(_first(row, "trace_name", "traceName")),
        "parentTransactionId": as_id(_first(row, "parent_observation_id", "parentObservationId")),
        "transactionName": as_text(row.get("name")),
        "environment": as_text(row.get("environment")),
        "subscriberId": as_text(_first(row, "user_id", "userId")),
        "operationType": "EMBED" if row.get("type") == "EMBEDDING" else "CHAT",
        "provider": provider,
        "model": model,
        "middlewareSource": "langfuse",
        "stopReason": "END",
        **time_members(*times),
        **_token_members(counts, provider, model),
    }
    if counts["searches"]:
        members["attributes"] = {"webSearchRequests": counts["searches"]}
    if row.get("level") == "ERROR":
        members["stopReason"] = "ERROR"
        members["errorReason"] = as_text(_first(row, "status_message", "statusMessage"))
    return members


_FIRST = "completionStart"


def _provider_of(row: Row) -> str:
    """The provider that the instrumentation named, or none."""
    metadata = as_object(row.get("metadata"))
    for place in (metadata, as_object(metadata.get("attributes"))):
        for name in _PROVIDERS:
            if provider := as_text(place.get(name)):
                return provider
    return NO_HOST


def _token_members(counts: Counter[str], provider: str, model: str) -> Row:
    """The tokens. Where the total says that cached tokens, reasoning or audio stand within input or
    output after all, they do; what nobody knows leaves the total larger than its parts."""
    given, made = counts["input"], counts["output"]
    cached, reasoning = counts["read"] + counts["written"], counts["reasoning"]
    whole = given + made + cached + reasoning
    told = counts["total"] or whole + counts[_UNKNOWN]
    for has_cached, has_reasoning, has_audio in product((False, True), repeat=3):
        inside = cached * has_cached + reasoning * has_reasoning
        inside += (counts["heard"] + counts["spoken"]) * has_audio
        if whole - inside in (told, told - counts["searches"]):
            told = whole - inside
            break
    else:
        has_cached = has_reasoning = has_audio = False
    if has_cached and cached <= given:
        given -= cached
    if not has_reasoning:
        made += reasoning
    if has_audio:
        given, made = given - counts["heard"], made - counts["spoken"]
    tokens = TokenCounts(
        input=given,
        output=made,
        cache_read=counts["read"],
        cache_written=counts["written"],
        total=told,
    )
    return {
        **token_members(tokens, provider, model, "langfuse"),
        "reasoningTokenCount": reasoning or None,
        "cacheCreation5mTokenCount": counts["5m"] or None,
        "cacheCreation1hTokenCount": counts["1h"] or None,
    }
