"""Quantities: how much of each unit a usage holds, exact, and which unit it is billed by when it
does not say.

A quantity is an integer fraction. Seconds and credits count to twelve decimals, as the cost
multiplier does: the exact fraction of 1e-99999999, which is a number too, would fill the memory.
"""

from decimal import Decimal

from chalicelib.pricing.tokens import MILLION
from chalicelib.pricing.traits import pixels
from chalicelib.pricing.units import SECONDS
from chalicelib.pricing.usage import Usage

_TRILLION = 10**12
_MOST_DIGITS = 15
"""Before the point. With twelve behind it they fit the 28 digits that Decimal counts with; more is
no quantity."""

_BY_KIND = {"AUDIO": "PER_MINUTE", "IMAGE": "PER_IMAGE", "VIDEO": "PER_SECOND"}
MEASURES = ("PER_MINUTE", "PER_CHARACTER", "PER_IMAGE", "CREDITS", "PER_MEGABYTE")
"""One unit of every family that is measured, in the order in which they are tried when a usage's
own has no price."""


def billed_unit(usage: Usage) -> str:
    """The unit that a usage is billed by: the one it states, else by what was used (ingest
    contract)."""
    if usage.unit:
        return usage.unit
    if usage.characters > 0:
        return "PER_CHARACTER"
    if usage.seconds is not None and usage.seconds > 0:
        return "PER_SECOND" if usage.kind == "VIDEO" else "PER_MINUTE"
    if usage.images > 0:
        return "PER_IMAGE"
    if usage.credits is not None and usage.credits > 0:
        return "CREDITS"
    return "PER_TOKEN" if has_tokens(usage) else _BY_KIND.get(usage.kind, "PER_TOKEN")


def has_tokens(usage: Usage) -> bool:
    """Whether there are tokens to charge, be it in the total alone."""
    return (
        usage.input > 0
        or usage.total > 0
        or usage.output > 0
        or usage.audio_input > 0
        or usage.audio_output > 0
        or usage.cache_read > 0
        or usage.cache_creation > 0
        or usage.cache_creation_5m > 0
        or usage.cache_creation_1h > 0
    )


def has_media(usage: Usage) -> bool:
    """Whether there is anything to charge that is not tokens, be it in a unit that nobody can
    measure."""
    return (
        usage.characters > 0
        or usage.images > 0
        or usage.size_bytes > 0
        or (usage.seconds is not None and usage.seconds > 0)
        or (usage.credits is not None and usage.credits > 0)
    )


def lacks_length(usage: Usage) -> bool:
    """Whether no length is told: 0 seconds are the length of nothing that was made, and what
    clients write who do not know it."""
    return usage.seconds is None or usage.seconds <= 0


Quantity = tuple[int, int]
"""How many of a unit, as numerator and denominator."""


def quantity_of(usage: Usage, unit: str) -> Quantity | None:
    """How many of a unit a usage holds. None when the usage does not tell: its seconds are null,
    or 0 although it did not fail, its images 0, or the resolution of an image priced by the
    megapixel says no width."""
    if unit in SECONDS:
        if lacks_length(usage) and not usage.failed:
            return None
        return _decimal(usage.seconds, SECONDS[unit])
    if unit == "CREDITS":
        return _decimal(usage.credits, 1)
    if unit == "PER_MEGAPIXEL":
        return _megapixels(usage)
    if unit == "PER_CALL":
        return 1, 1
    member, per = _COUNTED[unit]
    return _count(getattr(usage, member), per)


def _megapixels(usage: Usage) -> Quantity | None:
    size = pixels(usage.resolution)
    if usage.images <= 0 or size is None:
        return None
    width, height = size
    return usage.images * width * height, MILLION


_COUNTED = {
    "PER_CHARACTER": ("characters", 1),
    "PER_IMAGE": ("images", 1),
    "PER_MEGABYTE": ("size_bytes", MILLION),
}
"""Unit → the member of a usage that counts it, and how many of that make one."""


def _count(number: int, per: int) -> Quantity | None:
    return (number, per) if number > 0 else None


def _decimal(number: Decimal | None, per: int) -> Quantity | None:
    if number is None:
        return None
    if number <= 0:
        return 0, 1
    if number.adjusted() >= _MOST_DIGITS:
        return None
    return int(number.scaleb(12).to_integral_value()), per * _TRILLION
