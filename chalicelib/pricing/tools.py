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

__all__ = ["NoQuantity", "ToolTariff", "charge", "faults", "tool_tariff_of"]

_CURRENCY = "USD"


class NoQuantity(ValueError):
    """What a price counts stands in the usage, and is no number, or below 0."""


class Tier(NamedTuple):
    """USD a unit, up to so many units (None: without end)."""

    price: Fraction
    up_to: Fraction | None


class Element(NamedTuple):
    """The price of one metric; a unit price is one tier without end."""

    name: str
    aggregation: str
    tiers: tuple[Tier, ...]


class ToolTariff(NamedTuple):
    """What the calls of a tool cost."""

    currency: str
    elements: tuple[Element, ...]


def tool_tariff_of(stored: Mapping[str, Any]) -> ToolTariff:
    """The pricing of a tool from its stored JSON, which `faults` has nothing to say against."""
    elements = filter(None, stored.get("elements") or ())
    return ToolTariff(_currency(stored), tuple(map(_element, elements)))


def charge(pricing: ToolTariff | Mapping[str, Any], usage: Mapping[str, object]) -> int | None:
    """Nano-USD for one call, by what it used; None when its price is not in USD. Each element is
    rounded once. What the usage does not name was not used. Raises NoQuantity.

    The pricing may come as its stored JSON, too.
    """
    if not isinstance(pricing, ToolTariff):
        pricing = tool_tariff_of(pricing)
    if pricing.currency != _CURRENCY:
        return None
    return sum(
        _charge_tiers(element.tiers, _quantity(element, usage)) for element in pricing.elements
    )


def _currency(stored: Mapping[str, Any]) -> str:
    return str(stored.get("currency") or _CURRENCY).strip().upper()


def _element(raw: Mapping[str, Any]) -> Element:
    tiers = list(map(_tier, raw.get("tiers") or ()))
    if not tiers:
        tiers = [Tier(_price_number(raw.get("unitPrice")), None)]
    return Element(
        name=str(raw.get("name") or ""),
        aggregation=str(raw.get("aggregationType") or "COUNT").upper(),
        tiers=tuple(tiers),
    )


def _tier(raw: Mapping[str, Any]) -> Tier:
    limit = raw.get("upTo")
    up_to = None if limit is None else _price_number(limit)
    return Tier(_price_number(raw.get("unitPrice")), up_to)


def _price_number(raw: object) -> Fraction:
    """A number of the pricing. Raises ValueError for one that is none: it must not be charged as
    0."""
    price = number(raw)
    if price is None:
        raise ValueError(f"{raw!r} is no price")
    return Fraction(price)


def _quantity(element: Element, usage: Mapping[str, object]) -> Fraction:
    if element.aggregation == "COUNT":
        return Fraction(1)
    if element.aggregation == "DISTINCT":
        return Fraction(usage.get(element.name) is not None)
    told = usage.get(element.name)
    if told is None:
        return Fraction(0)
    quantity = number(told)
    if quantity is None or quantity < 0:
        raise NoQuantity(f"{element.name} is no quantity")
    return Fraction(quantity)


def _charge_tiers(tiers: tuple[Tier, ...], quantity: Fraction) -> int:
    """Nano-USD for a quantity, each tier's part at its own price, rounded once."""
    total, below = Fraction(0), Fraction(0)
    for tier in tiers[:-1]:
        if tier.up_to is None or quantity <= tier.up_to:
            last = tier
            break
        total += (tier.up_to - below) * tier.price
        below = tier.up_to
    else:
        last = tiers[-1]
    total += (quantity - below) * last.price
    nano = total * NANO
    return divide(nano.numerator, nano.denominator)
