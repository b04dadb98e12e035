"""Money: integer nano-USD wherever it is stored or added, Decimal USD at the edges, float never."""

from decimal import ROUND_HALF_EVEN, Context, Decimal

NANO = 1_000_000_000
"""Nano-USD in one USD."""
_EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN)
"""The default of 28 digits would round twice, and refuse what has more."""


def to_nano(usd: Decimal) -> int:
    """USD as integer nano-USD, halves to even."""
    return int(_EXACT.multiply(usd, NANO).quantize(Decimal(1), context=_EXACT))


def to_exact(value: Decimal | str | float) -> Decimal:
    """A stored number. The shortest text of a double is the number that the client wrote, up to 15
    digits of it."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def to_usd(nano: int) -> Decimal:
    """Nano-USD as exact USD."""
    return Decimal(nano).scaleb(-9) if nano else Decimal(0)


def divide(numerator: int, denominator: int) -> int:
    """Integer quotient, halves to even: the one rounding that money goes through."""
    quotient, remainder = divmod(numerator, denominator)
    twice = 2 * remainder
    return quotient + (twice > denominator or (twice == denominator and quotient & 1))
