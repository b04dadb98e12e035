"""Overlap: which token counts of a vendor hold which others, so that no token is charged twice or
never.

On the wire `inputTokenCount` is stored as sent, and clients send two kinds:

| vendor (of the model, not of the route) | cache reads | cache writes | charged at the input rate |
|---|---|---|---|
| openai, groq, x-ai, azure, google | inside input (gross) | beside input | input − cache reads,
at least 0 |
| anthropic above all, and every other one | beside input | beside input | input |

Sources: the ingest contract (meter_ai_completion) names OPENAI, GROQ, XAI, AZURE and GEMINI as the
vendors whose prompt count is gross. OpenAI's prompt_tokens holds
prompt_tokens_details.cached_tokens, Gemini's promptTokenCount holds cachedContentTokenCount (both
API references); Anthropic's input_tokens excludes cache_read_input_tokens and
cache_creation_input_tokens (prompt caching guide). OpenAI counts cache writes inside the prompt
too, but the Python client takes them out before it sends the record (revenium-python-sdk 0.12,
`without_openai_cache_writes`).

Claude is never netted, whoever serves it: also on Azure and Vertex the usage block is Anthropic's.

Audio tokens are a part of the totals, whoever the vendor:

| count | inside |
|---|---|
| input audio tokens | input tokens (before cache reads are taken out, where these are inside too) |
| output audio tokens | output tokens |
| input audio tokens read from the cache | cache reads, as far as text alone does not explain these
|

Sources: OpenAI's prompt_tokens_details.audio_tokens and completion_tokens_details.audio_tokens
break prompt_tokens and completion_tokens down (chat completions reference; input_token_details of
the realtime and transcription references do the same), Gemini's promptTokensDetails lists the
modalities that add up to promptTokenCount, and Nova Sonic's totalInputTokens is speechTokens +
textTokens. A client that sends the audio count alone leaves the total smaller than its part; then
the part is the total.
"""

GROSS = frozenset({"openai", "groq", "x-ai", "azure", "google"})
"""Vendors, by their id in the price book, whose input count includes cache reads."""


def reports_gross(vendor: str, model: str) -> bool:
    """Whether input includes cache reads, by the ids of the book: Azure and Google resell Claude,
    which never does."""
    return vendor in GROSS and "claude" not in model
