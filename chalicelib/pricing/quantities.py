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


def unit_of(usage: Usage) -> str:
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
    """Whether there are tokens to charge."""
    return (
        usage.input > 0
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


def amount(usage: Usage, unit: str) -> tuple[int, int] | None:
    """How many of a unit, as numerator and denominator. None when the usage does not tell: its
    seconds are null, its images 0, or the resolution of an image priced by the megapixel says no
    width."""
    if unit in SECONDS:
        return None if usage.seconds is None else _decimal(usage.seconds, SECONDS[unit])
    if unit == "PER_CHARACTER":
        return (usage.characters, 1) if usage.characters > 0 else None
    if unit == "PER_IMAGE":
        return (usage.images, 1) if usage.images > 0 else None
    if unit == "CREDITS":
        return None if usage.credits is None else _decimal(usage.credits, 1)
    if unit == "PER_MEGAPIXEL":
        size = pixels(usage.resolution) if usage.images > 0 else None
        return (usage.images * size[0] * size[1], MILLION) if size else None
    if unit == "PER_MEGABYTE":
        return (usage.size_bytes, MILLION) if usage.size_bytes > 0 else None
    return 1, 1  # PER_CALL


def _decimal(number: Decimal, per: int) -> tuple[int, int] | None:
    if number <= 0:
        return 0, 1
    if number.adjusted() >= _MOST_DIGITS:
        return None
    return int(number.scaleb(12).to_integral_value()), per * _TRILLION
