"""Ratios of money: exact until the one division at their end."""

from decimal import Decimal


def roi(value: int, cost: int) -> Decimal | None:
    """Return on investment in percent, (value - cost) / cost * 100 (the accounting definition: net
    return over what was spent). None when nothing was spent. Both in nano-USD; 28 significant
    digits."""
    return Decimal(value - cost) * 100 / Decimal(cost) if cost else None


def share(part: int, whole: int) -> Decimal:
    """A part of a whole, as a fraction; 0 when there is no whole."""
    return Decimal(part) / Decimal(whole) if whole else Decimal(0)


def usd_each(nano: int, count: int) -> Decimal:
    """USD for each of some; 0 when there are none. The amount is in nano-USD."""
    return Decimal(nano).scaleb(-9) / Decimal(count) if count else Decimal(0)
