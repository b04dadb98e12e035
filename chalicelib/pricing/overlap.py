"""Overlap: which token counts hold which others, so that no token is charged twice or never.

Cache tokens stand inside the input count or beside it, as the table `CONVENTIONS` says: by the
channel that a call comes by, and by who made or serves the model. One more convention is one line.

What is kept of a call is kept as the vendor's own API counts, and rated so. On the wire
`inputTokenCount` is stored as it was sent, and clients send two kinds:

| vendor (of the model, not of the route) | cache reads | cache writes | charged at the input rate |
|---|---|---|---|
| openai, groq, x-ai, azure, google | inside input | beside input | input − reads, at least 0 |
| anthropic above all, and every other one | beside input | beside input | input |

Sources: the ingest contract (meter_ai_completion) names OPENAI, GROQ, XAI, AZURE and GEMINI as the
vendors whose prompt count is gross. OpenAI's prompt_tokens holds
prompt_tokens_details.cached_tokens, Gemini's promptTokenCount holds cachedContentTokenCount (both
API references); Anthropic's input_tokens excludes cache_read_input_tokens and
cache_creation_input_tokens (prompt caching guide). OpenAI counts cache writes inside the prompt
too, but the Python client takes them out before it sends the record (revenium-python-sdk 0.12,
`without_openai_cache_writes`).

Claude's cache reads are never taken out, whoever serves it: also on Azure and Vertex the usage
block is Anthropic's.

OpenTelemetry's conventions say that `gen_ai.usage.input_tokens` should include cached tokens, and
that is what MLflow and others send for Claude: there, reads and writes are inside, and are taken
out before the call is kept (otlp/usage.py). Every other vendor's counts stay as sent by OTLP too.

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


class Channel(Enum):
    """Where token counts are read: LEDGER as they are kept and rated, OTLP as instrumentations
    report them."""

    LEDGER = "LEDGER"
    OTLP = "OTLP"


class CacheCount(Enum):
    """Which cache tokens the input count holds."""

    BESIDE = "BESIDE"
    """None: reads and writes are counted beside it."""
    READS_INSIDE = "READS_INSIDE"
    """Reads; writes are counted beside it."""
    ALL_INSIDE = "ALL_INSIDE"
    """Reads and writes."""


@dataclass(frozen=True, slots=True)
class Convention:
    """How the calls of a channel count cache tokens, for a model whose name holds `model` or a
    provider whose label holds or is `provider`; texts in lower case, an empty one says nothing."""

    channel: Channel
    counts: CacheCount
    model: str = ""
    """A part of the name of the model."""
    provider: str = ""
    """A part of the provider's label, as the client wrote it."""
    vendors: frozenset[str] = frozenset()
    """Ids of the price book."""

    def applies(self, channel: Channel, provider: str, model: str) -> bool:
        """Whether it is about such a call; `provider` and `model` in lower case."""
        if channel is not self.channel:
            return False
        if self.model and self.model in model:
            return True
        if self.provider and self.provider in provider:
            return True
        return provider in self.vendors


CONVENTIONS: Sequence[Convention] = (
    Convention(Channel.LEDGER, CacheCount.BESIDE, model="claude"),
    Convention(
        Channel.LEDGER,
        CacheCount.READS_INSIDE,
        vendors=frozenset({"openai", "groq", "x-ai", "azure", "google"}),
    ),
    Convention(Channel.OTLP, CacheCount.ALL_INSIDE, model="claude", provider="anthropic"),
)
"""The first that applies holds; where none does, the input count is fresh tokens only or, by OTLP,
as the ledger wants it already."""


def cache_count(channel: Channel, provider: str, model: str) -> CacheCount:
    """How a call counts its cache tokens. `provider` is the vendor's id in the price book, or for
    OTLP the label that the client wrote; `model` is any name of the model."""
    label, name = provider.lower(), model.lower()
    for convention in CONVENTIONS:
        if convention.applies(channel, label, name):
            return convention.counts
    return CacheCount.BESIDE


def has_reads_inside(vendor: str, model: str) -> bool:
    """Whether the input count that the ledger keeps includes cache reads, by the vendor's id in
    the price book and a name of the model."""
    return cache_count(Channel.LEDGER, vendor, model) is CacheCount.READS_INSIDE
