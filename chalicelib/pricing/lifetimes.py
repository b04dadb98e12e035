"""Lifetimes: how long what was written to the cache lives, where the client counts the writes and
not their lifetime, but reports a cost.

A write for one hour costs more than one for 5 minutes (Anthropic: 2 and 1.25 times the input). When
the reported cost of a call is that of writes for one hour, to a millionth of a USD, and not that of
writes for 5 minutes, they were for one hour. The price version says `+1h-as-stated` then.
"""

from chalicelib.pricing.rates import Price
from chalicelib.pricing.tokens import price_tokens, split_tokens
from chalicelib.pricing.usage import Legs, Usage

_NEAR = 1_000
"""Nano-USD: some clients round what they report to a millionth of a USD."""


def lives_an_hour(usage: Usage, price: Price, legs: Legs) -> bool:
    """Whether the cost that the client reports is that of cache writes for one hour, and not the
    one of `legs`, where all are for 5 minutes."""
    if usage.cache_creation_5m > 0 or usage.cache_creation_1h > 0 or usage.stated is None:
        return False
    split = split_tokens(usage, price.reads_inside)
    split.cache_write, split.cache_write_1h = 0, split.cache_write
    lasting = price_tokens(usage, price, split)
    if None in legs or None in lasting:
        return False
    return _is_near(usage.stated, lasting) and not _is_near(usage.stated, legs)


def _is_near(stated: int, legs: Legs) -> bool:
    return abs(stated - sum(leg or 0 for leg in legs)) <= _NEAR
