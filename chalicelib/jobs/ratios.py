"""Ratios of money: exact until the one division at their end."""

from decimal import Decimal


def roi(value: int, cost: int) -> Decimal | None:
    """Return on investment in percent, (value - cost) / cost * 100 (the accounting definition: net
    return over what was spent). None when nothing was spent. Both in nano-USD; 28 significant
    digits."""
    return Decimal(value - cost) * 100 / Decimal(cost) if cost else None


def share(part: int, whole: int) -> Decimal:
    """A fraction; 0 of nothing."""
    return Decimal(part) / Decimal(whole) if whole else Decimal(0)


def each(nano: int, count: int) -> Decimal:
    """USD a piece; 0 without any."""
    return Decimal(nano).scaleb(-9) / Decimal(count) if count else Decimal(0)
