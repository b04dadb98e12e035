"""Cells: what was metered and what was billed of one model of one provider on one UTC day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
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


class Label(NamedTuple):
    """Provider and model of a call as its client wrote them."""

    provider: str
    model: str


@dataclass(slots=True)
class MeteredCell:
    """Calls, how many of them have a known cost, and that cost in nano-USD; `unpriced` are the
    tokens of the other calls, which `tokens` has too."""

    calls: int = 0
    priced: int = 0
    nano: int = 0
    tokens: defaultdict[TokenClass, int] = field(default_factory=lambda: defaultdict(int))
    unpriced: defaultdict[TokenClass, int] = field(default_factory=lambda: defaultdict(int))

    def without(self, doubled: "Doubled") -> "MeteredCell":
        """The same without calls that were metered twice, all of known cost."""
        tokens: defaultdict[TokenClass, int] = defaultdict(int, self.tokens)
        for token, count in doubled.tokens.items():
            tokens[token] -= count
        return MeteredCell(
            calls=self.calls - doubled.calls,
            priced=self.priced - doubled.calls,
            nano=self.nano - doubled.nano,
            tokens=tokens,
            unpriced=self.unpriced,
        )


class Pair(NamedTuple):
    """The ids of two events that look like one call: `call` repeats `like`."""

    call: str
    like: str


@dataclass(slots=True)
class Doubled:
    """Calls of a cell that look like another one of it, metered once more under an id of their own:
    how many, how many of them came by another channel than the call they repeat, what they cost
    (nano-USD) and of how many that is known, their tokens, and some of them by their ids."""

    calls: int = 0
    priced: int = 0
    crossed: int = 0
    nano: int = 0
    tokens: defaultdict[TokenClass, int] = field(default_factory=lambda: defaultdict(int))
    pairs: list[Pair] = field(default_factory=list)


def sum_doubled(some: Iterable[Doubled]) -> Doubled:
    """Those of several cells as one, without the calls' names."""
    whole = Doubled()
    for each in some:
        whole.calls += each.calls
        whole.priced += each.priced
        whole.crossed += each.crossed
        whole.nano += each.nano
        for token, count in each.tokens.items():
            whole.tokens[token] += count
    return whole


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
