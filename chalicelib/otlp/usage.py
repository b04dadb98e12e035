"""Tokens: from what an instrumentation reports to what the ledger keeps.

The one place where overlaps of OTLP counts are decided:

| who made the model | OTLP input count | kept as input |
|---|---|---|
| Anthropic (also served by Bedrock, Vertex, Azure) | all input, cache reads and writes included |
fresh tokens only |
| every other one | as its vendor counts | as sent |

OpenTelemetry's conventions say that `gen_ai.usage.input_tokens` should include cached tokens, and
that is what MLflow and others send for Claude. The ledger keeps Claude's tokens as Anthropic counts
them, cache tokens beside the input, and rating never takes them out of it (pricing/overlap.py):
without the subtraction they would be charged twice. An input that is smaller than the cache counts
cannot include them (an instrumentation that passes Anthropic's own numbers through) and stays.
Input, cache reads and cache writes then always add up to what the provider reported.

Every other vendor's counts stay as sent: where cache reads are inside the input, rating takes them
out.
"""

from functools import lru_cache


def fresh_input(given: int, cache_read: int, cache_creation: int, provider: str, model: str) -> int:
    """The input tokens as the ledger keeps them, of what was reported as `given`."""
    cached = cache_read + cache_creation
    return given - cached if cached <= given and _counts_beside(provider, model) else given


def total(given: int, made: int) -> int:
    """All tokens, as the clients of the other channels count them: those of the cache only where
    they are input."""
    return given + made


@lru_cache(maxsize=1_024)
def _counts_beside(provider: str, model: str) -> bool:
    return "anthropic" in provider.lower() or "claude" in model.lower()
