"""Tool prices: what one call of a registered tool costs, from the pricing that is stored with the
tool.

A pricing is a currency and elements that add up. An element prices one metric of the event's usage:
COUNT the call itself, SUM, MAXIMUM and AVERAGE the number that the usage holds under the element's
name (over one event they are the same), DISTINCT one for a usage that names the thing at all. Its
price is a unit price, or graduated tiers: the units up to the first limit cost the first price,
those beyond it the second, and so on; what lies beyond a last tier with a limit costs that tier's
price too. A flat fee is a COUNT with one price. Amounts are USD; other currencies are not
converted, and such a call is unpriced. tools_check.py says what is wrong with a pricing.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from chalicelib.kit.money import NANO, divide
from chalicelib.pricing.tools_check import faults, number

__all__ = ["ToolPricing", "charge", "faults", "pricing_of"]

_CURRENCY = "USD"


class Tier(NamedTuple):
    """USD a unit, up to so many units (None: without end)."""

    price: Fraction
    up_to: Fraction | None


class Element(NamedTuple):
    """The price of one metric; a unit price is one tier without end."""

    name: str
    aggregation: str
    tiers: tuple[Tier, ...]


class ToolPricing(NamedTuple):
    """What the calls of a tool cost."""

    currency: str
    elements: tuple[Element, ...]


def pricing_of(stored: Mapping[str, Any]) -> ToolPricing:
    """The pricing of a tool from its stored JSON, which `faults` has nothing to say against."""
    elements = (element for element in stored.get("elements") or () if element is not None)
    return ToolPricing(_currency(stored), tuple(_element(element) for element in elements))


def charge(pricing: ToolPricing | Mapping[str, Any], usage: Mapping[str, object]) -> int | None:
    """Nano-USD for one call, by what it used; None when its price is not in USD. Each element is
    rounded once.

    The pricing may come as its stored JSON, too.
    """
    if not isinstance(pricing, ToolPricing):
        pricing = pricing_of(pricing)
    if pricing.currency != _CURRENCY:
        return None
    return sum(_graduated(element.tiers, _quantity(element, usage)) for element in pricing.elements)


def _currency(stored: Mapping[str, Any]) -> str:
    return str(stored.get("currency") or _CURRENCY).strip().upper()


def _element(raw: Mapping[str, Any]) -> Element:
    tiers = tuple(
        Tier(_known(tier.get("unitPrice")), _limit(tier)) for tier in raw.get("tiers") or ()
    )
    return Element(
        str(raw.get("name") or ""),
        str(raw.get("aggregationType") or "COUNT").upper(),
        tiers or (Tier(_known(raw.get("unitPrice")), None),),
    )


def _limit(tier: Mapping[str, Any]) -> Fraction | None:
    return None if tier.get("upTo") is None else _known(tier["upTo"])


def _known(raw: object) -> Fraction:
    """A number of the pricing; one that is none must not be charged as 0."""
    if (found := number(raw)) is None:
        raise ValueError(f"{raw!r} is no price")
    return Fraction(found)


def _quantity(element: Element, usage: Mapping[str, object]) -> Fraction:
    if element.aggregation == "COUNT":
        return Fraction(1)
    if element.aggregation == "DISTINCT":
        return Fraction(usage.get(element.name) is not None)
    return max(Fraction(number(usage.get(element.name)) or 0), Fraction(0))


def _graduated(tiers: tuple[Tier, ...], quantity: Fraction) -> int:
    """Nano-USD for a quantity, each tier's part at its own price, rounded once."""
    total, below = Fraction(0), Fraction(0)
    for tier in tiers:
        last = tier is tiers[-1] or tier.up_to is None or quantity <= tier.up_to
        upper = quantity if last or tier.up_to is None else tier.up_to
        total += (upper - below) * tier.price
        below = upper
        if last:
            break
    nano = total * NANO
    return divide(nano.numerator, nano.denominator)
