"""Tokens: from what an instrumentation reports to what the ledger keeps.

Which cache tokens an instrumentation counts inside the input is a line of `CONVENTIONS` in
pricing/overlap.py. The ledger keeps tokens as the vendor's own API counts them, and rating never
takes Claude's cache tokens out of the input: left inside, they would be charged twice.
"""

from functools import lru_cache

from chalicelib.pricing.overlap import CacheCount, Channel, cache_count


def fresh_input(given: int, cache_read: int, cache_creation: int, provider: str, model: str) -> int:
    """The input tokens as the ledger keeps them, of what was reported as `given`.

    An input that is smaller than the cache counts cannot include them (an instrumentation that
    passes the vendor's own numbers through) and stays. So input, cache reads and cache writes
    always add up to what was reported.
    """
    counts = _cache_count(provider, model)
    inside = 0
    if counts is CacheCount.ALL_INSIDE:
        inside = cache_read + cache_creation
    return given - inside if inside <= given else given


def total(given: int, made: int) -> int:
    """All tokens, as the clients of the other channels count them: those of the cache only where
    they are input."""
    return given + made


@lru_cache(maxsize=1_024)
def _cache_count(provider: str, model: str) -> CacheCount:
    return cache_count(Channel.OTLP, provider, model)
