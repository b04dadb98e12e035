"""Sums of shares of bills: what the reports on people are made of."""

from collections.abc import Callable, Hashable, Iterable
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from chalicelib.reconciliation.attribution import Share, Usage

Json = dict[str, Any]
_DECIMALS = 6
Key = TypeVar("Key", bound=Hashable)


class ShareSum(NamedTuple):
    """Several shares as one."""

    nano: int
    usage: Usage


def group_shares(shares: Iterable[Share], name: Callable[[Share], Key]) -> dict[Key, list[Share]]:
    """Shares by what `name` makes of each, in the order in which they come."""
    groups: dict[Key, list[Share]] = {}
    for share in shares:
        groups.setdefault(name(share), []).append(share)
    return groups


def add_shares(shares: Iterable[Share]) -> ShareSum:
    """All of them as one."""
    nano, usage = 0, Usage()
    for share in shares:
        nano += share.nano
        usage.add(share.usage)
    return ShareSum(nano, usage)


def token_counts(usage: Usage) -> Json:
    """Tokens as they are shown."""
    return {
        "inputTokens": usage.input,
        "outputTokens": usage.output,
        "cacheTokens": usage.cache,
        "totalTokens": usage.tokens,
    }


def ratio(part: int, whole: int) -> Decimal:
    """A part of a whole, six decimals; 0 of nothing."""
    return round(Decimal(part) / whole, _DECIMALS) if whole else Decimal(0)
