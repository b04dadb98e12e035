"""Cells: what was metered and what was billed of one model of one provider on one UTC day."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class TokenClass(StrEnum):
    """Kinds of tokens that stand beside one another."""

    INPUT = "input"
    OUTPUT = "output"
    CACHE_READ = "cache_read"
    CACHE_CREATION = "cache_creation"


Tokens = Mapping[TokenClass, int]
STANDARD_TIERS = frozenset({"", "standard", "default", "auto"})
"""What providers call the tier of a plain call."""


class CellKey(NamedTuple):
    """Whose figures: a billing provider, a UTC day (YYYY-MM-DD), and a model by its name in the
    price list, or as it was written where no list has it."""

    provider: str
    day: str
    model: str


@dataclass(slots=True)
class MeteredCell:
    """Calls, how many of them have a known cost, and that cost in nano-USD. `unpriced_tokens` are
    those of the other calls, of all classes."""

    calls: int = 0
    priced: int = 0
    nano: int = 0
    tokens: defaultdict[TokenClass, int] = field(default_factory=lambda: defaultdict(int))
    unpriced_tokens: int = 0


class TierClass(NamedTuple):
    """A service tier and a kind of tokens."""

    tier: str
    token: TokenClass


@dataclass(slots=True)
class BilledCell:
    """What was billed, in nano-USD: `nano` before credits, `credits` what they paid of it, `listed`
    by list price (the amount where the provider tells none) of lines for one kind of tokens,
    `mixed` of lines for all kinds of a call, `fees` of lines that are for no tokens, by what they
    are for. `discount` is the sum of all amounts over the sum of all list prices."""

    nano: int = 0
    credits: int = 0
    discount: int = 0
    listed: defaultdict[TierClass, int] = field(default_factory=lambda: defaultdict(int))
    mixed: int = 0
    fees: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    tokens: defaultdict[TierClass, int] = field(default_factory=lambda: defaultdict(int))
    requests: int | None = None
    unrated: int = 0
    """Lines in a currency without an exchange rate: they are in no amount."""

    def tokens_of(self, token: TokenClass) -> int:
        """Tokens of a kind, of all tiers."""
        return sum(count for key, count in self.tokens.items() if key.token is token)

    def listed_of(self, token: TokenClass) -> int:
        """List price of a kind of tokens, of all tiers."""
        return sum(nano for key, nano in self.listed.items() if key.token is token)
