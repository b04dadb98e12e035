"""Parts: counts of tokens that stand elsewhere than in plain attributes, in objects or in words of
a dialect's own."""

from collections.abc import Mapping
from typing import Any

_PARTS = ("usage_parts", "output_parts", "passed_parts", "bare_usage", "langfuse_usage")
"""Facts that hold several counts each."""
OWN_COUNTS = frozenset(
    (
        *_PARTS,
        *"cache_creation_5m cache_creation_1h strands_cache_creation".split(),
        *"passed_cache_read older_cache_read instrumentation".split(),
    )
)
"""Facts about tokens that most calls do not have."""
_NO_PARTS: Mapping[str, int] = {}


def join_usage(facts: dict[str, Any]) -> None:
    """Bring the counts that stand in objects, and those of a dialect's own, to the others."""
    for name in _PARTS:
        parts = facts.pop(name, _NO_PARTS)
        for count, number in parts.items():
            facts[count] = max(number, facts.get(count, 0))
        if name == "langfuse_usage" and parts:
            _split_kinds(facts)
    if "strands_cache_creation" in facts:
        facts["cache_creation"] = facts["strands_cache_creation"]
    if "cache_creation_5m" in facts or "cache_creation_1h" in facts:
        # The writes of both lifetimes are writes.
        parts = facts.get("cache_creation_5m", 0) + facts.get("cache_creation_1h", 0)
        facts["cache_creation"] = max(facts.get("cache_creation", 0), parts)
    if "passed_cache_read" in facts and not facts.get("cache_read"):
        facts.pop("cache_read", None)


def _split_kinds(facts: dict[str, Any]) -> None:
    """Langfuse's kinds of tokens exclude each other. Where input and output are the whole, what it
    was given is the provider's own usage, whose cached tokens and reasoning are parts of them."""
    given, made, told = facts.get("input", 0), facts.get("output", 0), facts.get("total", 0)
    if told and told == given + made:
        facts["instrumentation"] = "opentelemetry"
        return
    facts["instrumentation"] = "langfuse"
    if not told and "output" in facts:
        facts["output"] = made + facts.get("reasoning", 0)
