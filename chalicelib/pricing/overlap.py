"""Overlap: which token counts hold which others, so that no token is charged twice or never.

Cache tokens stand inside the input count or beside it. That is a fact of the channel that a call
comes by, of the instrumentation that wrote it down, and of the provider; all of these facts are
the rows of `CONVENTIONS`, the first that applies holds. One more convention is one line.

What is kept of a call is kept as clients of the ledger's own channel (REST) count: Claude's cache
tokens beside the input, every other one's cache reads inside it and its writes beside. What comes
by OTLP is brought into that form (`kept_input`). Over REST nothing is changed: there the total
tells which form a record has (`counts_of_call`), and where it does not, the provider's own rule:

| provider or model | cache reads | cache writes | charged at the input rate |
|---|---|---|---|
| Claude, Anthropic | beside input | beside input | input |
| openai, azure, groq, x-ai, google, deepseek, moonshot, mistral, openrouter, together, fireworks,
  Nova | inside input | beside input | input − reads, at least 0 |
| any other, by the total | inside when input + output is the total, else beside | the same | |

Sources: the ingest contract (meter_ai_completion) names OPENAI, GROQ, XAI, AZURE and GEMINI as
vendors whose prompt count is gross. OpenAI's prompt_tokens holds
prompt_tokens_details.cached_tokens, Gemini's promptTokenCount holds cachedContentTokenCount,
DeepSeek's prompt_tokens is hit + miss tokens, and Moonshot, Mistral, OpenRouter, Together and
Fireworks copy OpenAI's usage block (API references); Anthropic's input_tokens excludes
cache_read_input_tokens and cache_creation_input_tokens (prompt caching guide), and Bedrock's
Converse API counts its inputTokens without both (TokenUsage: totalTokens is their sum). OpenAI
counts cache writes inside the prompt too, but the Python client takes them out before it sends the
record (revenium-python-sdk 0.12, `without_openai_cache_writes`).

OpenTelemetry's conventions say that `gen_ai.usage.input_tokens` includes cached tokens, read and
written, of every provider. Instrumentations that pass a vendor's own count on are named one by one.

Audio tokens are a part of the totals, whoever the vendor:

| count | inside |
|---|---|
| input audio tokens | input tokens (before cache reads are taken out, where these are inside too) |
| output audio tokens | output tokens |
| input audio tokens read from the cache | cache reads, as far as text does not explain these |

Sources: OpenAI's prompt_tokens_details.audio_tokens and completion_tokens_details.audio_tokens
break prompt_tokens and completion_tokens down (chat completions reference; input_token_details of
the realtime and transcription references do the same), Gemini's promptTokensDetails lists the
modalities that add up to promptTokenCount, and Nova Sonic's totalInputTokens is speechTokens +
textTokens. A client that sends the audio count alone leaves the total smaller than its part; then
the part is the total.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import NamedTuple


class Channel(Enum):
    """Where token counts are read: LEDGER as they are kept and rated, OTLP as instrumentations
    report them, VENDOR as the provider's own API does."""

    LEDGER = "LEDGER"
    OTLP = "OTLP"
    VENDOR = "VENDOR"


class CacheCount(Enum):
    """Which cache tokens the input count holds."""

    BESIDE = "BESIDE"
    """None: reads and writes are counted beside it."""
    READS_INSIDE = "READS_INSIDE"
    """Reads; writes are counted beside it."""
    ALL_INSIDE = "ALL_INSIDE"
    """Reads and writes."""
    AS_VENDOR = "AS_VENDOR"
    """As the provider's own API counts: the instrumentation passes its numbers on."""


BESIDE, READS_INSIDE, ALL_INSIDE, AS_VENDOR = CacheCount
"""They by name, for what looks at every call: Python 3.11 takes ten times as long for a member of
an enum."""


@dataclass(frozen=True, slots=True)
class Convention:
    """How the calls of a channel count cache tokens: those whose instrumentation, provider and
    model hold these texts (lower case; an empty one holds for all)."""

    channel: Channel
    counts: CacheCount
    provider: str = ""
    """A part of the provider's label, as the client wrote it, or of its id in the price book."""
    model: str = ""
    """A part of the name of the model."""
    instrumentation: str = ""
    """A part of the name of the instrumentation's scope."""

    def applies(self, instrumentation: str, provider: str, model: str) -> bool:
        """Whether it is about such a call; all three in lower case."""
        return (
            self.instrumentation in instrumentation
            and self.provider in provider
            and self.model in model
        )


def _ledger(provider: str = "", *, model: str = "") -> Convention:
    return Convention(Channel.LEDGER, CacheCount.READS_INSIDE, provider, model)


def _otlp(instrumentation: str, counts: CacheCount) -> Convention:
    return Convention(Channel.OTLP, counts, instrumentation=instrumentation)


CONVENTIONS: Sequence[Convention] = (
    Convention(Channel.LEDGER, CacheCount.BESIDE, model="claude"),
    Convention(Channel.LEDGER, CacheCount.BESIDE, provider="anthropic"),
    _ledger("openai"),
    _ledger("azure"),
    _ledger("groq"),
    _ledger("x-ai"),
    _ledger("xai"),
    _ledger("x_ai"),
    _ledger("google"),
    _ledger("gemini"),
    _ledger("vertex"),
    _ledger("gcp"),
    _ledger("deepseek"),
    _ledger("moonshot"),
    _ledger("mistral"),
    _ledger("openrouter"),
    _ledger("together"),
    _ledger("fireworks"),
    _ledger(model="nova-"),
    Convention(Channel.VENDOR, CacheCount.BESIDE, model="claude"),
    Convention(Channel.VENDOR, CacheCount.BESIDE, provider="anthropic"),
    Convention(Channel.VENDOR, CacheCount.ALL_INSIDE, model="nova-"),
    Convention(Channel.VENDOR, CacheCount.BESIDE, provider="bedrock"),
    Convention(Channel.VENDOR, CacheCount.ALL_INSIDE),
    # opentelemetry-instrumentation-botocore and OpenLLMetry's bedrock copy the usage block of
    # Converse and InvokeModel.
    _otlp("botocore", CacheCount.AS_VENDOR),
    _otlp("opentelemetry.instrumentation.bedrock", CacheCount.AS_VENDOR),
    # strands-agents: gen_ai.usage.* are the inputTokens and cache*InputTokens of Converse.
    _otlp("strands", CacheCount.AS_VENDOR),
    # OpenLIT copies usage.input_tokens of Anthropic's message.
    _otlp("openlit", CacheCount.AS_VENDOR),
    # AI SDK 4 and 5 (ai.usage.cachedInputTokens without inputTokenDetails) copy the provider's.
    _otlp("ai-sdk-5", CacheCount.AS_VENDOR),
    # Claude Code's spans and logs, Cursor's logs: as Anthropic's API; Cursor for every model.
    _otlp("claude_code", CacheCount.BESIDE),
    _otlp("cursor", CacheCount.BESIDE),
    # Langfuse's usage_details are kinds that exclude each other (docs, "usage types").
    _otlp("langfuse", CacheCount.BESIDE),
    Convention(Channel.OTLP, CacheCount.ALL_INSIDE),
)
"""The first that applies holds. Where none does (of the ledger), the total tells."""
GATEWAYS = ("openrouter", "litellm")
"""Providers that count for all of their models as OpenAI does, Claude too; so says the total of
their records."""


def cache_count(
    channel: Channel, provider: str, model: str, instrumentation: str = ""
) -> CacheCount | None:
    """How a call counts its cache tokens; None where no convention says. `provider` is the label
    that the client wrote, or the vendor's id in the price book; `model` is any name of the
    model."""
    scope, label, name = instrumentation.lower(), provider.lower(), model.lower()
    for convention in CONVENTIONS:
        if convention.channel is channel and convention.applies(scope, label, name):
            if convention.counts is CacheCount.AS_VENDOR:
                return cache_count(Channel.VENDOR, provider, model)
            return convention.counts
    return None


@lru_cache(maxsize=2_048)
def _ledger_count(provider: str, model: str) -> CacheCount | None:
    """By provider and model alone: an enum's member is slow as a part of a key."""
    return cache_count(Channel.LEDGER, provider, model)


def has_reads_inside(vendor: str, model: str) -> bool:
    """Whether the input count that the ledger keeps includes cache reads, by the vendor's id in
    the price book and a name of the model."""
    return cache_count(Channel.LEDGER, vendor, model) is CacheCount.READS_INSIDE


@dataclass(slots=True, kw_only=True)
class TokenCounts:
    """Tokens as a record tells them; `total` is 0 when it does not. Not frozen, because that would
    cost three times as much; nobody changes one that is made."""

    input: int
    output: int
    cache_read: int
    cache_written: int
    total: int = 0

    def cached(self) -> int:
        """Read from the cache and written to it."""
        return self.cache_read + self.cache_written


def counts_of_call(tokens: TokenCounts, provider: str, model: str, has_reads: bool) -> CacheCount:
    """How a record of the ledger counts its cache tokens: as its total proves, else by the
    provider's rule, else by `has_reads` (that the price's vendor counts reads inside), else
    inside when input and output are the whole total."""
    rest = tokens.total - tokens.input - tokens.output
    if rest > 0:
        if rest == tokens.cached():
            return BESIDE
        if rest == tokens.cache_written:
            return READS_INSIDE
    rule = _ledger_count(provider, model)
    if rule is READS_INSIDE:
        return rule
    is_whole = tokens.total > 0 and rest == 0 and tokens.cached() <= tokens.input
    if is_whole and rule is BESIDE and _is_gateway(provider):
        return ALL_INSIDE
    if rule is not None:
        return rule
    if has_reads:
        return READS_INSIDE
    return ALL_INSIDE if is_whole else BESIDE


def _is_gateway(provider: str) -> bool:
    label = provider.lower()
    return any(name in label for name in GATEWAYS)


@dataclass(slots=True)
class KeptTokens:
    """The input and the total as the ledger keeps them. `is_assumed`: the instrumentation is not
    known, the provider's own API counts otherwise, and both readings were possible."""

    input: int
    total: int
    is_assumed: bool = False


def kept_tokens(tokens: TokenCounts, provider: str, model: str, instrumentation: str) -> KeptTokens:
    """What the ledger keeps of a call that came by OTLP or in another product's file; its cache
    reads and writes stay what they are. An input that is smaller than the cache tokens cannot hold
    them. A total of more than all parts stands: rating tells what the rest is (totals.py)."""
    reading = _reading_of(provider, model, instrumentation)
    cached = tokens.cache_read + tokens.cache_written
    fresh = tokens.input
    is_assumed = False
    is_sum = tokens.total > 0 and tokens.total == fresh + cached + tokens.output
    if reading.is_inside and cached <= fresh and not is_sum:
        fresh -= cached
        is_assumed = reading.is_assumed
    rest = tokens.total - fresh - cached - tokens.output
    if rest > 0:
        if fresh < tokens.input and rest in (tokens.cache_read, tokens.cache_written):
            # The total says that these were not in the input.
            fresh += rest
        # Where the total alone would say that reads are inside, this one says that they are not.
        given = fresh + tokens.cache_read if reading.is_kept_inside else fresh
        return KeptTokens(given, tokens.total, is_assumed)
    if reading.is_kept_beside:
        # Of a gateway, a total of input and output alone would say that the cache is inside.
        more = cached if reading.is_gateway else 0
        return KeptTokens(fresh, fresh + tokens.output + more, is_assumed)
    given = fresh + tokens.cache_read
    return KeptTokens(given, given + tokens.cache_written + tokens.output, is_assumed)


class _Reading(NamedTuple):
    """How calls by OTLP are read: whether cache tokens are inside the input, whether that is no
    more than the convention says, whether the ledger keeps them beside it, whether it keeps reads
    inside it whatever the total, and whether a gateway counts."""

    is_inside: bool
    is_assumed: bool
    is_kept_beside: bool
    is_kept_inside: bool
    is_gateway: bool


@lru_cache(maxsize=2_048)
def _reading_of(provider: str, model: str, instrumentation: str) -> _Reading:
    counts = cache_count(Channel.OTLP, provider, model, instrumentation)
    by_vendor = cache_count(Channel.VENDOR, provider, model)
    kept = cache_count(Channel.LEDGER, provider, model)
    return _Reading(
        is_inside=counts is ALL_INSIDE,
        is_assumed=by_vendor is BESIDE and not _is_known(instrumentation),
        is_kept_beside=kept is BESIDE,
        is_kept_inside=kept is READS_INSIDE,
        is_gateway=_is_gateway(provider),
    )


_KNOWN_SCOPES: Sequence[str] = (
    "opentelemetry",
    "openinference",
    "anthropic",
    "langsmith",
    "pydantic",
    "logfire",
    "litellm",
    "gcp.vertex.agent",
    "mlflow",
    "sentry",
    "ai-sdk",
    "traceloop",
)


def _is_known(instrumentation: str) -> bool:
    """Whether an instrumentation is known to follow OpenTelemetry's convention."""
    scope = instrumentation.lower()
    return any(name in scope for name in _KNOWN_SCOPES)
