"""What is summed up of usage, and how the wire calls it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from chalicelib.reports.facts import CALLS, TOKENS, UNPRICED_TOKENS, Term, coverage, sum_of
from chalicelib.reports.metrics import integer
from chalicelib.reports.rows import Amounts

COST = sum_of(CALLS, "cost_nano")
_CALLS, _PRICED, *_ = coverage(CALLS)
_TERMS: Mapping[str, Term] = {
    "calls": _CALLS,
    "priced": _PRICED,
    "cost_nano": COST,
    "input_tokens": sum_of(CALLS, "input_tokens"),
    "output_tokens": sum_of(CALLS, "output_tokens"),
    "cache_read_tokens": sum_of(CALLS, "cache_read_tokens"),
    "cache_creation_tokens": sum_of(CALLS, "cache_creation_tokens"),
    "tokens": TOKENS,
}
USED = (*_TERMS.values(), UNPRICED_TOKENS)
"""What the lake is asked for."""
TOKEN_MEMBERS = {
    "inputTokenCount": "input_tokens",
    "outputTokenCount": "output_tokens",
    "cacheReadTokenCount": "cache_read_tokens",
    "cacheCreationTokenCount": "cache_creation_tokens",
    "totalTokenCount": "tokens",
}
"""Tokens by the members of rows and windows."""
POINTS = {
    "COST": "cost_nano",
    "REQUESTS": "calls",
    "INPUT_TOKENS": "input_tokens",
    "OUTPUT_TOKENS": "output_tokens",
    "CACHE_READ_TOKENS": "cache_read_tokens",
    "CACHE_CREATION_TOKENS": "cache_creation_tokens",
    "TOTAL_TOKENS": "tokens",
}
"""Figures over time by their metric types."""


@dataclass(slots=True)
class UsedSums:
    """Sums over calls; `priced` are the calls with a known cost, which add up to `cost_nano`
    (nano-USD)."""

    calls: int = 0
    priced: int = 0
    cost_nano: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_creation_tokens: int = 0
    tokens: int = 0

    @classmethod
    def of(cls, terms: Amounts) -> "UsedSums":
        """From what the lake answered to USED."""
        told = {name: integer(terms[term.name]) or 0 for name, term in _TERMS.items()}
        return cls(**told)

    def add(self, more: "UsedSums") -> None:
        """Count further calls in."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(more, each.name))

    @property
    def unpriced(self) -> int:
        """The calls whose cost is not known."""
        return self.calls - self.priced
