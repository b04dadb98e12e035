"""Fees: what a vendor charges for a call beside its tokens, where the client counts it: web
searches, and prompts that were grounded in a search.

The price is the list's (`search` a search; `ground` a prompt, however often was searched for it).
A vendor's free allowance a day is not known here and not taken off.
"""

from chalicelib.kit.money import divide
from chalicelib.pricing.rates import Price
from chalicelib.pricing.tokens import scale
from chalicelib.pricing.usage import Usage


def price_searches(usage: Usage, price: Price) -> int | None:
    """Nano-USD of the searches of a call; None when the list does not say what they cost, or the
    client how many there were. Batches pay them in full."""
    if usage.searches is None:
        return None
    rates = price.tariff.base
    if rates.grounding is not None:
        fee = rates.grounding
    elif rates.search is not None:
        fee = usage.searches * rates.search
    else:
        return None
    times, per = scale(usage.cost_multiplier, 100)
    return divide(fee * times * 1_000_000, per)
