"""Tokens: from what an instrumentation reports to what the ledger keeps.

Which cache tokens an instrumentation counts inside the input is a line of `CONVENTIONS` in
pricing/overlap.py. The ledger keeps tokens as the vendor's own API counts them, and rating never
takes Claude's cache tokens out of the input: left inside, they would be charged twice.
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.pricing.overlap import TokenCounts, kept_tokens

ASSUMED = "cacheCounting"
"""The extra that says that cached tokens were taken for a part of the input because the convention
says so, though the provider's own API counts them beside it and the instrumentation is unknown."""
_LIFETIMES = ("cache_creation_5m", "cache_creation_1h")


def put_tokens(
    row: dict[str, Any],
    extras: dict[str, Any],
    facts: Mapping[str, Any],
    *,
    scope: str,
    is_plain: bool,
) -> None:
    """Fill the token columns of a call whose provider and model are known; `scope` is the name of
    its instrumentation, and `is_plain` says that it has no counts of a dialect's own
    (parts.py)."""
    get = facts.get
    given, made, told = get("input", 0), get("output", 0), get("total", 0)
    read, written = get("cache_read"), get("cache_creation")
    if not is_plain:
        read = _cache_reads(facts)
        scope = _scope_of(facts, scope, is_whole=0 < told == given + made)
    reasoning = get("reasoning")
    if reasoning:
        # What is larger than the output is beside it, and so it is where the total proves it, that
        # may count the cache beside the input; in the ledger it is a part of it.
        beside = told - given - made - reasoning
        if made < reasoning or beside == 0 or (told and beside == (read or 0) + (written or 0)):
            made += reasoning
    # What a total has beyond all that is told is left to rating.
    total = max(given + made, told)
    if read or written:
        tokens = TokenCounts(
            input=given, output=made, cache_read=read or 0, cache_written=written or 0, total=told
        )
        kept = kept_tokens(tokens, row["provider"], row["model"], scope)
        given, total = kept.input, kept.total
        if kept.is_assumed:
            extras[ASSUMED] = "INSIDE_BY_CONVENTION"
    row["input_tokens"], row["output_tokens"] = given, made
    row["total_tokens"] = total
    if read is not None:
        row["cache_read_tokens"] = read
    if written is not None:
        row["cache_creation_tokens"] = written
    if not is_plain:
        _put_lifetimes(row, facts)
    if reasoning is not None:
        row["reasoning_tokens"] = reasoning


def _put_lifetimes(row: dict[str, Any], facts: Mapping[str, Any]) -> None:
    """The writes by how long they live."""
    for name in _LIFETIMES:
        if name in facts:
            row[f"{name}_tokens"] = facts[name]


def _cache_reads(facts: Mapping[str, Any]) -> int | None:
    told = [facts[name] for name in _READS if name in facts]
    return max(told, default=None)


_READS = ("cache_read", "passed_cache_read", "older_cache_read")


def _scope_of(facts: Mapping[str, Any], instrumentation: str, *, is_whole: bool) -> str:
    """The instrumentation, also as its attributes betray it; `is_whole` says that input and output
    are all tokens."""
    if "passed_cache_read" in facts and "cache_read" not in facts:
        return "ai-sdk-5"
    if "strands_cache_creation" in facts or "strands" in instrumentation:
        # Newer ones write both names of cached tokens, and count as the convention says.
        if is_whole and "cache_read" in facts:
            return "opentelemetry"
        return "strands"
    return facts.get("instrumentation") or instrumentation
